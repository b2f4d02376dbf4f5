#include "sim/neo4j/statement.h"

#include "base/encoding.h"
#include "bolt/value_json.h"

#include "sim/neo4j/node_value.h"
#include "sim/neo4j/words.h"
#include <time.h>

bool statement_fail(struct statement *statement, enum failure_kind kind, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    const char *message = arena_vprintf(statement->arena, format, arguments);
    va_end(arguments);
    return failure_set(&statement->failure, statement->arena, kind, "%s", message);
}

/* ---- for the families ---- */

struct json *statement_write(struct statement *statement, const char *op) {
    statement->write = json_new_object(statement->arena);
    json_set_string(statement->arena, statement->write, "op", op);
    statement->type = "s";
    statement->updates = 1;
    return statement->write;
}

bool statement_texts(struct statement *statement, struct bolt_value **out_texts) {
    struct cursor *cursor = &statement->cursor;
    enum token_type type = cursor_look(cursor)->type;
    struct scope scope = { 0 };

    *out_texts = NULL;
    if (type != TOKEN_STRING && type != TOKEN_PARAMETER)
        return true;
    *out_texts = bolt_new_list(statement->arena);
    do {
        struct expression *expression;
        struct bolt_value value;
        if (!expression_parse(cursor, &expression) ||
            !expression_evaluate(cursor, expression, &scope, NULL, 0, &value))
            return false;
        if (value.type == BOLT_STRING)
            bolt_append(statement->arena, *out_texts, &value);
        BOLT_FOR_EACH_ITEM(item, &value)
        bolt_append(statement->arena, *out_texts, item);
    } while (cursor_take_symbol(cursor, ","));
    return true;
}

bool statement_language(struct statement *statement) {
    const struct neo4j_version *version = &statement->process->version;
    struct cursor *cursor = &statement->cursor;
    int64_t language;

    if (!neo4j_version_is_calendar(version) || !neo4j_version_at_least(version, 2025, 6))
        return cursor_fail(cursor, "no default language in this version");
    if (!cursor_expect(cursor, "LANGUAGE") || !cursor_expect(cursor, "CYPHER") ||
        !cursor_integer(cursor, &language))
        return false;
    if (language != 5 && language != 25)
        return cursor_fail(cursor, "CYPHER 5 or CYPHER 25");
    json_set_string(statement->arena, statement->write, "language",
                    arena_printf(statement->arena, "CYPHER %ld", (long)language));
    return true;
}

bool statement_executable(struct statement *statement, const char **out_user) {
    struct cursor *cursor = &statement->cursor;
    char *user;

    if (!cursor_take(cursor, "EXECUTABLE"))
        return true;
    *out_user = statement->user;
    if (!cursor_take(cursor, "BY"))
        return true;
    if (cursor_take(cursor, "CURRENT"))
        return cursor_expect(cursor, "USER");
    if (!cursor_name(cursor, &user))
        return false;
    *out_user = user;
    return true;
}

bool statement_options(struct statement *statement, struct json **out_options) {
    struct cursor *cursor = &statement->cursor;
    struct expression *expression;
    struct scope scope = { 0 };
    struct bolt_value value;

    if (!expression_parse(cursor, &expression) ||
        !expression_evaluate(cursor, expression, &scope, NULL, 0, &value))
        return false;
    if (value.type != BOLT_MAP)
        return statement_fail(statement, FAILURE_ARGUMENT, "OPTIONS must be a map");
    *out_options = bolt_to_json(statement->arena, &value);
    return true;
}

bool statement_existence(struct statement *statement, bool is_negated, const char *flag) {
    struct cursor *cursor = &statement->cursor;

    if (!cursor_take(cursor, "IF"))
        return true;
    if ((is_negated && !cursor_expect(cursor, "NOT")) || !cursor_expect(cursor, "EXISTS"))
        return false;
    json_set_bool(statement->arena, statement->write, flag, true);
    return true;
}

bool statement_name(struct statement *statement, char **out_name) {
    if (cursor_look(&statement->cursor)->type == TOKEN_STRING)
        return cursor_fail(&statement->cursor, "an identifier or a parameter");
    return cursor_name_or_parameter(&statement->cursor, out_name);
}

bool statement_names(struct statement *statement, struct json **out_names) {
    struct json *names = json_new_array(statement->arena);
    char *name;

    do {
        if (!statement_name(statement, &name))
            return false;
        json_append_string(statement->arena, names, name);
    } while (cursor_take_symbol(&statement->cursor, ","));
    *out_names = names;
    return true;
}

