/* Apply: who owns which field of an object, and server-side apply, which merges by that.
 *
 * metadata.managedFields lists, per manager, operation, API version and subresource, the set of fields that
 * it owns (FieldsV1). Apply sets and takes ownership of exactly the fields that are in the applied
 * configuration; what the manager applied before and no longer mentions is removed, unless someone else owns
 * it too. A field that another manager owns with another value is a conflict, unless the apply is forced.
 * Create, update and the other patches record the fields that they changed, as operation Update. name,
 * namespace, uid, resourceVersion, generation, creationTimestamp, selfLink, managedFields, apiVersion and
 * kind are never tracked.
 * After: sigs.k8s.io/structured-merge-diff, merge and typed; k8s.io/apimachinery, util/managedfields.
 *
 * The order in which an API server uses it, for one write:
 *     apply:   apply_merge -> schema_decode (built-in kinds) -> schema_default -> admission, validation
 *              -> schema_decode (custom kinds: nulls that the merge left are judged before they go)
 *              -> apply_settle
 *     others:  body or patched object -> schema_decode -> schema_default -> apply_track -> … -> apply_settle
 *
 * Pure: the time of new entries is given.
 */
#pragma once

#include "base/json.h"
#include "schema/schema.h"

enum {
    APPLY_UPDATE_MANAGERS_MAX = 10, /* more Update entries than this are merged, the oldest first */
    APPLY_MANAGER_BYTES_MAX = 128,
};

/* Who writes, and as what. */
struct apply_request {
    const struct schema *schema;
    const char *api_version; /* of the request: "apps/v1" */
    const char *manager;     /* not empty */
    const char *subresource; /* NULL or "" for the object itself; "status", "scale" … */
    bool force;              /* apply_merge() only */
    int64_t now;             /* wall ns */
};

struct apply_conflict {
    const char *manager;
    const char *operation;   /* of the other's entry: "Apply" or "Update" */
    const char *api_version; /* of the other's entry */
    const char *subresource; /* "" for the object itself */
    const char *field;       /* ".spec.template.spec.containers[name=\"neo4j\"].image" */
};

struct apply_conflicts {
    struct apply_conflict *items;
    size_t count;
};

/* Merges the applied configuration into live (NULL: there is none yet; the result is then a new object).
 * *out_object: the merged object with its new managedFields, in arena. Fails with
 *   ERROR_CONFLICT  and *out_conflicts filled: answer 409 with apply_conflicts_status();
 *   ERROR_PROTOCOL  the configuration has managedFields (answer 400);
 *   ERROR_INVALID   it has fields that the schema does not know, wrong types or duplicate items (the real
 * server answers 500 with the text). */
CHECKED bool apply_merge(struct arena *arena, const struct apply_request *request, const struct json *live,
                         const struct json *applied, struct json **out_object,
                         struct apply_conflicts *out_conflicts, struct error *err);

/* The Status for a conflict: `Apply failed with 1 conflict: conflict with "kubectl" using v1: .data.a`. */
struct json *apply_conflicts_status(struct arena *arena, const struct apply_conflicts *conflicts);

/* Sets object's managedFields after a create (live NULL), update or patch that turned live into object: the
 * manager owns what it changed, and others lose what changed or went. What object itself says in
 * managedFields counts as the real server counts it: [] or [{}] forgets all managers, valid entries replace
 * live's, none or broken ones leave live's. */
void apply_track(struct arena *arena, const struct apply_request *request, const struct json *live,
                 struct json *object);

/* Last before storing: when object differs from live by nothing but the times of managedFields (and the
 * resource version), takes live's managedFields over, so that nothing changed. True when so: nothing needs to
 * be written. */
bool apply_settle(struct arena *arena, const struct json *live, struct json *object);

/* Removes metadata.managedFields. */
void apply_strip(struct json *object);
