/* The client against a server that misbehaves in every way that is known. */
#include "kube/fake_server.h"
#include "test.h"

#include "base/encoding.h"
#include "base/file.h"
#include "kube/client.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

enum { DAY_SECONDS = 86400, PATIENCE_MS = 5000 };

/* ---- the two ends ---- */

struct ends {
    struct test_identity authority;
    struct test_identity identity;
    struct fake_server *server;
    struct kube *kube;
    struct arena *arena;
};

static struct kube *client_to(int port, const char *ca_pem, const char *user_fields,
                              const struct kube_client_options *options) {
    CLEANUP_BUFFER struct buffer encoded = { 0 };
    struct error err = { 0 };

    base64_encode(&encoded, ca_pem, strlen(ca_pem));
    CLEANUP_FREE char *text = xprintf("clusters: [{name: c, cluster: {server: 'https://127.0.0.1:%d', "
                                      "certificate-authority-data: %s}}]\n"
                                      "users: [{name: u, user: {%s}}]\n"
                                      "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
                                      "current-context: x\n",
                                      port, buffer_string(&encoded), user_fields);
    CLEANUP_POINTER(kubeconfig_free)
    struct kubeconfig *config = kubeconfig_parse(text_from(text), "/", NULL, &err);
    struct kube *kube = config ? kube_client_new(config, options, &err) : NULL;
    if (!kube)
        fail_msg("%s", err.text);
    return kube;
}

static void ends_begin(struct ends *ends, fake_serve_fn *serve, void *context,
                       const struct kube_client_options *options) {
    ends->arena = arena_new();
    ends->authority = test_identity_make("authority", NULL, DAY_SECONDS);
    ends->identity = test_identity_make("127.0.0.1", &ends->authority, DAY_SECONDS);
    ends->server = fake_server_new(&ends->identity, serve, context);
    ends->kube =
        client_to(fake_server_port(ends->server), ends->authority.certificate_pem, "token: secret", options);
}

static void ends_clear(struct ends *ends) {
    kube_client_free(ends->kube);
    fake_server_free(ends->server);
    test_identity_clear(&ends->identity);
    test_identity_clear(&ends->authority);
    arena_free(ends->arena);
}
#define ENDS(name, serve, context, options)                                                                  \
    CLEANUP(ends_clear) struct ends name = { 0 };                                                            \
    ends_begin(&name, serve, context, options)

static bool get(struct ends *ends, int timeout_ms, struct json **out_object, struct error *err) {
    const struct kube_call call = {
        .verb = KUBE_GET, .resource = &KUBE_PODS, .namespace = "n", .name = "p", .timeout_ms = timeout_ms
    };

    return ends->kube->call(ends->kube, &call, ends->arena, out_object, err);
}

static bool create(struct ends *ends, int timeout_ms, struct error *err) {
    struct json *object = json_new_object(ends->arena);
    const struct kube_call call = { .verb = KUBE_CREATE,
                                    .resource = &KUBE_PODS,
                                    .namespace = "n",
                                    .body = object,
                                    .timeout_ms = timeout_ms };

    json_set_string(ends->arena, json_set_object(ends->arena, object, "metadata"), "name", "p");
    return ends->kube->call(ends->kube, &call, ends->arena, NULL, err);
}

/* ---- faults ---- */

struct fault {
    const char *name;
    const char *answer; /* NULL: none */
    enum { THEN_CLOSE, THEN_RESET, THEN_SILENCE } then;
    enum error_kind kind;
    const char *text;
};

static void serve_fault(void *context, struct fake_connection *connection, int index) {
    const struct fault *fault = context;
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };

    if (!fake_read(connection, &request))
        return;
    if (fault->answer)
        fake_write(connection, fault->answer);
    if (fault->then == THEN_RESET)
        fake_reset(connection);
    if (fault->then == THEN_SILENCE)
        (void)fake_read(connection, &request); /* until the client gives up */
}

