#include "sim/neo4j/query_api.h"

#include "base/encoding.h"
#include "bolt/message.h"
#include "bolt/value_json.h"
#include "sim/neo4j/expression_node.h"
#include "sim/neo4j/server.h"
#include "sim/neo4j/session.h"

/* Failures have code and message in this one. */
static const struct bolt_version bolt = { 5, 4 };

struct query_api {
    struct arena *arena;
    struct neo4j_process *process;
    int64_t now_ns;
    struct query_api_events events;
    struct neo4j_session *session;
    const struct json *body;
    char *database;
    bool is_done;
    bool is_logged_in;
    struct json *data;   /* {fields, values} */
    struct json *values; /* of data */
};

/* ---- answers ---- */

static void answer(struct query_api *query, int status, const struct json *json) {
    struct neo4j_http_response response = { .status = status, .content_type = "application/json" };

    if (query->is_done)
        return;
    query->is_done = true;
    json_write(&response.body, json, &(struct json_write_options){ 0 });
    query->events.done(query->events.context, &response);
}

/* Whether the answer has begun with the columns; in 2025 it waited for the end. */
static bool has_begun(const struct query_api *query) {
    return query->data && !neo4j_version_is_within(&query->process->version, 202501, 202601);
}

/* What was promised already stays. */
static void fail(struct query_api *query, int status, const char *code, const char *message) {
    struct json *json = json_new_object(query->arena);

    if (has_begun(query)) {
        json_set(query->arena, json, "data", query->data);
        status = 202;
    }
    struct json *error = json_append_object(query->arena, json_set_array(query->arena, json, "errors"));

    json_set_string(query->arena, error, "code", code);
    json_set_string(query->arena, error, "message", message);
    answer(query, status, json);
}

static void fail_request(struct query_api *query, int status, const char *message) {
    fail(query, status, "Neo.ClientError.Request.Invalid", message);
}

