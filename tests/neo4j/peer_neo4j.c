/* The port over Bolt, and the rows, against a real Neo4j server (Community). */
#include "../bolt/peer.h"

#include "base/clock.h"
#include "neo4j/client.h"
#include "neo4j/databases.h"
#include "neo4j/failures.h"
#include "neo4j/info.h"
#include "neo4j/quote.h"
#include "neo4j/server_local.h"
#include "neo4j/servers.h"
#include "neo4j/users.h"

/* The first statement of a kind is compiled; a busy machine takes its time for that. */
enum { PATIENCE_MS = 120000 };

struct context {
    struct peer peer;
    struct arena *arena;
    struct neo4j_client *client;
    struct neo4j_target target;
};

static void context_clear(struct context *context) {
    neo4j_client_free(context->client);
    arena_free(context->arena);
    peer_clear(&context->peer);
}

static void context_init(struct context *context) {
    context->peer = peer_of_environment();
    context->arena = arena_new();
    context->client =
        neo4j_client_new(&(struct neo4j_client_options){ .user_agent = "neo4j-operator-test/1" });
    context->target = (struct neo4j_target){ .address = context->peer.address,
                                             .port = context->peer.port,
                                             .server_name = "localhost",
                                             .tls = peer_tls(&context->peer),
                                             .user = context->peer.user,
                                             .password = &context->peer.password };
}

static bool try(struct context *context, const char *text, const char *database, struct neo4j_result *result,
                struct error *err) {
    const struct neo4j_statement statement = {
        .text = text, .database = database, .access = NEO4J_WRITE, .timeout_ms = PATIENCE_MS
    };

    return neo4j_run(neo4j_client_port(context->client), &context->target, &statement, context->arena, result,
                     err);
}

static struct neo4j_result run(struct context *context, const char *text, const char *database) {
    struct neo4j_result result = { 0 };
    struct error err = { 0 };

    if (!try(context, text, database, &result, &err))
        fail_msg("%s: %s", text, err.text);
    return result;
}

static enum failure_class refusal(struct context *context, const char *text, const char *database,
                                  struct neo4j_result *result, struct error *err) {
    if (try(context, text, database, result, err))
        fail_msg("%s was not refused", text);
    return failure_class_of(&result->failure);
}

TEST("reads the rows of SHOW DATABASES") {
    CLEANUP(context_clear) struct context context = { 0 };
    struct database_rows rows;
    struct error err = { 0 };

    context_init(&context);
    struct neo4j_result result = run(&context, databases_query, "system");
    assert_true(databases_read(context.arena, &result, &rows, &err));
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows.items[0].name, "neo4j");
    assert_string_equal(rows.items[1].name, "system");
    for (size_t i = 0; i < rows.count; i++) {
        assert_true(rows.items[i].is_online);
        assert_int_equal(rows.items[i].role, DATABASE_PRIMARY);
        assert_true(rows.items[i].is_writer);
        assert_true(strlen(rows.items[i].server_id) == 36);
        assert_true(rows.items[i].creation_wall_ns > INT64_C(1600000000000000000));
        assert_false(str_empty(rows.items[i].store));
    }
    assert_true(rows.items[0].is_default);
    assert_true(databases_summary(&rows, "neo4j").is_online);
    assert_string_equal(databases_summary(&rows, "nowhere").worst_status, "absent");
}

TEST("knows that this edition has no SHOW SERVERS") {
    CLEANUP(context_clear) struct context context = { 0 };
    struct neo4j_result result = { 0 };
    struct error err = { 0 };

    context_init(&context);
    /* 5.26 calls it NotSystemDatabaseError, later ones UnsupportedAdministrationCommand. */
    enum failure_class class = refusal(&context, servers_query, "system", &result, &err);
    assert_true(class == FAILURE_INVALID || class == FAILURE_UNSUPPORTED);
    assert_true(str_starts_with(result.failure.message, "Unsupported administration command: SHOW SERVERS"));
    assert_int_equal(err.kind, ERROR_INVALID);
}

