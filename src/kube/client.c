#include "kube/client.h"

#include "base/clock.h"
#include "kube/credentials.h"
#include "kube/http.h"
#include "kube/status.h"
#include "kube/target.h"
#include "kube/watch.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

/* What is waited for when a 429 does not say how long. */
enum { THROTTLED_WAIT_MS = 1000 };

struct client_watch {
    LIST_ENTRY(client_watch) next;
    int id;
    struct watch *watch;
};

struct client {
    struct kube port; /* first: the port is the client */
    struct kubeconfig *config;
    struct credentials *credentials;
    struct http *http;
    unsigned watch_seconds;
    int watch_retry_ms_max;
    int last_watch_id;                 /* atomic */
    LIST_HEAD(, client_watch) watches; /* the network thread's */
    struct kube_client_counts counts;  /* atomic */
};

static struct client *client_of(struct kube *kube) {
    return (struct client *)((char *)kube - offsetof(struct client, port));
}

static void count(uint64_t *counter) {
    __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/* ---- calls ---- */

static int ms_left(int64_t deadline_ns) {
    int64_t left = deadline_ns - clock_monotonic(&clock_system);

    return left <= 0 ? 0 : (int)(left / NANOSECONDS_PER_MS);
}

static void sleep_ms(int ms) {
    struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * NANOSECONDS_PER_MS };

    while (nanosleep(&left, &left))
        ;
}

static void count_answer(struct client *client, const struct http_answer *answer) {
    if (answer->status / 100 != 2)
        count(&client->counts.failures);
    if (answer->status == 429)
        count(&client->counts.throttled);
}

/* One request with the credential of the moment. */
static bool ask(struct client *client, const struct kube_call *call, struct http_request *request,
                int64_t deadline_ns, struct http_answer *out_answer, struct error *err) {
    request->timeout_ms = ms_left(deadline_ns);
    if (!request->timeout_ms)
        return error_set(err, ERROR_UNAVAILABLE, "no time left for the request");
    count(&client->counts.requests[call->verb]);
    if (!http_exchange(client->http, request, out_answer, err)) {
        count(&client->counts.failures);
        if (err)
            err->outcome_unknown = err->outcome_unknown && target_is_write(call);
        return false;
    }
    count_answer(client, out_answer);
    return true;
}

/* A 401 may only mean that the token rotated: asks again, once, if there is another one. */
static bool ask_known(struct client *client, const struct kube_call *call, struct http_request *request,
                      int64_t deadline_ns, struct http_answer *out_answer, struct error *err) {
    CLEANUP_POINTER(credential_unref)
    struct credential *first = credentials_take(client->credentials, ms_left(deadline_ns), err);
    CLEANUP_POINTER(credential_unref) struct credential *second = NULL;

    if (!first)
        return false;
    request->credential = first;
    if (!ask(client, call, request, deadline_ns, out_answer, err))
        return false;
    if (out_answer->status != 401)
        return true;
    credentials_refused(client->credentials, first);
    second = credentials_take(client->credentials, ms_left(deadline_ns), NULL);
    if (!second || second == first)
        return true;
    http_answer_clear(out_answer);
    request->credential = second;
    return ask(client, call, request, deadline_ns, out_answer, err);
}

/* A budget that forbids an eviction now is news for the caller, not a reason to wait here. */
static bool may_wait(const struct kube_call *call) {
    return !str_equal(call->subresource, "eviction");
}

/* Waits out a 429 and asks again, as long as the deadline allows. */
static bool ask_patiently(struct client *client, const struct kube_call *call, struct http_request *request,
                          int64_t deadline_ns, struct http_answer *out_answer, struct error *err) {
    for (;;) {
        int wait_ms;

        if (!ask_known(client, call, request, deadline_ns, out_answer, err))
            return false;
        if (out_answer->status != 429 || !may_wait(call))
            return true;
        wait_ms =
            out_answer->retry_after_seconds ? (int)out_answer->retry_after_seconds * 1000 : THROTTLED_WAIT_MS;
        if (wait_ms >= ms_left(deadline_ns))
            return true;
        http_answer_clear(out_answer);
        sleep_ms(wait_ms);
    }
}

static bool read_answer(const struct http_answer *answer, const struct kube_call *call, struct arena *arena,
                        struct json **out_object, struct error *err) {
    const struct json_parse_options options = { .skip_managed_fields = true };
    struct json *object = NULL;
    struct error why = { 0 };

    if (answer->status / 100 != 2)
        return status_error(answer, call->resource, target_is_write(call), err);
    if (!out_object)
        return true;
    if (!json_parse(arena, buffer_text(&answer->body), &options, &object, &why)) {
        error_set(err, ERROR_PROTOCOL, "the answer: %s", why.text);
        if (err)
            err->outcome_unknown = target_is_write(call);
        return false;
    }
    if (call->metadata_only && call->verb == KUBE_GET)
        kube_name_kind(arena, object, call->resource);
    *out_object = object;
    return true;
}