static int status_of(const char *code) {
    static const struct {
        const char *code;
        int status;
    } rows[] = {
        { "Neo.ClientError.Security.Unauthorized", 401 },
        { "Neo.ClientError.Security.AuthenticationRateLimit", 401 },
        { "Neo.ClientError.Security.CredentialsExpired", 403 },
        { "Neo.ClientError.Security.Forbidden", 403 },
        { "Neo.ClientError.Database.DatabaseNotFound", 404 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (str_equal(rows[i].code, code))
            return rows[i].status;
    return str_starts_with(code, "Neo.ClientError.") ? 400 : 500;
}

static void answer_failure(struct query_api *query, const struct bolt_value *metadata) {
    const char *code = bolt_string(bolt_get(metadata, "code"), "");
    const char *message = bolt_string(bolt_get(metadata, "message"), "");
    int status = status_of(code);

    if (status == 401 && !query->is_logged_in)
        message = "Invalid credential.";
    if (status == 404)
        message = arena_printf(query->arena, "Graph not found: %s", query->database);
    fail(query, status, code, message);
}

/* ---- values, as plain JSON ---- */

static struct json *value_of(struct query_api *query, const struct bolt_value *value);

static struct json *node_of(struct query_api *query, const struct bolt_value *node) {
    struct json *json = json_new_object(query->arena);

    json_set_string(query->arena, json, "elementId", bolt_string(bolt_item(node, 3), ""));
    json_set(query->arena, json, "labels", value_of(query, bolt_item(node, 1)));
    json_set(query->arena, json, "properties", value_of(query, bolt_item(node, 2)));
    return json;
}

static struct json *point_of(struct query_api *query, const struct bolt_value *point) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    size_t count = bolt_length(point);

    buffer_printf(&text, "SRID=%ld;POINT %s(", (long)bolt_integer(bolt_item(point, 0), 0),
                  count > 3 ? "Z " : "");
    for (size_t i = 1; i < count; i++) {
        const char *number =
            json_print(query->arena, json_new_number(query->arena, bolt_number(bolt_item(point, i), 0)));
        buffer_printf(&text, "%s%s%s", i > 1 ? " " : "", number, strpbrk(number, ".eE") ? "" : ".0");
    }
    buffer_add_char(&text, ')');
    return json_new_string(query->arena, buffer_string(&text));
}

static struct json *value_of(struct query_api *query, const struct bolt_value *value) {
    struct arena *arena = query->arena;
    struct json *json;

    if (bolt_is(value, BOLT_LIST)) {
        json = json_new_array(arena);
        BOLT_FOR_EACH_ITEM(item, value)
        (void)json_append(arena, json, value_of(query, item));
        return json;
    }
    if (bolt_is(value, BOLT_MAP)) {
        json = json_new_object(arena);
        BOLT_FOR_EACH_MEMBER(member, value)
        json_set(arena, json, member->key, value_of(query, &member->value));
        return json;
    }
    if (bolt_is(value, BOLT_STRUCT) && value->tag == BOLT_NODE)
        return node_of(query, value);
    if (bolt_is(value, BOLT_STRUCT) && (value->tag == BOLT_POINT_2D || value->tag == BOLT_POINT_3D))
        return point_of(query, value);
    if (bolt_is(value, BOLT_STRUCT) && temporal_is(value))
        return json_new_string(arena, temporal_print(arena, value));
    return bolt_to_json(arena, value);
}

/* ---- what the session says ---- */

static void add_counters(struct query_api *query, struct json *json, const struct bolt_value *stats) {
    static const char *const counters[][2] = {
        { "nodesCreated", "nodes-created" },
        { "nodesDeleted", "nodes-deleted" },
        { "propertiesSet", "properties-set" },
        { "relationshipsCreated", "relationships-created" },
        { "relationshipsDeleted", "relationships-deleted" },
        { "labelsAdded", "labels-added" },
        { "labelsRemoved", "labels-removed" },
        { "indexesAdded", "indexes-added" },
        { "indexesRemoved", "indexes-removed" },
        { "constraintsAdded", "constraints-added" },
        { "constraintsRemoved", "constraints-removed" },
    };
    struct json *all = json_new_object(query->arena);
    int64_t system_updates = bolt_integer(bolt_get(stats, "system-updates"), 0);
    bool has_updates = false;

    for (size_t i = 0; i < ARRAY_LENGTH(counters); i++)
        has_updates = has_updates || bolt_integer(bolt_get(stats, counters[i][1]), 0) > 0;
    json_set_bool(query->arena, all, "containsUpdates", has_updates);
    for (size_t i = 0; i < ARRAY_LENGTH(counters); i++)
        json_set_integer(query->arena, all, counters[i][0], bolt_integer(bolt_get(stats, counters[i][1]), 0));
    json_set_bool(query->arena, all, "containsSystemUpdates", system_updates > 0);
    json_set_integer(query->arena, all, "systemUpdates", system_updates);
    json_set(query->arena, json, "counters", all);
}

static void answer_result(struct query_api *query, const struct bolt_value *summary) {
    struct json *json = json_new_object(query->arena);

    json_set(query->arena, json, "data", query->data);
    if (json_bool_at(query->body, "includeCounters", false))
        add_counters(query, json, bolt_get(summary, "stats"));
    if (neo4j_version_at_least(&query->process->version, 2026, 1)) {
        json_set_string(query->arena, json, "queryType", bolt_string(bolt_get(summary, "type"), "r"));
        json_set_integer(query->arena, json, "resultAvailableAfter", 0);
        json_set_integer(query->arena, json, "resultConsumedAfter",
                         bolt_integer(bolt_get(summary, "t_last"), 0));
    }
    json_append_string(query->arena, json_set_array(query->arena, json, "bookmarks"),
                       bolt_string(bolt_get(summary, "bookmark"), ""));
    answer(query, 202, json);
}

static void on_success(struct query_api *query, const struct bolt_value *metadata) {
    const struct bolt_value *fields = bolt_get(metadata, "fields");

    if (fields) {
        query->data = json_new_object(query->arena);
        json_set(query->arena, query->data, "fields", value_of(query, fields));
        query->values = json_set_array(query->arena, query->data, "values");
    } else if (query->data) {
        answer_result(query, metadata);
    }
    query->is_logged_in = query->is_logged_in || neo4j_session_is_logged_in(query->session);
}

static void on_send(void *context, struct text bytes) {
    struct query_api *query = context;
    struct bolt_value *message;

    if (query->is_done || !bolt_message_parse(query->arena, bytes, &message, NULL))
        return;
    if (message->tag == BOLT_RECORD && query->values)
        (void)json_append(query->arena, query->values, value_of(query, bolt_item(message, 0)));
    else if (message->tag == BOLT_SUCCESS)
        on_success(query, bolt_item(message, 0));
    else if (message->tag == BOLT_FAILURE)
        answer_failure(query, bolt_item(message, 0));
}

static void on_close(void *context) {
    struct query_api *query = context;

    fail(query, 500, "Neo.DatabaseError.General.UnknownError", "The server has stopped.");
}

/* ---- what the client asks ---- */

/* "/db/{name}/query/v2" */
static bool split_path(const char *path, struct text *out_database) {
    struct text rest = text_from(path), parts[5] = { { 0 } };
    size_t count = 0;

    while (rest.data && count < ARRAY_LENGTH(parts))
        parts[count++] = text_cut(&rest, '/');
    *out_database = parts[2];
    return !rest.data && count == 5 && text_is(parts[1], "db") && text_is(parts[3], "query") &&
           text_is(parts[4], "v2");
}

bool query_api_is_asked(const struct neo4j_process *process, const struct neo4j_http_request *request) {
    struct text database;

    return split_path(request->path, &database) && process_has_port(process, PORT_BOLT);
}

static void send(struct query_api *query, const struct buffer *message) {
    if (!query->is_done)
        neo4j_session_receive(query->session, query->now_ns, buffer_text(message));
}

static void send_map(struct query_api *query, uint8_t tag, const struct bolt_value *map) {
    CLEANUP_BUFFER struct buffer message = { 0 };

    packstream_pack_struct_header(&message, tag, 1);
    packstream_pack(&message, map);
    send(query, &message);
    explicit_bzero(message.data, message.length);
}

static void send_login(struct query_api *query, struct text user, struct text password) {
    struct bolt_value *hello = bolt_new_map(query->arena), *logon = bolt_new_map(query->arena);

    bolt_set_string(query->arena, hello, "user_agent", "neo4j-query-api/v2");
    bolt_set(query->arena, hello, "bolt_agent", bolt_new_map(query->arena));
    bolt_set_string(query->arena, bolt_get(hello, "bolt_agent"), "product", "neo4j-query-api/v2");
    send_map(query, BOLT_HELLO, hello);
    bolt_set_string(query->arena, logon, "scheme", password.data ? "basic" : "none");
    if (password.data) {
        bolt_set(query->arena, logon, "principal", bolt_new_text(query->arena, user));
        bolt_set(query->arena, logon, "credentials", bolt_new_text(query->arena, password));
    }
    send_map(query, BOLT_LOGON, logon);
}

static void send_statement(struct query_api *query) {
    CLEANUP_BUFFER struct buffer message = { 0 };
    struct arena *arena = query->arena;
    const struct json *parameters = json_get(query->body, "parameters");
    const struct json *bookmarks = json_get(query->body, "bookmarks");
    struct bolt_value *extra = bolt_new_map(arena), *values = bolt_from_json(arena, parameters);

    bolt_set_string(arena, extra, "db", query->database);
    if (!strcasecmp(json_string_at(query->body, "accessMode", ""), "READ"))
        bolt_set_string(arena, extra, "mode", "r");
    if (json_get(query->body, "impersonatedUser"))
        bolt_set_string(arena, extra, "imp_user", json_string_at(query->body, "impersonatedUser", ""));
    if (bookmarks)
        bolt_set(arena, extra, "bookmarks", bolt_from_json(arena, bookmarks));
    packstream_pack_struct_header(&message, BOLT_RUN, 3);
    packstream_pack(&message, bolt_new_string(arena, json_string_at(query->body, "statement", "")));
    packstream_pack(&message, parameters ? values : bolt_new_map(arena));
    packstream_pack(&message, extra);
    send(query, &message);
    buffer_clear(&message);
    bolt_message_write_fetch(&message, BOLT_PULL, BOLT_FETCH_ALL, BOLT_LAST_QUERY);
    send(query, &message);
}

/* Whether it is a request that can be run; else it is answered. */
static bool check(struct query_api *query, const struct neo4j_http_request *request) {
    struct json *body = NULL;

    if (!str_equal(request->method, "POST"))
        fail_request(query, 405, "Method Not Allowed");
    else if (!request->content_type ||
             !text_starts_with(text_from(request->content_type), "application/json"))
        fail_request(query, 415, "Unsupported Media Type");
    else if (!json_parse(query->arena, request->body, NULL, &body, NULL) ||
             !json_is(json_get(body, "statement"), JSON_STRING) ||
             (json_get(body, "parameters") && !json_is(json_get(body, "parameters"), JSON_OBJECT)) ||
             !bolt_from_json(query->arena, body))
        fail_request(query, 400, "Bad Request");
    query->body = body;
    return !query->is_done;
}

static void start(struct query_api *query, const struct neo4j_http_request *request) {
    bool needs_login = configuration_bool(query->process->configuration, "dbms.security.auth_enabled");
    struct text credentials = text_from(request->authorization ? request->authorization : "");
    CLEANUP_BUFFER struct buffer decoded = { 0 };
    struct text user = { 0 }, password = { 0 };

    if (needs_login && !text_starts_with(credentials, "Basic ")) {
        fail(query, 401, "Neo.ClientError.Security.Unauthorized", "No authentication header supplied.");
        return;
    }
    if (needs_login) {
        struct text encoded = { credentials.data + strlen("Basic "), credentials.length - strlen("Basic ") };
        if (!base64_decode(&decoded, text_trim(encoded)))
            decoded.length = 0;
        password = buffer_text(&decoded);
        user = text_cut(&password, ':');
        if (!password.data)
            password = text_from("");
    }
    if (check(query, request)) {
        send_login(query, user, password);
        send_statement(query);
    }
    if (decoded.data)
        explicit_bzero(decoded.data, decoded.length);
}

struct query_api *query_api_new(struct neo4j_process *process, int64_t now_ns,
                                const struct neo4j_http_request *request,
                                const struct query_api_events *events) {
    struct neo4j_session_options options = { .client_address = "http" };
    struct query_api *query = XNEW(struct query_api);
    struct neo4j_session_events session_events = { query, on_send, on_close };
    struct text database;

    ensure(split_path(request->path, &database));
    query->arena = arena_new();
    query->process = process;
    query->now_ns = now_ns;
    query->events = *events;
    query->database = arena_strndup(query->arena, database.data, database.length);
    query->session = neo4j_session_new(process, bolt, &options, &session_events);
    start(query, request);
    return query;
}

void query_api_free(struct query_api *query) {
    if (!query)
        return;
    query->is_done = true;
    neo4j_session_free(query->session);
    arena_free(query->arena);
    free(query);
}
