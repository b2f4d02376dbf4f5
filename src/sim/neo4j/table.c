#include "sim/neo4j/table.h"

#include "sim/neo4j/server.h"

#include "sim/neo4j/value_set.h"

#include <stdlib.h>

enum { PROJECTION_ITEMS_MAX = 256 };

struct projection_item {
    struct expression *expression;
    const char *name;
    size_t offset;      /* of the expression */
    size_t name_offset; /* of the name, where it has one of its own */
    bool is_aggregate;
};

struct order_key {
    struct expression *expression;
    bool is_descending;
};

struct projection {
    bool is_star;
    bool is_distinct;
    struct projection_item *items;
    size_t item_count;
    struct order_key *keys;
    size_t key_count;
    int64_t skip;
    int64_t limit; /* -1: none */
};

void table_add_column(struct arena *arena, struct table *table, const char *name) {
    const char **columns = ARENA_ARRAY(arena, const char *, table->column_count + 1);

    if (table->column_count)
        memcpy(columns, table->columns, table->column_count * sizeof(*columns));
    columns[table->column_count++] = name;
    table->columns = columns;
}

bool table_add_row(struct cursor *cursor, struct table *table, struct bolt_value *row) {
    ensure(row->length == table->column_count);
    if (table->row_count >= TABLE_ROWS_MAX)
        return failure_set(cursor->failure, cursor->arena, FAILURE_RESULT_TOO_LARGE,
                           "The result has more than %d rows", TABLE_ROWS_MAX);
    if (arena_size(cursor->arena) > STATEMENT_MEMORY_BYTES_MAX)
        return failure_set(cursor->failure, cursor->arena, FAILURE_RESULT_TOO_LARGE,
                           "The statement needs more than %d bytes", STATEMENT_MEMORY_BYTES_MAX);
    if (table->row_count == table->row_capacity) {
        size_t capacity = table->row_capacity ? table->row_capacity * 2 : 16;
        struct bolt_value **rows = ARENA_ARRAY(cursor->arena, struct bolt_value *, capacity);
        if (table->row_count)
            memcpy(rows, table->rows, table->row_count * sizeof(struct bolt_value *));
        table->rows = rows;
        table->row_capacity = capacity;
    }
    table->rows[table->row_count++] = row;
    return true;
}

bool table_add_map(struct cursor *cursor, struct table *table, const struct bolt_value *map) {
    struct bolt_value *row = bolt_new_list(cursor->arena);
    struct bolt_value null = { .type = BOLT_NULL };

    for (size_t i = 0; i < table->column_count; i++) {
        const struct bolt_value *value = bolt_get(map, table->columns[i]);
        bolt_append(cursor->arena, row, value ? value : &null);
    }
    return table_add_row(cursor, table, row);
}

static struct table empty_like(const struct table *table) {
    return (struct table){ .columns = table->columns, .column_count = table->column_count };
}

static struct scope scope_of(const struct table *table) {
    return (struct scope){ table->columns, table->column_count };
}

/* ---- WHERE ---- */

bool table_filter(struct cursor *cursor, struct table *table) {
    struct expression *condition;
    struct scope scope = scope_of(table);
    struct table kept = empty_like(table);

    if (!expression_parse(cursor, &condition) || !expression_check(cursor, condition, &scope))
        return false;
    for (size_t i = 0; i < table->row_count; i++) {
        struct bolt_value value;
        if (!expression_evaluate(cursor, condition, &scope, &table->rows[i], 1, &value))
            return false;
        if (bolt_bool(&value, false) && !table_add_row(cursor, &kept, table->rows[i]))
            return false;
    }
    *table = kept;
    return true;
}

/* ---- reading a projection ---- */

/* The text of an expression names its column. */
static char *source_of(const struct cursor *cursor, size_t first_token) {
    size_t start = cursor->tokens[first_token].offset;
    size_t end = cursor_look(cursor)->offset;
    struct text source = text_trim((struct text){ cursor->statement.data + start, end - start });

    return arena_strndup(cursor->arena, source.data, source.length);
}

