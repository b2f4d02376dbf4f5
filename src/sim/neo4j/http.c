#include "sim/neo4j/http.h"

#include "base/encoding.h"
#include "sim/neo4j/authentication.h"
#include "sim/neo4j/metrics.h"
#include "sim/neo4j/statement.h"

#define SYSTEM_UUID "00000000-0000-0000-0000-000000000001"

struct exchange {
    struct neo4j_process *process;
    struct arena *arena;
    const struct neo4j_http_request *request;
    struct neo4j_http_response *response;
};

static void answer_json(const struct exchange *exchange, int status, const struct json *json) {
    exchange->response->status = status;
    exchange->response->content_type = "application/json";
    json_write(&exchange->response->body, json, &(struct json_write_options){ 0 });
}

static void answer_bool(const struct exchange *exchange, bool value) {
    exchange->response->status = value ? 200 : 404;
    exchange->response->content_type = "text/plain";
    buffer_add_string(&exchange->response->body, value ? "true" : "false");
}

static void answer_error(const struct exchange *exchange, int status, const char *code, const char *message) {
    struct json *body = json_new_object(exchange->arena);
    struct json *errors = json_set_array(exchange->arena, body, "errors");
    struct json *error = json_append_object(exchange->arena, errors);

    json_set_string(exchange->arena, error, "code", code);
    json_set_string(exchange->arena, error, "message", message);
    answer_json(exchange, status, body);
}

/* ---- discovery ---- */

/* The host that the client used, so that what it finds can be reached from where it is. */
static const char *host_of(const struct exchange *exchange) {
    const struct neo4j_process *process = exchange->process;

    if (str_empty(exchange->request->host))
        return process->advertised[exchange->request->is_secure ? PORT_HTTPS : PORT_HTTP].host;
    return server_address_parse(exchange->arena, exchange->request->host, "", 0).host;
}

static void answer_discovery(const struct exchange *exchange) {
    struct arena *arena = exchange->arena;
    const struct neo4j_process *process = exchange->process;
    const char *host = host_of(exchange);
    bool is_secure = exchange->request->is_secure;
    unsigned bolt = process->advertised[PORT_BOLT].port;
    unsigned http = process->advertised[is_secure ? PORT_HTTPS : PORT_HTTP].port;
    const char *scheme = is_secure ? "https" : "http";
    struct json *document = json_new_object(arena);
    static const char *const templates[][2] = {
        { "query", "/db/{databaseName}/query/v2" },
        { "transaction", "/db/{databaseName}/tx" },
        { "dbms/cluster", "/dbms/cluster" },
        { "db/cluster", "/db/{databaseName}/cluster" },
    };

    if (exchange->request->accept && strstr(exchange->request->accept, "text/html")) {
        exchange->response->status = 303;
        exchange->response->content_type = "text/plain";
        exchange->response->location = arena_printf(arena, "%s://%s:%u/browser/", scheme, host, http);
        return;
    }
    json_set_string(arena, document, "bolt_routing", arena_printf(arena, "neo4j://%s:%u", host, bolt));
    for (size_t i = 0; i < ARRAY_LENGTH(templates); i++)
        json_set_string(arena, document, templates[i][0],
                        arena_printf(arena, "%s://%s:%u%s", scheme, host, http, templates[i][1]));
    json_set_string(arena, document, "bolt_direct", arena_printf(arena, "bolt://%s:%u", host, bolt));
    json_set_string(arena, document, "neo4j_version", process->version.text);
    json_set_string(arena, document, "neo4j_edition", "enterprise");
    answer_json(exchange, 200, document);
}

/* ---- cluster endpoints ---- */

struct copy {
    const struct state_database *database; /* NULL: system */
    struct raft *raft;
    bool is_here;
    bool is_primary;
};

static struct copy find_copy(const struct neo4j_process *process, const char *name) {
    const struct state_server *self = state_find_server(&process->state, process_id(process));
    struct copy copy = { .database = state_find_database(&process->state, name) };

    if (!strcasecmp(name, "system")) {
        copy.raft = process->system;
        copy.is_here = self && copy.raft;
        copy.is_primary = self && !self->is_system_secondary;
    } else if (copy.database) {
        const struct state_allocation *allocation = state_find_allocation(copy.database, process_id(process));
        const struct hosted_database *hosted = hosting_find(process, copy.database->id);
        copy.is_here = allocation && hosted && hosted->status == HOSTED_ONLINE;
        copy.is_primary = allocation && !allocation->is_secondary;
        copy.raft = hosted ? hosted->raft : NULL;
    }
    return copy;
}

static struct json *status_of(const struct exchange *exchange, const struct copy *copy,
                              const char *healthy_key) {
    struct arena *arena = exchange->arena;
    const struct neo4j_process *process = exchange->process;
    const char *voters[RAFT_MEMBERS_MAX];
    size_t count = raft_voters(copy->raft, voters, RAFT_MEMBERS_MAX);
    const char *leader = raft_leader(copy->raft);
    struct json *status = json_new_object(arena);

    json_set_integer(arena, status, "lastAppliedRaftIndex", (int64_t)raft_applied(copy->raft));
    struct json *members = json_set_array(arena, status, "votingMembers");
    for (size_t i = 0; i < count; i++)
        json_append_string(arena, members, voters[i]);
    json_set_string(arena, status, "memberId", process_id(process));
    if (leader)
        json_set_string(arena, status, "leader", leader);
    if (leader && copy->is_primary)
        json_set_integer(arena, status, "millisSinceLastLeaderMessage",
                         raft_silence_ns(copy->raft, process->now_ns) / MS_NS);
    json_set_bool(arena, status, "participatingInRaftGroup", copy->is_primary);
    json_set_bool(arena, status, "core", copy->is_primary);
    json_set_bool(arena, status, healthy_key, true);
    return status;
}

