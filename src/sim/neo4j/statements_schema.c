/* CREATE, DROP and SHOW of indexes and constraints. Source: Cypher Manual, indexes; constraints. */
#include "sim/neo4j/schema_rules.h"

#include "base/buffer.h"
#include "base/encoding.h"
#include "sim/neo4j/authorization.h"

/* ---- uniqueness ---- */

/* The values that a rule is about, as text; NULL: the entry is not meant, or lacks one. */
static const char *key_of(struct arena *arena, const struct json *rule, const struct json *entry) {
    struct json *values = json_new_array(arena);
    bool has_label = false;

    JSON_FOR_EACH_ITEM (label, json_get(entry, "labels"))
        has_label = has_label || json_equal(label, json_get(rule, "label"));
    if (!has_label)
        return NULL;
    JSON_FOR_EACH_ITEM (property, json_get(rule, "properties")) {
        const struct json *value = json_get(json_get(entry, "properties"), json_string(property, ""));
        if (!value)
            return NULL;
        json_append(arena, values, value);
    }
    return json_print(arena, values);
}

/* Another entry with the same values, or -1. */
static int64_t find_double(struct statement *statement, const struct json *rule, const char *key,
                           int64_t except) {
    CLEANUP_ARENA struct arena *scratch = arena_new();
    struct transaction *transaction = statement->transaction;

    for (int64_t id = transaction_entry_from(transaction, 0); id >= 0;
         id = transaction_entry_from(transaction, id + 1)) {
        arena_reset(scratch);
        if (id != except &&
            str_equal(key_of(scratch, rule, transaction_entry(transaction, scratch, id)), key))
            return id;
    }
    return -1;
}

static bool is_unique_rule(const struct json *rule) {
    return str_equal(json_string_at(rule, "kind", ""), "constraint");
}

bool schema_check_unique(struct statement *statement, const struct json *entry) {
    struct arena *arena = statement->arena;

    JSON_FOR_EACH_ITEM (rule, transaction_schema(statement->transaction, arena)) {
        const char *key = is_unique_rule(rule) ? key_of(arena, rule, entry) : NULL;
        if (!key)
            continue;
        if (!transaction_lock(
                statement->transaction,
                arena_printf(arena, "INDEX_ENTRY(%s %s)", json_string_at(rule, "name", ""), key), arena,
                &statement->failure))
            return false;
        int64_t other = find_double(statement, rule, key, json_integer_at(entry, "id", -1));
        if (other >= 0)
            return statement_fail(statement, FAILURE_CONSTRAINT_VIOLATED,
                                  "Node(%ld) already exists with label `%s` and property `%s` = %s",
                                  (long)other, json_string_at(rule, "label", ""),
                                  json_string_at(rule, "properties.0", ""), key);
    }
    return true;
}

/* ---- who may ---- */

static bool may(struct statement *statement, enum privilege_action action, const char *what) {
    return privilege_allows(&statement->process->state, statement->user, action, statement->database) ||
           authorization_forbid(&statement->process->state, statement->arena, statement->user,
                                &statement->failure, "Schema operation '%s' on database '%s' is not allowed",
                                what, statement->database);
}

/* ---- CREATE ---- */

static bool read_property(struct statement *statement, const char *variable, struct json *properties) {
    struct cursor *cursor = &statement->cursor;
    char *name, *key;

    if (!cursor_name(cursor, &name) || !cursor_expect_symbol(cursor, ".") || !cursor_name(cursor, &key))
        return false;
    if (!str_equal(name, variable))
        return statement_fail(statement, FAILURE_UNDEFINED_VARIABLE, "Variable `%s` not defined", name);
    json_append_string(statement->arena, properties, key);
    return true;
}

static bool read_properties(struct statement *statement, const char *variable, struct json *rule) {
    struct cursor *cursor = &statement->cursor;
    struct json *properties = json_set_array(statement->arena, rule, "properties");

    if (!cursor_take_symbol(cursor, "("))
        return read_property(statement, variable, properties);
    do
        if (!read_property(statement, variable, properties))
            return false;
    while (cursor_take_symbol(cursor, ","));
    return cursor_expect_symbol(cursor, ")");
}

