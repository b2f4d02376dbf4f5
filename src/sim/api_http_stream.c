#include "sim/api_http_internal.h"

#include "sim/api_authorize.h"
#include "sim/api_counts.h"

/* Streams: watches as lines of JSON, and logs that are followed. */

enum {
    WATCH_SECONDS = 1800, /* and up to as many more, at random: the real server's default */
    BOOKMARK_SECONDS = 60,
    LOG_LINES_NONE = -1,
};

struct log_view {
    bool timestamps;
    int64_t tail;  /* lines; LOG_LINES_NONE: all */
    int64_t since; /* wall ns; 0: from the beginning */
    int64_t limit; /* bytes left; -1: no limit */
};

struct api_http_stream {
    struct api *api;
    struct arena *arena; /* of what was asked for */
    int64_t ends;        /* monotonic */

    /* a watch */
    struct api_watch *watch;
    struct http_media media;
    const char *group;
    const char *version;
    const char *plural;
    int64_t next_bookmark;
    bool has_columns; /* were sent */

    /* a log */
    struct api_log_call log;
    struct log_view view;
    uint64_t offset;
};

void api_http_stream_free(struct api_http_stream *stream) {
    if (!stream)
        return;
    api_watch_free(stream->watch);
    arena_free(stream->arena);
    free(stream);
}

static struct api_http_stream *stream_new(struct http_exchange *exchange) {
    struct api_http_stream *stream = XNEW(struct api_http_stream);
    stream->api = exchange->api;
    stream->arena = arena_new();
    return stream;
}

/* ---- watches ---- */

struct api_http_stream *http_stream_of_watch(struct http_exchange *exchange,
                                             const struct api_resource *resource, struct api_watch *watch) {
    struct api_http_stream *stream = stream_new(exchange);
    int64_t now = clock_monotonic(exchange->api->clock), seconds = 0;
    const char *timeout = url_parameter(&exchange->url, "timeoutSeconds");

    if (str_empty(timeout) || !parse_int64(text_from(timeout), &seconds) || seconds <= 0 || seconds > 86400)
        seconds = WATCH_SECONDS + (int64_t)(api_random(exchange->api) % WATCH_SECONDS);
    stream->ends = now + seconds * NANOSECONDS_PER_SECOND;
    stream->next_bookmark = now + BOOKMARK_SECONDS * NANOSECONDS_PER_SECOND;
    stream->watch = watch;
    stream->media = exchange->media;
    if (stream->media.include_object)
        stream->media.include_object = arena_strdup(stream->arena, stream->media.include_object);
    stream->group = arena_strdup(stream->arena, resource->group);
    stream->version = arena_strdup(stream->arena, resource->version);
    stream->plural = arena_strdup(stream->arena, resource->plural);
    return stream;
}

static void write_event(struct api_http_stream *stream, struct arena *arena, const struct api_event *event,
                        struct buffer *out) {
    const struct json_write_options options = { .html_safe = true };
    const struct api_resource *resource =
        api_find_resource(stream->api, stream->group, stream->version, stream->plural);
    struct json *line = json_new_object(arena);
    struct json *object = event->object;

    if (event->type != API_ERROR)
        object = http_render(stream->api, arena, &stream->media, resource, object, !stream->has_columns);
    stream->has_columns = true;
    json_set_string(arena, line, "type", api_event_name(event->type));
    json_set(arena, line, "object", object);
    json_write(out, line, &options);
    buffer_add_char(out, '\n');
}

static bool read_watch(struct api_http_stream *stream, int64_t now, size_t bytes_max, struct buffer *out) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    size_t start = out->length;
    struct api_event event;

    while (out->length - start < bytes_max) {
        if (!api_watch_next(stream->watch, arena, &event)) {
            bool ends = now >= stream->ends;
            if ((ends || now >= stream->next_bookmark) && api_watch_bookmark(stream->watch, arena, &event))
                write_event(stream, arena, &event, out);
            if (now >= stream->next_bookmark)
                stream->next_bookmark = now + BOOKMARK_SECONDS * NANOSECONDS_PER_SECOND;
            return !ends;
        }
        write_event(stream, arena, &event, out);
        if (event.type == API_ERROR)
            return false;
        arena_reset(arena);
    }
    return true;
}

