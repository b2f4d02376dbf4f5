/* Reading rows by the names of their columns: for the modules that make typed rows of results. */
#pragma once

#include "neo4j/neo4j.h"

/* Texts that belong together: pointer and count, in an arena. */
struct text_list {
    const char **items;
    size_t count;
};

/* "" when the column is absent or null. */
const char *row_string(const struct neo4j_result *result, size_t row, const char *column);
int64_t row_integer(const struct neo4j_result *result, size_t row, const char *column, int64_t fallback);
bool row_bool(const struct neo4j_result *result, size_t row, const char *column);
/* 0 when the column is absent, null or no point in time. */
int64_t row_wall(const struct neo4j_result *result, size_t row, const char *column);
/* Items that are no strings are left out. */
struct text_list row_texts(struct arena *arena, const struct neo4j_result *result, size_t row,
                           const char *column);
bool text_list_has(const struct text_list *list, const char *text);
