/* Field walk: one field of a living object is changed and changed back, and what must hold is looked at.
 *
 * On a change that is refused: nothing has changed, and the refusal names the field. On one that is accepted:
 * all invariants hold (invariant.h); the change is to be seen in what the operator made, or in what status
 * says; and back as it was, the end is the one before. What the change comes to must be what an object that
 * was born with it comes to in an empty world, unless status says why not.
 */
#pragma once

#include "simulate/fields.h"
#include "simulate/run.h"

/* What became of a change. */
enum field_outcome {
    FIELD_REFUSED,
    FIELD_SAME,    /* stored as it was before */
    FIELD_USED,    /* and all is Ready */
    FIELD_WAITS,   /* status says for what */
    FIELD_IGNORED, /* FieldsWithoutEffect names it */
    FIELD_OUTCOMES
};
extern const char *const field_outcomes[FIELD_OUTCOMES]; /* words */

struct field_change {
    const struct api_kind *kind;
    const struct field *field;
    const struct json *value;  /* null: left out */
    const struct json *sample; /* the manifest before and after */
    const struct json *wish;   /* the manifest between */
};

/* In arena; members that are absent are NULL. */
struct field_report {
    enum field_outcome outcome;
    const char *message; /* of a refusal */
    const char *failure; /* what does not hold */
    const char *essence; /* of an accepted change, before it is taken back */
    const char *healed;  /* and afterwards */
    bool is_stuck;       /* afterwards status says why the field does not go back */
};

/* The world holds the sample and is at rest; before is its essence. Uses the world up. */
struct field_report field_walk(struct run *run, struct arena *arena, const struct field_change *change,
                               const char *before);
/* The world holds the wish from its birth and is at rest: it is taken back. */
struct field_report field_walk_back(struct run *run, struct arena *arena, const struct field_change *change);

/* What does not hold between the reports of the living and the one born so, and the essence before; NULL:
 * nothing. */
const char *field_compare(struct arena *arena, const struct field_change *change,
                          const struct field_report *living, const struct field_report *born,
                          const char *before);

/* Whether a text names the field or what it is within, below spec. */
bool field_is_named(const struct field *field, const char *text);