/* ---- logs ---- */

/* Whether the line, which begins with its time, is late enough. */
static bool is_recent(const struct log_view *view, struct text line) {
    int64_t time;
    return !view->since || !time_parse(text_cut(&line, ' '), &time) || time >= view->since;
}

static void add_line(struct log_view *view, struct text line, struct buffer *out) {
    struct text shown = line;
    if (!view->timestamps)
        text_cut(&shown, ' ');
    if (!shown.data)
        shown = line;
    size_t length = shown.length + 1;
    if (view->limit >= 0 && (int64_t)length > view->limit)
        length = (size_t)view->limit;
    buffer_add(out, shown.data, length < shown.length ? length : shown.length);
    if (length > shown.length)
        buffer_add_char(out, '\n');
    if (view->limit >= 0)
        view->limit -= (int64_t)length;
}

static struct text last_lines(struct text text, int64_t count) {
    size_t start = text.length;
    if (count < 0)
        return text;
    while (start > 0 && (count > 0 || text.data[start - 1] != '\n')) {
        start--;
        if (start > 0 && text.data[start - 1] == '\n')
            count--;
    }
    return (struct text){ text.data + start, text.length - start };
}

/* Shows what the view lets through of whole lines; the tail counts only the first time. */
static void show(struct log_view *view, struct text text, struct buffer *out) {
    CLEANUP_BUFFER struct buffer recent = { 0 };
    while (text.length) {
        struct text line = text_cut(&text, '\n');
        if (line.length && is_recent(view, line)) {
            buffer_add_text(&recent, line);
            buffer_add_char(&recent, '\n');
        }
    }
    struct text rest = last_lines(buffer_text(&recent), view->tail);
    view->tail = LOG_LINES_NONE;
    while (rest.length && view->limit != 0)
        add_line(view, text_cut(&rest, '\n'), out);
}

static bool read_log(struct api_http_stream *stream, struct buffer *out) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct error err = { 0 };
    bool has_ended = true;

    if (!stream->api->logs.read || !stream->api->logs.read(stream->api->logs.context, &stream->log,
                                                           &stream->offset, &text, &has_ended, &err))
        return false;
    show(&stream->view, buffer_text(&text), out);
    return !has_ended && stream->view.limit != 0;
}

bool api_http_stream_read(struct api_http_stream *stream, int64_t now, size_t bytes_max, struct buffer *out) {
    return stream->watch ? read_watch(stream, now, bytes_max, out) : read_log(stream, out);
}

/* The container that the request names, or the pod's only one. */
static const char *choose_container(struct http_exchange *exchange, const struct json *pod) {
    CLEANUP_BUFFER struct buffer names = { 0 };
    const char *wanted = url_parameter(&exchange->url, "container");
    const struct json *containers = json_at(pod, "spec.containers");
    static const char *const lists[] = { "containers", "initContainers" };

    for (size_t i = 0; !str_empty(wanted) && i < ARRAY_LENGTH(lists); i++)
        JSON_FOR_EACH_ITEM (container, json_get(json_get(pod, "spec"), lists[i]))
            if (str_equal(json_string_at(container, "name", ""), wanted))
                return wanted;
    const char *name = json_string_at(pod, "metadata.name", "");
    if (!str_empty(wanted)) {
        http_answer_status(
            exchange, 400, "BadRequest",
            arena_printf(exchange->arena, "container %s is not valid for pod %s", wanted, name));
        return NULL;
    }
    if (json_length(containers) == 1)
        return json_string_at(json_item(containers, 0), "name", "");
    JSON_FOR_EACH_ITEM (container, containers)
        buffer_printf(&names, "%s%s", names.length ? " " : "", json_string_at(container, "name", ""));
    http_answer_status(exchange, 400, "BadRequest",
                       arena_printf(exchange->arena,
                                    "a container name must be specified for pod %s, choose one of: [%s]",
                                    name, buffer_string(&names)));
    return NULL;
}

