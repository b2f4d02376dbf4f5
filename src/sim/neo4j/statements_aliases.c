/* SHOW ALIASES, CREATE, ALTER and DROP ALIAS. Source: Cypher Manual, database aliases. */
#include "sim/neo4j/statement.h"

#include "bolt/value_json.h"

static const struct table_column columns[] = {
    { "name", true, 0 },        { "composite", true, 0 },
    { "database", true, 0 },    { "location", true, 0 },
    { "url", true, 0 },         { "user", true, 0 },
    { "driver", false, 0 },     { "defaultLanguage", false, 202506 },
    { "properties", false, 0 },
};

static struct bolt_value *map_of(struct arena *arena, const char *text) {
    struct json *json;

    if (!json_parse(arena, text_from(text), NULL, &json, NULL))
        return bolt_new_map(arena);
    return bolt_from_json(arena, json);
}

static bool add_alias(struct statement *statement, const struct state_alias *alias) {
    struct arena *arena = statement->arena;
    struct bolt_value *row = bolt_new_map(arena);
    bool is_remote = *alias->url;

    bolt_set_string(arena, row, "name", alias->name);
    bolt_set_string(arena, row, "composite", *alias->composite ? alias->composite : NULL);
    bolt_set_string(arena, row, "database", alias->target);
    bolt_set_string(arena, row, "location", is_remote ? "remote" : "local");
    bolt_set_string(arena, row, "url", is_remote ? alias->url : NULL);
    bolt_set_string(arena, row, "user", *alias->user ? alias->user : NULL);
    if (is_remote) {
        bolt_set(arena, row, "driver", map_of(arena, alias->driver));
        bolt_set_string(arena, row, "defaultLanguage", *alias->language ? alias->language : "CYPHER 5");
    }
    bolt_set(arena, row, "properties", map_of(arena, alias->properties));
    return table_add_map(&statement->cursor, &statement->table, row);
}

static bool show_aliases(struct statement *statement) {
    const struct cluster_state *state = &statement->process->state;
    struct cursor *cursor = &statement->cursor;
    char *name = NULL;

    statement_columns(statement, columns, ARRAY_LENGTH(columns));
    if (!cursor_is(cursor, "FOR") && !cursor_dotted_name(cursor, &name))
        return false;
    if (!cursor_expect(cursor, "FOR"))
        return false;
    if (!cursor_take(cursor, "DATABASES") && !cursor_expect(cursor, "DATABASE"))
        return false;
    for (size_t i = 0; i < state->alias_count; i++)
        if ((!name || !strcasecmp(name, state->aliases[i].name)) && !add_alias(statement, &state->aliases[i]))
            return false;
    return table_show_tail(cursor, &statement->table, columns, ARRAY_LENGTH(columns));
}

/* ---- changes ---- */

static bool read_alias(struct statement *statement, const char *op) {
    char *name;

    statement_write(statement, op);
    if (!cursor_dotted_name(&statement->cursor, &name))
        return false;
    json_set_string(statement->arena, statement->write, "alias", name);
    return true;
}

static bool read_map(struct statement *statement, const char *key) {
    struct json *map;

    if (!statement_options(statement, &map))
        return false;
    json_set(statement->arena, statement->write, key, map);
    return true;
}

static bool read_text(struct statement *statement, const char *key) {
    char *text;

    if (!cursor_name_or_parameter(&statement->cursor, &text))
        return false;
    json_set_string(statement->arena, statement->write, key, text);
    return true;
}

/* The secret ends here. */
static bool read_password(struct statement *statement) {
    char *password;

    return cursor_string_or_parameter(&statement->cursor, &password);
}

static bool read_target(struct statement *statement) {
    char *target;

    if (!cursor_dotted_name(&statement->cursor, &target))
        return false;
    json_set_string(statement->arena, statement->write, "target", target);
    if (!cursor_take(&statement->cursor, "AT"))
        return true;
    char *url;
    if (!cursor_string_or_parameter(&statement->cursor, &url))
        return false;
    json_set_string(statement->arena, statement->write, "url", url);
    return true;
}

/* OIDC CREDENTIAL FORWARDING, 2026.01+: the caller's own token goes on. */
static bool read_forwarding(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    const struct neo4j_version *version = &statement->process->version;

    if (!neo4j_version_is_calendar(version) || !neo4j_version_at_least(version, 2026, 1))
        return cursor_fail(cursor, "'USER'");
    json_set_bool(statement->arena, statement->write, "forwards", true);
    return cursor_expect(cursor, "CREDENTIAL") && cursor_expect(cursor, "FORWARDING");
}

/* What may come after the target, in any order. */
static bool read_details(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;

    for (;;) {
        bool ok;
        if (cursor_take(cursor, "USER"))
            ok = read_text(statement, "user");
        else if (cursor_take(cursor, "PASSWORD"))
            ok = read_password(statement);
        else if (cursor_take(cursor, "DRIVER"))
            ok = read_map(statement, "driver");
        else if (cursor_take(cursor, "PROPERTIES"))
            ok = read_map(statement, "properties");
        else if (cursor_take(cursor, "DEFAULT"))
            ok = statement_language(statement);
        else if (cursor_take(cursor, "OIDC"))
            ok = read_forwarding(statement);
        else
            return true;
        if (!ok)
            return false;
    }
}

static bool create_alias(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;

    if (!read_alias(statement, "create-alias") || !statement_existence(statement, true, "ifNotExists") ||
        !cursor_expect(cursor, "FOR") || !cursor_expect(cursor, "DATABASE") || !read_target(statement) ||
        !read_details(statement))
        return false;
    return !json_get(statement->write, "url") || json_get(statement->write, "user") ||
           json_get(statement->write, "forwards") || cursor_fail(cursor, "'USER'");
}

static bool replace_alias(struct statement *statement) {
    if (!create_alias(statement))
        return false;
    json_set_bool(statement->arena, statement->write, "orReplace", true);
    return true;
}

static bool alter_alias(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;

    if (!read_alias(statement, "alter-alias") || !statement_existence(statement, false, "ifExists") ||
        !cursor_expect(cursor, "SET") || !cursor_expect(cursor, "DATABASE"))
        return false;
    if (cursor_take(cursor, "TARGET") && !read_target(statement))
        return false;
    return read_details(statement);
}

static bool drop_alias(struct statement *statement) {
    return read_alias(statement, "drop-alias") && statement_existence(statement, false, "ifExists") &&
           cursor_expect(&statement->cursor, "FOR") && cursor_expect(&statement->cursor, "DATABASE");
}

const struct statement_form statements_of_aliases[] = {
    { "SHOW ALIAS|ALIASES", show_aliases, .is_administration = true },
    { "CREATE ALIAS", create_alias, .is_administration = true },
    { "CREATE OR REPLACE ALIAS", replace_alias, .is_administration = true },
    { "ALTER ALIAS", alter_alias, .is_administration = true },
    { "DROP ALIAS", drop_alias, .is_administration = true },
    { NULL, NULL, false, false },
};