static bool read_item(struct cursor *cursor, enum projection_kind kind, struct projection_item *item) {
    size_t first = cursor->at;
    char *name;

    item->offset = item->name_offset = cursor_look(cursor)->offset;
    if (!expression_parse(cursor, &item->expression))
        return false;
    if (kind == PROJECTION_YIELD && !expression_variable(item->expression))
        return cursor_fail(cursor, "the name of a column");
    item->is_aggregate = expression_is_aggregate(item->expression);
    item->name = expression_variable(item->expression);
    if (cursor_take(cursor, "AS")) {
        item->name_offset = cursor_look(cursor)->offset;
        if (!cursor_name(cursor, &name))
            return false;
        item->name = name;
    } else if (!item->name) {
        item->name = source_of(cursor, first);
    }
    return true;
}

static bool read_items(struct cursor *cursor, enum projection_kind kind, struct projection *projection) {
    projection->items = ARENA_ARRAY(cursor->arena, struct projection_item, PROJECTION_ITEMS_MAX);
    projection->is_distinct = kind != PROJECTION_YIELD && cursor_take(cursor, "DISTINCT");
    if (cursor_take_symbol(cursor, "*")) {
        projection->is_star = true;
        return true;
    }
    do {
        if (projection->item_count == PROJECTION_ITEMS_MAX)
            return cursor_fail(cursor, "fewer columns");
        if (!read_item(cursor, kind, &projection->items[projection->item_count]))
            return false;
        projection->item_count++;
    } while (cursor_take_symbol(cursor, ","));
    return true;
}

static bool read_order(struct cursor *cursor, struct projection *projection) {
    if (!cursor_take(cursor, "ORDER"))
        return true;
    if (!cursor_expect(cursor, "BY"))
        return false;
    projection->keys = ARENA_ARRAY(cursor->arena, struct order_key, PROJECTION_ITEMS_MAX);
    do {
        struct order_key *key = &projection->keys[projection->key_count];
        if (projection->key_count == PROJECTION_ITEMS_MAX)
            return cursor_fail(cursor, "fewer sort keys");
        if (!expression_parse(cursor, &key->expression))
            return false;
        projection->key_count++;
        key->is_descending = cursor_take(cursor, "DESC") || cursor_take(cursor, "DESCENDING");
        if (!key->is_descending && !cursor_take(cursor, "ASC"))
            (void)cursor_take(cursor, "ASCENDING");
    } while (cursor_take_symbol(cursor, ","));
    return true;
}

static bool read_count(struct cursor *cursor, const char *keyword, int64_t *out_count) {
    struct expression *expression;
    struct scope scope = { 0 };
    struct bolt_value value;

    if (!cursor_take(cursor, keyword))
        return true;
    if (!expression_parse(cursor, &expression) ||
        !expression_evaluate(cursor, expression, &scope, NULL, 0, &value))
        return false;
    if (bolt_integer(&value, -1) < 0)
        return failure_set(cursor->failure, cursor->arena, FAILURE_SYNTAX,
                           "%s needs an integer that is not negative", keyword);
    *out_count = value.integer;
    return true;
}

static bool read_projection(struct cursor *cursor, enum projection_kind kind, struct projection *out) {
    *out = (struct projection){ .limit = -1 };
    return read_items(cursor, kind, out) && read_order(cursor, out) &&
           (read_count(cursor, "OFFSET", &out->skip) && read_count(cursor, "SKIP", &out->skip)) &&
           read_count(cursor, "LIMIT", &out->limit);
}

/* ---- applying it ---- */

static bool project_row(struct cursor *cursor, const struct projection *projection, const struct scope *scope,
                        struct bolt_value *const *rows, size_t row_count, struct bolt_value **out_row) {
    struct bolt_value *row = bolt_new_list(cursor->arena);

    for (size_t i = 0; i < projection->item_count; i++) {
        struct bolt_value value;
        if (!expression_evaluate(cursor, projection->items[i].expression, scope, rows, row_count, &value))
            return false;
        bolt_append(cursor->arena, row, &value);
    }
    *out_row = row;
    return true;
}