TEST("tells each way in which an answer can fail, and that a write may have taken effect") {
    static const struct fault rows[] = {
        { "no answer", NULL, THEN_CLOSE, ERROR_UNAVAILABLE, "closed without an answer" },
        { "reset", NULL, THEN_RESET, ERROR_UNAVAILABLE, "127.0.0.1" },
        { "half a header", "HTTP/1.1 200 OK\r\nContent-Le", THEN_CLOSE, ERROR_UNAVAILABLE, "in the middle" },
        { "half a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", THEN_CLOSE, ERROR_UNAVAILABLE,
          "in the middle" },
        { "half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}", THEN_CLOSE,
          ERROR_UNAVAILABLE, "in the middle" },
        { "no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", THEN_CLOSE,
          ERROR_UNAVAILABLE, "in the middle" },
        { "a body without a length", "HTTP/1.1 200 OK\r\n\r\n{}", THEN_CLOSE, ERROR_PROTOCOL,
          "without a length" },
        { "another protocol", "220 smtp ready\r\n", THEN_SILENCE, ERROR_PROTOCOL, "no HTTP" },
        { "no JSON", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<html", THEN_SILENCE, ERROR_PROTOCOL, "" },
        { "silence", NULL, THEN_SILENCE, ERROR_TIMEOUT, "did not answer within" },
        { "silence in the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", THEN_SILENCE,
          ERROR_TIMEOUT, "did not answer within" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct fault fault = rows[i];
        int timeout_ms = fault.kind == ERROR_TIMEOUT ? 100 : PATIENCE_MS;
        ENDS(ends, serve_fault, &fault, NULL);
        struct json *object = NULL;
        struct error err = { 0 };

        if (get(&ends, timeout_ms, &object, &err))
            fail_msg("%s: succeeded", fault.name);
        if (err.kind != fault.kind || !strstr(err.text, fault.text) || err.outcome_unknown)
            fail_msg("%s: %s: %s", fault.name, error_reason(err.kind), err.text);
        err = (struct error){ 0 };
        if (str_equal(fault.name, "no JSON"))
            continue; /* a create whose answer nobody reads succeeds by its status */
        if (create(&ends, timeout_ms, &err) || !err.outcome_unknown)
            fail_msg("%s: a write's outcome must be unknown", fault.name);
    }
}

static void serve_nothing(void *context, struct fake_connection *connection, int index) {
}

TEST("refuses servers that can't prove who they are, and did nothing then") {
    CLEANUP(test_identity_clear) struct test_identity trusted = test_identity_make("a", NULL, DAY_SECONDS);
    CLEANUP(test_identity_clear) struct test_identity other = test_identity_make("a", NULL, DAY_SECONDS);
    static const struct {
        const char *name;
        const char *subject;
        int valid_seconds;
        bool is_trusted;
        const char *text;
    } rows[] = {
        { "wrong address", "127.0.0.2", DAY_SECONDS, true, "certificate is not for 127.0.0.1" },
        { "a name instead of the address", "localhost", DAY_SECONDS, true,
          "certificate is not for 127.0.0.1" },
        { "expired", "127.0.0.1", -1, true, "expired" },
        { "unknown authority", "127.0.0.1", DAY_SECONDS, false, "certificate is refused" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP(test_identity_clear)
        struct test_identity identity = test_identity_make(
            rows[i].subject, rows[i].is_trusted ? &trusted : &other, rows[i].valid_seconds);
        struct fake_server *server = fake_server_new(&identity, serve_nothing, NULL);
        struct ends ends = { .kube = client_to(fake_server_port(server), trusted.certificate_pem, "", NULL),
                             .arena = arena_new() };
        struct error err = { 0 };
        bool created = create(&ends, PATIENCE_MS, &err);

        kube_client_free(ends.kube);
        fake_server_free(server);
        arena_free(ends.arena);
        if (created || err.kind != ERROR_UNAVAILABLE || err.outcome_unknown ||
            !strstr(err.text, rows[i].text))
            fail_msg("%s: %s", rows[i].name, err.text);
    }
}

TEST("says that nothing listens, and that nothing was done") {
    struct error err = { 0 };

    ENDS(ends, serve_nothing, NULL, NULL);
    kube_client_free(TAKE(ends.kube));
    int port = fake_server_port(ends.server);
    fake_server_free(TAKE(ends.server));
    ends.kube = client_to(port, ends.authority.certificate_pem, "", NULL);
    assert_false(create(&ends, PATIENCE_MS, &err));
    assert_int_equal(err.kind, ERROR_UNAVAILABLE);
    assert_false(err.outcome_unknown);
    assert_non_null(strstr(err.text, "Connection refused"));
}

/* ---- connections that are used again ---- */

static void serve_well(void *context, struct fake_connection *connection, int index) {
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };

    while (fake_read(connection, &request))
        fake_answer(connection, 200, "", "{\"kind\":\"Pod\"}");
}

TEST("uses a connection again") {
    ENDS(ends, serve_well, NULL, NULL);
    struct kube_client_counts counts;
    struct json *object = NULL;
    struct error err = { 0 };

    for (int i = 0; i < 5; i++)
        assert_true(get(&ends, PATIENCE_MS, &object, &err));
    assert_true(create(&ends, PATIENCE_MS, &err));
    assert_int_equal(fake_server_connections(ends.server), 1);
    kube_client_count(ends.kube, &counts);
    assert_int_equal(counts.requests[KUBE_GET], 5);
    assert_int_equal(counts.requests[KUBE_CREATE], 1);
    assert_int_equal(counts.connections, 1);
    assert_int_equal(counts.failures, 0);
}

TEST("speaks without TLS on loopback, as kubectl proxy does") {
    struct fake_server *server = fake_server_new(NULL, serve_well, NULL);
    CLEANUP_FREE char *text = xprintf("clusters: [{name: c, cluster: {server: 'http://localhost:%d'}}]\n"
                                      "contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x\n",
                                      fake_server_port(server));
    CLEANUP_POINTER(kubeconfig_free)
    struct kubeconfig *config = kubeconfig_parse(text_from(text), "/", NULL, NULL);
    struct ends ends = { .kube = kube_client_new(config, NULL, NULL), .arena = arena_new() };
    struct json *object = NULL;
    struct error err = { 0 };

    assert_true(get(&ends, PATIENCE_MS, &object, &err));
    assert_true(get(&ends, PATIENCE_MS, &object, &err));
    assert_int_equal(fake_server_connections(server), 1);
    kube_client_free(ends.kube);
    fake_server_free(server);
    ends.kube = kube_client_new(config, NULL, NULL);
    assert_false(get(&ends, PATIENCE_MS, &object, &err));
    assert_non_null(strstr(err.text, "Connection refused"));
    kube_client_free(ends.kube);
    arena_free(ends.arena);
}

/* Answers one request, reads the next, and hangs up. */
static void serve_once(void *context, struct fake_connection *connection, int index) {
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };

    if (fake_read(connection, &request)) {
        fake_answer(connection, 200, "", "{}");
        (void)fake_read(connection, &request);
    }
}

TEST("repeats a read once when a used connection died under it, but no create") {
    ENDS(ends, serve_once, NULL, NULL);
    struct json *object = NULL;
    struct error err = { 0 };

    assert_true(get(&ends, PATIENCE_MS, &object, &err));
    assert_true(get(&ends, PATIENCE_MS, &object, &err));
    assert_int_equal(fake_server_connections(ends.server), 2);
    assert_false(create(&ends, PATIENCE_MS, &err));
    assert_int_equal(err.kind, ERROR_UNAVAILABLE);
    assert_true(err.outcome_unknown);
    assert_int_equal(fake_server_connections(ends.server), 2);
}

static void serve_and_close(void *context, struct fake_connection *connection, int index) {
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };

    if (fake_read(connection, &request))
        fake_answer(connection, 200, "Connection: close\r\n", "{}");
}

