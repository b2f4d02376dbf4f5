/* Structures that are values: their fields in each version of Bolt, and what those that are no tree of plain
 * values hold.
 *
 * Source: Neo4j Bolt documentation, Structure semantics; for Bolt 6.x what Neo4j 2025.12 and 2026.08 send.
 */
#pragma once

#include "base/error.h"
#include "bolt/handshake.h"
#include "bolt/value.h"

/* "DateTime"; NULL for a tag that is no value's. */
const char *bolt_struct_name(uint8_t tag);
/* Whether a server that speaks this version takes the value and all that is in it. ERROR_INVALID names the
 * first that it does not know, or that has other fields than it must. */
CHECKED bool bolt_fits_version(const struct bolt_value *value, struct bolt_version version,
                               struct error *err);

/* "01a22da0-a3c8-704e-af28-a552b8952b26", in arena; NULL when it is no UUID. */
const char *bolt_uuid_text(struct arena *arena, const struct bolt_value *value);

/* What the numbers of a vector are: the byte that stands for it on the wire. */
enum bolt_vector_type {
    BOLT_FLOAT_64 = 0xC1,
    BOLT_FLOAT_32 = 0xC6,
    BOLT_INTEGER_8 = 0xC8,
    BOLT_INTEGER_16 = 0xC9,
    BOLT_INTEGER_32 = 0xCA,
    BOLT_INTEGER_64 = 0xCB,
};
/* From a list of numbers, cut to what the type holds. */
struct bolt_value *bolt_new_vector(struct arena *arena, enum bolt_vector_type type,
                                   const struct bolt_value *numbers);
/* The numbers of a vector as a list of INTEGER or FLOAT, in arena; NULL when it is none, or malformed. */
struct bolt_value *bolt_vector_numbers(struct arena *arena, const struct bolt_value *vector);

/* A value that the version in use can't carry: "UUID (needs Bolt 6.1)", with the server's message behind it
 * if there is one, in arena. NULL when the value is nothing of the kind. */
const char *bolt_unsupported_text(struct arena *arena, const struct bolt_value *value);