void statement_notify(struct statement *statement, enum notification_kind kind, const char *first,
                      const char *second) {
    struct notification **end = &statement->notifications;

    if (statement->notification_count == NOTIFICATIONS_MAX)
        return;
    while (*end)
        end = &(*end)->next;
    *end = ARENA_NEW(statement->arena, struct notification);
    (*end)->kind = kind;
    (*end)->first = arena_strdup(statement->arena, first);
    (*end)->second = second ? arena_strdup(statement->arena, second) : NULL;
    statement->notification_count++;
}

void statement_columns(struct statement *statement, const struct table_column *columns, size_t count) {
    const struct neo4j_version *version = &statement->process->version;

    for (size_t i = 0; i < count; i++)
        if (!columns[i].since ||
            neo4j_version_at_least(version, columns[i].since / 100, columns[i].since % 100))
            table_add_column(statement->arena, &statement->table, columns[i].name);
}

const char *statement_server_address(const struct statement *statement, const char *id, const char *key) {
    return json_string_at(discovery_descriptor(statement->process, statement->arena, id), key, NULL);
}

const struct state_user *statement_user(const struct statement *statement) {
    return state_find_user(&statement->process->state, statement->user);
}

char *statement_time(struct arena *arena, int64_t wall_ns) {
    struct tm parts;
    time_t seconds = (time_t)(wall_ns / SECOND_NS);

    gmtime_r(&seconds, &parts);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                        parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                        (int)(wall_ns % SECOND_NS / MS_NS));
}

char *statement_store_id(struct arena *arena, const char *id) {
    char *digest = sha256_hex(arena, id, strlen(id), 64);

    for (char *c = digest; *c; c++)
        if (*c >= 'a')
            *c = (char)(*c - 'a' + 'A');
    return digest;
}

/* ---- which statement is it ---- */

static const struct statement_form *find_form(const struct cursor *cursor, size_t *out_words) {
    const struct statement_form *const families[] = {
        statements_of_servers,    statements_of_databases,    statements_of_aliases,
        statements_of_procedures, statements_of_functions,    statements_of_shown_databases,
        statements_of_users,      statements_of_user_changes, statements_of_roles,
        statements_of_privileges, statements_of_auth_rules,   statements_of_settings,
        statements_of_queries,    statements_of_schema,       statements_of_transactions
    };
    const struct statement_form *best = NULL;

    *out_words = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(families); i++)
        for (const struct statement_form *form = families[i]; form->words; form++) {
            size_t words = words_match(cursor, form->words);
            if (words > *out_words) {
                best = form;
                *out_words = words;
            }
        }
    return best;
}

/* EXPLAIN and PROFILE, before the language or after it. */
static void read_explain(struct statement *statement) {
    statement->explains = statement->explains || cursor_take(&statement->cursor, "EXPLAIN");
    statement->profiles = statement->profiles || cursor_take(&statement->cursor, "PROFILE");
}

static bool fail_language(struct statement *statement, int64_t language, bool has_25) {
    const char *about = arena_printf(statement->arena,
                                     "'%ld' is not valid for option 'cypher version'. Valid options are: %s",
                                     (long)language, has_25 ? "'25' and '5'" : "'5'");

    return failure_set_about(&statement->failure, statement->arena, FAILURE_PREPARSER_OPTION, about, about,
                             "%ld is not a valid option for cypher version. Valid options are: %s",
                             (long)language, has_25 ? "25, 5" : "5");
}

/* "CYPHER 25 runtime=slotted": the language and options, which change nothing here beyond being known. */
static bool read_prefix(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    bool has_25 = neo4j_version_is_calendar(&statement->process->version) &&
                  neo4j_version_at_least(&statement->process->version, 2025, 6);
    char *name, *value;
    int64_t language;

    read_explain(statement);
    if (!cursor_take(cursor, "CYPHER"))
        return true;
    if (cursor_look(cursor)->type == TOKEN_INTEGER) {
        if (!cursor_integer(cursor, &language))
            return false;
        if (language != 5 && !(language == 25 && has_25))
            return fail_language(statement, language, has_25);
        statement->language = (int)language;
    }
    while (cursor_look(cursor)->type == TOKEN_WORD && cursor->tokens[cursor->at + 1].type == TOKEN_SYMBOL &&
           str_equal(cursor->tokens[cursor->at + 1].text, "="))
        if (!cursor_name(cursor, &name) || !cursor_expect_symbol(cursor, "=") || !cursor_name(cursor, &value))
            return false;
    read_explain(statement);
    return true;
}