TEST("reads what kernel and DBMS say of themselves") {
    CLEANUP(context_clear) struct context context = { 0 };
    struct info_kernel kernel;
    struct info_dbms dbms;
    struct error err = { 0 };

    context_init(&context);
    struct neo4j_result result = run(&context, info_components_query, "system");
    assert_true(info_read_kernel(context.arena, &result, &kernel, &err));
    assert_string_equal(kernel.edition, "community");
    struct version version = version_parse(kernel.version);
    assert_true(version_is_supported(&version));
    result = run(&context, info_dbms_query, "system");
    assert_true(info_read_dbms(context.arena, &result, &dbms, &err));
    assert_true(strlen(dbms.id) == 64 || strlen(dbms.id) == 36);
}

static bool is_calendar(struct context *context) {
    struct neo4j_result result = run(context, info_components_query, "system");
    struct info_kernel kernel;

    assert_true(info_read_kernel(context->arena, &result, &kernel, NULL));
    return version_parse(kernel.version).family == VERSION_CALENDAR;
}

TEST("says of each refusal what follows from it") {
    static const struct {
        const char *text;
        const char *database;
        enum failure_class on_5;
        enum failure_class on_calendar;
    } rows[] = {
        { "RETRUN 1", NULL, FAILURE_INVALID, FAILURE_INVALID },
        { "RETURN 1", "nowhere", FAILURE_NOT_THERE, FAILURE_NOT_THERE },
        { "CALL dbms.no.such()", "system", FAILURE_UNSUPPORTED, FAILURE_UNSUPPORTED },
        { "CREATE DATABASE other", "system", FAILURE_UNSUPPORTED, FAILURE_UNSUPPORTED },
        /* 5.26 has no status for these. */
        { "CREATE USER neo4j SET PASSWORD 'long-enough'", "system", FAILURE_INVALID, FAILURE_ALREADY_THERE },
        { "DROP USER nobody", "system", FAILURE_INVALID, FAILURE_NOT_THERE },
        { "CREATE USER ann SET PASSWORD 'x'", "system", FAILURE_INVALID, FAILURE_INVALID },
    };
    CLEANUP(context_clear) struct context context = { 0 };

    context_init(&context);
    bool calendar = is_calendar(&context);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct neo4j_result result = { 0 };
        struct error err = { 0 };
        enum failure_class class = refusal(&context, rows[i].text, rows[i].database, &result, &err);
        if (class != (calendar ? rows[i].on_calendar : rows[i].on_5) || err.kind != failure_error_kind(class))
            fail_msg("%s: class %d, status %s: %s", rows[i].text, class, result.failure.gql_status, err.text);
    }
}

TEST("a wrong password is unauthorized, and three of them are throttled") {
    CLEANUP(context_clear) struct context context = { 0 };
    struct secret_text wrong = { .bytes = (char[]){ "wrong" }, .length = 5 };
    struct error err = { 0 };

    context_init(&context);
    /* A user of its own, so that the lock hits nobody else, nor the next run. */
    const char *user = arena_printf(context.arena, "locked%lld", (long long)clock_wall(&clock_system));
    run(&context, arena_printf(context.arena, "CREATE USER %s SET PASSWORD 'long-enough'", user), "system");
    context.target.user = user;
    context.target.password = &wrong;
    for (int i = 0; i < 8 && err.kind != ERROR_THROTTLED; i++) {
        struct neo4j_result result = { 0 };
        enum failure_class class = refusal(&context, "RETURN 1", NULL, &result, &err);
        assert_true(class == (i < 3 ? FAILURE_CREDENTIALS : FAILURE_BACK_OFF));
        assert_int_equal(err.kind, i < 3 ? ERROR_UNAUTHORIZED : ERROR_THROTTLED);
    }
    assert_int_equal(err.kind, ERROR_THROTTLED);
    context.target.user = context.peer.user;
    context.target.password = &context.peer.password;
    run(&context, arena_printf(context.arena, "DROP USER %s", user), "system");
}

