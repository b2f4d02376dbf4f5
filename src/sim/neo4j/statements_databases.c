/* CREATE, ALTER, DROP, START and STOP DATABASE, composite and sharded ones too.
 * Source: Cypher Manual, standard databases; composite databases; Operations Manual, sharded property
 * databases. */
#include "sim/neo4j/statement.h"

#include "bolt/value_json.h"

static bool is_at_least(const struct statement *statement, unsigned year, unsigned month) {
    const struct neo4j_version *version = &statement->process->version;

    return neo4j_version_is_calendar(version) && neo4j_version_at_least(version, year, month);
}

static bool read_database(struct statement *statement, const char *op) {
    char *name;

    statement_write(statement, op);
    if (!cursor_dotted_name(&statement->cursor, &name))
        return false;
    json_set_string(statement->arena, statement->write, "database", name);
    json_set_integer(statement->arena, statement->write, "cypher", statement->language);
    return true;
}

/* ---- clauses ---- */

/* After TOPOLOGY: n PRIMARIES and n SECONDARIES in any order, the latter 0 unless told. */
static bool read_counts(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    bool has_primaries = false, has_secondaries = false;
    int64_t count;

    while (cursor_look(cursor)->type == TOKEN_INTEGER || cursor_look(cursor)->type == TOKEN_PARAMETER) {
        if (!cursor_integer(cursor, &count))
            return false;
        if (!has_primaries && (cursor_take(cursor, "PRIMARY") || cursor_take(cursor, "PRIMARIES"))) {
            has_primaries = true;
            json_set_integer(statement->arena, statement->write, "primaries", count);
        } else if (!has_secondaries &&
                   (cursor_take(cursor, "SECONDARY") || cursor_take(cursor, "SECONDARIES"))) {
            has_secondaries = true;
            json_set_integer(statement->arena, statement->write, "secondaries", count);
        } else {
            return cursor_fail(cursor, "'PRIMARIES' or 'SECONDARIES'");
        }
    }
    if (!has_primaries)
        return cursor_fail(cursor, "a number of PRIMARIES");
    if (!has_secondaries)
        json_set_integer(statement->arena, statement->write, "secondaries", 0);
    return true;
}

static bool read_options(struct statement *statement) {
    struct json *options;

    if (!statement_options(statement, &options))
        return false;
    json_set(statement->arena, statement->write, "options", options);
    return true;
}

/* ---- shards ---- */

static bool allows_shards(struct statement *statement) {
    if (!is_at_least(statement, 2025, 12))
        return cursor_fail(&statement->cursor, "'DEFAULT', 'OPTIONS', 'TOPOLOGY' or 'WAIT'");
    return statement->language == 25 ||
           statement_fail(
               statement, FAILURE_ONLY_IN_25,
               "Sharded databases are only available in Cypher 25. Begin the statement with CYPHER 25.");
}

/* GRAPH SHARD { [[SET] TOPOLOGY …] } */
static bool read_graph_shard(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;

    if (!allows_shards(statement) || !cursor_expect(cursor, "SHARD") || !cursor_expect_symbol(cursor, "{"))
        return false;
    (void)cursor_take(cursor, "SET");
    if (cursor_take(cursor, "TOPOLOGY") && !read_counts(statement))
        return false;
    return cursor_expect_symbol(cursor, "}");
}

/* PROPERTY SHARD[S] { [COUNT n] [[SET] TOPOLOGY n REPLICA[S]] } */
static bool read_property_shards(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    int64_t count;

    if (!allows_shards(statement))
        return false;
    if (!cursor_take(cursor, "SHARDS") && !cursor_expect(cursor, "SHARD"))
        return false;
    if (!cursor_expect_symbol(cursor, "{"))
        return false;
    if (cursor_take(cursor, "COUNT")) {
        if (!cursor_integer(cursor, &count))
            return false;
        json_set_integer(statement->arena, statement->write, "shards", count);
    }
    (void)cursor_take(cursor, "SET");
    if (cursor_take(cursor, "TOPOLOGY")) {
        if (!cursor_integer(cursor, &count))
            return false;
        if (!cursor_take(cursor, "REPLICAS") && !cursor_expect(cursor, "REPLICA"))
            return false;
        json_set_integer(statement->arena, statement->write, "replicas", count);
    }
    return cursor_expect_symbol(cursor, "}");
}

