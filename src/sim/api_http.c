#include "sim/api_http_internal.h"

#include "sim/api_counts.h"

void api_http_answer_clear(struct api_http_answer *answer) {
    buffer_clear(&answer->body);
    api_http_stream_free(TAKE(answer->stream));
}

/* ---- health, version, counts ---- */

static const char version_text[] = "{\n"
                                   "  \"major\": \"1\",\n"
                                   "  \"minor\": \"35\",\n"
                                   "  \"emulationMajor\": \"1\",\n"
                                   "  \"emulationMinor\": \"35\",\n"
                                   "  \"minCompatibilityMajor\": \"1\",\n"
                                   "  \"minCompatibilityMinor\": \"34\",\n"
                                   "  \"gitVersion\": \"v1.35.4+neo4j-sandbox\",\n"
                                   "  \"gitCommit\": \"\",\n"
                                   "  \"gitTreeState\": \"clean\",\n"
                                   "  \"buildDate\": \"1970-01-01T00:00:00Z\",\n"
                                   "  \"goVersion\": \"\",\n"
                                   "  \"compiler\": \"gcc\",\n"
                                   "  \"platform\": \"linux/amd64\"\n"
                                   "}";

static void do_version(struct http_exchange *exchange) {
    http_answer_text(exchange, 200, version_text);
    exchange->answer->content_type = "application/json";
}

static void do_health(struct http_exchange *exchange) {
    http_answer_text(exchange, 200, "ok");
}

static void do_counts(struct http_exchange *exchange) {
    struct json *counts = json_new_object(exchange->arena);
    json_set(exchange->arena, counts, "requests", api_counts_list(exchange->api->counts, exchange->arena));
    http_answer_json(exchange, 200, counts);
}

static const struct {
    const char *path;
    void (*answer)(struct http_exchange *exchange);
} pages[] = {
    { "/healthz", do_health },          { "/livez", do_health },    { "/readyz", do_health },
    { "/sandbox/requests", do_counts }, { "/version", do_version },
};

static bool do_page(struct http_exchange *exchange) {
    for (size_t i = 0; i < ARRAY_LENGTH(pages); i++) {
        size_t length = strlen(pages[i].path);
        const char *rest = exchange->url.path + length;
        if (!str_starts_with(exchange->url.path, pages[i].path) || (*rest && *rest != '/'))
            continue;
        pages[i].answer(exchange);
        return true;
    }
    return false;
}

/* ---- requests ---- */

static bool is_group_served(const struct http_exchange *exchange, const char *group, const char *version) {
    size_t count;
    const struct api_resource **rows = api_list_resources(exchange->api, exchange->arena, &count);
    for (size_t i = 0; i < count; i++)
        if (str_equal(rows[i]->group, group) && str_equal(rows[i]->version, version))
            return true;
    return false;
}

void api_http_do(struct api *api, const struct api_http_request *request, struct arena *arena,
                 struct api_http_answer *answer) {
    struct http_exchange exchange = { .api = api, .arena = arena, .request = request, .answer = answer };
    const char *const *segments = exchange.url.segments;

    *answer = (struct api_http_answer){ 0 };
    if (strlen(request->target) > API_HTTP_PATH_BYTES_MAX ||
        !url_parse(arena, request->target, &exchange.url)) {
        http_answer_status(&exchange, 400, "BadRequest", "the path or query of the request is malformed");
        return;
    }
    if (request->body.length > API_HTTP_BODY_BYTES_MAX) {
        http_answer_status(
            &exchange, 413, "RequestEntityTooLarge",
            arena_printf(arena, "Request entity too large: limit is %d", API_HTTP_BODY_BYTES_MAX));
        return;
    }
    size_t count = exchange.url.segment_count;
    if (do_page(&exchange) || http_do_discovery(&exchange) || http_do_openapi(&exchange))
        return;
    if (count > 2 && str_equal(segments[0], "api") && is_group_served(&exchange, "", segments[1]))
        http_do_resource(&exchange, "", segments[1], segments + 2, count - 2);
    else if (count > 3 && str_equal(segments[0], "apis") &&
             is_group_served(&exchange, segments[1], segments[2]))
        http_do_resource(&exchange, segments[1], segments[2], segments + 3, count - 3);
    else
        http_answer_text(&exchange, 404, "404 page not found\n");
}

static void refuse(struct arena *arena, int code, const char *reason, const char *message,
                   struct api_http_answer *answer) {
    struct http_exchange exchange = { .arena = arena, .answer = answer };
    *answer = (struct api_http_answer){ 0 };
    http_answer_status(&exchange, code, reason, message);
}

void api_http_refuse_unauthorized(struct arena *arena, struct api_http_answer *answer) {
    refuse(arena, 401, "Unauthorized", "Unauthorized", answer);
}

void api_http_refuse_forbidden(struct arena *arena, const char *message, struct api_http_answer *answer) {
    refuse(arena, 403, "Forbidden", message, answer);
}
