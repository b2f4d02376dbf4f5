#include "sim/neo4j/updates.h"

#include "sim/neo4j/entry_access.h"
#include "sim/neo4j/match.h"
#include "sim/neo4j/node_value.h"
#include "sim/neo4j/property.h"
#include "sim/neo4j/schema_rules.h"

enum { SET_ITEMS_MAX = 256 };

static struct scope scope_of(const struct table *table) {
    return (struct scope){ table->columns, table->column_count };
}

static size_t find_column(const struct table *table, const char *name) {
    size_t i = 0;

    while (i < table->column_count && !str_equal(table->columns[i], name))
        i++;
    return i;
}

/* ---- changing one entry ---- */

static bool fail_property(struct statement *statement, const struct bolt_value *value) {
    const char *what = value->type == BOLT_MAP    ? "Map"
                       : value->type == BOLT_LIST ? "Collections containing null, mixed types or collections"
                                                  : "Node";

    return statement_fail(
        statement, FAILURE_PROPERTY_TYPE,
        "Property values can only be of primitive types or arrays thereof. Encountered: %s.", what);
}

/* Sets or, with null, removes. Counts what Neo4j counts: every value that is set, and every one that goes. */
static bool set_property(struct statement *statement, struct json *entry, const char *key,
                         const struct bolt_value *value) {
    struct arena *arena = statement->arena;
    struct json *properties = json_ensure_object(arena, entry, "properties");
    const struct json *stored;

    if (!entry_allows(&statement->cursor, PRIVILEGE_SET_PROPERTY, json_get(entry, "labels"), key))
        return false;
    if (value->type == BOLT_NULL) {
        statement->counters.properties_set += json_get(properties, key) != NULL;
        json_remove(properties, key);
        return true;
    }
    stored = property_to_json(arena, value);
    if (!stored)
        return fail_property(statement, value);
    json_set(arena, properties, key, stored);
    statement->counters.properties_set++;
    return true;
}

static bool store(struct statement *statement, const struct json *entry) {
    return schema_check_unique(statement, entry) &&
           transaction_put(statement->transaction, entry, statement->arena, &statement->failure);
}

static bool set_all(struct statement *statement, struct json *entry, const struct bolt_value *map) {
    BOLT_FOR_EACH_MEMBER(member, map)
    if (!set_property(statement, entry, member->key, &member->value))
        return false;
    return true;
}

static void add_labels(struct statement *statement, struct json *entry, const struct json *labels) {
    struct json *own = json_get(entry, "labels");

    JSON_FOR_EACH_ITEM (label, labels) {
        bool has = false;
        JSON_FOR_EACH_ITEM (old, own)
            has = has || json_equal(old, label);
        if (has)
            continue;
        json_append(statement->arena, own, label);
        statement->counters.labels_added++;
    }
}

static void remove_labels(struct statement *statement, struct json *entry, const struct json *labels) {
    struct json *own = json_get(entry, "labels");

    JSON_FOR_EACH_ITEM (label, labels)
        for (size_t i = json_length(own); i > 0; i--)
            if (json_equal(json_item(own, i - 1), label)) {
                json_remove_item(own, i - 1);
                statement->counters.labels_removed++;
            }
}

/* ---- CREATE ---- */

static bool plain_labels(struct statement *statement, const struct node_pattern *pattern,
                         struct json **out_labels) {
    *out_labels = json_new_array(statement->arena);
    if (pattern->condition)
        return statement_fail(statement, FAILURE_SYNTAX, "WHERE is not allowed in CREATE and MERGE");
    if (pattern->labels && !expression_plain_labels(pattern->labels, statement->arena, *out_labels))
        return statement_fail(
            statement, FAILURE_SYNTAX,
            "Label expressions in patterns are not allowed in CREATE and MERGE: only a list of "
            "labels");
    return true;
}