static bool read_number(const struct http_exchange *exchange, const char *name, int64_t *out) {
    const char *text = url_parameter(&exchange->url, name);
    return !str_empty(text) && parse_int64(text_from(text), out) && *out >= 0;
}

static struct log_view view_of(struct http_exchange *exchange) {
    struct log_view view = { .timestamps = url_flag(&exchange->url, "timestamps"),
                             .tail = LOG_LINES_NONE,
                             .limit = -1 };
    int64_t number;
    const char *since = url_parameter(&exchange->url, "sinceTime");
    if (read_number(exchange, "tailLines", &number))
        view.tail = number;
    if (read_number(exchange, "limitBytes", &number))
        view.limit = number;
    if (read_number(exchange, "sinceSeconds", &number))
        view.since = api_now(exchange->api) - number * NANOSECONDS_PER_SECOND;
    if (since && !time_parse(text_from(since), &view.since))
        view.since = 0;
    return view;
}

static void answer_log_error(struct http_exchange *exchange, const struct error *err) {
    if (err->kind == ERROR_NOT_FOUND)
        http_answer_status(exchange, 404, "NotFound", err->text);
    else
        http_answer_status(exchange, 400, "BadRequest", err->text);
}

void http_do_log(struct http_exchange *exchange, const struct api_resource *resource,
                 const struct api_call *call) {
    CLEANUP_POINTER(api_http_stream_free) struct api_http_stream *stream = NULL;
    struct api_answer answer;
    struct api_context context = { .api = exchange->api,
                                   .call = call,
                                   .resource = resource,
                                   .arena = exchange->arena,
                                   .answer = &answer,
                                   .now = api_now(exchange->api),
                                   .namespace = call->namespace,
                                   .name = call->name };
    struct error err = { 0 };
    bool has_ended = true;

    answer = (struct api_answer){ 0 };
    api_counts_add(exchange->api->counts, call);
    if (!api_authorize(&context)) {
        http_answer_call(exchange, NULL, &answer);
        return;
    }
    struct json *pod = api_load(exchange->api, exchange->arena, resource, call->namespace, call->name);
    if (!pod) {
        api_refuse_not_found(&context, resource, call->name);
        http_answer_call(exchange, NULL, &answer);
        return;
    }
    const char *container = choose_container(exchange, pod);
    if (!container)
        return;
    stream = stream_new(exchange);
    stream->view = view_of(exchange);
    stream->log = (struct api_log_call){ .namespace = arena_strdup(stream->arena, call->namespace),
                                         .pod = arena_strdup(stream->arena, call->name),
                                         .container = arena_strdup(stream->arena, container),
                                         .previous = url_flag(&exchange->url, "previous") };
    CLEANUP_BUFFER struct buffer text = { 0 };
    if (!exchange->api->logs.read) {
        http_answer_status(exchange, 503, "ServiceUnavailable", "no kubelet answers for logs");
        return;
    }
    if (!exchange->api->logs.read(exchange->api->logs.context, &stream->log, &stream->offset, &text,
                                  &has_ended, &err)) {
        answer_log_error(exchange, &err);
        return;
    }
    http_answer_text(exchange, 200, "");
    exchange->answer->content_type = "text/plain";
    show(&stream->view, buffer_text(&text), &exchange->answer->body);
    if (url_flag(&exchange->url, "follow") && !has_ended && stream->view.limit != 0)
        exchange->answer->stream = TAKE(stream);
}
