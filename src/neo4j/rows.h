/* Reading rows by the names of their columns: for the modules that make typed rows of results.
 *
 * A kind of row is a struct and a table that says which column goes into which member:
 *
 *     static const struct row_column columns[] = {
 *         ROW_KEY(struct user_row, name, TEXT, "user"),
 *         ROW(struct user_row, is_suspended, BOOL, "suspended"),
 *     };
 *
 * A column that is absent, null or of another type than expected gives what its type says for null: servers
 * of other versions have other columns.
 */
#pragma once

#include "neo4j/neo4j.h"

/* Texts that belong together: pointer and count, in an arena. */
struct text_list {
    const char **items;
    size_t count;
};

enum row_type {
    ROW_TEXT,     /* const char *; null: "" */
    ROW_INTEGER,  /* int64_t; null: ROW_NO_INTEGER */
    ROW_BOOL,     /* bool; null: false */
    ROW_LAG,      /* int64_t; null: 0 */
    ROW_WALL,     /* int64_t, nanoseconds since 1970; null: 0 */
    ROW_DURATION, /* int64_t, milliseconds; null: ROW_NO_INTEGER; a month counts 30 days */
    ROW_TEXTS,    /* struct text_list; null: empty; items that are no strings are left out */
    ROW_VALUE,    /* const struct bolt_value *, borrowed from the result; null: NULL */
};
enum { ROW_NO_INTEGER = -1 };

enum row_use {
    ROW_NEEDED = 1, /* a row without it is none */
    ROW_SORTED = 2, /* rows are sorted by these texts, in the order of the table */
};

struct row_column {
    const char *column;
    enum row_type type;
    unsigned use;
    size_t offset;
};

#define ROW_C_TEXT     const char *
#define ROW_C_INTEGER  int64_t
#define ROW_C_BOOL     bool
#define ROW_C_LAG      int64_t
#define ROW_C_WALL     int64_t
#define ROW_C_DURATION int64_t
#define ROW_C_TEXTS    struct text_list
#define ROW_C_VALUE    const struct bolt_value *
/* The offset; does not compile when the member has another type than its column. */
#define ROW_OFFSET(row, member, of)                                                                          \
    (offsetof(row, member) +                                                                                 \
     0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((row *)0)->member), ROW_C_##of) ? 1 : -1]))
#define ROW_USED(row, member, of, name, use)                                                                 \
    { name, ROW_##of, use, ROW_OFFSET(row, member, of) }
#define ROW(row, member, of, name)     ROW_USED(row, member, of, name, 0)
#define ROW_KEY(row, member, of, name) ROW_USED(row, member, of, name, ROW_NEEDED | ROW_SORTED)

/* Rows of one kind. what: the statement, for errors. */
struct row_kind {
    const char *what;
    size_t size;
    const struct row_column *columns;
    size_t column_count;
};
#define ROW_KIND(statement, row, table)                                                                      \
    { .what = (statement), .size = sizeof(row), .columns = (table), .column_count = ARRAY_LENGTH(table) }

/* All rows of a result, in arena, sorted: *out_count structs. NULL and ERROR_PROTOCOL when one lacks what is
 * needed. */
CHECKED void *rows_read(struct arena *arena, const struct row_kind *kind, const struct neo4j_result *result,
                        size_t *out_count, struct error *err);
/* A function of a module that reads its rows: NAME_read(arena, result, &rows, err), where rows has items and
 * count. */
#define ROWS_READ(function, rows, kind)                                                                      \
    bool function(struct arena *arena, const struct neo4j_result *result, rows *out_rows,                    \
                  struct error *err) {                                                                       \
        rows read = { 0 };                                                                                   \
        read.items = rows_read(arena, kind, result, &read.count, err);                                       \
        if (!read.items)                                                                                     \
            return false;                                                                                    \
        *out_rows = read;                                                                                    \
        return true;                                                                                         \
    }
/* The same of a kind that has one row: of the first; none at all is ERROR_PROTOCOL. */
#define ROW_READ(function, row, kind)                                                                        \
    bool function(struct arena *arena, const struct neo4j_result *result, row *out_row, struct error *err) { \
        size_t count;                                                                                        \
        row *rows = rows_read(arena, kind, result, &count, err);                                             \
        if (!rows)                                                                                           \
            return false;                                                                                    \
        if (!count)                                                                                          \
            return error_set(err, ERROR_PROTOCOL, "%s: there is no row", (kind)->what);                      \
        *out_row = rows[0];                                                                                  \
        return true;                                                                                         \
    }

/* ---- single values ---- */

/* "" when the column is absent or null. */
const char *row_string(const struct neo4j_result *result, size_t row, const char *column);
int64_t row_integer(const struct neo4j_result *result, size_t row, const char *column, int64_t fallback);
bool row_bool(const struct neo4j_result *result, size_t row, const char *column);
/* Items that are no strings are left out. */
struct text_list row_texts(struct arena *arena, const struct neo4j_result *result, size_t row,
                           const char *column);
bool text_list_has(const struct text_list *list, const char *text);