static bool create_node(struct statement *statement, const struct json *labels,
                        const struct bolt_value *properties, int64_t *out_id) {
    struct arena *arena = statement->arena;
    struct json *entry = json_new_object(arena);

    if (!entry_allows(&statement->cursor, PRIVILEGE_CREATE, labels, NULL))
        return false;
    *out_id = transaction_new_id(statement->transaction);
    json_set_integer(arena, entry, "id", *out_id);
    json_set(arena, entry, "labels", json_new_array(arena));
    json_set(arena, entry, "properties", json_new_object(arena));
    add_labels(statement, entry, labels);
    statement->counters.nodes_created++;
    return set_all(statement, entry, properties) && store(statement, entry);
}

/* One more column with what make() answers for each row. */
static bool append_node(struct statement *statement, struct table *out, const struct bolt_value *row,
                        int64_t id, bool is_named) {
    struct bolt_value *longer = bolt_new_list(statement->arena);
    struct bolt_value node = node_value_new(statement->arena, id);

    BOLT_FOR_EACH_ITEM(item, row)
    bolt_append(statement->arena, longer, item);
    if (is_named)
        bolt_append(statement->arena, longer, &node);
    return table_add_row(&statement->cursor, out, longer);
}

static bool create_one(struct statement *statement) {
    struct table *table = &statement->table;
    struct table out = { .columns = table->columns, .column_count = table->column_count };
    struct scope scope = scope_of(table);
    struct node_pattern pattern;
    struct bolt_value properties;
    struct json *labels;
    int64_t id;

    if (!pattern_read(statement, &pattern) || !plain_labels(statement, &pattern, &labels) ||
        !expression_check(&statement->cursor, pattern.properties, &scope))
        return false;
    if (pattern.variable && find_column(table, pattern.variable) < table->column_count)
        return statement_fail(statement, FAILURE_VARIABLE_DECLARED, "Variable `%s` already declared",
                              pattern.variable);
    if (pattern.variable)
        table_add_column(statement->arena, &out, pattern.variable);
    for (size_t i = 0; i < table->row_count; i++)
        if (!pattern_properties(statement, &pattern, &scope, &table->rows[i], &properties) ||
            !create_node(statement, labels, &properties, &id) ||
            !append_node(statement, &out, table->rows[i], id, pattern.variable != NULL))
            return false;
    *table = out;
    return true;
}

bool update_create(struct statement *statement) {
    if (!statement_writes(statement))
        return false;
    do
        if (!create_one(statement))
            return false;
    while (cursor_take_symbol(&statement->cursor, ","));
    return true;
}

/* ---- SET and REMOVE ---- */

enum set_kind { SET_PROPERTY, SET_DYNAMIC, SET_REPLACE, SET_ADD, SET_LABELS };

struct set_item {
    enum set_kind kind;
    const char *variable;
    const char *key;
    struct expression *dynamic_key;
    struct expression *value; /* NULL: removes */
    struct json *labels;
};

static bool read_labels(struct statement *statement, struct set_item *item) {
    struct expression *labels;

    item->kind = SET_LABELS;
    item->labels = json_new_array(statement->arena);
    if (!expression_parse_labels(&statement->cursor, &labels))
        return false;
    return expression_plain_labels(labels, statement->arena, item->labels) ||
           statement_fail(statement, FAILURE_SYNTAX, "SET and REMOVE take a list of labels only");
}

static bool read_target(struct statement *statement, struct set_item *item) {
    struct cursor *cursor = &statement->cursor;
    bool has_parentheses = cursor_take_symbol(cursor, "(");
    char *name;

    if (!cursor_name(cursor, &name) || (has_parentheses && !cursor_expect_symbol(cursor, ")")))
        return false;
    *item = (struct set_item){ .kind = SET_REPLACE, .variable = name };
    if (cursor_take_symbol(cursor, ":") || cursor_take(cursor, "IS"))
        return read_labels(statement, item);
    if (cursor_take_symbol(cursor, ".")) {
        item->kind = SET_PROPERTY;
        if (!cursor_name(cursor, &name))
            return false;
        item->key = name;
    } else if (cursor_take_symbol(cursor, "[")) {
        item->kind = SET_DYNAMIC;
        return expression_parse(cursor, &item->dynamic_key) && cursor_expect_symbol(cursor, "]");
    }
    return true;
}

