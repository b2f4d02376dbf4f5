/* Watches against a server that plays a script. */
#include "kube/fake_server.h"
#include "test.h"

#include "base/encoding.h"
#include "kube/client.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { DAY_SECONDS = 86400, PATIENCE_SECONDS = 10 };

/* What the watcher was told: "L:a" listed, "." list complete, "+a ~a -a", "!Reason", "*" recovered. */
struct diary {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct buffer told;
};

static void note(struct diary *diary, const char *what, const char *about) {
    pthread_mutex_lock(&diary->lock);
    buffer_printf(&diary->told, "%s%s ", what, about);
    pthread_cond_broadcast(&diary->changed);
    pthread_mutex_unlock(&diary->lock);
}

static void on_event(void *context, enum kube_event event, const struct json *object) {
    static const char *const signs[] = { [KUBE_EVENT_LISTED] = "L:",
                                         [KUBE_EVENT_ADDED] = "+",
                                         [KUBE_EVENT_MODIFIED] = "~",
                                         [KUBE_EVENT_DELETED] = "-" };

    ensure(str_equal(json_string_at(object, "kind", ""), "Pod"));
    note(context, signs[event], json_string_at(object, "metadata.name", "?"));
}

static void on_listed(void *context) {
    note(context, ".", "");
}

static void on_failed(void *context, const struct error *err) {
    note(context, "!", error_reason(err->kind));
}

static void on_recovered(void *context) {
    note(context, "*", "");
}

static void assert_tells(struct diary *diary, const char *expected) {
    struct timespec until;
    int waited = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_SECONDS;
    pthread_mutex_lock(&diary->lock);
    while (diary->told.length < strlen(expected) && !waited)
        waited = pthread_cond_timedwait(&diary->changed, &diary->lock, &until);
    CLEANUP_FREE char *told = xstrdup(buffer_string(&diary->told));
    pthread_mutex_unlock(&diary->lock);
    assert_string_equal(told, expected);
}

/* ---- the script: for the nth request, what its target must contain, and the answer ---- */

struct step {
    const char *target;
    int status; /* 0: a stream of these bytes, that then ends; -1: that stays open */
    const char *answer;
};

struct script {
    const struct step *steps;
    size_t count;
    size_t at;           /* atomic */
    struct buffer wrong; /* targets that did not fit, written by the one connection in use */
};

static void stream(struct fake_connection *connection, const struct step *step) {
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };
    size_t half = strlen(step->answer) / 2;
    CLEANUP_FREE char *first = xstrndup(step->answer, half);

    fake_write(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    if (*first)
        fake_chunk(connection, first);
    if (step->answer[half])
        fake_chunk(connection, step->answer + half);
    if (step->status == -1)
        (void)fake_read(connection, &request); /* until the client leaves */
    else
        fake_write(connection, "0\r\n\r\n");
}

static void serve_script(void *context, struct fake_connection *connection, int index) {
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };
    struct script *script = context;

    while (fake_read(connection, &request)) {
        size_t at = __atomic_fetch_add(&script->at, 1, __ATOMIC_SEQ_CST);
        const struct step *step = &script->steps[at];
        if (at >= script->count)
            return;
        if (!strstr(request.target, step->target))
            buffer_printf(&script->wrong, "step %zu: %s; ", at, request.target);
        if (step->status > 0)
            fake_answer(connection, step->status, "", step->answer);
        else
            stream(connection, step);
    }
}

static void play(const struct step *steps, size_t count, bool metadata_only, const char *expected) {
    struct script script = { .steps = steps, .count = count };
    struct diary diary = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    CLEANUP(test_identity_clear) struct test_identity authority = test_identity_make("a", NULL, DAY_SECONDS);
    CLEANUP(test_identity_clear)
    struct test_identity identity = test_identity_make("127.0.0.1", &authority, DAY_SECONDS);
    struct fake_server *server = fake_server_new(&identity, serve_script, &script);
    CLEANUP_FREE char *server_url = xprintf("https://127.0.0.1:%d", fake_server_port(server));
    char host[] = "127.0.0.1", prefix[] = "";
    struct kubeconfig config = { .server = server_url,
                                 .host = host,
                                 .port = fake_server_port(server),
                                 .path_prefix = prefix,
                                 .ca_pem = authority.certificate_pem };
    struct kube *kube = kube_client_new(
        &config, &(struct kube_client_options){ .watch_seconds = 100, .watch_retry_ms_max = 20 }, NULL);
    const struct kube_watch watch = {
        .resource = &KUBE_PODS,
        .namespace = "n",
        .label_selector = "a=b",
        .metadata_only = metadata_only,
        .watcher = { &diary, on_event, on_listed, on_failed, on_recovered },
    };
    int id = kube->watch(kube, &watch);

    assert_in_range(id, 1, 1000);
    assert_tells(&diary, expected);
    kube->stop_watch(kube, id);
    kube_client_free(kube);
    fake_server_free(server);
    assert_string_equal(buffer_string(&script.wrong), "");
    buffer_clear(&script.wrong);
    buffer_clear(&diary.told);
}

#define LIST(version, more, items)                                                                           \
    "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"" version "\"" more "},\"items\":" items "}"
#define ITEM(name) "{\"metadata\":{\"name\":\"" name "\"}}"
#define EVENT(type, name, version)                                                                           \
    "{\"type\":\"" type "\",\"object\":{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"" version  \
    "\"}}}\n"
#define GONE                                                                                                 \
    "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":"   \
    "\"old\"}}\n"