TEST("opens a new connection when the server wants the old one closed") {
    ENDS(ends, serve_and_close, NULL, NULL);
    struct error err = { 0 };

    for (int i = 0; i < 3; i++)
        assert_true(create(&ends, PATIENCE_MS, &err));
    assert_int_equal(fake_server_connections(ends.server), 3);
}

struct handshakes {
    int whole;   /* atomic */
    int resumed; /* atomic */
};

static void serve_and_count(void *context, struct fake_connection *connection, int index) {
    struct handshakes *handshakes = context;

    __atomic_add_fetch(fake_is_resumed(connection) ? &handshakes->resumed : &handshakes->whole, 1,
                       __ATOMIC_SEQ_CST);
    serve_and_close(NULL, connection, index);
}

TEST("goes on with the TLS session of an earlier connection, but not with another credential's") {
    struct handshakes handshakes = { 0 };
    ENDS(ends, serve_and_count, &handshakes, NULL);
    struct error err = { 0 };

    for (int i = 0; i < 3; i++)
        assert_true(create(&ends, PATIENCE_MS, &err));
    assert_int_equal(__atomic_load_n(&handshakes.whole, __ATOMIC_SEQ_CST), 1);
    assert_int_equal(__atomic_load_n(&handshakes.resumed, __ATOMIC_SEQ_CST), 2);

    kube_client_free(ends.kube);
    ends.kube =
        client_to(fake_server_port(ends.server), ends.authority.certificate_pem, "token: other", NULL);
    assert_true(create(&ends, PATIENCE_MS, &err));
    assert_int_equal(__atomic_load_n(&handshakes.whole, __ATOMIC_SEQ_CST), 2);
}

