#include "neo4j/call.h"

struct neo4j_server call_target(const struct call *call) {
    const struct neo4j_target *target = call->target;

    return (struct neo4j_server){ target->address, target->port, target->server_name };
}

static struct neo4j_failure failure_of(struct arena *arena, const struct bolt_failure *refusal) {
    const char *status = bolt_failure_root_status(refusal);

    return (struct neo4j_failure){
        .code = arena_strdup(arena, refusal->code),
        .gql_status = status ? arena_strdup(arena, status) : NULL,
        .message = bolt_failure_sentence(arena, refusal),
    };
}

bool call_refused(struct call *call, const struct bolt_failure *refusal, struct error *err) {
    call->result->failure = failure_of(call->arena, refusal);
    if (err)
        err->kind = failure_error_kind(failure_class_of(&call->result->failure));
    return false;
}

bool call_connect(struct call *call, const struct neo4j_server *server,
                  struct bolt_connection **out_connection, struct error *err) {
    const struct bolt_pool_request request = {
        .login = { .endpoint = { .address = server->address,
                                 .port = server->port ? server->port : NEO4J_PORT,
                                 .server_name = server->server_name,
                                 .network = call->network },
                   .user = call->target->user,
                   .user_agent = call->user_agent,
                   .is_routed = call->statement->is_routed },
        .password = call->target->password,
        .tls = call->target->tls,
    };
    struct bolt_failure refusal = { 0 };

    call->result->failure = (struct neo4j_failure){ 0 };
    if (bolt_pool_take(call->pool->connections, &request, call->deadline_ns, call->arena, out_connection,
                       &refusal, err))
        return true;
    return refusal.code ? call_refused(call, &refusal, err) : false;
}

static struct bolt_query query_of(const struct neo4j_statement *statement) {
    return (struct bolt_query){
        .text = statement->text,
        .parameters = statement->parameters,
        .transaction = { .database = statement->database,
                         .is_read = statement->access == NEO4J_READ,
                         .bookmarks = statement->bookmarks,
                         .bookmark_count = statement->bookmark_count,
                         .metadata = statement->metadata },
    };
}

static bool collect(struct call *call, struct bolt_connection *connection, const struct bolt_query *query,
                    struct error *err) {
    struct bolt_result result;

    if (!bolt_connection_run(connection, query, call->deadline_ns, call->arena, &result, err))
        return false;
    *call->result =
        (struct neo4j_result){ .columns = result.columns, .rows = result.rows, .summary = result.summary };
    return true;
}

static bool hand_over(struct call *call, struct bolt_connection *connection, const struct bolt_query *query,
                      struct error *err) {
    const struct neo4j_statement *statement = call->statement;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct neo4j_result result = { .rows.type = BOLT_LIST };
    struct bolt_batch batch = { 0 };
    bool goes_on = true;

    if (!bolt_connection_query(connection, query, call->deadline_ns, call->arena, &result.columns, err))
        return false;
    while (goes_on && !batch.is_last) {
        arena_reset(arena);
        if (!bolt_connection_fetch(connection, call->deadline_ns, arena, &batch, err))
            return false;
        call->has_rows = call->has_rows || batch.rows.length > 0;
        goes_on = !batch.rows.length || statement->on_rows(statement->context, &result.columns, &batch.rows);
    }
    if (!batch.is_last && !bolt_connection_discard(connection, call->deadline_ns, arena, &batch.summary, err))
        return false;
    result.summary = *bolt_copy(call->arena, &batch.summary);
    *call->result = result;
    return true;
}

bool call_run(struct call *call, const struct neo4j_server *server, struct error *err) {
    const struct bolt_query query = query_of(call->statement);
    struct bolt_connection *connection;

    if (!call_connect(call, server, &connection, err))
        return false;
    bool is_done = call->statement->on_rows ? hand_over(call, connection, &query, err)
                                            : collect(call, connection, &query, err);
    const struct bolt_failure *refusal = bolt_connection_failure(connection);
    if (!is_done && refusal)
        call_refused(call, refusal, err);
    bolt_pool_put(call->pool->connections, connection);
    return is_done;
}