/* ---- CREATE ---- */

/* In the order of the grammar, each at most once. */
static const struct create_clause {
    const char *word;
    bool (*read)(struct statement *statement);
    int rank;
    bool takes_set;
} create_clauses[] = {
    { "DEFAULT", statement_language, 0, true }, { "TOPOLOGY", read_counts, 1, true },
    { "GRAPH", read_graph_shard, 1, true },     { "PROPERTY", read_property_shards, 2, true },
    { "OPTIONS", read_options, 3, false },
};

static const struct create_clause *take_create_clause(struct cursor *cursor, bool has_set, int rank) {
    for (size_t i = 0; i < ARRAY_LENGTH(create_clauses); i++) {
        const struct create_clause *clause = &create_clauses[i];
        if (clause->rank >= rank && (clause->takes_set || !has_set) && cursor_take(cursor, clause->word))
            return clause;
    }
    return NULL;
}

static bool read_create_clauses(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    int rank = 0;

    for (;;) {
        bool has_set = cursor_take(cursor, "SET");
        if (has_set && statement->language != 25)
            return statement_fail(statement, FAILURE_ONLY_IN_25,
                                  "SET before a clause of CREATE DATABASE is only "
                                  "available in Cypher 25.");
        const struct create_clause *clause = take_create_clause(cursor, has_set, rank);
        if (!clause)
            return has_set ? cursor_fail(cursor, "'DEFAULT', 'GRAPH', 'PROPERTY' or 'TOPOLOGY'")
                           : statement_wait(statement);
        if (!clause->read(statement))
            return false;
        rank = clause->rank + 1;
    }
}

/* Where IF EXISTS or IF NOT EXISTS leaves nothing to do, nothing is counted. */
static bool count_update(struct statement *statement) {
    bool is_there = state_resolve_database(&statement->process->state,
                                           json_string_at(statement->write, "database", "")) != NULL;

    if (json_bool_at(statement->write, is_there ? "ifNotExists" : "ifExists", false))
        statement->updates = 0;
    return true;
}

static bool create_database(struct statement *statement) {
    return read_database(statement, "create-database") &&
           statement_existence(statement, true, "ifNotExists") && read_create_clauses(statement) &&
           count_update(statement);
}

static bool replace_database(struct statement *statement) {
    if (!read_database(statement, "create-database"))
        return false;
    json_set_bool(statement->arena, statement->write, "orReplace", true);
    if (cursor_is(&statement->cursor, "IF"))
        return cursor_fail(&statement->cursor, "no 'IF NOT EXISTS' beside 'OR REPLACE'");
    if (!read_create_clauses(statement))
        return false;
    return !json_get(statement->write, "shards") ||
           statement_fail(statement, FAILURE_SHARD_TOPOLOGY, "A sharded database can't replace another one.");
}

static bool create_composite(struct statement *statement) {
    if (!read_database(statement, "create-database"))
        return false;
    json_set_bool(statement->arena, statement->write, "composite", true);
    if (!statement_existence(statement, true, "ifNotExists") || !read_create_clauses(statement))
        return false;
    if (json_get(statement->write, "primaries"))
        return statement_fail(statement, FAILURE_ARGUMENT, "A composite database has no topology.");
    return count_update(statement);
}

static bool replace_composite(struct statement *statement) {
    if (!create_composite(statement))
        return false;
    if (json_get(statement->write, "ifNotExists"))
        return cursor_fail(&statement->cursor, "no 'IF NOT EXISTS' beside 'OR REPLACE'");
    json_set_bool(statement->arena, statement->write, "orReplace", true);
    return true;
}

/* ---- ALTER ---- */

static bool read_access(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;

    if (!cursor_expect(cursor, "READ"))
        return false;
    bool is_read_only = cursor_take(cursor, "ONLY");
    json_set_string(statement->arena, statement->write, "access", is_read_only ? "read-only" : "read-write");
    return is_read_only || cursor_expect(cursor, "WRITE");
}