/* [name] [IF NOT EXISTS] FOR (n:Label) */
static bool read_head(struct statement *statement, struct json *rule, bool *out_if_not_exists,
                      char **out_variable) {
    struct cursor *cursor = &statement->cursor;
    char *name = NULL, *label;

    if (!cursor_is(cursor, "IF") && !cursor_is(cursor, "FOR") && !cursor_name_or_parameter(cursor, &name))
        return false;
    *out_if_not_exists = cursor_take(cursor, "IF");
    if (*out_if_not_exists && (!cursor_expect(cursor, "NOT") || !cursor_expect(cursor, "EXISTS")))
        return false;
    if (!cursor_expect(cursor, "FOR") || !cursor_expect_symbol(cursor, "("))
        return false;
    if (cursor_is_symbol(cursor, ")"))
        return statement_fail(
            statement, FAILURE_NO_GRAPH,
            "The simulated server keeps nodes without relationships: indexes and constraints "
            "are FOR (n:Label)");
    if (!cursor_name(cursor, out_variable) || !cursor_expect_symbol(cursor, ":") ||
        !cursor_name(cursor, &label) || !cursor_expect_symbol(cursor, ")"))
        return false;
    json_set_string(statement->arena, rule, "label", label);
    if (name)
        json_set_string(statement->arena, rule, "name", name);
    return true;
}

static bool is_same(const struct json *a, const struct json *b) {
    return json_equal(json_get(a, "kind"), json_get(b, "kind")) &&
           json_equal(json_get(a, "type"), json_get(b, "type")) &&
           json_equal(json_get(a, "label"), json_get(b, "label")) &&
           json_equal(json_get(a, "properties"), json_get(b, "properties"));
}

/* *out_exists: there is one already, and that is fine. */
static bool check_existing(struct statement *statement, const struct json *schema, const struct json *rule,
                           bool if_not_exists, bool *out_exists) {
    *out_exists = false;
    JSON_FOR_EACH_ITEM (old, schema) {
        bool same_name = json_equal(json_get(old, "name"), json_get(rule, "name"));
        if (!same_name && !is_same(old, rule))
            continue;
        *out_exists = true;
        if (if_not_exists)
            return true;
        if (!is_same(old, rule))
            return statement_fail(statement, FAILURE_SCHEMA_NAME_EXISTS,
                                  "There already exists an index called '%s'.",
                                  json_string_at(rule, "name", ""));
        return statement_fail(statement, FAILURE_SCHEMA_EXISTS, "An equivalent %s already exists: '%s'.",
                              json_string_at(rule, "kind", ""), json_string_at(old, "name", ""));
    }
    if (json_length(schema) >= LEDGER_SCHEMA_MAX)
        return statement_fail(statement, FAILURE_ARGUMENT,
                              "There are %d indexes and constraints, which is all that is simulated",
                              LEDGER_SCHEMA_MAX);
    return true;
}

/* What is there already must not break a new constraint. */
static bool check_entries(struct statement *statement, const struct json *rule) {
    CLEANUP_ARENA struct arena *scratch = arena_new();
    struct transaction *transaction = statement->transaction;

    for (int64_t id = transaction_entry_from(transaction, 0); is_unique_rule(rule) && id >= 0;
         id = transaction_entry_from(transaction, id + 1)) {
        arena_reset(scratch);
        const char *key = key_of(scratch, rule, transaction_entry(transaction, scratch, id));
        int64_t other = key ? find_double(statement, rule, key, id) : -1;
        if (other >= 0)
            return statement_fail(
                statement, FAILURE_CONSTRAINT_CREATION,
                "Unable to create Constraint( name='%s', type='UNIQUENESS' ): Both Node(%ld) "
                "and Node(%ld) have the same values",
                json_string_at(rule, "name", ""), (long)id, (long)other);
    }
    return true;
}

static bool add_rule(struct statement *statement, struct json *rule, bool if_not_exists) {
    struct arena *arena = statement->arena;
    const struct json *schema = transaction_schema(statement->transaction, arena);
    bool is_constraint = is_unique_rule(rule), exists;
    int64_t id = 1;

    JSON_FOR_EACH_ITEM (old, schema)
        id = json_integer_at(old, "id", 0) >= id ? json_integer_at(old, "id", 0) + 1 : id;
    json_set_integer(arena, rule, "id", id);
    if (!json_get(rule, "name")) {
        const char *text = json_print(arena, rule);
        json_set_string(arena, rule, "name",
                        arena_printf(arena, "%s_%08lx", is_constraint ? "constraint" : "index",
                                     (unsigned long)(hash64(text, strlen(text)) & 0xffffffff)));
    }
    if (!check_existing(statement, schema, rule, if_not_exists, &exists))
        return false;
    statement->type = "s";
    if (exists)
        return true;
    if (is_constraint)
        statement->counters.constraints_added++;
    else
        statement->counters.indexes_added++;
    return statement->explains ||
           (check_entries(statement, rule) &&
            transaction_put_schema(statement->transaction, json_string_at(rule, "name", ""), rule, arena,
                                   &statement->failure));
}

