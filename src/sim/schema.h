/* Schema: the shape of every kind that the sandbox's API server serves, and what follows from it.
 *
 * One form for both sources: the component schemas of the built-in kinds (crds/kubernetes.yaml, embedded at
 * build time) and the openAPIV3Schema of CustomResourceDefinitions. A registry finds the schema of (group,
 * version, kind). From a schema follow, in the order in which the API server does it: decoding (unknown
 * fields go, wrong types are refused), defaults, validation; and, in apply.h and patch.h, how two versions of
 * an object merge.
 *
 * Built-in kinds and custom ones differ as in the real server: built-in objects pass through Go structs, so
 * that null and empty optional fields vanish, fields that Go always prints appear, and a wrong type is a
 * decoding error; custom objects keep what they were given, and a wrong type is a validation error.
 *
 * Everything but the registry is pure: no clock, no globals; memory from the arena given. Schemas are
 * immutable and belong to their registry. One thread at a time.
 * Held against kube-apiserver 1.35: tests/peers/record_apply.py.
 */
#pragma once

#include "base/json.h"
#include "sim/schema_errors.h"

struct schema;
struct schema_registry;

/* What a CRD or an object may have at most. */
enum {
    SCHEMA_DEPTH_MAX = 100,           /* nesting of a CRD's schema */
    SCHEMA_NODES_MAX = 200000,        /* nodes in one CRD's schema */
    SCHEMA_PATTERN_STEPS_MAX = 100000 /* PCRE2 match limit: reaching it counts as no match */
};

/* ---- registry ---- */

/* Knows the built-in kinds. Never NULL. */
struct schema_registry *schema_registry_new(void);
void schema_registry_free(struct schema_registry *registry);
DEFINE_CLEANUP(struct schema_registry, schema_registry_free);

/* NULL when the kind is not known. Holds until the registry is freed or, for a custom kind, its CRD is set or
 * removed. */
const struct schema *schema_registry_find(const struct schema_registry *registry, const char *group,
                                          const char *version, const char *kind);
/* Compiles every version of a CustomResourceDefinition object and replaces what was known of its kind.
 * ERROR_INVALID names the field of the CRD that can't be used (a broken pattern, an unknown type). */
CHECKED bool schema_registry_set_crd(struct schema_registry *registry, const struct json *crd,
                                     struct error *err);
/* Forgets the kind; fine when it is not known. */
void schema_registry_remove_crd(struct schema_registry *registry, const char *group, const char *kind);

/* The component schemas of the built-in kinds as OpenAPI v3 JSON (an object: component name -> schema, with
 * x-kubernetes-group-version-kind), for documents at /openapi/v3. Belongs to the registry. */
const struct json *schema_registry_components(const struct schema_registry *registry);

/* ---- one schema ---- */

/* From a CRD. */
bool schema_is_custom(const struct schema *schema);
/* The CRD asks for rules in CEL (x-kubernetes-validations): they are not judged. */
bool schema_has_rules(const struct schema *schema);
/* The CRD's version has the subresource "status" or "scale"; for built-in kinds: the kind has a status. */
bool schema_has_subresource(const struct schema *schema, const char *subresource);

/* Dotted paths ("spec.ports[0].foo") in the order in which they were met. */
struct schema_paths {
    const char **items;
    size_t count;
};

/* Decodes an object in place as the API server does: removes fields that the schema does not know and adds
 * their paths to out_unknown (may be NULL). For a built-in kind, a value of a wrong type is an error
 * (ERROR_INVALID: answer 400) with Go's text, for example `json: cannot unmarshal string into Go struct field
 * StatefulSetSpec.spec.replicas of type int32`; and what Go's structs don't keep is normalised: see
 * schema_normalize(). For a custom kind only metadata can be wrong in this way: all else is left to
 * schema_validate(). Nulls that it does not allow and has no default for go. */
CHECKED bool schema_decode(struct arena *arena, const struct schema *schema, struct json *object,
                           struct schema_paths *out_unknown, struct error *err);

/* For built-in kinds, what printing a Go struct changes: null, and "", 0, false, [] and {} in fields that are
 * omitted when empty, vanish; fields that are always printed appear ("resources": {}, "status": {});
 * quantities take their canonical form ("1024Mi" -> "1Gi"). Nothing for custom kinds.
 * schema_decode() and schema_default() end with it; merged and patched objects go through schema_decode(). */
void schema_normalize(struct arena *arena, const struct schema *schema, struct json *object);

/* Fills in what the API server fills in: a CRD's `default`s, wherever they are (absent fields, and null where
 * null is not allowed); for built-in kinds the defaults of their Go code (schema_defaults.c: a table per
 * kind). Idempotent. */
void schema_default(struct arena *arena, const struct schema *schema, struct json *object);

/* Adds every breach of the schema to errors, with the real server's words. Does not descend into metadata but
 * for its schema's own types: names, labels and references are judged elsewhere. */
void schema_validate(const struct schema *schema, const struct json *object, struct field_errors *errors);
