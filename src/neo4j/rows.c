#include "neo4j/rows.h"

const char *row_string(const struct neo4j_result *result, size_t row, const char *column) {
    return bolt_string(neo4j_result_get(result, row, column), "");
}

int64_t row_integer(const struct neo4j_result *result, size_t row, const char *column, int64_t fallback) {
    return bolt_integer(neo4j_result_get(result, row, column), fallback);
}

bool row_bool(const struct neo4j_result *result, size_t row, const char *column) {
    return bolt_bool(neo4j_result_get(result, row, column), false);
}

int64_t row_wall(const struct neo4j_result *result, size_t row, const char *column) {
    int64_t wall_ns;

    return bolt_wall(neo4j_result_get(result, row, column), &wall_ns) ? wall_ns : 0;
}

struct text_list row_texts(struct arena *arena, const struct neo4j_result *result, size_t row,
                           const char *column) {
    const struct bolt_value *list = neo4j_result_get(result, row, column);
    struct text_list texts = { .items = ARENA_ARRAY(arena, const char *, bolt_length(list)) };

    BOLT_FOR_EACH_ITEM(item, list)
    if (bolt_is(item, BOLT_STRING))
        texts.items[texts.count++] = item->string;
    return texts;
}

bool text_list_has(const struct text_list *list, const char *text) {
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i], text))
            return true;
    return false;
}
