#include "neo4j/client.h"

#include "bolt/pool.h"
#include "neo4j/failures.h"

struct neo4j_client {
    struct neo4j port; /* first: the port's functions get back to the client from it */
    char *user_agent;
    struct bolt_pool *pool;
};

static int64_t deadline_of(const struct neo4j_statement *statement) {
    int timeout_ms = statement->timeout_ms > 0 ? statement->timeout_ms : NEO4J_TIMEOUT_MS;

    return bolt_now_ns() + timeout_ms * NANOSECONDS_PER_MS;
}

static struct bolt_login login_of(const struct neo4j_client *client, const struct neo4j_target *target,
                                  const struct neo4j_statement *statement) {
    return (struct bolt_login){
        .endpoint = { .address = target->address,
                      .port = target->port ? target->port : NEO4J_PORT,
                      .server_name = target->server_name,
                      .tls = target->tls },
        .user = target->user,
        .user_agent = client->user_agent,
        .is_routed = statement->is_routed,
    };
}

/* The server's own limit is what is left for us, so that it does not go on with what nobody waits for. */
static struct bolt_query query_of(const struct neo4j_statement *statement, int64_t deadline_ns) {
    int64_t left_ms = (deadline_ns - bolt_now_ns()) / NANOSECONDS_PER_MS;

    return (struct bolt_query){
        .text = statement->text,
        .parameters = statement->parameters,
        .transaction = { .database = statement->database,
                         .is_read = statement->access == NEO4J_READ,
                         .timeout_ms = left_ms > 0 ? left_ms : 1 },
    };
}

static struct neo4j_failure failure_of(struct arena *arena, const struct bolt_failure *refusal) {
    const char *status = bolt_failure_root_status(refusal);

    return (struct neo4j_failure){
        .code = arena_strdup(arena, refusal->code),
        .gql_status = status ? arena_strdup(arena, status) : NULL,
        .message = bolt_failure_sentence(arena, refusal),
    };
}

/* What a refusal means for the queue. Always false. */
static bool refused(struct arena *arena, const struct bolt_failure *refusal, struct neo4j_result *out_result,
                    struct error *err) {
    out_result->failure = failure_of(arena, refusal);
    if (err)
        err->kind = failure_error_kind(failure_class_of(&out_result->failure));
    return false;
}

static bool run_on(struct bolt_connection *connection, const struct neo4j_statement *statement,
                   int64_t deadline_ns, struct arena *arena, struct neo4j_result *out_result,
                   struct error *err) {
    struct bolt_query query = query_of(statement, deadline_ns);
    struct bolt_result result;

    if (bolt_connection_run(connection, &query, deadline_ns, arena, &result, err)) {
        *out_result = (struct neo4j_result){ .columns = result.columns,
                                             .rows = result.rows,
                                             .summary = result.summary };
        return true;
    }
    const struct bolt_failure *refusal = bolt_connection_failure(connection);
    return refusal ? refused(arena, refusal, out_result, err) : false;
}

static bool run(struct neo4j *neo4j, const struct neo4j_target *target,
                const struct neo4j_statement *statement, struct arena *arena, struct neo4j_result *out_result,
                struct error *err) {
    struct neo4j_client *client = (struct neo4j_client *)neo4j;
    int64_t deadline_ns = deadline_of(statement);
    struct bolt_login login = login_of(client, target, statement);
    struct bolt_connection *connection;
    struct bolt_failure refusal = { 0 };

    out_result->failure = (struct neo4j_failure){ 0 };
    if (!bolt_pool_take(client->pool, &login, target->password, deadline_ns, arena, &connection, &refusal,
                        err))
        return refusal.code ? refused(arena, &refusal, out_result, err) : false;
    bool is_done = run_on(connection, statement, deadline_ns, arena, out_result, err);
    bolt_pool_put(client->pool, connection);
    return is_done;
}

struct neo4j_client *neo4j_client_new(const struct neo4j_client_options *options) {
    struct neo4j_client *client = XNEW(struct neo4j_client);

    client->port.run = run;
    client->user_agent = xstrdup(options->user_agent);
    client->pool = bolt_pool_new(&clock_system);
    return client;
}

void neo4j_client_free(struct neo4j_client *client) {
    if (!client)
        return;
    bolt_pool_free(client->pool);
    free(client->user_agent);
    free(client);
}

struct neo4j *neo4j_client_port(struct neo4j_client *client) {
    return &client->port;
}

void neo4j_client_forget(struct neo4j_client *client, const char *address) {
    bolt_pool_forget(client->pool, address);
}
