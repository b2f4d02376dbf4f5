/* Schema nodes: the compiled form that decoding, defaulting, validation, apply and patch walk.
 *
 * Built once per bundle (the built-in kinds, or one CRD) and immutable afterwards. Nodes of built-in types
 * are shared and refer to each other in cycles (JSONSchemaProps); nodes of a CRD form a tree. For the rooms
 * here and for apply_* and patch_* in sim/; everyone else includes schema.h.
 */
#pragma once

#include "cel/cel.h"
#include "schema/schema.h"

#include <sys/queue.h>

#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8
#endif
#include <pcre2.h>

enum schema_type {
    SCHEMA_ANY, /* no type given: any value, or what the flags say */
    SCHEMA_OBJECT,
    SCHEMA_ARRAY,
    SCHEMA_STRING,
    SCHEMA_INTEGER,
    SCHEMA_NUMBER,
    SCHEMA_BOOLEAN,
};

enum schema_list_type { SCHEMA_LIST_ATOMIC, SCHEMA_LIST_SET, SCHEMA_LIST_MAP };

/* How strategic merge patch treats a field; several bits may be set. */
enum { SCHEMA_STRATEGY_MERGE = 1, SCHEMA_STRATEGY_RETAIN_KEYS = 2, SCHEMA_STRATEGY_REPLACE = 4 };

/* What Go prints for a field of a built-in kind that has its zero value (src/sim/schema_go.yaml). */
enum schema_zero {
    SCHEMA_ZERO_OMITTED, /* nothing: zero and absent are the same */
    SCHEMA_ZERO_KEPT,    /* zero when it was set so, nothing when absent */
    SCHEMA_ZERO_PRINTED, /* zero, also when absent */
    SCHEMA_ZERO_NULL,    /* null, also when absent */
};

struct schema_property {
    const char *name;
    const struct schema *schema;
    const struct json *default_value; /* NULL: none */
    const char *merge_key;            /* NULL: none */
    const char *go_type;              /* "v1.PullPolicy"; NULL: follows from the schema */
    unsigned strategy;                /* SCHEMA_STRATEGY_… bits */
    enum schema_zero zero;
};

struct schema_list {
    const struct schema **items;
    size_t count;
};

/* What validation checks beyond the type; NULL in nodes that ask for nothing more. */
struct schema_rules {
    const char **required;
    size_t required_count;
    const struct json *allowed; /* enum: array; NULL: no limit */
    const char *pattern;
    pcre2_code *pattern_code;
    /* What the pattern allows, for people (x-allowed of our own CRDs); NULL: not said. */
    const char *allowed_words;
    const char *format;
    bool has_minimum, has_maximum, has_multiple_of, minimum_is_exclusive, maximum_is_exclusive;
    bool minimum_is_integer, maximum_is_integer, multiple_of_is_integer;
    double minimum, maximum, multiple_of;
    /* Negative: no limit. */
    int64_t length_min, length_max, items_min, items_max, properties_min, properties_max;
    struct schema_list all_of, any_of, one_of;
    const struct schema *not_schema;
};

/* A root's own: which kind it is. */
struct schema_kind {
    const char *group;
    const char *version;
    const char *kind;
    bool has_status;
    bool has_scale;
    /* Of a CRD's subresource scale: ".spec.replicas"; NULL: none. */
    const char *scale_spec_path, *scale_status_path;
    const struct schema *name; /* what metadata.name has to keep to beside being a name; NULL: nothing */
};

/* A rule in CEL over the value at a node. */
struct schema_validation {
    struct cel_program *program;
    struct cel_program *message_program; /* NULL: message says it */
    const char *message;
    const char *number;     /* "R2": what our own declarations call it; NULL: no number */
    const char *field_path; /* below the node: "topology.servers"; NULL: the node itself */
    enum field_error_type type;
    bool uses_old; /* a rule of changes: judged where there is a value to compare with */
    bool has_optional_old;
};

struct schema_validations {
    const struct schema_validation *items;
    size_t count;
};