static bool has_aggregate(const struct projection *projection) {
    for (size_t i = 0; i < projection->item_count; i++)
        if (projection->items[i].is_aggregate)
            return true;
    return false;
}

static bool group_key(struct cursor *cursor, const struct projection *projection, const struct scope *scope,
                      struct bolt_value *const *row, struct bolt_value **out_key) {
    struct bolt_value *key = bolt_new_list(cursor->arena);

    for (size_t i = 0; i < projection->item_count; i++) {
        struct bolt_value value;
        if (projection->items[i].is_aggregate)
            continue;
        if (!expression_evaluate(cursor, projection->items[i].expression, scope, row, 1, &value))
            return false;
        bolt_append(cursor->arena, key, &value);
    }
    *out_key = key;
    return true;
}

/* Which group each row belongs to: out_groups[row]. */
static bool find_groups(struct cursor *cursor, const struct projection *projection, const struct table *table,
                        struct value_set *keys, size_t *out_groups) {
    struct scope scope = scope_of(table);

    for (size_t i = 0; i < table->row_count; i++) {
        struct bolt_value *key;
        bool is_new;
        if (!group_key(cursor, projection, &scope, &table->rows[i], &key))
            return false;
        out_groups[i] = value_set_add(keys, key, &is_new);
    }
    return true;
}

/* Rows that agree in all that is not aggregated form one group; without such items there is one group, also
 * of no rows. */
static bool project_groups(struct cursor *cursor, const struct projection *projection,
                           const struct table *table, struct table *out) {
    struct scope scope = scope_of(table);
    struct value_set keys = { .arena = cursor->arena };
    size_t *groups = ARENA_ARRAY(cursor->arena, size_t, table->row_count + 1);
    struct bolt_value **rows = ARENA_ARRAY(cursor->arena, struct bolt_value *, table->row_count + 1);
    struct bolt_value *row;
    bool has_keys = false;

    for (size_t i = 0; i < projection->item_count; i++)
        has_keys = has_keys || !projection->items[i].is_aggregate;
    if (!find_groups(cursor, projection, table, &keys, groups))
        return false;
    /* The rows of the first group, then those of the second …: where each group ends is where the next
     * begins. */
    size_t *ends = ARENA_ARRAY(cursor->arena, size_t, keys.count + 2);
    for (size_t i = 0; i < table->row_count; i++)
        ends[groups[i] + 1]++;
    for (size_t g = 1; g <= keys.count; g++)
        ends[g] += ends[g - 1];
    for (size_t i = 0; i < table->row_count; i++)
        rows[ends[groups[i]]++] = table->rows[i];
    size_t count = keys.count || has_keys ? keys.count : 1;
    for (size_t g = 0, start = 0; g < count; start = ends[g], g++)
        if (!project_row(cursor, projection, &scope, rows + start, ends[g] - start, &row) ||
            !table_add_row(cursor, out, row))
            return false;
    return true;
}

struct sorted_row {
    struct bolt_value *row;
    struct bolt_value *keys;
    size_t index;
    const struct projection *projection;
};

static int compare_rows(const void *a, const void *b) {
    const struct sorted_row *left = a, *right = b;

    for (size_t i = 0; i < left->projection->key_count; i++) {
        int order = expression_compare(&left->keys->items[i], &right->keys->items[i]);
        if (order)
            return left->projection->keys[i].is_descending ? -order : order;
    }
    return (left->index > right->index) - (left->index < right->index);
}

