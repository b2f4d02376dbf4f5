/* Field values: what a field is changed to. By meaning, where its name tells what it is about: another image
 * that can't be pulled, a class of volumes that isn't there, resources that no node has. And by type: bounds
 * and what is beyond them, every word, other letters, forms that are right and wrong, another type.
 */
#pragma once

#include "simulate/fields.h"

/* An array in arena; the first is the most harmless; null stands for leaving the field out. Of a field that
 * has no effect, or is within a type of Kubernetes', the first only. Empty when no value is known: then a row
 * is to be added. */
struct json *field_values(struct arena *arena, const struct field *field);
/* A harmless value of what has this path and schema; NULL when none is known. In arena. */
struct json *field_example(struct arena *arena, const char *path, const struct json *schema);
