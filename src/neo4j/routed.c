/* Statements that find their server.
 *
 * One try: take the routing table (ask for it where there is none that is valid), pick who takes reads or
 * writes, run. What failed is taken out of the table, so that the next try asks somebody else or for a new
 * table. Between tries is a pause, 1 s and each time twice as long, more or less a fifth, so that many who
 * were turned away together don't come back together. After: the official drivers' transaction functions
 * (Neo4j driver manuals, "Transaction functions"), whose limit of 30 s is here the deadline of the statement.
 */
#include "neo4j/call.h"

#include "base/encoding.h"

#include <time.h>

/* ---- dialling ---- */

static bool is_called(const struct neo4j_server *server, struct text host, uint16_t port) {
    return (server->port ? server->port : NEO4J_PORT) == port &&
           (text_is(host, server->address) || (server->server_name && text_is(host, server->server_name)));
}

static bool is_same(const struct neo4j_server *a, const struct neo4j_server *b) {
    return str_equal(a->address, b->address) &&
           (a->port ? a->port : NEO4J_PORT) == (b->port ? b->port : NEO4J_PORT);
}

/* Whom a routing table means. NULL: none that we can dial. */
static const struct neo4j_server *find_server(const struct call *call, const char *advertised) {
    struct text host;
    uint16_t port;

    if (!route_parse(advertised, &host, &port))
        return NULL;
    for (size_t i = 0; i < call->target->server_count; i++)
        if (is_called(&call->target->servers[i], host, port))
            return &call->target->servers[i];
    return NULL;
}

/* ---- the table ---- */

static bool ask_router(struct call *call, const struct neo4j_server *router, struct error *err) {
    const struct neo4j_statement *statement = call->statement;
    const struct bolt_transaction transaction = { .database = statement->database,
                                                  .bookmarks = statement->bookmarks,
                                                  .bookmark_count = statement->bookmark_count };
    struct bolt_connection *connection;
    struct bolt_value table;

    if (!call_connect(call, router, &connection, err))
        return false;
    bool is_told =
        bolt_connection_route(connection, &transaction, call->deadline_ns, call->arena, &table, err);
    const struct bolt_failure *refusal = bolt_connection_failure(connection);
    if (!is_told && refusal)
        call_refused(call, refusal, err);
    bolt_pool_put(call->pool->connections, connection);
    return is_told && routes_keep(call->pool->routes, statement->database, &table, err);
}

/* Whether the next router would say the same: what is wrong is the request, or who asks. Source: the drivers'
 * rules for discovery. */
static bool is_final(const struct call *call, const struct error *err) {
    switch (failure_class_of(&call->result->failure)) {
    case FAILURE_CREDENTIALS:
    case FAILURE_FORBIDDEN:
    case FAILURE_BACK_OFF:
    case FAILURE_NOT_THERE:
    case FAILURE_INVALID:
        return true;
    case FAILURE_NONE:
        return err->kind == ERROR_INVALID;
    case FAILURE_RETRIABLE:
    case FAILURE_LEADER:
    case FAILURE_ALREADY_THERE:
    case FAILURE_UNCHANGED:
    case FAILURE_UNSUPPORTED:
    case FAILURE_LIMIT:
    case FAILURE_DATABASE:
    case FAILURE_OTHER:
        break;
    }
    return false;
}

/* Asks the target, then the routers of the last table, then every other server. */
static bool refresh(struct call *call, struct error *err) {
    const struct neo4j_server target = call_target(call);
    struct text_list known =
        routes_list(call->pool->routes, call->statement->database, ROUTE_ROUTER, call->arena);
    struct error why = { 0 };

    if (ask_router(call, &target, &why))
        return true;
    for (size_t i = 0; i < known.count + call->target->server_count && !is_final(call, &why); i++) {
        const struct neo4j_server *router =
            i < known.count ? find_server(call, known.items[i]) : &call->target->servers[i - known.count];
        if (!router || is_same(router, &target))
            continue;
        why = (struct error){ 0 };
        if (ask_router(call, router, &why))
            return true;
    }
    *err = why;
    return error_wrap(err, "no server tells who serves database %s",
                      call->statement->database ? call->statement->database : "(home)");
}

/* ---- one try ---- */

struct try {
    struct neo4j_server server;
    const char *advertised; /* NULL: no table was to be had, or nobody of it can be dialled */
};

static bool choose(struct call *call, struct try *try, struct error *err) {
    struct routes *routes = call->pool->routes;
    const char *database = call->statement->database;
    enum route_role role = call->statement->access == NEO4J_READ ? ROUTE_READER : ROUTE_WRITER;
    const char *picked = routes_pick(routes, database, role, call->arena);

    *try = (struct try){ .server = call_target(call) };
    if (!picked) {
        if (!refresh(call, err))
            /* Who routes nothing takes all statements himself. */
            return failure_class_of(&call->result->failure) == FAILURE_UNSUPPORTED;
        picked = routes_pick(routes, database, role, call->arena);
    }
    if (!picked)
        return error_set(err, ERROR_UNAVAILABLE, "database %s has no %s now", database ? database : "(home)",
                         role == ROUTE_READER ? "server for reads" : "leader");
    const struct neo4j_server *server = find_server(call, picked);
    if (server) {
        try->server = *server;
        try->advertised = picked;
    }
    return true;
}

/* What a failure says of the table. */
static void learn(struct call *call, const struct try *try) {
    struct routes *routes = call->pool->routes;
    const struct neo4j_failure *failure = &call->result->failure;
    const char *database = call->statement->database;

    if (failure_is(failure, "Neo.ClientError.Security.AuthorizationExpired"))
        bolt_pool_forget(call->pool->connections, NULL); /* they must log in anew */
    if (!try->advertised || failure_is(failure, "Neo.TransientError.General.DatabaseUnavailable"))
        routes_expire(routes, database);
    else if (failure_class_of(failure) == FAILURE_LEADER)
        routes_drop_role(routes, database, ROUTE_WRITER, try->advertised);
    else if (!failure->code)
        routes_drop_server(routes, try->advertised);
}

static bool try_once(struct call *call, struct error *err) {
    struct error why = { 0 };
    struct try try;

    if (choose(call, &try, &why) && call_run(call, &try.server, &why))
        return true;
    learn(call, &try);
    *err = why;
    return false;
}

/* ---- again ---- */

static bool may_retry(const struct call *call, const struct error *err) {
    if (err->outcome_unknown || call->has_rows)
        return false;
    if (call->result->failure.code)
        return failure_is_retriable(&call->result->failure);
    return err->kind == ERROR_UNAVAILABLE || err->kind == ERROR_TIMEOUT;
}

/* pause and a fifth more or less. */
static int64_t jittered(int64_t pause_ns) {
    uint32_t random;

    random_bytes(&random, sizeof(random));
    return pause_ns - pause_ns / 5 + (int64_t)((double)pause_ns / 5 * 2 * random / UINT32_MAX);
}

bool call_run_routed(struct call *call, int64_t retry_ms, struct error *err) {
    int64_t pause_ns = retry_ms * NANOSECONDS_PER_MS;
    struct error why = { 0 };

    for (; !try_once(call, &why); pause_ns *= 2) {
        int64_t next_ns = clock_monotonic(call->network->clock) + jittered(pause_ns);
        if (!may_retry(call, &why) || next_ns >= call->deadline_ns) {
            if (err)
                *err = why;
            return false;
        }
        call->network->wait_until(call->network, next_ns);
    }
    return true;
}