static bool read_set_item(struct statement *statement, struct set_item *item) {
    struct cursor *cursor = &statement->cursor;

    if (!read_target(statement, item))
        return false;
    if (item->kind == SET_LABELS)
        return true;
    if (item->kind == SET_REPLACE && cursor_take_symbol(cursor, "+="))
        item->kind = SET_ADD;
    else if (!cursor_expect_symbol(cursor, "="))
        return false;
    return expression_parse(cursor, &item->value);
}

static bool read_remove_item(struct statement *statement, struct set_item *item) {
    return read_target(statement, item) &&
           (item->kind != SET_REPLACE || cursor_fail(&statement->cursor, "'.', '[' or ':'"));
}

struct set_items {
    struct set_item items[SET_ITEMS_MAX];
    size_t count;
};

static bool read_items(struct statement *statement, struct set_items *items,
                       bool (*read)(struct statement *statement, struct set_item *item)) {
    do {
        if (items->count == SET_ITEMS_MAX)
            return cursor_fail(&statement->cursor, "fewer items");
        if (!read(statement, &items->items[items->count++]))
            return false;
    } while (cursor_take_symbol(&statement->cursor, ","));
    return true;
}

/* What += and = take: a map, or a node whose properties are meant. */
static bool map_of(struct statement *statement, const struct bolt_value *value,
                   const struct bolt_value **out_map) {
    struct cursor *cursor = &statement->cursor;
    const struct json *entry;

    *out_map = value;
    if (value->type == BOLT_MAP || value->type == BOLT_NULL)
        return true;
    if (!node_value_is(value))
        return statement_fail(statement, FAILURE_TYPE, "Type mismatch: SET expects a map or a node");
    entry = node_value_entry(cursor, cursor->arena, value);
    if (entry)
        *out_map = node_value_properties(cursor, entry);
    return entry != NULL;
}

static bool change_properties(struct statement *statement, const struct set_item *item, struct json *entry,
                              const struct bolt_value *value) {
    struct arena *arena = statement->arena;
    const struct bolt_value *map;

    if (!map_of(statement, value, &map))
        return false;
    if (item->kind == SET_REPLACE) {
        struct json *old = json_copy(arena, json_get(entry, "properties"));
        struct bolt_value null = { .type = BOLT_NULL };
        JSON_FOR_EACH_MEMBER (member, old)
            if (!bolt_get(map, member->key) && !set_property(statement, entry, member->key, &null))
                return false;
    }
    return set_all(statement, entry, map);
}

static bool change_entry(struct statement *statement, const struct set_item *item, const struct scope *scope,
                         struct bolt_value *const *row, bool removes, struct json *entry) {
    struct cursor *cursor = &statement->cursor;
    struct bolt_value value = { .type = BOLT_NULL }, key;

    if (item->value && !expression_evaluate(cursor, item->value, scope, row, 1, &value))
        return false;
    switch (item->kind) {
    case SET_PROPERTY:
        return set_property(statement, entry, item->key, &value);
    case SET_DYNAMIC:
        if (!expression_evaluate(cursor, item->dynamic_key, scope, row, 1, &key))
            return false;
        return (key.type == BOLT_STRING ||
                statement_fail(statement, FAILURE_TYPE, "Type mismatch: the name of a property is a text")) &&
               set_property(statement, entry, key.string, &value);
    case SET_REPLACE:
    case SET_ADD:
        return change_properties(statement, item, entry, &value);
    case SET_LABELS:
        JSON_FOR_EACH_ITEM (label, item->labels)
            if (!entry_allows(cursor, removes ? PRIVILEGE_REMOVE_LABEL : PRIVILEGE_SET_LABEL,
                              json_get(entry, "labels"), json_string(label, "")))
                return false;
        if (removes)
            remove_labels(statement, entry, item->labels);
        else
            add_labels(statement, entry, item->labels);
        return true;
    }
    return false;
}

