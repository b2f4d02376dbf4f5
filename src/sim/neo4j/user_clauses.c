#include "sim/neo4j/user_clauses.h"

#include "sim/neo4j/credential.h"

static struct arena *arena_of(const struct statement *statement) {
    return statement->arena;
}

const struct state_user *user_of_request(const struct statement *statement) {
    return state_find_user(&statement->process->state, json_string_at(statement->write, "user", ""));
}

/* ---- passwords ---- */

static size_t count_characters(const char *text) {
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80; /* of UTF-8, what begins a character */
    return count;
}

bool user_password_check(struct statement *statement, const char *password) {
    int64_t length_min = configuration_integer(statement->process->configuration,
                                               "dbms.security.auth_minimum_password_length");

    if (!*password)
        return statement_fail(statement, FAILURE_ARGUMENT, "A password cannot be empty.");
    if ((int64_t)count_characters(password) < length_min)
        return statement_fail(statement, FAILURE_SHORT_PASSWORD,
                              "A password must be at least %ld characters.", (long)length_min);
    return true;
}

void user_password_set(struct statement *statement, const char *password) {
    json_set_string(arena_of(statement), statement->write, "credential",
                    credential_new(arena_of(statement), network_random(statement->process->network),
                                   text_from(password)));
}

/* ---- clauses of CREATE and ALTER USER, in any order, each once ---- */

/* A second clause of a kind. Always false. */
static bool fail_repeated(struct user_clauses *clauses, const char *clause) {
    return statement_fail(clauses->statement, FAILURE_SYNTAX, "Duplicate `%s` clause.", clause);
}

static bool read_change_required(struct user_clauses *clauses) {
    struct statement *statement = clauses->statement;
    bool is_not = cursor_take(&statement->cursor, "NOT");

    if (json_get(statement->write, "mustChange"))
        return fail_repeated(clauses, "SET PASSWORD CHANGE [NOT] REQUIRED");
    json_set_bool(arena_of(statement), statement->write, "mustChange", !is_not);
    return cursor_expect(&statement->cursor, "REQUIRED");
}

static bool read_encrypted(struct user_clauses *clauses, const char *text) {
    struct statement *statement = clauses->statement;
    const char *credential = credential_from_encrypted(arena_of(statement), text);

    if (!credential)
        return statement_fail(
            statement, FAILURE_ARGUMENT,
            "Incorrect format of encrypted password. Correct format is '<encryption-version>,"
            "<hash>,<salt>'.");
    json_set_string(arena_of(statement), statement->write, "credential", credential);
    return true;
}

/* Behind PASSWORD. */
static bool read_password(struct user_clauses *clauses, bool is_encrypted) {
    struct statement *statement = clauses->statement;
    struct cursor *cursor = &statement->cursor;
    const struct state_user *user = clauses->is_create ? NULL : user_of_request(statement);
    char *password;

    json_set_bool(arena_of(statement), statement->write, "touchesNative", true);
    if (cursor_take(cursor, "CHANGE"))
        return read_change_required(clauses);
    if (json_get(statement->write, "credential"))
        return fail_repeated(clauses, "SET PASSWORD");
    if (!cursor_string_or_parameter(cursor, &password))
        return false;
    if (is_encrypted) {
        if (!read_encrypted(clauses, password))
            return false;
    } else {
        if (!user_password_check(statement, password))
            return false;
        if (user && credential_matches(user->credential, text_from(password)))
            return statement_fail(
                statement, FAILURE_SAME_PASSWORD,
                "Failed to alter the specified user '%s': Old password and new password cannot "
                "be the same.",
                user->name);
        user_password_set(statement, password);
    }
    return !cursor_take(cursor, "CHANGE") || read_change_required(clauses);
}

/* Behind SET: [PLAINTEXT | ENCRYPTED] PASSWORD. */
static bool read_password_clause(struct user_clauses *clauses) {
    struct cursor *cursor = &clauses->statement->cursor;
    bool is_encrypted = cursor_take(cursor, "ENCRYPTED");

    if (!is_encrypted)
        (void)cursor_take(cursor, "PLAINTEXT");
    return cursor_expect(cursor, "PASSWORD") && read_password(clauses, is_encrypted);
}

static bool read_status(struct user_clauses *clauses) {
    struct statement *statement = clauses->statement;
    bool is_suspended = cursor_take(&statement->cursor, "SUSPENDED");

    if (json_get(statement->write, "suspended"))
        return fail_repeated(clauses, "SET STATUS {SUSPENDED|ACTIVE}");
    json_set_bool(arena_of(statement), statement->write, "suspended", is_suspended);
    if (!clauses->is_create)
        statement_need(statement, PRIVILEGE_SET_USER_STATUS);
    return is_suspended || cursor_expect(&statement->cursor, "ACTIVE");
}

