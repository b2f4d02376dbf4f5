/* Rows of Tables: one row of columns for each built-in kind. Internal to api_table*.c. */
#pragma once

#include "sim/api_internal.h"

struct table_column {
    const char *name;
    const char *type; /* NULL: "string" */
    int priority;     /* 1: only with -o wide */
};

/* Cells of one row, in the order of the columns. */
struct table_row {
    struct arena *arena;
    struct json *cells;
    int64_t now;
};

struct table_kind {
    const char *group;
    const char *plural;
    struct table_column columns[12]; /* without the first, which is the name, unless names_itself */
    bool names_itself;               /* the row's function fills the name in, at whatever place */
    void (*fill)(struct table_row *row, const struct json *object);
};

/* NULL when the kind has only name and age. */
const struct table_kind *table_kind_of(const struct api_resource *resource);

void table_text(struct table_row *row, const char *text);
void table_integer(struct table_row *row, int64_t number);
void table_bool(struct table_row *row, bool value);
void table_format(struct table_row *row, const char *format, ...) PRINTF_LIKE(2, 3);
/* How long ago the time at the path was: "5m", or "<unknown>". */
void table_age(struct table_row *row, const struct json *object, const char *path);
const char *table_since(struct table_row *row, const char *time);
/* The string at path, or fallback. */
void table_string(struct table_row *row, const struct json *object, const char *path, const char *fallback);
/* The member of each item, joined: "a,b", or "<none>". */
void table_joined(struct table_row *row, const struct json *array, const char *member);
/* {matchLabels …} or a plain map as "a=b,c=d", or "<none>". */
void table_selector(struct table_row *row, const struct json *selector);

/* api_table_pod.c */
void table_fill_pod(struct table_row *row, const struct json *pod);