static bool create_index(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    struct json *rule = json_new_object(statement->arena), *options;
    const char *kind = cursor->tokens[cursor->at - 2].text; /* CREATE or the type */
    bool if_not_exists;
    char *variable;

    json_set_string(statement->arena, rule, "kind", "index");
    json_set_string(statement->arena, rule, "type",
                    !strcasecmp(kind, "TEXT")    ? "TEXT"
                    : !strcasecmp(kind, "POINT") ? "POINT"
                                                 : "RANGE");
    if (!may(statement, PRIVILEGE_CREATE_INDEX, "create_index") || !statement_writes(statement) ||
        !read_head(statement, rule, &if_not_exists, &variable) || !cursor_expect(cursor, "ON") ||
        !read_properties(statement, variable, rule))
        return false;
    if (cursor_take(cursor, "OPTIONS") && !statement_options(statement, &options))
        return false;
    return add_rule(statement, rule, if_not_exists);
}

static bool create_constraint(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    struct json *rule = json_new_object(statement->arena);
    bool if_not_exists;
    char *variable;

    json_set_string(statement->arena, rule, "kind", "constraint");
    json_set_string(statement->arena, rule, "type", "UNIQUENESS");
    if (!may(statement, PRIVILEGE_CREATE_CONSTRAINT, "create_constraint") || !statement_writes(statement) ||
        !read_head(statement, rule, &if_not_exists, &variable) || !cursor_expect(cursor, "REQUIRE") ||
        !read_properties(statement, variable, rule) || !cursor_expect(cursor, "IS"))
        return false;
    (void)cursor_take(cursor, "NODE");
    if (!cursor_take(cursor, "UNIQUE"))
        return statement_fail(
            statement, FAILURE_NO_GRAPH,
            "The simulated server knows one constraint: FOR (n:Label) REQUIRE n.property IS "
            "UNIQUE");
    return add_rule(statement, rule, if_not_exists);
}

static bool refuse_index(struct statement *statement) {
    return statement_fail(
        statement, FAILURE_NO_GRAPH,
        "The simulated server keeps indexes of the types RANGE, TEXT and POINT: CREATE INDEX "
        "name FOR (n:Label) ON (n.property)");
}

/* ---- DROP ---- */

static bool drop(struct statement *statement, bool is_constraint) {
    struct cursor *cursor = &statement->cursor;
    bool if_exists, found = false;
    char *name;

    if (!may(statement, is_constraint ? PRIVILEGE_DROP_CONSTRAINT : PRIVILEGE_DROP_INDEX,
             is_constraint ? "drop_constraint" : "drop_index") ||
        !statement_writes(statement) || !cursor_name_or_parameter(cursor, &name))
        return false;
    if_exists = cursor_take(cursor, "IF");
    if (if_exists && !cursor_expect(cursor, "EXISTS"))
        return false;
    JSON_FOR_EACH_ITEM (rule, transaction_schema(statement->transaction, statement->arena))
        found = found ||
                (str_equal(json_string_at(rule, "name", ""), name) && is_unique_rule(rule) == is_constraint);
    statement->type = "s";
    if (!found)
        return if_exists ||
               statement_fail(statement, is_constraint ? FAILURE_NO_SUCH_CONSTRAINT : FAILURE_NO_SUCH_INDEX,
                              "Unable to drop %s '%s': No such %s.", is_constraint ? "constraint" : "index",
                              name, is_constraint ? "constraint" : "index");
    if (is_constraint)
        statement->counters.constraints_removed++;
    else
        statement->counters.indexes_removed++;
    return statement->explains ||
           transaction_put_schema(statement->transaction, name, NULL, statement->arena, &statement->failure);
}

static bool drop_index(struct statement *statement) {
    return drop(statement, false);
}

static bool drop_constraint(struct statement *statement) {
    return drop(statement, true);
}

/* ---- SHOW ---- */

static const struct table_column index_columns[] = {
    { "id", true, 0 },
    { "name", true, 0 },
    { "state", true, 0 },
    { "populationPercent", true, 0 },
    { "type", true, 0 },
    { "entityType", true, 0 },
    { "labelsOrTypes", true, 0 },
    { "properties", true, 0 },
    { "indexProvider", true, 0 },
    { "owningConstraint", true, 0 },
    { "lastRead", true, 0 },
    { "readCount", true, 0 },
    { "trackedSince", false, 0 },
    { "options", false, 0 },
    { "failureMessage", false, 0 },
    { "createStatement", false, 0 },
};

static const struct table_column constraint_columns[] = {
    { "id", true, 0 },
    { "name", true, 0 },
    { "type", true, 0 },
    { "entityType", true, 0 },
    { "labelsOrTypes", true, 0 },
    { "properties", true, 0 },
    { "ownedIndex", true, 0 },
    { "propertyType", true, 0 },
    { "options", false, 0 },
    { "createStatement", false, 0 },
};

