/* JSON: values as the Kubernetes API means them.
 *
 * A value is 16 bytes and lives in an arena, with its children in one contiguous block, in the order in which
 * they were read or added. It answers as Go's encoding/json and Kubernetes' unstructured objects do: integers
 * that fit are int64, other numbers are double; 1.0 and 1e3 print as 1 and 1000; of a key that comes twice
 * the last wins; bad UTF-8 and lone surrogates become U+FFFD; \u0000 is kept; nothing may follow the value;
 * depth is limited. Source: facts on Go's behaviour are in tests/base/test_json.c, row by row.
 *
 * Reading functions accept NULL (and answer NULL, false, or the fallback), so that a path can be followed
 * without a check at each step: json_string(json_at(pod, "status.podIP"), "").
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

#include <assert.h>

enum __attribute__((packed)) json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_INTEGER,
    JSON_DOUBLE,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

enum { JSON_DEPTH_MAX = 512 };
/* The largest document that is parsed: a list page of a real API server stays far below. */
enum { JSON_BYTES_MAX = 64 * 1024 * 1024 };

struct json_member;

struct json {
    union {
        int64_t integer;
        double number;
        char *string;                /* NUL-terminated; may hold NULs inside: length counts */
        struct json *items;          /* array: length values */
        struct json_member *members; /* object: length members */
    };
    uint32_t length;
    enum json_type type;
    /* Containers: the block has room for 1 << this children; 0: for those that are there. */
    uint8_t room_log2;
};
static_assert(sizeof(struct json) == 16, "a value is 16 bytes");

struct json_member {
    const char *key; /* NUL-terminated */
    uint32_t key_length;
    struct json value;
};

/* ---- reading text ---- */

struct json_parse_options {
    /* Leaves metadata.managedFields out without building it: they are half of a real object. */
    bool skip_managed_fields;
    /* When not NULL, is set to the dotted path of the first key that came twice, in arena, or to NULL. */
    const char **out_duplicate;
};

/* *out_value in arena. The error names line and column. options may be NULL. */
CHECKED bool json_parse(struct arena *arena, struct text text, const struct json_parse_options *options,
                        struct json **out_value, struct error *err);

/* ---- looking ---- */

static inline bool json_is(const struct json *value, enum json_type type) {
    return value && value->type == type;
}
bool json_is_number(const struct json *value);
/* The member of an object, or NULL. */
struct json *json_get(const struct json *object, const char *key);
/* Follows members by a dotted path without dots in the names, numbers index arrays: "status.addresses.0.ip".
 */
struct json *json_at(const struct json *value, const char *path);
size_t json_length(const struct json *value);
struct json *json_item(const struct json *array, size_t index);
const char *json_string(const struct json *value, const char *fallback);
int64_t json_integer(const struct json *value, int64_t fallback);
double json_number(const struct json *value, double fallback);
bool json_bool(const struct json *value, bool fallback);
/* Shorthands: the string, integer or bool at a path. */
const char *json_string_at(const struct json *value, const char *path, const char *fallback);
int64_t json_integer_at(const struct json *value, const char *path, int64_t fallback);
bool json_bool_at(const struct json *value, const char *path, bool fallback);
/* Deep; objects without regard to order; 1 and 1.0 are equal, as any integer and double that are the
 * same when both are doubles. */
bool json_equal(const struct json *a, const struct json *b);
/* 64 bits that tell contents apart (hash64()): what is json_equal() has the same. */
uint64_t json_hash(const struct json *value);

/* The array or object if it is one and holds something, else NULL: what the loops below run over. */
static inline struct json *json_filled(const struct json *value, enum json_type type) {
    union {
        const struct json *borrowed;
        struct json *own;
    } cast = { .borrowed = json_is(value, type) && value->length ? value : NULL };
    return cast.own;
}

/* The array or object is evaluated once. Nothing may be added to it or removed from it in the loop. */
#define JSON_FOR_EACH_ITEM(item, array)                                                                      \
    for (struct json *item##_of = json_filled((array), JSON_ARRAY),                                          \
                     *item = item##_of ? item##_of->items : NULL,                                            \
                     *item##_end = item ? item + item##_of->length : NULL;                                   \
         item < item##_end; item++)
#define JSON_FOR_EACH_MEMBER(member, object)                                                                 \
    for (struct json *member##_of = json_filled((object), JSON_OBJECT); member##_of; member##_of = NULL)     \
        for (struct json_member *member = member##_of->members,                                              \
                                *member##_end = member + member##_of->length;                                \
             member < member##_end; member++)

/* ---- building: all in arena; strings are copied; children are moved in by value; what is given is never
 * NULL, but by json_copy(), which then answers NULL ---- */

struct json *json_new_object(struct arena *arena);
struct json *json_new_array(struct arena *arena);
struct json *json_new_string(struct arena *arena, const char *string);
struct json *json_new_integer(struct arena *arena, int64_t integer);
struct json *json_new_number(struct arena *arena, double number);
struct json *json_new_bool(struct arena *arena, bool value);
struct json *json_new_null(struct arena *arena);
/* A deep copy. */
struct json *json_copy(struct arena *arena, const struct json *value);
/* A copy of an object, and of its members that are objects: the members of both can be set and removed. What
 * is below is shared, and must not be changed. */
struct json *json_share(struct arena *arena, const struct json *object);

/* Sets or replaces a member and returns its place inside the object: a pointer that holds until a member is
 * added to the same object. value is shared, not copied: treat it as part of the object from now on. */
struct json *json_set(struct arena *arena, struct json *object, const char *key, const struct json *value);
struct json *json_set_string(struct arena *arena, struct json *object, const char *key, const char *string);
struct json *json_set_integer(struct arena *arena, struct json *object, const char *key, int64_t integer);
struct json *json_set_bool(struct arena *arena, struct json *object, const char *key, bool value);
struct json *json_set_object(struct arena *arena, struct json *object, const char *key);
struct json *json_set_array(struct arena *arena, struct json *object, const char *key);
/* The object at key, made when absent or of another type. */
struct json *json_ensure_object(struct arena *arena, struct json *object, const char *key);
/* The place of the new last item: holds until the next item is added. */
struct json *json_append(struct arena *arena, struct json *array, const struct json *value);
struct json *json_append_string(struct arena *arena, struct json *array, const char *string);
struct json *json_append_object(struct arena *arena, struct json *array);
/* Absent is fine. Keeps the order of the others. */
void json_remove(struct json *object, const char *key);
void json_remove_item(struct json *array, size_t index);
/* Sorts the members of all objects in it by key, byte by byte (as Go prints maps). */
void json_sort(struct json *value);

/* ---- writing text ---- */

struct json_write_options {
    bool indent;    /* two spaces a level */
    bool html_safe; /* <, > and & as \u003c …, as the API server writes them; U+2028 and U+2029 always */
};
void json_write(struct buffer *out, const struct json *value, const struct json_write_options *options);
/* The compact text, in arena. */
char *json_print(struct arena *arena, const struct json *value);
/* A quoted string alone. */
void json_write_string(struct buffer *out, struct text text);