static bool read_home(struct user_clauses *clauses) {
    struct statement *statement = clauses->statement;
    char *name;

    if (!cursor_expect(&statement->cursor, "DATABASE") || !cursor_dotted_name(&statement->cursor, &name))
        return false;
    if (json_get(statement->write, "home"))
        return fail_repeated(clauses, "SET HOME DATABASE");
    json_set_string(arena_of(statement), statement->write, "home", name);
    if (!clauses->is_create)
        statement_need(statement, PRIVILEGE_SET_USER_HOME_DATABASE);
    if (strcasecmp(name, "system") && !state_find_database(&statement->process->state, name))
        statement_notify(statement, NOTIFICATION_HOME_DATABASE_NOT_PRESENT, name, NULL);
    return true;
}

/* ---- auth providers ---- */

static void check_provider(struct statement *statement, const char *provider) {
    const char *providers =
        configuration_get(statement->process->configuration, "dbms.security.authentication_providers");
    struct text rest = text_from(providers ? providers : "native");

    while (rest.data)
        if (text_equal(text_trim(text_cut(&rest, ',')), text_from(provider)))
            return;
    statement_notify(statement, NOTIFICATION_AUTH_PROVIDER_NOT_DEFINED, provider, NULL);
}

static bool read_external_auth(struct user_clauses *clauses, const char *provider) {
    struct statement *statement = clauses->statement;
    struct cursor *cursor = &statement->cursor;
    struct json *auths = json_ensure_object(arena_of(statement), statement->write, "auth");
    char *id;

    if (json_get(auths, provider))
        return fail_repeated(clauses, arena_printf(arena_of(statement), "SET AUTH '%s'", provider));
    if (!cursor_expect(cursor, "SET") || !cursor_expect(cursor, "ID") ||
        !cursor_string_or_parameter(cursor, &id))
        return false;
    if (!*id)
        return statement_fail(statement, FAILURE_ARGUMENT,
                              "Invalid input. Auth id is not allowed to be an empty string.");
    json_set_string(arena_of(statement), auths, provider, id);
    check_provider(statement, provider);
    return true;
}

static bool read_native_auth(struct user_clauses *clauses) {
    struct cursor *cursor = &clauses->statement->cursor;

    clauses->has_new_native = true;
    do
        if (!cursor_expect(cursor, "SET") || !read_password_clause(clauses))
            return false;
    while (cursor_is(cursor, "SET"));
    return true;
}

/* Behind SET AUTH. */
static bool read_auth(struct user_clauses *clauses) {
    struct statement *statement = clauses->statement;
    struct cursor *cursor = &statement->cursor;
    char *provider;

    (void)cursor_take(cursor, "PROVIDER");
    if (!cursor_string_or_parameter(cursor, &provider))
        return false;
    if (!*provider)
        return statement_fail(statement, FAILURE_ARGUMENT,
                              "Invalid input. Auth provider is not allowed to be an empty string.");
    if (!cursor_expect_symbol(cursor, "{"))
        return false;
    bool is_native = str_equal(provider, "native");
    if (!clauses->is_create)
        statement_need(statement, is_native ? PRIVILEGE_SET_PASSWORDS : PRIVILEGE_SET_AUTH);
    return (is_native ? read_native_auth(clauses) : read_external_auth(clauses, provider)) &&
           cursor_expect_symbol(cursor, "}");
}

/* ---- tags: 2026.06 ---- */

/* A string, or a list of them. */
bool user_clauses_read_tags(struct user_clauses *clauses, const char *key) {
    struct statement *statement = clauses->statement;
    struct json *tags = json_new_array(arena_of(statement));
    struct expression *expression;
    struct scope scope = { 0 };
    struct bolt_value value;

    statement_need(statement, PRIVILEGE_SET_USER_METADATA);
    if (!expression_parse(&statement->cursor, &expression) ||
        !expression_evaluate(&statement->cursor, expression, &scope, NULL, 0, &value))
        return false;
    if (value.type == BOLT_STRING)
        json_append_string(arena_of(statement), tags, value.string);
    BOLT_FOR_EACH_ITEM(item, &value) {
        if (!bolt_is(item, BOLT_STRING) || !item->length)
            return statement_fail(statement, FAILURE_TYPE,
                                  "Expected a non-empty String or a List of non-empty Strings");
        json_append_string(arena_of(statement), tags, item->string);
    }
    if (!json_length(tags) && value.type != BOLT_LIST)
        return statement_fail(statement, FAILURE_TYPE,
                              "Expected a non-empty String or a List of non-empty Strings");
    json_set(arena_of(statement), statement->write, key, tags);
    return true;
}

