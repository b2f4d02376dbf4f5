/* Numbers as text, as Go prints them. */
#pragma once

#include "base/memory.h"

/* Enough for any number, with the NUL behind it. */
enum { NUMBER_BYTES_MAX = 32 };

/* out has room for NUMBER_BYTES_MAX. Both return the length of what they wrote to out. */
size_t number_format_integer(char *out, int64_t integer);
/* The shortest decimal that reads back as the same number, by the rules of encoding/json (after ES6): plain
 * from 1e-6 up to 1e21, with an exponent otherwise. Infinity and "not a number", which JSON cannot say, are
 * written as null. */
size_t number_format_double(char *out, double number);
