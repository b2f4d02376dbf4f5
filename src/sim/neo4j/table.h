/* Tables: the rows that flow from clause to clause of a statement, and become its result. */
#pragma once

#include "sim/neo4j/expression.h"

enum { TABLE_ROWS_MAX = 200000, STATEMENT_MEMORY_BYTES_MAX = 256 * 1024 * 1024 };

struct table {
    const char **columns;
    size_t column_count;
    struct bolt_value **rows; /* lists of column_count values */
    size_t row_count;
    size_t row_capacity;
};

/* What a command may yield. The columns without is_default need YIELD. */
struct table_column {
    const char *name;
    bool is_default;
    unsigned since; /* year * 100 + month; 0: always */
};

void table_add_column(struct arena *arena, struct table *table, const char *name);
/* False and a failure when there are too many. */
bool table_add_row(struct cursor *cursor, struct table *table, struct bolt_value *row);
/* The row of a map, by the names of the columns; what is missing is null. */
bool table_add_map(struct cursor *cursor, struct table *table, const struct bolt_value *map);

enum projection_kind {
    PROJECTION_RETURN, /* [DISTINCT] items [ORDER BY] [SKIP] [LIMIT] */
    PROJECTION_WITH,   /* the same, and WHERE */
    PROJECTION_YIELD,  /* columns only */
};

/* Reads what comes after RETURN, WITH or YIELD and applies it to the table. */
bool table_project(struct cursor *cursor, struct table *table, enum projection_kind kind);
/* Reads the condition after WHERE and keeps the rows for which it is true. */
bool table_filter(struct cursor *cursor, struct table *table);
/* UNWIND: reads "expression AS name". */
bool table_unwind(struct cursor *cursor, struct table *table);
/* UNION: adds the rows of other, which must have the same columns, to table; without is_all each row once. */
bool table_unite(struct cursor *cursor, struct table *table, const struct table *other, bool is_all);
/* The tail of SHOW commands: [YIELD … | WHERE …] [RETURN …]; without YIELD only default columns stay. */
bool table_show_tail(struct cursor *cursor, struct table *table, const struct table_column *columns,
                     size_t column_count);
