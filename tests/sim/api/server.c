#include "server.h"

#include "test.h"

static const int64_t start_wall = INT64_C(1767225600) * NANOSECONDS_PER_SECOND; /* 2026-01-01T00:00:00Z */
static int64_t elapsed;

static int64_t wall(const struct clock *clock) {
    return start_wall + elapsed;
}

static int64_t monotonic(const struct clock *clock) {
    return elapsed;
}

const struct clock server_clock = { .wall = wall, .monotonic = monotonic };

void server_sleep(int64_t seconds) {
    elapsed += seconds * NANOSECONDS_PER_SECOND;
}

struct server *server_new_limited(const struct store_limits *limits) {
    struct server *server = XNEW(struct server);
    struct api_options options = { .clock = &server_clock, .seed = 1, .authority_pem = "PEM" };
    elapsed = 0;
    if (limits)
        options.limits = *limits;
    server->arena = arena_new();
    server->api = api_new(&options);
    return server;
}

struct server *server_new(void) {
    return server_new_limited(NULL);
}

void server_free(struct server *server) {
    if (!server)
        return;
    api_http_stream_free(server->stream);
    api_free(server->api);
    arena_free(server->arena);
    free(server);
}

int server_send_as(struct server *server, const char *line, const char *type, const char *accept,
                   struct text body) {
    static const char *const groups[] = { "system:masters", "system:authenticated" };
    static const struct api_user admin = { .name = "admin", .groups = groups, .group_count = 2 };
    const char *space = strchr(line, ' ');
    struct api_http_request request = { .method = arena_strndup(server->arena, line, (size_t)(space - line)),
                                        .target = space + 1,
                                        .content_type = type,
                                        .accept = accept,
                                        .user_agent = "test/1",
                                        .user = &admin,
                                        .body = body };
    CLEANUP(api_http_answer_clear) struct api_http_answer answer;

    api_http_do(server->api, &request, server->arena, &answer);
    server->code = answer.code;
    server->warnings = answer.warnings;
    server->text = arena_strdup(server->arena, buffer_string(&answer.body));
    server->answer = NULL;
    if (!json_parse(server->arena, text_from(server->text), NULL, &server->answer, NULL))
        server->answer = NULL;
    if (answer.stream) {
        api_http_stream_free(server->stream);
        server->stream = TAKE(answer.stream);
    }
    return server->code;
}

int server_send(struct server *server, const char *line, const char *body) {
    return server_send_as(server, line, body ? "application/yaml" : NULL, NULL, text_from(body ? body : ""));
}

int server_patch(struct server *server, const char *path, const char *json) {
    return server_send_as(server, arena_printf(server->arena, "PATCH %s", path),
                          "application/merge-patch+json", NULL, text_from(json));
}

int server_apply(struct server *server, const char *path, const char *manager, const char *yaml) {
    return server_send_as(server, arena_printf(server->arena, "PATCH %s?fieldManager=%s", path, manager),
                          "application/apply-patch+yaml", NULL, text_from(yaml));
}

void server_expect(struct server *server, int code, const char *line, const char *body) {
    if (server_send(server, line, body) != code)
        fail_msg("%s answers %d: %s", line, server->code, server->text);
}

const char *server_text(struct server *server, const char *path) {
    const struct json *value = json_at(server->answer, path);
    if (!value)
        return "";
    return json_is(value, JSON_STRING) ? json_string(value, "") : json_print(server->arena, value);
}

static const char *describe(struct server *server, struct text line) {
    struct json *event = NULL;
    const char *type;
    assert_true(json_parse(server->arena, line, NULL, &event, NULL));
    type = json_string_at(event, "type", "");
    if (str_equal(type, "BOOKMARK"))
        return type;
    if (str_equal(type, "ERROR"))
        return arena_printf(server->arena, "ERROR %lld", (long long)json_integer_at(event, "object.code", 0));
    return arena_printf(server->arena, "%s %s", type, json_string_at(event, "object.metadata.name", ""));
}

const char *server_events(struct server *server) {
    CLEANUP_BUFFER struct buffer lines = { 0 };
    CLEANUP_BUFFER struct buffer out = { 0 };
    bool goes_on = api_http_stream_read(server->stream, elapsed, 1 << 20, &lines);
    struct text rest = buffer_text(&lines);

    while (rest.length)
        buffer_printf(&out, "%s%s", out.length ? ", " : "", describe(server, text_cut(&rest, '\n')));
    if (!goes_on)
        buffer_printf(&out, "%send", out.length ? ", " : "");
    return arena_strdup(server->arena, buffer_string(&out));
}

void server_settle(struct server *server) {
    enum { ROUNDS_MAX = 100 };
    for (int i = 0; i < ROUNDS_MAX; i++)
        if (api_tick(server->api) > elapsed)
            return;
    fail_msg("the server's controllers don't come to rest");
}

const char *server_names(struct server *server, const char *path) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    server_expect(server, 200, arena_printf(server->arena, "GET %s", path), NULL);
    JSON_FOR_EACH_ITEM (item, json_get(server->answer, "items"))
        buffer_printf(&out, "%s%s", out.length ? " " : "", json_string_at(item, "metadata.name", ""));
    return arena_strdup(server->arena, buffer_string(&out));
}
