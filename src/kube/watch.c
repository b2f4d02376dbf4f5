#include "kube/watch.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "kube/status.h"
#include "kube/target.h"
#include "kube/watch_lines.h"

/* A stream that ends sooner than this and brought nothing is no success. */
enum { STREAM_MS_MIN = 1000 };

struct watch {
    struct watch_setup setup;
    struct kube_watch what;
    char *namespace;
    char *label_selector;
    char *field_selector;

    char *resource_version; /* NULL: list first */
    char *continue_token;   /* of a list that is under way */
    struct http_call *call; /* a page or a stream; NULL: waiting */
    struct credential *credential;
    struct event *retry;
    unsigned failures; /* in a row */
    bool is_failing;   /* the watcher was told */

    struct watch_lines lines;
    struct arena *arena; /* for the present event, while a stream's bytes are read */
    struct error stream_error;
    uint64_t stream_events;
    int64_t stream_began_ns;
};

static void begin(struct watch *watch);

static char *copy_string(const char *string) {
    return string ? xstrdup(string) : NULL;
}

static void replace_string(char **target, const char *string) {
    char *copy = copy_string(string);

    free(*target);
    *target = copy;
}

static void count(uint64_t *counter) {
    __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/* ---- failing and recovering ---- */

/* Half of the delay is random, so that watches that broke together don't come back together. */
static int jitter(int delay_ms) {
    uint32_t random;

    random_bytes(&random, sizeof(random));
    return delay_ms / 2 + (int)(random % (unsigned)(delay_ms / 2 + 1));
}

static void retry_later(struct watch *watch, unsigned retry_after_seconds) {
    int delay_ms = WATCH_RETRY_MS_FIRST;
    struct timeval delay;

    for (unsigned i = 0; i < watch->failures && delay_ms < watch->setup.retry_ms_max; i++)
        delay_ms *= 2;
    if (delay_ms > watch->setup.retry_ms_max)
        delay_ms = watch->setup.retry_ms_max;
    delay_ms = jitter(delay_ms);
    if (delay_ms < (int)retry_after_seconds * 1000)
        delay_ms = (int)retry_after_seconds * 1000;
    watch->failures++;
    delay = (struct timeval){ .tv_sec = delay_ms / 1000, .tv_usec = delay_ms % 1000 * 1000 };
    evtimer_add(watch->retry, &delay);
}

static void fail(struct watch *watch, const struct error *err) {
    if (err->kind == ERROR_UNAUTHORIZED && watch->credential)
        credentials_refused(watch->setup.credentials, watch->credential);
    watch->is_failing = true;
    if (watch->what.watcher.failed)
        watch->what.watcher.failed(watch->what.watcher.context, err);
    retry_later(watch, err->retry_after_seconds);
}

static void recover(struct watch *watch) {
    if (watch->is_failing && watch->what.watcher.recovered)
        watch->what.watcher.recovered(watch->what.watcher.context);
    watch->is_failing = false;
}

static void on_retry(evutil_socket_t fd, short what, void *context) {
    begin(context);
}

/* ---- requests ---- */

/* Sends a GET for call, whose query may be lengthened by target. */
static void request(struct watch *watch, const struct kube_call *call, const struct buffer *target,
                    int timeout_ms, bool is_stream, const struct http_handler *handler) {
    const struct http_request request = { .method = "GET",
                                          .target = buffer_string(target),
                                          .accept = target_accept(call, is_stream),
                                          .credential = watch->credential,
                                          .timeout_ms = timeout_ms,
                                          .is_repeatable = true,
                                          .is_stream = is_stream };

    watch->call = http_pool_start(http_get_pool(watch->setup.http), &request, handler);
}

static struct kube_call list_call(const struct watch *watch) {
    return (struct kube_call){ .verb = KUBE_LIST,
                               .resource = watch->what.resource,
                               .namespace = watch->namespace,
                               .metadata_only = watch->what.metadata_only,
                               .label_selector = watch->label_selector,
                               .field_selector = watch->field_selector };
}

/* ---- listing ---- */

static void pass_items(struct watch *watch, struct arena *arena, const struct json *list) {
    const struct kube_watcher *watcher = &watch->what.watcher;

    JSON_FOR_EACH_ITEM (item, json_get(list, "items")) {
        kube_name_kind(arena, item, watch->what.resource);
        watcher->event(watcher->context, KUBE_EVENT_LISTED, item);
    }
}

static bool read_page(struct watch *watch, const struct http_answer *answer, struct error *err) {
    const struct json_parse_options options = { .skip_managed_fields = true };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *list = NULL;
    struct error why = { 0 };
    const char *version;

    if (answer->status != 200)
        return status_error(answer, watch->what.resource, false, err);
    if (!json_parse(arena, buffer_text(&answer->body), &options, &list, &why))
        return error_set(err, ERROR_PROTOCOL, "the answer: %s", why.text);
    version = json_string_at(list, "metadata.resourceVersion", NULL);
    /* An empty list of metadata has items: null. */
    if (!str_ends_with(json_string_at(list, "kind", ""), "List") || str_empty(version))
        return error_set(err, ERROR_PROTOCOL, "the answer is no list");
    pass_items(watch, arena, list);
    replace_string(&watch->continue_token, json_string_at(list, "metadata.continue", NULL));
    if (str_empty(watch->continue_token)) {
        replace_string(&watch->continue_token, NULL);
        replace_string(&watch->resource_version, version);
    }
    return true;
}

static void on_page(void *context, struct http_answer *answer, const struct error *err) {
    struct watch *watch = context;
    struct error failure = { 0 };

    watch->call = NULL;
    if (!answer)
        failure = *err;
    else if (read_page(watch, answer, &failure)) {
        if (watch->resource_version) {
            watch->failures = 0;
            watch->what.watcher.listed(watch->what.watcher.context);
            recover(watch);
        }
        begin(watch);
        return;
    }
    /* Also when only the continue token expired: what came before it belongs to another state. */
    replace_string(&watch->continue_token, NULL);
    error_wrap(&failure, "listing %s", watch->what.resource->plural);
    fail(watch, &failure);
}

static void begin_page(struct watch *watch) {
    const struct http_handler handler = { .context = watch, .done = on_page };
    CLEANUP_BUFFER struct buffer target = { 0 };
    struct kube_call call = list_call(watch);

    call.limit = WATCH_LIST_PAGE;
    call.continue_token = watch->continue_token;
    target_add(&target, watch->setup.path_prefix, &call);
    count(watch->setup.lists);
    request(watch, &call, &target, WATCH_LIST_TIMEOUT_MS, false, &handler);
}

/* ---- the stream ---- */

static const enum kube_event kube_events[] = { [WATCH_EVENT_ADDED] = KUBE_EVENT_ADDED,
                                               [WATCH_EVENT_MODIFIED] = KUBE_EVENT_MODIFIED,
                                               [WATCH_EVENT_DELETED] = KUBE_EVENT_DELETED };

static bool on_watch_event(struct watch *watch, const struct watch_event *event) {
    const struct kube_watcher *watcher = &watch->what.watcher;
    const char *version = json_string_at(event->object, "metadata.resourceVersion", NULL);

    if (event->type == WATCH_EVENT_ERROR)
        return status_error_of_object(event->object, &watch->stream_error);
    if (str_empty(version))
        return error_set(&watch->stream_error, ERROR_PROTOCOL, "a watch event without a resource version");
    if (event->type != WATCH_EVENT_BOOKMARK) {
        count(watch->setup.events);
        watch->stream_events++;
        kube_name_kind(watch->arena, event->object, watch->what.resource);
        watcher->event(watcher->context, kube_events[event->type], event->object);
    }
    replace_string(&watch->resource_version, version);
    return true;
}

static bool on_line(void *context, struct text line) {
    struct watch *watch = context;
    struct watch_event event;

    arena_reset(watch->arena);
    return watch_event_parse(watch->arena, line, &event, &watch->stream_error) &&
           on_watch_event(watch, &event);
}

static bool on_data(void *context, struct text bytes) {
    struct watch *watch = context;
    bool goes_on;

    watch->arena = arena_new();
    goes_on = watch_lines_feed(&watch->lines, bytes, on_line, watch, &watch->stream_error);
    arena_free(TAKE(watch->arena));
    return goes_on;
}

static void on_opened(void *context) {
    recover(context);
}

/* Why the stream ended; kind 0: it lasted as long as it should. */
static struct error stream_verdict(struct watch *watch, const struct http_answer *answer,
                                   const struct error *err) {
    struct error verdict = { 0 };

    if (watch->stream_error.kind)
        verdict = watch->stream_error;
    else if (!answer)
        verdict = *err;
    else if (answer->status != 200)
        status_error(answer, watch->what.resource, false, &verdict);
    return verdict;
}

static void on_stream_end(void *context, struct http_answer *answer, const struct error *err) {
    struct watch *watch = context;
    struct error verdict = stream_verdict(watch, answer, err);
    int64_t lasted_ns = clock_monotonic(&clock_system) - watch->stream_began_ns;

    watch->call = NULL;
    watch_lines_clear(&watch->lines);
    if (watch->stream_events || lasted_ns >= STREAM_MS_MIN * NANOSECONDS_PER_MS)
        watch->failures = 0;
    /* The server forgot our version, or sends what we can't read: from there it can't go on. */
    if (verdict.kind == ERROR_GONE || verdict.kind == ERROR_PROTOCOL)
        replace_string(&watch->resource_version, NULL);
    if (verdict.kind && verdict.kind != ERROR_GONE) {
        error_wrap(&verdict, "watching %s", watch->what.resource->plural);
        fail(watch, &verdict);
    } else if (watch->failures || lasted_ns < STREAM_MS_MIN * NANOSECONDS_PER_MS) {
        retry_later(watch, verdict.retry_after_seconds);
    } else {
        begin(watch);
    }
}

static unsigned stream_seconds(const struct watch *watch) {
    unsigned spread = watch->setup.seconds / 20; /* a twentieth, so that streams don't all end together */
    uint32_t random;

    random_bytes(&random, sizeof(random));
    return watch->setup.seconds - spread + random % (2 * spread + 1);
}

static void begin_stream(struct watch *watch) {
    const struct http_handler handler = {
        .context = watch, .opened = on_opened, .data = on_data, .done = on_stream_end
    };
    CLEANUP_BUFFER struct buffer target = { 0 };
    unsigned seconds = stream_seconds(watch);
    struct kube_call call = list_call(watch);
    char seconds_text[16];

    snprintf(seconds_text, sizeof(seconds_text), "%u", seconds);
    call.resource_version = watch->resource_version;
    target_add(&target, watch->setup.path_prefix, &call);
    target_add_query(&target, "watch", "true");
    target_add_query(&target, "allowWatchBookmarks", "true");
    target_add_query(&target, "timeoutSeconds", seconds_text);
    watch->stream_error = (struct error){ 0 };
    watch->stream_events = 0;
    watch->stream_began_ns = clock_monotonic(&clock_system);
    count(watch->setup.watches);
    request(watch, &call, &target, (int)(seconds + WATCH_SILENCE_SECONDS_MAX) * 1000, true, &handler);
}

static void begin(struct watch *watch) {
    struct error failure = { 0 };

    credential_unref(watch->credential);
    watch->credential = credentials_take(watch->setup.credentials, 0, &failure);
    if (!watch->credential && !failure.kind) {
        retry_later(watch, 0);
    } else if (!watch->credential) {
        error_wrap(&failure, "watching %s", watch->what.resource->plural);
        fail(watch, &failure);
    } else if (watch->resource_version) {
        begin_stream(watch);
    } else {
        begin_page(watch);
    }
}

/* ---- life ---- */

struct watch *watch_new(const struct watch_setup *setup, const struct kube_watch *what) {
    struct watch *watch = XNEW(struct watch);

    watch->setup = *setup;
    watch->what = *what;
    watch->namespace = copy_string(what->namespace);
    watch->label_selector = copy_string(what->label_selector);
    watch->field_selector = copy_string(what->field_selector);
    watch->retry = evtimer_new(http_get_base(setup->http), on_retry, watch);
    ensure(watch->retry);
    begin(watch);
    return watch;
}

void watch_free(struct watch *watch) {
    if (!watch)
        return;
    if (watch->call)
        http_call_cancel(watch->call);
    event_free(watch->retry);
    credential_unref(watch->credential);
    watch_lines_clear(&watch->lines);
    free(watch->namespace);
    free(watch->label_selector);
    free(watch->field_selector);
    free(watch->resource_version);
    free(watch->continue_token);
    free(watch);
}