static const char *const verb_words[] = {
    [KUBE_GET] = "get",     [KUBE_LIST] = "list",         [KUBE_CREATE] = "create", [KUBE_UPDATE] = "update",
    [KUBE_APPLY] = "apply", [KUBE_MERGE_PATCH] = "patch", [KUBE_DELETE] = "delete"
};

/* "apply Service default/a: …" */
static bool name_failure(const struct kube_call *call, struct error *err) {
    const char *name = call->name ? call->name : json_string_at(call->body, "metadata.name", "");

    return error_wrap(err, "%s %s %s%s%s%s%s", verb_words[call->verb], call->resource->kind,
                      call->namespace ? call->namespace : "", call->namespace && *name ? "/" : "", name,
                      call->subresource ? " " : "", call->subresource ? call->subresource : "");
}

static void wipe_answer(struct http_answer *answer) {
    if (answer->body.data)
        explicit_bzero(answer->body.data, answer->body.capacity);
    http_answer_clear(answer);
}

/* A call as bytes, for as long as it is under way. */
struct letter {
    struct buffer target;
    struct buffer body;
};

static struct http_request write_letter(const struct client *client, const struct kube_call *call,
                                        struct letter *letter) {
    ensure(call->verb != KUBE_APPLY || call->field_manager);
    ensure(call->verb == KUBE_LIST || call->verb == KUBE_CREATE || call->name);
    target_add(&letter->target, client->config->path_prefix, call);
    target_add_body(&letter->body, call);
    return (struct http_request){ .method = target_method(call->verb),
                                  .target = buffer_string(&letter->target),
                                  .accept = target_accept(call, false),
                                  .content_type = target_content_type(call->verb),
                                  .body = buffer_text(&letter->body),
                                  .is_repeatable = target_is_repeatable(call) };
}

static void letter_clear(struct letter *letter) {
    buffer_clear(&letter->target);
    buffer_clear(&letter->body);
}

static int timeout_of(const struct kube_call *call) {
    return call->timeout_ms ? call->timeout_ms : KUBE_TIMEOUT_MS;
}

static bool client_call(struct kube *kube, const struct kube_call *call, struct arena *arena,
                        struct json **out_object, struct error *err) {
    struct client *client = client_of(kube);
    int64_t deadline_ns = clock_monotonic(&clock_system) + timeout_of(call) * NANOSECONDS_PER_MS;
    CLEANUP(wipe_answer) struct http_answer answer = { 0 };
    CLEANUP(letter_clear) struct letter letter = { 0 };
    struct http_request request = write_letter(client, call, &letter);

    if (!ask_patiently(client, call, &request, deadline_ns, &answer, err) ||
        !read_answer(&answer, call, arena, out_object, err))
        return name_failure(call, err);
    return true;
}

/* ---- several calls at once ---- */

/* What one call that went with others ended with. A token that rotated and a server that has too much to do
 * are no news for the caller: nothing was done, and the call is made again as any other. */
static void settle(struct client *client, const struct kube_call *call, struct http_outcome *from,
                   struct kube_outcome *out) {
    *out = (struct kube_outcome){ 0 };
    if (!from->is_answered) {
        count(&client->counts.failures);
        out->error = from->failure;
        out->error.outcome_unknown = out->error.outcome_unknown && target_is_write(call);
        (void)name_failure(call, &out->error);
        return;
    }
    count_answer(client, &from->answer);
    if (from->answer.status == 401 || from->answer.status == 429)
        out->is_done = client_call(&client->port, call, NULL, NULL, &out->error);
    else
        out->is_done =
            read_answer(&from->answer, call, NULL, NULL, &out->error) || name_failure(call, &out->error);
    wipe_answer(&from->answer);
}

static void client_call_all(struct kube *kube, const struct kube_call *calls, size_t number,
                            struct kube_outcome *out_outcomes) {
    struct client *client = client_of(kube);
    struct error failure = { 0 };
    CLEANUP_POINTER(credential_unref)
    struct credential *credential = credentials_take(client->credentials, KUBE_TIMEOUT_MS, &failure);
    CLEANUP_FREE struct letter *letters = xcalloc(number, sizeof(*letters));
    CLEANUP_FREE struct http_request *requests = xcalloc(number, sizeof(*requests));
    CLEANUP_FREE struct http_outcome *outcomes = xcalloc(number, sizeof(*outcomes));

    for (size_t i = 0; i < number; i++) {
        requests[i] = write_letter(client, &calls[i], &letters[i]);
        requests[i].credential = credential;
        requests[i].timeout_ms = timeout_of(&calls[i]);
        outcomes[i].failure = failure;
    }
    if (credential) {
        for (size_t i = 0; i < number; i++)
            count(&client->counts.requests[calls[i].verb]);
        http_exchange_all(client->http, requests, number, outcomes);
    }
    for (size_t i = 0; i < number; i++) {
        settle(client, &calls[i], &outcomes[i], &out_outcomes[i]);
        letter_clear(&letters[i]);
    }
}