/* Keys may name what came out and, where rows still stand for rows, what went in. */
static bool sort(struct cursor *cursor, const struct projection *projection, const struct table *before,
                 struct table *after) {
    struct table both = empty_like(after);
    bool same_rows = before->row_count == after->row_count && !has_aggregate(projection);
    struct sorted_row *sorted = ARENA_ARRAY(cursor->arena, struct sorted_row, after->row_count + 1);

    for (size_t i = 0; same_rows && i < before->column_count; i++)
        table_add_column(cursor->arena, &both, before->columns[i]);
    struct scope scope = scope_of(&both);
    for (size_t k = 0; k < projection->key_count; k++)
        if (!expression_check(cursor, projection->keys[k].expression, &scope))
            return false;
    for (size_t i = 0; i < after->row_count; i++) {
        struct bolt_value *joined = bolt_new_list(cursor->arena), value;
        BOLT_FOR_EACH_ITEM(item, after->rows[i])
        bolt_append(cursor->arena, joined, item);
        for (size_t k = 0; same_rows && k < before->column_count; k++)
            bolt_append(cursor->arena, joined, &before->rows[i]->items[k]);
        sorted[i] = (struct sorted_row){ after->rows[i], bolt_new_list(cursor->arena), i, projection };
        for (size_t k = 0; k < projection->key_count; k++) {
            if (!expression_evaluate(cursor, projection->keys[k].expression, &scope, &joined, 1, &value))
                return false;
            bolt_append(cursor->arena, sorted[i].keys, &value);
        }
    }
    qsort(sorted, after->row_count, sizeof(*sorted), compare_rows);
    for (size_t i = 0; i < after->row_count; i++)
        after->rows[i] = sorted[i].row;
    return true;
}

static void remove_duplicates(struct cursor *cursor, struct table *table) {
    struct value_set seen = { .arena = cursor->arena };
    size_t count = 0;
    bool is_new;

    for (size_t i = 0; i < table->row_count; i++) {
        (void)value_set_add(&seen, table->rows[i], &is_new);
        if (is_new)
            table->rows[count++] = table->rows[i];
    }
    table->row_count = count;
}

static void cut(const struct projection *projection, struct table *table) {
    size_t skip = projection->skip < (int64_t)table->row_count ? (size_t)projection->skip : table->row_count;

    if (skip > 0) {
        table->rows += skip;
        table->row_count -= skip;
        table->row_capacity = table->row_count;
    }
    if (projection->limit >= 0 && projection->limit < (int64_t)table->row_count)
        table->row_count = (size_t)projection->limit;
}

static bool apply_items(struct cursor *cursor, const struct projection *projection, struct table *table) {
    struct scope scope = scope_of(table);
    struct table out = { 0 };
    struct bolt_value *row;

    for (size_t i = 0; i < projection->item_count; i++) {
        if (!expression_check(cursor, projection->items[i].expression, &scope))
            return false;
        table_add_column(cursor->arena, &out, projection->items[i].name);
    }
    if (has_aggregate(projection)) {
        if (!project_groups(cursor, projection, table, &out))
            return false;
    } else {
        for (size_t i = 0; i < table->row_count; i++)
            if (!project_row(cursor, projection, &scope, &table->rows[i], 1, &row) ||
                !table_add_row(cursor, &out, row))
                return false;
    }
    *table = out;
    return true;
}

/* Of two columns of one name the first is shown, from 2026.01 on the second. */
static bool check_names(struct cursor *cursor, const struct projection *projection) {
    bool shows_second = cursor->process && neo4j_version_at_least(&cursor->process->version, 2026, 1);

    for (size_t i = 0; i < projection->item_count; i++)
        for (size_t k = 0; k < i; k++)
            if (str_equal(projection->items[i].name, projection->items[k].name))
                return cursor_fail_at(
                    cursor, shows_second ? projection->items[i].name_offset : projection->items[k].offset,
                    FAILURE_DUPLICATE_COLUMN, NULL,
                    "Multiple result columns with the same name are not supported");
    return true;
}