static void answer_cluster(const struct exchange *exchange, const char *name, const char *what) {
    struct copy copy = find_copy(exchange->process, name);
    bool leads = copy.is_here && copy.raft && raft_role(copy.raft) == RAFT_LEADER;

    if (str_equal(what, "writable"))
        answer_bool(exchange, leads);
    else if (str_equal(what, "read-only"))
        answer_bool(exchange, copy.is_here && !leads);
    else if (str_equal(what, "available"))
        answer_bool(exchange, copy.is_here);
    else if (str_equal(what, "status") && copy.is_here)
        answer_json(exchange, 200, status_of(exchange, &copy, "isHealthy"));
    else
        exchange->response->status = 404;
}

static void add_combined(const struct exchange *exchange, struct json *all, const char *name,
                         const char *uuid) {
    struct copy copy = find_copy(exchange->process, name);
    struct json *one;

    if (!copy.is_here)
        return;
    one = json_append_object(exchange->arena, all);
    json_set_string(exchange->arena, one, "databaseName", name);
    json_set_string(exchange->arena, one, "databaseUuid", uuid);
    json_set(exchange->arena, one, "databaseStatus", status_of(exchange, &copy, "healthy"));
}

static void answer_all(const struct exchange *exchange) {
    const struct cluster_state *state = &exchange->process->state;
    struct json *all = json_new_array(exchange->arena);

    add_combined(exchange, all, "system", SYSTEM_UUID);
    for (size_t i = 0; i < state->database_count; i++)
        add_combined(exchange, all, state->databases[i].name, state->databases[i].id);
    answer_json(exchange, 200, all);
}

/* ---- who asks ---- */

static bool is_authorized(const struct exchange *exchange) {
    struct neo4j_process *process = exchange->process;
    struct text credentials =
        text_from(exchange->request->authorization ? exchange->request->authorization : "");
    CLEANUP_BUFFER struct buffer decoded = { 0 };
    struct failure failure = { 0 };
    bool must_change, ok;

    if (!configuration_bool(process->configuration, "dbms.security.cluster_status_auth_enabled") ||
        !configuration_bool(process->configuration, "dbms.security.auth_enabled"))
        return true;
    if (!text_starts_with(credentials, "Basic "))
        return false;
    credentials.data += strlen("Basic ");
    credentials.length -= strlen("Basic ");
    if (!base64_decode(&decoded, text_trim(credentials)))
        return false;
    struct text password = buffer_text(&decoded);
    struct text user = text_cut(&password, ':');
    ok = password.data &&
         authenticate(process, exchange->arena, "basic",
                      arena_strndup(exchange->arena, user.data, user.length), password, &must_change,
                      &failure) &&
         !must_change;
    explicit_bzero(decoded.data, decoded.length);
    return ok;
}

/* "/db/{name}/cluster/{what}" */
static bool split_path(const struct exchange *exchange, char **out_name, char **out_what) {
    struct text rest = text_from(exchange->request->path);
    struct text parts[5] = { { 0 } };
    size_t count = 0;

    while (rest.data && count < ARRAY_LENGTH(parts))
        parts[count++] = text_cut(&rest, '/');
    if (rest.data || count != 5 || !text_is(parts[1], "db") || !text_is(parts[3], "cluster"))
        return false;
    *out_name = arena_strndup(exchange->arena, parts[2].data, parts[2].length);
    *out_what = arena_strndup(exchange->arena, parts[4].data, parts[4].length);
    return true;
}

void neo4j_http_answer(struct neo4j_process *process, struct arena *arena, int64_t now_ns,
                       const struct neo4j_http_request *request, struct neo4j_http_response *out_response) {
    struct exchange exchange = { process, arena, request, out_response };
    bool is_all = str_equal(request->path, "/dbms/cluster/status");
    char *name = NULL;
    char *what = NULL;

    *out_response = (struct neo4j_http_response){ .status = 404, .content_type = "text/plain" };
    if (now_ns > process->now_ns)
        process->now_ns = now_ns;
    if (request->port && process_has_port(process, PORT_METRICS) &&
        request->port == process->listen[PORT_METRICS].port) {
        metrics_answer(process, arena, out_response);
        return;
    }
    if (str_equal(request->path, "/")) {
        answer_discovery(&exchange);
        return;
    }
    if (!is_all && !split_path(&exchange, &name, &what))
        return;
    if (!is_authorized(&exchange)) {
        answer_error(&exchange, 401, "Neo.ClientError.Security.Unauthorized",
                     "No authentication header supplied, or invalid username or password.");
        return;
    }
    if (is_all)
        answer_all(&exchange);
    else
        answer_cluster(&exchange, name, what);
}