TEST("lists in pages, then watches from the list's version") {
    static const struct step steps[] = {
        { "/api/v1/namespaces/n/pods?labelSelector=a%3Db&limit=", 200,
          LIST("7", ",\"continue\":\"more\"", "[" ITEM("a") "," ITEM("b") "]") },
        { "continue=more", 200, LIST("7", "", "[" ITEM("c") "]") },
        { "labelSelector=a%3Db&resourceVersion=7&watch=true&allowWatchBookmarks=true&timeoutSeconds=", -1,
          EVENT("ADDED", "d", "8") EVENT("MODIFIED", "a", "9") EVENT("DELETED", "b", "10") },
    };

    play(steps, ARRAY_LENGTH(steps), false, "L:a L:b L:c . +d ~a -b ");
}

TEST("goes on from the last version that an event or a bookmark told") {
    static const struct step steps[] = {
        { "limit=", 200, LIST("7", "", "null") },
        { "resourceVersion=7&", 0, EVENT("ADDED", "a", "8") EVENT("BOOKMARK", "", "20") },
        { "resourceVersion=20&", 0, EVENT("ADDED", "b", "21") },
        { "resourceVersion=21&", -1, EVENT("ADDED", "c", "22") },
    };

    play(steps, ARRAY_LENGTH(steps), true, ". +a +b +c ");
}

TEST("lists again when the server has forgotten the version, by event or by status") {
    static const struct step steps[] = {
        { "limit=", 200, LIST("7", "", "[" ITEM("a") "]") },
        { "resourceVersion=7&", 0, GONE },
        { "limit=", 200, LIST("30", "", "[" ITEM("b") "]") },
        { "resourceVersion=30&", 410,
          "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Gone\",\"message\":\"old\"}" },
        { "limit=", 200, LIST("40", "", "[" ITEM("c") "]") },
        { "resourceVersion=40&", -1, EVENT("ADDED", "d", "41") },
    };

    play(steps, ARRAY_LENGTH(steps), false, "L:a . L:b . L:c . +d ");
}

TEST("begins a list anew when its continue token expired") {
    static const struct step steps[] = {
        { "limit=", 200, LIST("7", ",\"continue\":\"more\"", "[" ITEM("a") "]") },
        { "continue=more", 410,
          "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"old\"}" },
        { "limit=", 200, LIST("8", "", "[" ITEM("b") "]") },
        { "resourceVersion=8&", -1, EVENT("ADDED", "c", "9") },
    };

    play(steps, ARRAY_LENGTH(steps), false, "L:a !Gone L:b . * +c ");
}

TEST("tells what keeps it from working, tries again, and tells when it works") {
    static const struct step steps[] = {
        { "limit=", 403, "{\"kind\":\"Status\",\"code\":403,\"message\":\"no\"}" },
        { "limit=", 401, "" },
        { "limit=", 404, "404 page not found" },
        { "limit=", 200, "no list" },
        { "limit=", 200, LIST("7", "", "[" ITEM("a") "]") },
        { "resourceVersion=7&", 500, "" },
        { "resourceVersion=7&", -1, EVENT("ADDED", "b", "8") },
    };

    play(steps, ARRAY_LENGTH(steps), false,
         "!Forbidden !Unauthorized !Refused !ProtocolError L:a . * !Refused * +b ");
}

TEST("lists again after an event that makes no sense") {
    static const struct step steps[] = {
        { "limit=", 200, LIST("7", "", "null") },
        { "resourceVersion=7&", -1, EVENT("ADDED", "a", "8") "nonsense\n" },
        { "limit=", 200, LIST("9", "", "[" ITEM("a") "]") },
        { "resourceVersion=9&", -1, EVENT("ADDED", "b", "10") },
    };

    play(steps, ARRAY_LENGTH(steps), false, ". +a !ProtocolError L:a . * +b ");
}

TEST("gives up a refusal that does not end") {
    CLEANUP_FREE char *long_text = xcalloc(1, 100001);
    memset(long_text, 'x', 100000);
    const struct step steps[] = {
        { "limit=", 200, LIST("7", "", "null") },
        { "resourceVersion=7&", 500, long_text },
        { "limit=", 200, LIST("8", "", "null") },
        { "resourceVersion=8&", -1, EVENT("ADDED", "a", "9") },
    };

    play(steps, ARRAY_LENGTH(steps), false, ". !ProtocolError . * +a ");
}

/* ---- stopping ---- */

static void serve_silence(void *context, struct fake_connection *connection, int index) {
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };

    while (fake_read(connection, &request))
        __atomic_add_fetch((int *)context, 1, __ATOMIC_SEQ_CST);
}

TEST("stops in the middle of a request, and tells nothing afterwards") {
    struct diary diary = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    CLEANUP(test_identity_clear) struct test_identity authority = test_identity_make("a", NULL, DAY_SECONDS);
    CLEANUP(test_identity_clear)
    struct test_identity identity = test_identity_make("127.0.0.1", &authority, DAY_SECONDS);
    int requests = 0;
    struct fake_server *server = fake_server_new(&identity, serve_silence, &requests);
    char url[] = "https://127.0.0.1", host[] = "127.0.0.1", prefix[] = "";
    struct kubeconfig config = { .server = url,
                                 .host = host,
                                 .port = fake_server_port(server),
                                 .path_prefix = prefix,
                                 .ca_pem = authority.certificate_pem };
    struct kube *kube = kube_client_new(&config, NULL, NULL);
    const struct kube_watch watch = { .resource = &KUBE_PODS,
                                      .watcher = { &diary, on_event, on_listed, on_failed, on_recovered } };
    int first = kube->watch(kube, &watch);

    (void)kube->watch(kube, &watch);
    while (__atomic_load_n(&requests, __ATOMIC_SEQ_CST) < 2)
        sched_yield();
    kube->stop_watch(kube, first);
    kube->stop_watch(kube, first);
    kube_client_free(kube);
    fake_server_free(server);
    assert_int_equal(diary.told.length, 0);
    buffer_clear(&diary.told);
}
