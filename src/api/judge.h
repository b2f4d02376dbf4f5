/* Judge: what an API server with the shipped definitions says of a custom resource of ours, and what it can't
 * say: fields that only look wrong together, warnings.
 *
 * It reads the very declarations that the shipped CustomResourceDefinitions are made of (crds/KIND.yaml),
 * with an own implementation of schemas (src/schema) and of the language of rules (src/cel). So the API
 * server, our webhook, `validate` and the controllers give one verdict in the same words; tests/api/manifests
 * holds all of them to it.
 *
 * A kind's definition is compiled when it is first asked for, and kept. Any number of threads may judge at
 * once.
 */
#pragma once

#include "api/kinds.h"
#include "schema/field_error.h"

struct judge;

/* Never NULL. */
struct judge *judge_new(void);
void judge_free(struct judge *judge);
DEFINE_CLEANUP(struct judge, judge_free);

struct verdict {
    /* What forbids the object. With a field that is unknown (FIELD_UNKNOWN) it is accepted by API servers
     * that are not asked to be strict, without the field. */
    struct field_errors errors;
    struct field_errors warnings; /* empty while the errors are such that rules could not be looked at */
    /* The object as it would be stored: without unknown fields, the schema's defaults filled in. In arena. */
    struct json *object;
};

/* object: the whole custom resource; a copy is judged. before: as it is stored, for an update; NULL at
 * creation. What an update leaves as it was is not held against it. Everything in arena. */
struct verdict judge_object(struct judge *judge, struct arena *arena, const struct api_kind *kind,
                            const struct json *object, const struct json *before);
/* The same for an object as it is stored, which a controller found. Its status is not judged, as it is ours
 * to write; and a field that is unknown here was written for another version: not an error, and not in
 * verdict.object. */
struct verdict judge_stored(struct judge *judge, struct arena *arena, const struct api_kind *kind,
                            const struct json *object);

/* Most passes of a controller find an object that was judged in the pass before. Of all that judge_stored()
 * looks at, this is a hash: */
uint64_t judge_hash_stored(const struct json *object);
/* and this its verdict on an object of which that hash had neither errors nor warnings. */
struct verdict judge_sound(struct judge *judge, struct arena *arena, const struct api_kind *kind,
                           const struct json *object);