TEST("quoted names and texts arrive as they were, in each language of Cypher") {
    static const char *const texts[] = { "plain", "with`tick", "with'quote",  "back\\slash", "\\u0060;",
                                         "a\"b",  "tab\there", "line\nbreak", "Größe",       "{$}//" };
    static const char *const languages[] = { "", "CYPHER 5 ", "CYPHER 25 " };
    CLEANUP(context_clear) struct context context = { 0 };

    context_init(&context);
    /* 5.26 knows no choice of language. */
    size_t language_count = is_calendar(&context) ? ARRAY_LENGTH(languages) : 1;
    for (size_t i = 0; i < ARRAY_LENGTH(texts) * language_count; i++) {
        const char *text = texts[i / language_count];
        CLEANUP_BUFFER struct buffer query = { 0 };
        buffer_printf(&query, "%sRETURN ", languages[i % language_count]);
        quote_string(&query, text);
        buffer_add_string(&query, " AS ");
        quote_name(&query, text);
        struct neo4j_result result = run(&context, buffer_string(&query), NULL);
        assert_string_equal(bolt_string(bolt_item(bolt_item(&result.rows, 0), 0), ""), text);
        assert_string_equal(bolt_string(bolt_item(&result.columns, 0), ""), text);
    }
}

TEST("a password that must be changed at the first login is told, and changed over the same connection") {
    CLEANUP(context_clear) struct context context = { 0 };
    struct secret_text first = { .bytes = (char[]){ "first-password" }, .length = 14 };
    struct secret_text second = { .bytes = (char[]){ "second-password" }, .length = 15 };
    struct neo4j_result result = { 0 };
    struct error err = { 0 };

    context_init(&context);
    const char *user = arena_printf(context.arena, "forced%lld", (long long)clock_wall(&clock_system));
    run(&context, arena_printf(context.arena, "CREATE USER %s SET PASSWORD 'first-password'", user),
        "system");
    context.target.user = user;
    context.target.password = &first;
    assert_int_equal(refusal(&context, "RETURN 1", NULL, &result, &err), FAILURE_CREDENTIALS);
    assert_string_equal(result.failure.code, "Neo.ClientError.Security.CredentialsExpired");
    run(&context, "ALTER CURRENT USER SET PASSWORD FROM 'first-password' TO 'second-password'", "system");
    uint64_t opened = neo4j_client_counts(context.client).opened;
    context.target.password = &second;
    run(&context, "RETURN 1", NULL);
    assert_int_equal(neo4j_client_counts(context.client).opened, opened);
    assert_int_equal(neo4j_client_counts(context.client).relogged, 1);
    context.target.user = context.peer.user;
    context.target.password = &context.peer.password;
    run(&context, arena_printf(context.arena, "DROP USER %s", user), "system");
}

static bool add(void *sum, const struct bolt_value *columns, const struct bolt_value *rows) {
    BOLT_FOR_EACH_ITEM(row, rows) {
        *(int64_t *)sum += bolt_integer(bolt_item(row, 0), 0);
    }
    return true;
}