static const char *statement_of(struct arena *arena, const struct json *rule) {
    CLEANUP_BUFFER struct buffer properties = { 0 };
    bool is_constraint = is_unique_rule(rule);

    JSON_FOR_EACH_ITEM (property, json_get(rule, "properties"))
        buffer_printf(&properties, "%sn.`%s`", properties.length ? ", " : "", json_string(property, ""));
    return arena_printf(arena, "CREATE %s%s `%s` FOR (n:`%s`) %s (%s)%s",
                        is_constraint ? "" : json_string_at(rule, "type", ""),
                        is_constraint ? "CONSTRAINT" : " INDEX", json_string_at(rule, "name", ""),
                        json_string_at(rule, "label", ""), is_constraint ? "REQUIRE" : "ON",
                        buffer_string(&properties), is_constraint ? " IS UNIQUE" : "");
}

static struct bolt_value *row_of(struct arena *arena, const struct json *rule, bool shows_index) {
    struct bolt_value *row = bolt_new_map(arena), *labels = bolt_new_list(arena),
                      *properties = bolt_new_list(arena);
    bool is_constraint = is_unique_rule(rule);
    const char *name = json_string_at(rule, "name", ""), *type = json_string_at(rule, "type", "");

    bolt_append_string(arena, labels, json_string_at(rule, "label", ""));
    JSON_FOR_EACH_ITEM (property, json_get(rule, "properties"))
        bolt_append_string(arena, properties, json_string(property, ""));
    bolt_set_integer(arena, row, "id", json_integer_at(rule, "id", 0));
    bolt_set_string(arena, row, "name", name);
    bolt_set_string(arena, row, "type", shows_index && is_constraint ? "RANGE" : type);
    bolt_set_string(arena, row, "entityType", "NODE");
    bolt_set(arena, row, "labelsOrTypes", labels);
    bolt_set(arena, row, "properties", properties);
    bolt_set_string(arena, row, "createStatement", statement_of(arena, rule));
    bolt_set(arena, row, "options", bolt_new_map(arena));
    if (shows_index) {
        bolt_set_string(arena, row, "state", "ONLINE");
        bolt_set(arena, row, "populationPercent", bolt_new_float(arena, 100.0));
        bolt_set_string(arena, row, "indexProvider",
                        str_equal(type, "TEXT")    ? "text-2.0"
                        : str_equal(type, "POINT") ? "point-1.0"
                                                   : "range-1.0");
        bolt_set_integer(arena, row, "readCount", 0);
        bolt_set_string(arena, row, "failureMessage", "");
        if (is_constraint)
            bolt_set_string(arena, row, "owningConstraint", name);
    } else {
        bolt_set_string(arena, row, "ownedIndex", name);
    }
    return row;
}

static bool show(struct statement *statement, bool shows_index) {
    const struct table_column *columns = shows_index ? index_columns : constraint_columns;
    size_t count = shows_index ? ARRAY_LENGTH(index_columns) : ARRAY_LENGTH(constraint_columns);

    if (!may(statement, shows_index ? PRIVILEGE_SHOW_INDEX : PRIVILEGE_SHOW_CONSTRAINT,
             shows_index ? "show_index" : "show_constraint") ||
        !statement_reads(statement))
        return false;
    statement_columns(statement, columns, count);
    JSON_FOR_EACH_ITEM (rule, transaction_schema(statement->transaction, statement->arena))
        if ((shows_index || is_unique_rule(rule)) &&
            !table_add_map(&statement->cursor, &statement->table,
                           row_of(statement->arena, rule, shows_index)))
            return false;
    return table_show_tail(&statement->cursor, &statement->table, columns, count);
}

static bool show_indexes(struct statement *statement) {
    return show(statement, true);
}

static bool show_constraints(struct statement *statement) {
    return show(statement, false);
}

const struct statement_form statements_of_schema[] = {
    { "CREATE INDEX", create_index, false, false },
    { "CREATE RANGE|TEXT|POINT INDEX", create_index, false, false },
    { "CREATE LOOKUP|FULLTEXT|VECTOR INDEX", refuse_index, false, false },
    { "DROP INDEX", drop_index, false, false },
    { "SHOW INDEX|INDEXES", show_indexes, false, false },
    { "SHOW ALL INDEX|INDEXES", show_indexes, false, false },
    { "CREATE CONSTRAINT", create_constraint, false, false },
    { "DROP CONSTRAINT", drop_constraint, false, false },
    { "SHOW CONSTRAINT|CONSTRAINTS", show_constraints, false, false },
    { "SHOW ALL CONSTRAINT|CONSTRAINTS", show_constraints, false, false },
    { NULL, NULL, false, false },
};