bool user_clauses_take_tags(struct statement *statement) {
    return neo4j_version_at_least(&statement->process->version, 2026, 6) &&
           (cursor_take(&statement->cursor, "TAG") || cursor_take(&statement->cursor, "TAGS"));
}

/* ---- all of them ---- */

static bool read_set(struct user_clauses *clauses) {
    struct statement *statement = clauses->statement;
    struct cursor *cursor = &statement->cursor;

    if (cursor_take(cursor, "STATUS"))
        return read_status(clauses);
    if (cursor_take(cursor, "HOME"))
        return read_home(clauses);
    if (cursor_take(cursor, "AUTH"))
        return read_auth(clauses);
    if (user_clauses_take_tags(statement))
        return user_clauses_read_tags(clauses, "tags");
    clauses->has_old_native = true;
    if (!clauses->is_create)
        statement_need(statement, PRIVILEGE_SET_PASSWORDS);
    return read_password_clause(clauses);
}

bool user_clauses_read_sets(struct user_clauses *clauses) {
    struct statement *statement = clauses->statement;

    for (; cursor_take(&statement->cursor, "SET"); clauses->has_any = true)
        if (!read_set(clauses))
            return false;
    return !(clauses->has_old_native && clauses->has_new_native) ||
           statement_fail(statement, FAILURE_SYNTAX,
                          "Cannot combine old and new auth syntax for the same auth provider.");
}

/* Behind REMOVE AUTH [PROVIDER[S]]: a string, a parameter, or a list of them. */
static bool read_removed_providers(struct user_clauses *clauses) {
    struct statement *statement = clauses->statement;
    struct cursor *cursor = &statement->cursor;
    struct json *removed = json_get(statement->write, "removeAuth");
    struct expression *expression;
    struct scope scope = { 0 };
    struct bolt_value value;

    if (!removed)
        removed = json_set_array(arena_of(statement), statement->write, "removeAuth");
    if (!expression_parse(cursor, &expression) ||
        !expression_evaluate(cursor, expression, &scope, NULL, 0, &value))
        return false;
    if (value.type == BOLT_STRING)
        json_append_string(arena_of(statement), removed, value.string);
    BOLT_FOR_EACH_ITEM(item, &value)
    json_append_string(arena_of(statement), removed, bolt_string(item, ""));
    return value.type == BOLT_STRING || value.type == BOLT_LIST ||
           statement_fail(statement, FAILURE_TYPE,
                          "Expected a non-empty String or non-empty List of non-empty Strings");
}

static bool read_remove(struct user_clauses *clauses) {
    struct statement *statement = clauses->statement;
    struct cursor *cursor = &statement->cursor;

    if (cursor_take(cursor, "HOME")) {
        statement_need(statement, PRIVILEGE_SET_USER_HOME_DATABASE);
        json_set_string(arena_of(statement), statement->write, "home", "");
        return cursor_expect(cursor, "DATABASE");
    }
    if (user_clauses_take_tags(statement))
        return user_clauses_read_tags(clauses, "removeTags");
    bool is_all = cursor_take(cursor, "ALL");
    if (!cursor_expect(cursor, "AUTH"))
        return false;
    if (!cursor_take(cursor, "PROVIDER"))
        (void)cursor_take(cursor, "PROVIDERS");
    statement_need(statement, PRIVILEGE_SET_AUTH);
    if (is_all)
        json_set_bool(arena_of(statement), statement->write, "removeAllAuth", true);
    return is_all || read_removed_providers(clauses);
}

/* REMOVE comes before ADD, and ADD before SET. */
bool user_clauses_read_removes(struct user_clauses *clauses) {
    struct cursor *cursor = &clauses->statement->cursor;

    for (; cursor_take(cursor, "REMOVE"); clauses->has_any = true)
        if (!read_remove(clauses))
            return false;
    for (; cursor_take(cursor, "ADD"); clauses->has_any = true)
        if (!(user_clauses_take_tags(clauses->statement) ? user_clauses_read_tags(clauses, "addTags")
                                                         : cursor_fail(cursor, "'TAG'")))
            return false;
    return true;
}
