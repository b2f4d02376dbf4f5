#include "neo4j/rows.h"

enum { DURATION_MONTHS, DURATION_DAYS, DURATION_SECONDS, DURATION_NANOSECONDS };

const char *row_string(const struct neo4j_result *result, size_t row, const char *column) {
    return bolt_string(neo4j_result_get(result, row, column), "");
}

int64_t row_integer(const struct neo4j_result *result, size_t row, const char *column, int64_t fallback) {
    return bolt_integer(neo4j_result_get(result, row, column), fallback);
}

bool row_bool(const struct neo4j_result *result, size_t row, const char *column) {
    return bolt_bool(neo4j_result_get(result, row, column), false);
}

static struct text_list texts_of(struct arena *arena, const struct bolt_value *list) {
    struct text_list texts = { .items = ARENA_ARRAY(arena, const char *, bolt_length(list)) };

    BOLT_FOR_EACH_ITEM(item, list)
    if (bolt_is(item, BOLT_STRING))
        texts.items[texts.count++] = item->string;
    return texts;
}

struct text_list row_texts(struct arena *arena, const struct neo4j_result *result, size_t row,
                           const char *column) {
    return texts_of(arena, neo4j_result_get(result, row, column));
}

bool text_list_has(const struct text_list *list, const char *text) {
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i], text))
            return true;
    return false;
}

/* ---- rows of a kind ---- */

static int64_t wall_of(const struct bolt_value *value) {
    int64_t wall_ns;

    return bolt_wall(value, &wall_ns) ? wall_ns : 0;
}

/* Months have no length of their own; what is measured here (elapsed times) has none. Too long is no number.
 */
static int64_t duration_of(const struct bolt_value *value) {
    int64_t days, seconds, ms;

    if (!bolt_is_struct(value, BOLT_DURATION) ||
        __builtin_mul_overflow(bolt_integer(bolt_item(value, DURATION_MONTHS), 0), 30, &days) ||
        __builtin_add_overflow(days, bolt_integer(bolt_item(value, DURATION_DAYS), 0), &days) ||
        __builtin_mul_overflow(days, 86400, &seconds) ||
        __builtin_add_overflow(seconds, bolt_integer(bolt_item(value, DURATION_SECONDS), 0), &seconds) ||
        __builtin_mul_overflow(seconds, 1000, &ms) ||
        __builtin_add_overflow(ms, bolt_integer(bolt_item(value, DURATION_NANOSECONDS), 0) / 1000000, &ms))
        return ROW_NO_INTEGER;
    return ms;
}

static bool is_there(const struct bolt_value *value, enum row_type type) {
    return type == ROW_TEXT ? !str_empty(bolt_string(value, "")) : !bolt_is_null(value);
}

static void read_column(struct arena *arena, const struct row_column *column, const struct bolt_value *value,
                        void *place) {
    switch (column->type) {
    case ROW_TEXT:
        *(const char **)place = bolt_string(value, "");
        return;
    case ROW_INTEGER:
        *(int64_t *)place = bolt_integer(value, ROW_NO_INTEGER);
        return;
    case ROW_LAG:
        *(int64_t *)place = bolt_integer(value, 0);
        return;
    case ROW_BOOL:
        *(bool *)place = bolt_bool(value, false);
        return;
    case ROW_WALL:
        *(int64_t *)place = wall_of(value);
        return;
    case ROW_DURATION:
        *(int64_t *)place = duration_of(value);
        return;
    case ROW_TEXTS:
        *(struct text_list *)place = texts_of(arena, value);
        return;
    case ROW_VALUE:
        *(const struct bolt_value **)place = bolt_is_null(value) ? NULL : value;
        return;
    }
}

static int compare_rows(const void *a, const void *b, void *context) {
    const struct row_kind *kind = context;
    int difference = 0;

    for (size_t i = 0; i < kind->column_count && !difference; i++)
        if (kind->columns[i].use & ROW_SORTED)
            difference = strcmp(*(const char *const *)((const char *)a + kind->columns[i].offset),
                                *(const char *const *)((const char *)b + kind->columns[i].offset));
    return difference;
}

/* Whether the row has what it needs. */
static bool read_row(struct arena *arena, const struct row_kind *kind, const struct neo4j_result *result,
                     const size_t *places, size_t row, char *item, struct error *err) {
    const struct bolt_value *values = bolt_item(&result->rows, row);

    for (size_t i = 0; i < kind->column_count; i++) {
        const struct row_column *column = &kind->columns[i];
        const struct bolt_value *value = bolt_item(values, places[i]);
        if ((column->use & ROW_NEEDED) && !is_there(value, column->type))
            return error_set(err, ERROR_PROTOCOL, "%s: row %zu has no %s", kind->what, row + 1,
                             column->column);
        read_column(arena, column, value, item + column->offset);
    }
    return true;
}

void *rows_read(struct arena *arena, const struct row_kind *kind, const struct neo4j_result *result,
                size_t *out_count, struct error *err) {
    size_t count = neo4j_result_rows(result);
    char *items = arena_alloc(arena, count * kind->size);
    size_t *places = ARENA_ARRAY(arena, size_t, kind->column_count);
    union {
        const struct row_kind *kind;
        void *context;
    } sorting = { .kind = kind };

    for (size_t i = 0; i < kind->column_count; i++)
        places[i] = neo4j_result_column(result, kind->columns[i].column);
    for (size_t row = 0; row < count; row++)
        if (!read_row(arena, kind, result, places, row, items + row * kind->size, err))
            return NULL;
    if (count)
        qsort_r(items, count, kind->size, compare_rows, sorting.context);
    *out_count = count;
    return items;
}