/* Null stays as it is. */
static bool apply_item(struct statement *statement, const struct set_item *item, const struct table *table,
                       struct bolt_value *const *row, bool removes) {
    struct cursor *cursor = &statement->cursor;
    struct scope scope = scope_of(table);
    size_t column = find_column(table, item->variable);
    struct json *entry;

    if ((*row)->items[column].type == BOLT_NULL)
        return true;
    if (!node_value_is(&(*row)->items[column]))
        return statement_fail(statement, FAILURE_TYPE, "Type mismatch: SET and REMOVE expect a node");
    entry = node_value_entry(cursor, cursor->arena, &(*row)->items[column]);
    return entry && change_entry(statement, item, &scope, row, removes, entry) && store(statement, entry);
}

static bool apply_items(struct statement *statement, const struct set_items *items, const struct table *table,
                        struct bolt_value *const *row, bool removes) {
    for (size_t i = 0; i < items->count; i++)
        if (!apply_item(statement, &items->items[i], table, row, removes))
            return false;
    return true;
}

static bool check_items(struct statement *statement, const struct set_items *items,
                        const struct table *table) {
    struct scope scope = scope_of(table);

    for (size_t i = 0; i < items->count; i++) {
        const struct set_item *item = &items->items[i];
        if (find_column(table, item->variable) == table->column_count)
            return statement_fail(statement, FAILURE_UNDEFINED_VARIABLE, "Variable `%s` not defined",
                                  item->variable);
        if (!expression_check(&statement->cursor, item->value, &scope) ||
            !expression_check(&statement->cursor, item->dynamic_key, &scope))
            return false;
    }
    return true;
}

static bool change_rows(struct statement *statement, bool removes) {
    struct set_items *items = ARENA_NEW(statement->arena, struct set_items);
    const struct table *table = &statement->table;

    if (!statement_writes(statement) ||
        !read_items(statement, items, removes ? read_remove_item : read_set_item))
        return false;
    if (!check_items(statement, items, table))
        return false;
    for (size_t i = 0; i < table->row_count; i++)
        if (!apply_items(statement, items, table, &table->rows[i], removes))
            return false;
    return true;
}

bool update_set(struct statement *statement) {
    return change_rows(statement, false);
}

bool update_remove(struct statement *statement) {
    return change_rows(statement, true);
}

/* ---- DELETE ---- */

static bool delete_node(struct statement *statement, const struct bolt_value *value) {
    CLEANUP_ARENA struct arena *scratch = arena_new();

    if (value->type == BOLT_NULL)
        return true;
    if (!node_value_is(value))
        return statement_fail(statement, FAILURE_TYPE,
                              "Type mismatch: expected Node, Path or Relationship in DELETE");
    const struct json *entry = transaction_entry(statement->transaction, scratch, node_value_id(value));
    if (!entry)
        return true; /* by an earlier row */
    if (!entry_allows(&statement->cursor, PRIVILEGE_DELETE, json_get(entry, "labels"), NULL))
        return false;
    statement->counters.nodes_deleted++;
    return transaction_delete(statement->transaction, node_value_id(value), statement->arena,
                              &statement->failure);
}

bool update_delete(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    const struct table *table = &statement->table;
    struct scope scope = scope_of(table);
    struct expression *expression;
    struct bolt_value value;

    if (!statement_writes(statement))
        return false;
    do {
        if (!expression_parse(cursor, &expression) || !expression_check(cursor, expression, &scope))
            return false;
        for (size_t i = 0; i < table->row_count; i++)
            if (!expression_evaluate(cursor, expression, &scope, &table->rows[i], 1, &value) ||
                !delete_node(statement, &value))
                return false;
    } while (cursor_take_symbol(cursor, ","));
    return true;
}