/* Answers a few requests, then hangs up: after an answer, or on having read one more request. */
static void serve_a_few(void *context, struct fake_connection *connection, int index) {
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };

    for (int left = 1 + index * 7 % 23; left > 0; left--) {
        if (!fake_read(connection, &request))
            return;
        fake_answer(connection, 200, "", "{\"kind\":\"Pod\"}");
    }
    if (index % 2)
        (void)fake_read(connection, &request);
    if (index % 4 == 3)
        fake_reset(connection);
}

enum { CALLERS = 8, CALLS = 250 };

struct steady_caller {
    struct kube *kube;
    int failed;
    char text[ERROR_TEXT_BYTES_MAX];
};

static void *call_steadily(void *context) {
    struct steady_caller *caller = context;

    for (int i = 0; i < CALLS; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct ends ends = { .kube = caller->kube, .arena = arena };
        struct json *object = NULL;
        struct error err = { 0 };
        if (get(&ends, PATIENCE_MS, &object, &err) && str_equal(json_string_at(object, "kind", ""), "Pod"))
            continue;
        caller->failed++;
        snprintf(caller->text, sizeof(caller->text), "%s", err.text);
    }
    return NULL;
}

TEST("loses no read to a server that hangs up all the time") {
    ENDS(ends, serve_a_few, NULL, NULL);
    struct steady_caller callers[CALLERS];
    pthread_t threads[CALLERS];

    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (struct steady_caller){ .kube = ends.kube };
        assert_int_equal(pthread_create(&threads[i], NULL, call_steadily, &callers[i]), 0);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
        if (callers[i].failed)
            fail_msg("%d of %d: %s", callers[i].failed, CALLS, callers[i].text);
    }
    assert_in_range(fake_server_connections(ends.server), CALLERS * CALLS / 24, 1000);
}

/* ---- limits ---- */

static void serve_forever(void *context, struct fake_connection *connection, int index) {
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };
    CLEANUP_FREE char *block = xcalloc(1, 1024 * 1024);

    memset(block, ' ', 1024 * 1024 - 1);
    if (!fake_read(connection, &request))
        return;
    fake_write(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (fake_chunk(connection, block))
        ;
}