bool table_project(struct cursor *cursor, struct table *table, enum projection_kind kind) {
    struct projection projection;
    struct table before = *table;

    if (!read_projection(cursor, kind, &projection) || !check_names(cursor, &projection))
        return false;
    if (!projection.is_star && !apply_items(cursor, &projection, table))
        return false;
    if (projection.key_count && !sort(cursor, &projection, &before, table))
        return false;
    if (projection.is_distinct)
        remove_duplicates(cursor, table);
    cut(&projection, table);
    return kind == PROJECTION_RETURN || !cursor_take(cursor, "WHERE") || table_filter(cursor, table);
}

/* ---- UNWIND ---- */

bool table_unwind(struct cursor *cursor, struct table *table) {
    struct scope scope = scope_of(table);
    struct table out = empty_like(table);
    struct expression *expression;
    char *name;

    if (!expression_parse(cursor, &expression) || !cursor_expect(cursor, "AS") || !cursor_name(cursor, &name))
        return false;
    if (!expression_check(cursor, expression, &scope))
        return false;
    table_add_column(cursor->arena, &out, name);
    for (size_t i = 0; i < table->row_count; i++) {
        struct bolt_value value, *only = bolt_new_list(cursor->arena);
        if (!expression_evaluate(cursor, expression, &scope, &table->rows[i], 1, &value))
            return false;
        if (value.type != BOLT_LIST && value.type != BOLT_NULL)
            bolt_append(cursor->arena, only, &value);
        else if (value.type == BOLT_LIST)
            *only = value;
        BOLT_FOR_EACH_ITEM(item, only) {
            struct bolt_value *row = bolt_new_list(cursor->arena);
            BOLT_FOR_EACH_ITEM(before, table->rows[i])
            bolt_append(cursor->arena, row, before);
            bolt_append(cursor->arena, row, item);
            if (!table_add_row(cursor, &out, row))
                return false;
        }
    }
    *table = out;
    return true;
}

/* ---- UNION ---- */

bool table_unite(struct cursor *cursor, struct table *table, const struct table *other, bool is_all) {
    bool is_same = table->column_count == other->column_count;

    for (size_t i = 0; is_same && i < table->column_count; i++)
        is_same = str_equal(table->columns[i], other->columns[i]);
    if (!is_same)
        return failure_set(cursor->failure, cursor->arena, FAILURE_SYNTAX,
                           "All sub queries in an UNION must have the same return column names");
    for (size_t i = 0; i < other->row_count; i++)
        if (!table_add_row(cursor, table, other->rows[i]))
            return false;
    if (!is_all)
        remove_duplicates(cursor, table);
    return true;
}

/* ---- SHOW ---- */

static bool keep_defaults(struct cursor *cursor, struct table *table, const struct table_column *columns,
                          size_t column_count) {
    struct table out = { 0 };

    for (size_t i = 0; i < table->column_count; i++)
        for (size_t k = 0; k < column_count; k++)
            if (columns[k].is_default && str_equal(columns[k].name, table->columns[i]))
                table_add_column(cursor->arena, &out, table->columns[i]);
    for (size_t i = 0; i < table->row_count; i++) {
        struct bolt_value *row = bolt_new_list(cursor->arena);
        for (size_t k = 0, next = 0; k < table->column_count && next < out.column_count; k++)
            if (str_equal(table->columns[k], out.columns[next])) {
                bolt_append(cursor->arena, row, &table->rows[i]->items[k]);
                next++;
            }
        if (!table_add_row(cursor, &out, row))
            return false;
    }
    *table = out;
    return true;
}

bool table_show_tail(struct cursor *cursor, struct table *table, const struct table_column *columns,
                     size_t column_count) {
    if (!cursor_take(cursor, "YIELD"))
        return keep_defaults(cursor, table, columns, column_count) &&
               (!cursor_take(cursor, "WHERE") || table_filter(cursor, table));
    if (!table_project(cursor, table, PROJECTION_YIELD))
        return false;
    return !cursor_take(cursor, "RETURN") || table_project(cursor, table, PROJECTION_RETURN);
}
