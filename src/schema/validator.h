/* Validator: one walk over an object, which the files validate*.c share. For the words see validate.c.
 *
 * Errors are added to validator->errors; what they say lies in its arena.
 */
#pragma once

#include "schema/node.h"

struct validator {
    struct field_errors *errors;
    struct buffer path;
    bool is_builtin;
};

/* Judges the value, and all that is in it, by the schema. */
void validator_check(struct validator *validator, const struct schema *schema, const struct json *value);

/* Parts of it, each in a room of its own: a value of a type that fits, against what its rules ask beyond. */
void validator_check_string(struct validator *validator, const struct schema_rules *rules,
                            const struct json *value);
void validator_check_number(struct validator *validator, const struct schema_rules *rules,
                            const struct json *value);
/* The rules have `allowed`. */
void validator_check_enum(struct validator *validator, const struct schema_rules *rules,
                          const struct json *value);
void validator_check_combinations(struct validator *validator, const struct schema_rules *rules,
                                  const struct json *value);

/* How errors call the place where the validator is: "spec.x", or "<nil>" for the object itself. Borrowed
 * until the walk goes on. */
const char *validator_field(const struct validator *validator);
/* Adds FIELD_INVALID: "spec.x in body" and the complaint; of the object itself " in body" and the complaint.
 */
void validator_refuse(struct validator *validator, const struct json *value, const char *format, ...)
    PRINTF_LIKE(3, 4);