/* OPTION name value */
static bool read_option(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    struct expression *expression;
    struct scope scope = { 0 };
    struct bolt_value value;
    char *name;

    if (!cursor_name(cursor, &name) || !expression_parse(cursor, &expression) ||
        !expression_evaluate(cursor, expression, &scope, NULL, 0, &value))
        return false;
    json_set(statement->arena, json_ensure_object(statement->arena, statement->write, "setOptions"), name,
             bolt_to_json(statement->arena, &value));
    return true;
}

static bool read_set(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;

    if (!json_get(statement->write, "access") && cursor_take(cursor, "ACCESS"))
        return read_access(statement);
    if (!json_get(statement->write, "primaries") && cursor_take(cursor, "TOPOLOGY"))
        return read_counts(statement);
    if (cursor_take(cursor, "OPTION"))
        return read_option(statement);
    if (cursor_take(cursor, "DEFAULT"))
        return statement_language(statement);
    if (cursor_take(cursor, "GRAPH"))
        return read_graph_shard(statement);
    if (cursor_take(cursor, "PROPERTY"))
        return read_property_shards(statement);
    return cursor_fail(cursor, "'ACCESS', 'DEFAULT LANGUAGE', 'OPTION' or 'TOPOLOGY'");
}

static bool read_remove(struct statement *statement) {
    char *name;

    if (!cursor_expect(&statement->cursor, "OPTION") || !cursor_name(&statement->cursor, &name))
        return false;
    if (!json_get(statement->write, "removeOptions"))
        json_set_array(statement->arena, statement->write, "removeOptions");
    json_append_string(statement->arena, json_get(statement->write, "removeOptions"), name);
    return true;
}

static bool alter_database(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    size_t sets = 0, removals = 0;

    if (!read_database(statement, "alter-database") || !statement_existence(statement, false, "ifExists"))
        return false;
    while (cursor_is(cursor, "SET") || cursor_is(cursor, "REMOVE")) {
        bool is_set = cursor_take(cursor, "SET");
        if ((is_set && removals) || (!is_set && sets))
            return cursor_fail(cursor, "either 'SET' or 'REMOVE'");
        sets += is_set;
        removals += !is_set;
        if (!is_set)
            (void)cursor_take(cursor, "REMOVE");
        if (!(is_set ? read_set(statement) : read_remove(statement)))
            return false;
    }
    if (!sets && !removals)
        return cursor_fail(cursor, "'REMOVE' or 'SET'");
    return statement_wait(statement) && count_update(statement);
}

/* ---- DROP, START, STOP ---- */

static bool drop_database(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;

    if (!read_database(statement, "drop-database") || !statement_existence(statement, false, "ifExists"))
        return false;
    if (!cursor_take(cursor, "RESTRICT") && cursor_take(cursor, "CASCADE")) {
        if (!cursor_take(cursor, "ALIASES") && !cursor_expect(cursor, "ALIAS"))
            return false;
        json_set_bool(statement->arena, statement->write, "cascade", true);
    }
    if (cursor_take(cursor, "DUMP") || cursor_take(cursor, "DESTROY"))
        (void)cursor_take(cursor, "DATA");
    return statement_wait(statement) && count_update(statement);
}

static bool drop_composite(struct statement *statement) {
    if (!drop_database(statement))
        return false;
    json_set_bool(statement->arena, statement->write, "composite", true);
    return true;
}

static bool start_database(struct statement *statement) {
    return read_database(statement, "start-database") && statement_wait(statement);
}

static bool stop_database(struct statement *statement) {
    return read_database(statement, "stop-database") && statement_wait(statement);
}

const struct statement_form statements_of_databases[] = {
    { "CREATE DATABASE", create_database, .is_administration = true },
    { "CREATE OR REPLACE DATABASE", replace_database, .is_administration = true },
    { "CREATE COMPOSITE DATABASE", create_composite, .is_administration = true },
    { "CREATE OR REPLACE COMPOSITE DATABASE", replace_composite, .is_administration = true },
    { "ALTER DATABASE", alter_database, .is_administration = true },
    { "DROP DATABASE", drop_database, .is_administration = true },
    { "DROP COMPOSITE DATABASE", drop_composite, .is_administration = true },
    { "START DATABASE", start_database, .is_administration = true },
    { "STOP DATABASE", stop_database, .is_administration = true },
    { NULL, NULL, false, false },
};
