/* The members of a JSON object in the order of their keys: for the modules that make and compare values. */
#pragma once

#include "base/json.h"

/* Shorter objects are searched member by member, which is faster. */
enum { JSON_INDEX_LENGTH_MIN = 32 };

/* Byte by byte, as Go compares strings: negative, 0, positive. */
int json_compare_keys(const struct json_member *a, const struct json_member *b);
/* Pointers to the members, sorted by key, those with the same key in their order. The caller frees it. */
const struct json_member **json_index_new(const struct json_member *members, size_t length);