/* ---- watches ---- */

struct watch_order {
    struct client *client;
    const struct kube_watch *what;
    int id;
};

static void start_watch(void *context) {
    const struct watch_order *order = context;
    struct client *client = order->client;
    struct client_watch *watch = XNEW(struct client_watch);
    const struct watch_setup setup = { .http = client->http,
                                       .credentials = client->credentials,
                                       .path_prefix = client->config->path_prefix,
                                       .seconds = client->watch_seconds,
                                       .retry_ms_max = client->watch_retry_ms_max,
                                       .lists = &client->counts.requests[KUBE_LIST],
                                       .watches = &client->counts.watches,
                                       .events = &client->counts.watch_events };

    watch->id = order->id;
    LIST_INSERT_HEAD(&client->watches, watch, next);
    watch->watch = watch_new(&setup, order->what);
}

static void end_watch(struct client_watch *watch) {
    LIST_REMOVE(watch, next);
    watch_free(watch->watch);
    free(watch);
}

static void stop_watch(void *context) {
    const struct watch_order *order = context;
    struct client_watch *watch;

    LIST_FOREACH (watch, &order->client->watches, next)
        if (watch->id == order->id)
            break;
    if (watch)
        end_watch(watch);
}

static void stop_all(void *context) {
    struct client *client = context;

    while (!LIST_EMPTY(&client->watches))
        end_watch(LIST_FIRST(&client->watches));
}

static int client_watch(struct kube *kube, const struct kube_watch *what) {
    struct client *client = client_of(kube);
    struct watch_order order = { .client = client,
                                 .what = what,
                                 .id = __atomic_add_fetch(&client->last_watch_id, 1, __ATOMIC_RELAXED) };

    http_run_and_wait(client->http, start_watch, &order);
    return order.id;
}

/* When it returns, nothing of the watch is called any more. */
static void client_stop_watch(struct kube *kube, int id) {
    struct client *client = client_of(kube);
    struct watch_order order = { .client = client, .id = id };

    http_run_and_wait(client->http, stop_watch, &order);
}

/* ---- life ---- */

struct kube *kube_client_new(const struct kubeconfig *config, const struct kube_client_options *options,
                             struct error *err) {
    const struct kube_client_options chosen = options ? *options : (struct kube_client_options){ 0 };
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *copy = kubeconfig_copy(config);
    const struct clock *clock = chosen.clock ? chosen.clock : &clock_system;
    struct credentials *credentials = credentials_new(copy, clock, err);
    struct client *client;

    if (!credentials)
        return NULL;
    client = XNEW(struct client);
    client->port = (struct kube){ client_call, client_call_all, client_watch, client_stop_watch };
    client->config = TAKE(copy);
    client->credentials = credentials;
    client->watch_seconds = chosen.watch_seconds ? chosen.watch_seconds : KUBE_CLIENT_WATCH_SECONDS;
    client->watch_retry_ms_max =
        chosen.watch_retry_ms_max ? chosen.watch_retry_ms_max : KUBE_CLIENT_WATCH_RETRY_MS_MAX;
    client->http = http_new(&(struct http_options){
        .host = client->config->host,
        .port = client->config->port,
        .is_plain = client->config->is_plain_http,
        .tls_name = client->config->tls_server_name,
        .user_agent = chosen.user_agent ? chosen.user_agent : "neo4j-operator/" PROJECT_VERSION,
        .connections_max = chosen.connections_max ? chosen.connections_max : KUBE_CLIENT_CONNECTIONS_MAX });
    return &client->port;
}

void kube_client_free(struct kube *kube) {
    struct client *client;

    if (!kube)
        return;
    client = client_of(kube);
    http_run_and_wait(client->http, stop_all, client);
    http_free(client->http);
    credentials_free(client->credentials);
    kubeconfig_free(client->config);
    free(client);
}

void kube_client_count(struct kube *kube, struct kube_client_counts *out_counts) {
    const struct client *client = client_of(kube);
    const struct kube_client_counts *counts = &client->counts;

    for (size_t i = 0; i < ARRAY_LENGTH(counts->requests); i++)
        out_counts->requests[i] = __atomic_load_n(&counts->requests[i], __ATOMIC_RELAXED);
    out_counts->watches = __atomic_load_n(&counts->watches, __ATOMIC_RELAXED);
    out_counts->watch_events = __atomic_load_n(&counts->watch_events, __ATOMIC_RELAXED);
    out_counts->failures = __atomic_load_n(&counts->failures, __ATOMIC_RELAXED);
    out_counts->throttled = __atomic_load_n(&counts->throttled, __ATOMIC_RELAXED);
    out_counts->connections = http_pool_opened(http_get_pool(client->http));
}