TEST("statements find their server by its routing table, also when rows are handed over") {
    CLEANUP(context_clear) struct context context = { 0 };
    struct neo4j_result result;
    struct error err = { 0 };
    int64_t sum = 0;

    context_init(&context);
    const struct neo4j_server servers[] = { { context.peer.address, context.peer.port, "localhost" } };
    context.target.cluster = "ns/peer";
    context.target.servers = servers;
    context.target.server_count = 1;
    struct neo4j_statement statement = {
        .text = "UNWIND range(1, 50000) AS n RETURN n", .is_routed = true, .on_rows = add, .context = &sum
    };
    for (int writes = 0; writes < 2; writes++) {
        statement.access = writes ? NEO4J_WRITE : NEO4J_READ;
        if (!neo4j_run(neo4j_client_port(context.client), &context.target, &statement, context.arena, &result,
                       &err))
            fail_msg("%s", err.text);
    }
    assert_true(sum == 2 * INT64_C(1250025000));
    assert_int_equal(neo4j_result_rows(&result), 0);
    assert_int_equal(neo4j_client_counts(context.client).opened, 1);
    statement.database = "nowhere";
    assert_false(neo4j_run(neo4j_client_port(context.client), &context.target, &statement, context.arena,
                           &result, &err));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

/* ---- statements that are written and rows that are read by type ---- */

static struct neo4j_result administer(struct context *context, const struct administration *administration) {
    struct neo4j_statement statement = administration->statement;
    struct neo4j_result result = { 0 };
    struct error err = { 0 };

    statement.timeout_ms = PATIENCE_MS;
    if (!neo4j_run(neo4j_client_port(context->client), &context->target, &statement, context->arena, &result,
                   &err))
        fail_msg("%s: %s", administration->statement.text, err.text);
    return result;
}

TEST("makes, changes, shows and drops a user by typed statements") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP(context_clear) struct context context = { 0 };
    struct secret_text password = { .bytes = (char[]){ "long-enough" }, .length = 11 };
    struct secret_text other = { .bytes = (char[]){ "longer-still" }, .length = 12 };
    const struct administration *statement = NULL;
    struct user_rows users;
    struct error err = { 0 };

    context_init(&context);
    const char *name = arena_printf(arena, "Typed-%lld", (long long)clock_wall(&clock_system));
    assert_true(
        user_create(arena, &(struct user_wish){ .name = name, .password = &password }, &statement, NULL));
    administer(&context, statement);
    administer(&context, statement); /* there already: fine */
    struct neo4j_result result = run(&context, users_query, "system");
    assert_true(users_read(arena, &result, &users, &err));
    assert_int_equal(users.count, 2);
    assert_true(users_find(&users, name)->must_change_password);
    assert_false(users_find(&users, "neo4j")->must_change_password);
    assert_true(user_alter(
        arena, &(struct user_wish){ .name = name, .password = &other, .must_change_password = USER_NO },
        &statement, NULL));
    administer(&context, statement);
    result = run(&context, users_query, "system");
    assert_true(users_read(arena, &result, &users, &err));
    assert_false(users_find(&users, name)->must_change_password);
    administer(&context, user_rename(arena, name, "renamed"));
    administer(&context, user_drop(arena, "renamed"));
    administer(&context, user_drop(arena, "renamed"));
    result = run(&context, users_with_auth_query, "system");
    assert_true(users_read(arena, &result, &users, &err));
    assert_int_equal(users.count, 1);
    assert_string_equal(users.items[0].provider, "native");
    assert_string_equal(bolt_string(bolt_get(users.items[0].auth, "password"), ""), "***");
}

TEST("reads what the server says of its settings, transactions, connections and procedures") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP(context_clear) struct context context = { 0 };
    struct text_list names = { (const char *[]){ "db.logs.query.enabled", "server.bolt.listen_address" }, 2 };
    struct text_list none = { 0 };
    struct live_setting_rows settings;
    struct transaction_rows transactions;
    struct termination_rows terminations;
    struct connection_rows connections;
    struct routine_rows routines;

    context_init(&context);
    struct neo4j_result result = administer(&context, live_settings_show(arena, &names));
    assert_true(live_settings_read(arena, &result, &settings, NULL));
    assert_true(settings.count >= 1); /* Community may not know the log of queries */
    const struct live_setting_row *address = live_settings_find(&settings, "server.bolt.listen_address");
    assert_false(str_empty(address->value));
    assert_true(address->is_explicit);
    assert_false(address->is_dynamic);
    result = administer(&context, live_settings_show(arena, &none));
    assert_true(live_settings_read(arena, &result, &settings, NULL));
    assert_true(settings.count > 100);

    result = run(&context, transactions_query, "system");
    assert_true(transactions_read(arena, &result, &transactions, NULL));
    assert_int_equal(transactions.count, 1);
    assert_string_equal(transactions.items[0].user, context.peer.user);
    assert_string_equal(transactions.items[0].query, transactions_query);
    assert_string_equal(transactions.items[0].status, "Running");
    assert_true(transactions.items[0].elapsed_ms >= 0);
    assert_string_equal(transactions.items[0].connector, "bolt");
    struct text_list ids = { (const char *[]){ "neo4j-transaction-999999" }, 1 };
    result = administer(&context, transactions_terminate(arena, &ids));
    assert_true(terminations_read(arena, &result, &terminations, NULL));
    assert_string_equal(terminations.items[0].message, "Transaction not found.");

    result = run(&context, connections_query, "system");
    assert_true(connections_read(arena, &result, &connections, NULL));
    assert_string_equal(connections.items[0].user_agent, "neo4j-operator-test/1");
    result = run(&context, procedures_query, "system");
    assert_true(routines_read(arena, &result, &routines, NULL));
    assert_true(routines_have(&routines, "dbms.components"));
    assert_false(routines_have(&routines, "apoc.version"));
    result = run(&context, functions_query, "system");
    assert_true(routines_read(arena, &result, &routines, NULL));
    assert_true(routines_have(&routines, "abs"));
}