TEST("gives an answer up that is larger than any list page can be") {
    ENDS(ends, serve_forever, NULL, NULL);
    struct json *object = NULL;
    struct error err = { 0 };

    assert_false(get(&ends, 60000, &object, &err));
    assert_int_equal(err.kind, ERROR_PROTOCOL);
    assert_non_null(strstr(err.text, "more than 67108864 bytes"));
}

struct caller {
    struct ends *ends;
    bool is_answered;
};

static void *call_once(void *context) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct caller *caller = context;
    struct ends ends = { .kube = caller->ends->kube, .arena = arena };

    caller->is_answered = create(&ends, PATIENCE_MS, NULL);
    return NULL;
}

TEST("makes calls wait for a connection when all are in use") {
    ENDS(ends, serve_well, NULL, &(struct kube_client_options){ .connections_max = 1 });
    struct caller callers[8];
    pthread_t threads[8];

    for (size_t i = 0; i < ARRAY_LENGTH(callers); i++) {
        callers[i] = (struct caller){ .ends = &ends };
        assert_int_equal(pthread_create(&threads[i], NULL, call_once, &callers[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(callers); i++) {
        pthread_join(threads[i], NULL);
        assert_true(callers[i].is_answered);
    }
    assert_int_equal(fake_server_connections(ends.server), 1);
}

/* ---- several calls at once ---- */

enum { TOGETHER = 3 };

/* Answers when all have asked: who asks one after the other waits until the deadline. "refused" is refused,
 * and "hasty" asked to come again once. */
struct meeting {
    pthread_barrier_t barrier;
    int hasty; /* atomic: requests for it */
};

static void serve_together(void *context, struct fake_connection *connection, int index) {
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };
    struct meeting *meeting = context;
    bool has_met = false;

    while (fake_read(connection, &request)) {
        if (!has_met)
            pthread_barrier_wait(&meeting->barrier);
        has_met = true;
        if (strstr(request.target, "/refused"))
            fake_answer(connection, 409, "",
                        "{\"kind\":\"Status\",\"code\":409,\"reason\":\"Conflict\",\"message\":\"no\"}");
        else if (strstr(request.target, "/hasty") &&
                 __atomic_add_fetch(&meeting->hasty, 1, __ATOMIC_SEQ_CST) == 1)
            fake_answer(connection, 429, "", "{}");
        else
            fake_answer(connection, 200, "", "{}");
    }
}

TEST("applies several objects side by side, and tells what became of each") {
    static const char *const names[TOGETHER] = { "refused", "hasty", "well" };
    struct meeting meeting = { 0 };
    const struct json *objects[TOGETHER];
    struct kube_outcome outcomes[TOGETHER];

    pthread_barrier_init(&meeting.barrier, NULL, TOGETHER);
    ENDS(ends, serve_together, &meeting, NULL);
    for (size_t i = 0; i < TOGETHER; i++) {
        struct json *object = json_new_object(ends.arena);
        kube_name_kind(ends.arena, object, &KUBE_PODS);
        struct json *metadata = json_set_object(ends.arena, object, "metadata");
        json_set_string(ends.arena, metadata, "namespace", "n");
        json_set_string(ends.arena, metadata, "name", names[i]);
        objects[i] = object;
    }
    kube_apply_all(ends.kube, ends.arena, "test", objects, TOGETHER, outcomes);
    assert_false(outcomes[0].is_done);
    assert_int_equal(outcomes[0].error.kind, ERROR_CONFLICT);
    assert_non_null(strstr(outcomes[0].error.text, "apply Pod n/refused"));
    assert_true(outcomes[1].is_done);
    assert_int_equal(__atomic_load_n(&meeting.hasty, __ATOMIC_SEQ_CST), 2);
    assert_true(outcomes[2].is_done);
    pthread_barrier_destroy(&meeting.barrier);
}

TEST("tells of each of several calls that nothing listens") {
    struct json *object;
    struct kube_outcome outcomes[2];

    ENDS(ends, serve_nothing, NULL, NULL);
    kube_client_free(TAKE(ends.kube));
    int port = fake_server_port(ends.server);
    fake_server_free(TAKE(ends.server));
    ends.kube = client_to(port, ends.authority.certificate_pem, "", NULL);
    object = json_new_object(ends.arena);
    kube_name_kind(ends.arena, object, &KUBE_PODS);
    json_set_string(ends.arena, json_set_object(ends.arena, object, "metadata"), "name", "p");
    json_set_string(ends.arena, json_get(object, "metadata"), "namespace", "n");
    kube_apply_all(ends.kube, ends.arena, "test", (const struct json *[]){ object, object }, 2, outcomes);
    for (size_t i = 0; i < ARRAY_LENGTH(outcomes); i++) {
        assert_false(outcomes[i].is_done);
        assert_int_equal(outcomes[i].error.kind, ERROR_UNAVAILABLE);
        assert_false(outcomes[i].error.outcome_unknown);
    }
}

/* ---- patience ---- */

static void serve_throttled(void *context, struct fake_connection *connection, int index) {
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };
    const char *retry_after = context;
    int count = 0;

    while (fake_read(connection, &request)) {
        if (count++)
            fake_answer(connection, 200, "", "{}");
        else
            fake_answer(connection, 429, retry_after,
                        "{\"kind\":\"Status\",\"code\":429,\"message\":\"busy\"}");
    }
}

TEST("waits out a 429 when there is time for it") {
    char retry_after[] = "Retry-After: 1\r\n";
    ENDS(ends, serve_throttled, retry_after, NULL);
    struct kube_client_counts counts;
    struct error err = { 0 };

    assert_true(create(&ends, PATIENCE_MS, &err));
    kube_client_count(ends.kube, &counts);
    assert_int_equal(counts.requests[KUBE_CREATE], 2);
    assert_int_equal(counts.throttled, 1);
}

TEST("gives a 429 back at once when it asks for more time than there is") {
    char retry_after[] = "Retry-After: 30\r\n";
    ENDS(ends, serve_throttled, retry_after, NULL);
    struct error err = { 0 };

    assert_false(create(&ends, PATIENCE_MS, &err));
    assert_int_equal(err.kind, ERROR_THROTTLED);
    assert_int_equal(err.retry_after_seconds, 30);
    assert_false(err.outcome_unknown);
    assert_non_null(strstr(err.text, "busy"));
}

/* ---- what is sent ---- */

static void serve_echo(void *context, struct fake_connection *connection, int index) {
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };
    struct buffer *seen = context;

    while (fake_read(connection, &request)) {
        buffer_printf(seen, "%s%s\n", request.head, buffer_string(&request.body));
        fake_answer(connection, 200, "", "{}");
    }
}