/* ---- MERGE ---- */

struct merging {
    struct node_pattern pattern;
    struct json *labels;
    struct set_items on_create, on_match;
};

static bool read_merge(struct statement *statement, struct merging *merging) {
    struct cursor *cursor = &statement->cursor;

    if (!pattern_read(statement, &merging->pattern) ||
        !plain_labels(statement, &merging->pattern, &merging->labels))
        return false;
    while (cursor_take(cursor, "ON")) {
        bool is_create = cursor_take(cursor, "CREATE");
        if ((!is_create && !cursor_expect(cursor, "MATCH")) || !cursor_expect(cursor, "SET") ||
            !read_items(statement, is_create ? &merging->on_create : &merging->on_match, read_set_item))
            return false;
    }
    return true;
}

static bool check_merge_properties(struct statement *statement, const struct bolt_value *properties) {
    BOLT_FOR_EACH_MEMBER(member, properties)
    if (member->value.type == BOLT_NULL)
        return statement_fail(statement, FAILURE_MERGE_NULL,
                              "Cannot merge the following node because of null property value for '%s'",
                              member->key);
    return true;
}

/* All that match, or the one that is made. */
static bool merge_row(struct statement *statement, const struct merging *merging, struct table *out,
                      struct bolt_value *const *row) {
    CLEANUP_ARENA struct arena *scratch = arena_new();
    struct transaction *transaction = statement->transaction;
    bool is_named = merging->pattern.variable != NULL;
    struct scope scope = { out->columns, (*row)->length };
    size_t before = out->row_count;
    struct bolt_value properties;
    int64_t id;

    if (!pattern_properties(statement, &merging->pattern, &scope, row, &properties) ||
        !check_merge_properties(statement, &properties))
        return false;
    for (id = transaction_entry_from(transaction, 0); id >= 0;
         id = transaction_entry_from(transaction, id + 1)) {
        arena_reset(scratch);
        if (pattern_fits(&statement->cursor, &merging->pattern, transaction_entry(transaction, scratch, id),
                         &properties) &&
            !append_node(statement, out, *row, id, is_named))
            return false;
    }
    const struct set_items *items = &merging->on_match;
    if (out->row_count == before) {
        if (!create_node(statement, merging->labels, &properties, &id) ||
            !append_node(statement, out, *row, id, is_named))
            return false;
        items = &merging->on_create;
    }
    for (size_t i = before; i < out->row_count; i++)
        if (!apply_items(statement, items, out, &out->rows[i], false))
            return false;
    return true;
}

bool update_merge(struct statement *statement) {
    struct merging *merging = ARENA_NEW(statement->arena, struct merging);
    struct table *table = &statement->table;
    struct table out = { .columns = table->columns, .column_count = table->column_count };

    if (!statement_writes(statement) || !read_merge(statement, merging))
        return false;
    if (merging->pattern.variable && find_column(table, merging->pattern.variable) < table->column_count)
        return statement_fail(statement, FAILURE_VARIABLE_DECLARED, "Variable `%s` already declared",
                              merging->pattern.variable);
    if (merging->pattern.variable)
        table_add_column(statement->arena, &out, merging->pattern.variable);
    struct scope scope = scope_of(table);
    if (!expression_check(&statement->cursor, merging->pattern.properties, &scope) ||
        !check_items(statement, &merging->on_create, &out) ||
        !check_items(statement, &merging->on_match, &out))
        return false;
    for (size_t i = 0; i < table->row_count; i++)
        if (!merge_row(statement, merging, &out, &table->rows[i]))
            return false;
    *table = out;
    return true;
}
