/* In sync: whether a live object already is what we want, so that nothing needs to be sent.
 *
 * Two questions, both answered from the object itself, so that a restarted operator sends nothing either:
 *   - is it what we applied last? The hash of what we want is kept in an annotation; it tells when a field
 *     that we used to set is no longer wanted, which comparing alone can't see.
 *   - has nobody changed it since? Every field that we want is there with our value. What others and the API
 * server added (defaults, status, other managers' fields) doesn't count. Where the API server stores a value
 * in another spelling than we send (a quantity, say), the second question is answered for the canonical
 * spelling of quantities; see sync_covers().
 */
#pragma once

#include "base/json.h"

#define SYNC_HASH_ANNOTATION "operator.neo4j.com/applied-hash"

/* A copy of desired with the annotation, ready to be applied. */
struct json *sync_stamp(struct arena *arena, const struct json *desired);
/* stamped comes from sync_stamp(); live may be NULL (then false). */
bool sync_is_current(const struct json *stamped, const struct json *live);
/* Whether every field of desired is in live with the same value. Lists must have the same length and be
 * covered item by item, but for lists to which others may add items (containers, ports, env …).
 * Selectors must have the same keys. false, 0, "",
 * {} and [] are covered by an absent field: the API server leaves empty fields out. Strings that both are
 * quantities are compared as quantities. */
bool sync_covers(const struct json *live, const struct json *desired);