TEST("sends each verb as the API wants it") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *body = json_new_object(arena);
    static const struct kube_resource *const pods = &KUBE_PODS;
    const struct {
        struct kube_call call;
        const char *first_line;
        const char *header;
        const char *end;
    } rows[] = {
        { { .verb = KUBE_GET, .resource = pods, .namespace = "n", .name = "p", .metadata_only = true },
          "GET /api/v1/namespaces/n/pods/p HTTP/1.1",
          "Accept: application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
          "" },
        { { .verb = KUBE_LIST,
            .resource = pods,
            .label_selector = "a=b,c in (d)",
            .resource_version = "0",
            .continue_token = "x+/=",
            .limit = 7 },
          "GET "
          "/api/v1/"
          "pods?labelSelector=a%3Db%2Cc%20in%20%28d%29&continue=x%2B%2F%3D&limit=7&resourceVersion=0 ",
          "Accept: application/json",
          "" },
        { { .verb = KUBE_CREATE, .resource = pods, .namespace = "n", .body = body, .dry_run = true },
          "POST /api/v1/namespaces/n/pods?dryRun=All ",
          "Content-Type: application/json",
          "{}" },
        { { .verb = KUBE_UPDATE, .resource = &KUBE_NODES, .name = "m", .body = body, .field_manager = "me" },
          "PUT /api/v1/nodes/m?fieldManager=me ",
          "Content-Length: 2",
          "{}" },
        { { .verb = KUBE_APPLY,
            .resource = &KUBE_STATEFUL_SETS,
            .namespace = "n",
            .name = "s",
            .subresource = "status",
            .body = body,
            .field_manager = "me",
            .force = true },
          "PATCH /apis/apps/v1/namespaces/n/statefulsets/s/status?fieldManager=me&force=true ",
          "Content-Type: application/apply-patch+yaml",
          "{}" },
        { { .verb = KUBE_MERGE_PATCH, .resource = pods, .namespace = "n", .name = "p", .body = body },
          "PATCH /api/v1/namespaces/n/pods/p ",
          "Content-Type: application/merge-patch+json",
          "{}" },
        { { .verb = KUBE_DELETE,
            .resource = pods,
            .namespace = "n",
            .name = "p",
            .propagation = KUBE_FOREGROUND,
            .precondition_uid = "u",
            .precondition_resource_version = "7",
            .immediately = true },
          "DELETE /api/v1/namespaces/n/pods/p ",
          "Content-Length: ",
          "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"propagationPolicy\":\"Foreground\","
          "\"gracePeriodSeconds\":0,\"preconditions\":{\"uid\":\"u\",\"resourceVersion\":\"7\"}}" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer seen = { 0 };
        {
            ENDS(ends, serve_echo, &seen, NULL);
            struct error err = { 0 };
            if (!ends.kube->call(ends.kube, &rows[i].call, arena, NULL, &err))
                fail_msg("%s", err.text);
        }
        CLEANUP_FREE char *end = xprintf("\r\n\r\n%s\n", rows[i].end);
        if (!str_starts_with(buffer_string(&seen), rows[i].first_line) ||
            !strstr(buffer_string(&seen), rows[i].header) || !str_ends_with(buffer_string(&seen), end) ||
            !strstr(buffer_string(&seen), "\r\nAuthorization: Bearer secret\r\n") ||
            !strstr(buffer_string(&seen), "\r\nUser-Agent: neo4j-operator/"))
            fail_msg("%s: %s", rows[i].first_line, buffer_string(&seen));
    }
}

