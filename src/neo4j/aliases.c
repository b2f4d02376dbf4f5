#include "neo4j/aliases.h"

/* Source: Cypher manual, "Manage aliases" (create, alter and delete aliases; remote aliases). */

const char aliases_query[] = "SHOW ALIASES FOR DATABASE YIELD *";

static bool check(const struct dialect *dialect, const struct alias_wish *wish, struct error *err) {
    if (!wish->url &&
        (wish->user || wish->password || wish->driver || wish->language || wish->forwards_credentials))
        return error_set(err, ERROR_INVALID,
                         "alias %s: user, password, driver and language belong to a remote alias, with a url",
                         wish->name);
    if (wish->forwards_credentials && (wish->user || wish->password))
        return error_set(err, ERROR_INVALID, "alias %s: it forwards credentials or has its own, not both",
                         wish->name);
    if (wish->url && !wish->forwards_credentials && (!wish->user || !wish->password))
        return error_set(err, ERROR_INVALID, "alias %s: a remote alias needs user and password", wish->name);
    if (wish->forwards_credentials && !dialect_require(dialect, FORM_ALIAS_FORWARDING, err))
        return false;
    return !wish->language || dialect_require(dialect, FORM_ALIAS_LANGUAGE, err);
}

static void add_remote(struct statement *statement, const struct alias_wish *wish) {
    statement_add(statement, " AT ");
    statement_add_parameter(statement, "url", wish->url);
    if (wish->forwards_credentials) {
        statement_add(statement, " OIDC CREDENTIAL FORWARDING");
    } else {
        statement_add(statement, " USER ");
        statement_add_parameter(statement, "user", wish->user);
        statement_add(statement, " PASSWORD ");
        statement_add_secret(statement, "password", wish->password);
    }
    if (wish->driver) {
        statement_add(statement, " DRIVER ");
        statement_add_value(statement, "driver", wish->driver);
    }
    if (wish->language) {
        statement_add(statement, " DEFAULT LANGUAGE CYPHER ");
        statement_add_integer(statement, wish->language);
    }
}

static void add_properties(struct statement *statement, const struct alias_wish *wish) {
    if (!wish->properties)
        return;
    statement_add(statement, " PROPERTIES ");
    statement_add_value(statement, "properties", wish->properties);
}

/* A name of two parts is one in a composite database: both are quoted, with the dot between them outside. */
static void add_alias(struct statement *statement, const char *name) {
    const char *dot = strchr(name, '.');

    if (dot) {
        statement_add_name(statement, arena_strndup(statement->arena, name, (size_t)(dot - name)));
        statement_add(statement, ".");
    }
    statement_add_name(statement, dot ? dot + 1 : name);
}

bool alias_create(struct arena *arena, const struct dialect *dialect, const struct alias_wish *wish,
                  const struct administration **out, struct error *err) {
    struct statement statement;

    if (!check(dialect, wish, err))
        return false;
    statement_start(&statement, arena, "CREATE ALIAS ");
    add_alias(&statement, wish->name);
    statement_add(&statement, " IF NOT EXISTS FOR DATABASE ");
    statement_add_parameter(&statement, "target", wish->target);
    if (wish->url)
        add_remote(&statement, wish);
    add_properties(&statement, wish);
    *out = statement_end(&statement, EFFECT_MAKES);
    return true;
}

bool alias_alter(struct arena *arena, const struct dialect *dialect, const struct alias_wish *wish,
                 const struct administration **out, struct error *err) {
    struct statement statement;

    if (!check(dialect, wish, err))
        return false;
    statement_start(&statement, arena, "ALTER ALIAS ");
    add_alias(&statement, wish->name);
    statement_add(&statement, " SET DATABASE TARGET ");
    statement_add_parameter(&statement, "target", wish->target);
    if (wish->url)
        add_remote(&statement, wish);
    add_properties(&statement, wish);
    *out = statement_end(&statement, EFFECT_CHANGES);
    return true;
}

const struct administration *alias_drop(struct arena *arena, const char *name) {
    struct statement statement;

    statement_start(&statement, arena, "DROP ALIAS ");
    add_alias(&statement, name);
    statement_add(&statement, " IF EXISTS FOR DATABASE");
    return statement_end(&statement, EFFECT_REMOVES);
}

static const struct row_column columns[] = {
    ROW_KEY(struct alias_row, name, TEXT, "name"),
    ROW(struct alias_row, composite, TEXT, "composite"),
    ROW(struct alias_row, database, TEXT, "database"),
    ROW(struct alias_row, location, TEXT, "location"),
    ROW(struct alias_row, url, TEXT, "url"),
    ROW(struct alias_row, user, TEXT, "user"),
    ROW(struct alias_row, driver, VALUE, "driver"),
    ROW(struct alias_row, properties, VALUE, "properties"),
    ROW(struct alias_row, default_language, TEXT, "defaultLanguage"),
};
static const struct row_kind kind = ROW_KIND("SHOW ALIASES", struct alias_row, columns);

bool aliases_read(struct arena *arena, const struct neo4j_result *result, struct alias_rows *out_rows,
                  struct error *err) {
    struct alias_rows rows = { 0 };

    rows.items = rows_read(arena, &kind, result, &rows.count, err);
    if (!rows.items)
        return false;
    for (size_t i = 0; i < rows.count; i++)
        rows.items[i].is_remote = str_equal(rows.items[i].location, "remote");
    *out_rows = rows;
    return true;
}
