/* Fields: every field of a kind's spec, found by walking its declaration: the shipped definition's schema,
 * with the table of api/field.h beside it as far as that reaches. A field that is declared is walked; no list
 * names fields by hand.
 */
#pragma once

#include "api/kind_tables.h"
#include "api/kinds.h"

enum field_step_type { FIELD_STEP_MEMBER, FIELD_STEP_ITEM, FIELD_STEP_ENTRY };

/* One step down: to a member, to the first item of a list, to the entry FIELD_ENTRY of a map. */
struct field_step {
    enum field_step_type type;
    const char *name;          /* of the member */
    const struct json *within; /* the schema of what the step leads down from */
};

#define FIELD_ENTRY "example"

struct field {
    const char *path;  /* "spec.topology.serverRoles[0].serverIndex" */
    const char *meant; /* the same, with the fields that aliases on the way are other names of */
    const struct field_step *steps;
    size_t step_count;
    const struct json *schema; /* openAPIV3Schema of its value */
    enum api_effect effect;    /* its own, or of what it is within */
    bool is_embedded;          /* in a type of Kubernetes' own */
};

struct fields {
    struct field *items;
    size_t count;
};

/* In arena, in the order of the definition: what has no fields of its own. */
struct fields fields_of_kind(struct arena *arena, const struct api_kind *kind);
