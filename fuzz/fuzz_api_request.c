/* Requests to the simulated API server: "METHOD TARGET\nTYPE\nACCEPT\nBODY". Whatever they say, the answer
 * has a code that a client understands and, where it says JSON, is JSON; and what is kept is still whole. */
#include "sim/api_http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t now(const struct clock *clock) {
    return INT64_C(1767225600) * NANOSECONDS_PER_SECOND;
}

static const char *take(struct arena *arena, struct text *rest, char separator) {
    struct text part = text_cut(rest, separator);
    return arena_strndup(arena, part.data ? part.data : "", part.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct clock clock = { now, now };
    static struct api *api;
    static const char *const groups[] = { "system:authenticated" };
    static const struct api_user user = { .name = "fuzz", .groups = groups, .group_count = 1 };
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP(api_http_answer_clear) struct api_http_answer answer;
    struct text rest = { (const char *)data, size };
    struct api_http_request request = { .user = &user, .user_agent = "fuzz/1" };
    struct json *body;

    if (!api)
        api = api_new(
            &(struct api_options){ .clock = &clock, .seed = 1, .limits = { .history_events_max = 100 } });
    request.method = take(arena, &rest, ' ');
    request.target = take(arena, &rest, '\n');
    request.content_type = take(arena, &rest, '\n');
    request.accept = take(arena, &rest, '\n');
    request.body = rest;
    api_http_do(api, &request, arena, &answer);
    ensure(answer.code >= 200 && answer.code < 600 && answer.content_type);
    if (answer.stream) {
        CLEANUP_BUFFER struct buffer lines = { 0 };
        (void)api_http_stream_read(answer.stream, 0, 1 << 16, &lines);
    } else if (str_starts_with(answer.content_type, "application/json")) {
        ensure(json_parse(arena, buffer_text(&answer.body), NULL, &body, NULL));
    }
    for (int i = 0; i < 10 && api_tick(api) <= now(&clock); i++)
        ;
    struct store_list kept = store_list(api_store(api), arena, "configmaps", NULL);
    for (size_t i = 0; i < kept.count; i++)
        ensure(json_at(store_value_parse(arena, kept.items[i]), "metadata.uid"));
    return 0;
}
