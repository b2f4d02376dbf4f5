/* Jansson behind names of our own: its header declares functions that our JSON module has, too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum jansson_type {
    JANSSON_OBJECT,
    JANSSON_ARRAY,
    JANSSON_STRING,
    JANSSON_INTEGER,
    JANSSON_REAL,
    JANSSON_TRUE,
    JANSSON_FALSE,
    JANSSON_NULL
};

/* Why Jansson refused a text: a mistake, or one of the things that it cannot hold and we can. */
enum jansson_verdict { JANSSON_ACCEPTED, JANSSON_REFUSED, JANSSON_CANNOT_HOLD };

enum jansson_verdict jansson_parse(const void *data, size_t size, void **out_value);
void jansson_free(void *value);

enum jansson_type jansson_type(const void *value);
size_t jansson_length(const void *value);
const void *jansson_item(const void *array, size_t index);
/* NULL when there is none. key is NUL-terminated. */
const void *jansson_member(const void *object, const char *key);
const char *jansson_string(const void *string);
int64_t jansson_integer(const void *integer);
double jansson_real(const void *real);