/* ---- tokens that rotate ---- */

static void serve_new_token(void *context, struct fake_connection *connection, int index) {
    CLEANUP(fake_request_clear) struct fake_request request = { 0 };

    while (fake_read(connection, &request)) {
        if (strstr(request.head, "Bearer new\r\n"))
            fake_answer(connection, 200, "", "{}");
        else
            fake_answer(connection, 401, "",
                        "{\"kind\":\"Status\",\"code\":401,\"message\":\"Unauthorized\"}");
    }
}

TEST("reads a token file again when its token is refused") {
    char path[] = "/tmp/neo4j-kube-token-XXXXXX";
    int fd = mkstemp(path);
    struct error err = { 0 };

    ENDS(ends, serve_new_token, NULL, NULL);
    assert_true(fd >= 0 && !close(fd));
    assert_true(file_write(path, TEXT("old\n"), 0600, &err));
    kube_client_free(ends.kube);
    CLEANUP_FREE char *user = xprintf("tokenFile: %s", path);
    ends.kube = client_to(fake_server_port(ends.server), ends.authority.certificate_pem, user, NULL);
    assert_false(create(&ends, PATIENCE_MS, &err));
    assert_int_equal(err.kind, ERROR_UNAUTHORIZED);
    assert_true(file_write(path, TEXT("new\n"), 0600, &err));
    assert_true(create(&ends, PATIENCE_MS, &err));
    assert_int_equal(unlink(path), 0);
}