struct schema {
    enum schema_type type;
    enum schema_list_type list_type;
    bool is_custom;
    bool is_nullable;
    bool is_int_or_string;
    bool is_quantity;
    bool is_open;          /* keeps members that it does not name; for SCHEMA_ANY: anything */
    bool merges_unknown;   /* it, or a node above it, is open: apply knows how to merge any member */
    bool is_atomic;        /* an object that is owned and merged as a whole */
    bool is_embedded;      /* x-kubernetes-embedded-resource */
    bool is_time;          /* date-time */
    const char *component; /* "core.v1.PodSpec" for a built-in struct, else NULL */
    const char *go_name;   /* its "v1.PodSpec", else NULL */
    const struct schema_property *properties; /* sorted by name */
    size_t property_count;
    const char **list_keys;
    size_t list_key_count;
    const struct schema *items;      /* NULL: anything */
    const struct schema *additional; /* of additionalProperties; NULL: none */
    const struct json *default_value;
    const struct schema_rules *rules;
    struct schema_validations validations;
    struct schema_validations warnings;
    bool has_validations_within;    /* it, or a node below it, has some of either */
    const struct schema_kind *kind; /* roots only */
};

/* Schemas that live and die together. */
struct schema_bundle {
    struct arena *arena;
    pcre2_code **patterns;
    size_t pattern_count;
    struct cel_program **programs;
    size_t program_count;
    const struct schema **roots;
    size_t root_count;
    LIST_ENTRY(schema_bundle) link;
};

/* The embedded JSON: {"schemas": …, "go": …}, made by tools/embed_schema.py. */
extern const char schema_embedded[];
extern const size_t schema_embedded_length;

/* Types of values whose schema says nothing. Deduced: objects merge member by member, lists are atomic.
 * Untyped: everything is atomic. After: kube-openapi, schemaconv. */
extern const struct schema schema_deduced;
extern const struct schema schema_untyped;

/* NULL when it has none of that name. */
const struct schema_property *schema_property(const struct schema *schema, const char *name);
/* How apply sees a member: its property, additionalProperties, or the deduced type where members that are not
 * named are fine. NULL: the schema does not know the member. */
const struct schema *schema_member(const struct schema *schema, const char *name);

/* ---- compiling (compile.c) ---- */

/* All component schemas of the embedded document; aborts when it is not sound, as it is part of the program.
 * Their nodes are found by schema_component(). */
struct schema_components;
struct schema_components *schema_compile_builtin(struct schema_bundle *bundle, const struct json *document);
const struct schema *schema_component(const struct schema_components *components, const char *name);

/* ---- defaults (default*.c) ---- */

/* One value for one field of a built-in type that is not set. */
struct schema_default_row {
    const char *component; /* "core.v1.Probe" */
    const char *field;
    const char *value; /* JSON */
    bool keeps_zero;   /* "" or 0 was set on purpose (a pointer in Go) */
};
/* The rows, sorted by component and field; NULL behind the last. */
const struct schema_default_row *schema_default_row(size_t index);
/* The defaults that Go code gives an object of a built-in type ("core.v1.PodSpec"), in place and not those
 * inside it; nothing for types that have none. */
void schema_default_struct(struct arena *arena, const char *component, struct json *object);
/* What only a whole object of a built-in kind gets. */
void schema_default_kind(struct arena *arena, const struct schema_kind *kind, struct json *object);

/* ---- words ---- */

/* Appends the value as Go's %v prints it: map[a:1 b:[x y]]. */
void schema_print_go(struct buffer *out, const struct json *value);
/* The type of a value in an unstructured object, as Go's %T prints it: "map[string]interface {}". */
const char *schema_go_type(const struct json *value);
/* The kind of a value as Go's decoder of JSON calls it: "object", "bool". */
const char *schema_go_kind(const struct json *value);
/* Appends the text as Go's %q prints it: "a\"b\x01". */
void schema_print_quoted(struct buffer *out, struct text text);

/* ---- validation ---- */

/* Adds what is wrong with the compiled version of a CRD: source is its openAPIV3Schema, path where that is.
 */
void schema_check_structure(const struct json *source, const struct schema *schema, const char *path,
                            struct field_errors *errors);

/* Judges the rules in CEL, or with `warns` what warns, of all values from the root down. */
void schema_validate_rules(const struct schema *schema, const struct json *object, const struct json *before,
                           bool warns, struct field_errors *errors);

/* Judges the numbers that the subresource scale of a custom kind leads to. */
void schema_validate_scale(const struct schema_kind *kind, const struct json *object,
                           struct field_errors *errors);

/* Adds an error for every item of a list map or set that repeats an earlier one. */
void schema_validate_lists(const struct schema *schema, const struct json *object,
                           struct field_errors *errors);

/* Whether text has the format ("date-time", "ipv4" …); true for formats that nobody checks. */
bool schema_format_matches(const char *format, const char *text);
