/* Schema: the shape of a kind, and what follows from it, as the API server sees it.
 *
 * One form for both sources: the openAPIV3Schema of CustomResourceDefinitions, our own above all, by which
 * api/judge.h tells what an API server will say; and the component schemas of the built-in kinds, for the
 * sandbox, which finds them in sim/schema_registry.h. From a schema follow, in the order in which the API
 * server does it: decoding (unknown fields go, wrong types are refused), defaults, validation, rules in CEL.
 *
 * Built-in kinds and custom ones differ as in the real server: built-in objects pass through Go structs, so
 * that null and empty optional fields vanish, fields that Go always prints appear, and a wrong type is a
 * decoding error; custom objects keep what they were given, and a wrong type is a validation error.
 *
 * Pure: no clock, no globals; memory from the arena given. Schemas are immutable and belong to their bundle:
 * any number of threads may use one at once.
 * Held against kube-apiserver 1.35: tests/peers/record_apply.py.
 */
#pragma once

#include "base/json.h"
#include "schema/field_error.h"

struct schema;

/* What a CRD or an object may have at most. */
enum {
    SCHEMA_DEPTH_MAX = 100,           /* nesting of a CRD's schema */
    SCHEMA_NODES_MAX = 200000,        /* nodes in one CRD's schema */
    SCHEMA_PATTERN_STEPS_MAX = 100000 /* PCRE2 match limit: reaching it counts as no match */
};

/* ---- compiling ---- */

/* Schemas that live and die together. */
struct schema_bundle;

struct schema_bundle *schema_bundle_new(void);
void schema_bundle_free(struct schema_bundle *bundle);
DEFINE_CLEANUP(struct schema_bundle, schema_bundle_free);

/* Compiles all versions of a CustomResourceDefinition. object_meta is what `metadata` looks like.
 * ERROR_INVALID names the field of the CRD that can't be used: a broken pattern, an unknown type, a rule that
 * is not CEL. */
CHECKED bool schema_compile_crd(struct schema_bundle *bundle, const struct json *crd,
                                const struct schema *object_meta, struct error *err);
/* The schema of that version of the bundle's kind, or NULL. */
const struct schema *schema_bundle_find(const struct schema_bundle *bundle, const char *group,
                                        const char *version, const char *kind);
/* Metadata of which nothing is known: for who judges it elsewhere (object_meta.h). */
extern const struct schema schema_any_metadata;

/* ---- one schema ---- */

/* From a CRD. */
bool schema_is_custom(const struct schema *schema);
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
 * null is not allowed); for built-in kinds the defaults of their Go code (default_table.c). Idempotent. */
void schema_default(struct arena *arena, const struct schema *schema, struct json *object);

/* Adds every breach of the schema to errors, with the real server's words. before: the object as it is
 * stored, for an update; NULL at creation. What an update leaves as it was is not held against it. Rules in
 * CEL (x-kubernetes-validations) are judged too, unless something else is so wrong that they can't be. Does
 * not descend into metadata but for its schema's own types: names, labels and references are judged in
 * object_meta.h. False when rules could not be looked at. */
bool schema_validate(const struct schema *schema, const struct json *object, const struct json *before,
                     struct field_errors *errors);
/* Adds what the CRD's own rules warn of (x-warnings, an addition of ours, not known to API servers), for an
 * object that was found valid. */
void schema_warn(const struct schema *schema, const struct json *object, const struct json *before,
                 struct field_errors *warnings);