static bool has_ended(struct statement *statement) {
    return cursor_at_end(&statement->cursor) || cursor_fail(&statement->cursor, "the end of the statement");
}

/* It was so at the login, and is still: a session that has changed it goes on. */
static bool must_change_password(const struct statement *statement) {
    const struct state_user *user = statement_user(statement);

    return statement->must_change_password && (!user || user->must_change_password);
}

static bool dispatch(struct statement *statement) {
    struct cursor *cursor = &statement->cursor;
    size_t words;
    const struct statement_form *form = find_form(cursor, &words);

    if (!form)
        return cursor_fail(cursor, "'ALTER', 'CALL', 'CREATE', 'DROP', 'ENABLE', 'RENAME', 'RETURN', 'SHOW', "
                                   "'START', 'STOP', 'UNWIND' or 'WITH'");
    if (!form->is_allowed_expired && must_change_password(statement))
        return statement_fail(
            statement, FAILURE_CREDENTIALS_EXPIRED,
            "%s\n\nThe credentials you provided were valid, but must be changed before you can use this "
            "instance. If this is the first time you are using Neo4j, this is to ensure you are not using "
            "the "
            "default credentials in production. If you are not using default credentials, you are getting "
            "this message because an administrator requires a password change.\nTo change your password, "
            "issue an `ALTER CURRENT USER SET PASSWORD FROM 'current password' TO 'new password'` statement "
            "against the system database.",
            str_equal(statement->database, "system")
                ? "Permission denied."
                : arena_printf(statement->arena, "ACCESS on database '%s' is not allowed.",
                               statement->database));
    statement->is_administration = form->is_administration;
    statement->type = form->is_administration ? "s" : "r";
    size_t first = cursor->at;
    cursor->language = statement->language;
    cursor->at += words;
    bool ok = form->run(statement) && has_ended(statement);
    return (!form->is_administration || statement_authorize(statement, first)) && ok;
}

/* What a statement without prefix is written in: the language of its database; on system that of the DBMS. */
static int default_language(const struct statement *statement) {
    const struct state_database *database =
        state_resolve_database(&statement->process->state, statement->database);

    if (database)
        return str_equal(database->language, "CYPHER 25") ? 25 : 5;
    return str_equal(configuration_get(statement->process->configuration, "db.query.default_language"),
                     "CYPHER_25")
               ? 25
               : 5;
}

/* What the leader will find worth a notification is told from this server's own copy of the state. */
static void plan_notes(struct statement *statement) {
    struct random_source scratch = *network_random(statement->process->network);
    struct administration_view view = replication_view(statement->process, statement->arena);
    struct failure ignored = { 0 };
    struct json *command;

    view.random = &scratch;
    view.notes = json_new_array(statement->arena);
    (void)administration_plan(&view, statement->write, &command, &ignored);
    JSON_FOR_EACH_ITEM (note, view.notes)
        statement_notify(statement, (enum notification_kind)json_integer_at(note, "kind", 0),
                         json_string_at(note, "first", ""), NULL);
}

/* Nothing is done: what would have been asked for is forgotten. */
static void forget_effects(struct statement *statement) {
    statement->write = NULL;
    statement->finish = NULL;
    statement->is_reached = NULL;
    statement->wait_ms = 0;
    statement->table.row_count = 0;
    statement->counters = (struct statement_counters){ 0 };
}

bool statement_run(struct statement *statement) {
    struct token *tokens;

    statement->language = default_language(statement);
    if (!lexer_read(statement->arena, text_from(statement->text), &tokens, &statement->failure))
        return false;
    statement->cursor = (struct cursor){ .arena = statement->arena,
                                         .statement = text_from(statement->text),
                                         .tokens = tokens,
                                         .failure = &statement->failure,
                                         .parameters = statement->parameters,
                                         .process = statement->process,
                                         .transaction = statement->transaction,
                                         .database = statement->database,
                                         .user = statement->user };
    if (node_value_is_within(statement->parameters))
        return statement_fail(statement, FAILURE_REQUEST_INVALID,
                              "Nodes, relationships and paths can't be parameters");
    if (!read_prefix(statement) || !dispatch(statement))
        return false;
    if (statement->explains)
        forget_effects(statement);
    if (statement->write)
        plan_notes(statement);
    return true;
}
