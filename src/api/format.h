/* Formats: the forms that strings of a spec can be required to have.
 *
 * The generator writes each form's pattern into the shipped CustomResourceDefinition; here the same form is
 * judged again: the short ones without an engine for regular expressions, the others by the pattern.
 * tests/api/test_format.c holds both to the same answers.
 */
#pragma once

#include "api/field.h"

/* Whether text has the form. */
bool format_holds(enum api_format format, struct text text);
/* What is allowed, for people: "a duration such as 30s, 5m or 1h30m". */
const char *format_words(enum api_format format);
