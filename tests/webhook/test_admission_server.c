#include "certificate_world.h"
#include "fake_judge.h"
#include "test.h"
#include "tls_client.h"

#include "base/clock.h"
#include "webhook/admission_request.h"
#include "webhook/admission_server.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#define REVIEW                                                                                               \
    "{\"apiVersion\":\"admission.k8s.io/"                                                                    \
    "v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u-1\",\"name\":\"x\","                         \
    "\"kind\":{\"group\":\"neo4j.neo4j.com\",\"version\":\"v1alpha1\",\"kind\":\"Neo4jThing\"},"             \
    "\"operation\":\"CREATE\",\"object\":{\"metadata\":{},\"spec\":{\"size\":1}}}}"

struct world {
    struct admission_server *server;
    struct certificate_secret held;
    uint16_t port;
};

static void serve(struct world *world) {
    struct error err = { 0 };

    if (!admission_server_serve(world->server, &world->held.serving, 1, &err))
        fail_msg("%s", err.text);
}

static void world_begin(struct world *world, int request_ms, int idle_ms) {
    struct error err = { 0 };

    signal(SIGPIPE, SIG_IGN); /* servers that cut us off hang up while we write */
    *world = (struct world){ 0 };
    carry_out_at(&world->held, ROTATION_CREATE, time(NULL));
    world->server = admission_server_start(&(struct admission_server_options){ .address = "127.0.0.1:0",
                                                                               .admission = fake_options(),
                                                                               .request_ms_max = request_ms,
                                                                               .idle_ms_max = idle_ms,
                                                                               .stop_ms_max = 1500 },
                                           &err);
    if (!world->server)
        fail_msg("%s", err.text);
    world->port = admission_server_port(world->server);
    serve(world);
}

static void world_clear(struct world *world) {
    admission_server_free(world->server);
    certificate_secret_clear(&world->held);
}
#define WORLD(name, request_ms, idle_ms)                                                                     \
    CLEANUP(world_clear) struct world name;                                                                  \
    world_begin(&name, request_ms, idle_ms)

static void connect_to(struct tls_client *client, const struct world *world) {
    if (!tls_client_connect(client, world->port, &world->held.authorities[0]))
        fail_msg("no connection");
}

static void add_request(struct buffer *out, const char *path, const char *body) {
    buffer_printf(out,
                  "POST %s HTTP/1.1\r\nHost: hook.ns.svc\r\nContent-Type: "
                  "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                  path, strlen(body), body);
}

/* 200 when all is well. */
static int ask(struct tls_client *client, struct buffer *answer) {
    CLEANUP_BUFFER struct buffer request = { 0 };

    add_request(&request, "/validate-neo4j-neo4j-com-v1alpha1?timeout=5s", REVIEW);
    return tls_client_send(client, request.data, request.length) ? tls_client_receive(client, answer) : 0;
}

static struct admission_server_counts counts_of(const struct world *world) {
    struct admission_server_counts counts;

    admission_server_count(world->server, &counts);
    return counts;
}

static int64_t now_ms(void) {
    return clock_monotonic(&clock_system) / NANOSECONDS_PER_MS;
}

static void wait_ms(int ms) {
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L }, NULL);
}

TEST("reviews are answered over one connection, one after the other") {
    WORLD(world, 0, 0);
    CLEANUP(tls_client_close) struct tls_client client;
    CLEANUP_BUFFER struct buffer answer = { 0 };

    connect_to(&client, &world);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ask(&client, &answer), 200);
        assert_non_null(strstr(answer.data, "\"uid\":\"u-1\",\"allowed\":true"));
        assert_non_null(strstr(answer.data, "Content-Type: application/json"));
    }
    struct admission_server_counts counts = counts_of(&world);
    assert_int_equal(counts.reviews[REVIEW_CREATE][true], 20);
    assert_int_equal(counts.connections, 1);
    uint64_t durations = 0;
    for (size_t i = 0; i <= ADMISSION_BUCKETS; i++)
        durations += counts.durations[i];
    assert_int_equal(durations, 20);
}

TEST("paths name the task, with a kind behind them or none") {
    static const struct {
        const char *path;
        int task; /* -1: none */
    } rows[] = {
        { "/validate-neo4j-neo4j-com-v1alpha1", ADMISSION_VALIDATE },
        { "/mutate-neo4j-neo4j-com-v1alpha1", ADMISSION_MUTATE },
        { "/validate-neo4j-neo4j-com-v1alpha1-neo4jenterprisecluster", ADMISSION_VALIDATE },
        { "/mutate-neo4j-neo4j-com-v1alpha1-neo4jbackup", ADMISSION_MUTATE },
        { "/validate-neo4j-neo4j-com-v1alpha1-", -1 },
        { "/validate-neo4j-neo4j-com-v1alpha1/", -1 },
        { "/validate-neo4j-neo4j-com-v1alpha12", -1 },
        { "/validate-neo4j-neo4j-com-v1alpha1-a-b", -1 },
        { "/", -1 },
        { "", -1 },
        { NULL, -1 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        enum admission_task task;
        struct error err = { 0 };
        if ((admission_path_task(rows[i].path, &task, &err) ? (int)task : -1) != rows[i].task)
            fail_msg("%s", rows[i].path);
    }
}

#define START "POST /validate-neo4j-neo4j-com-v1alpha1 HTTP/1.1\r\n"
#define HOST  "Host: a\r\n"
#define JSON  "Content-Type: application/json\r\n"

TEST("requests that are none of ours are refused in words") {
    static const struct {
        const char *when, *request;
        int status;
        const char *words;
    } rows[] = {
        { "another path", "POST / HTTP/1.1\r\n" HOST JSON "Content-Length: 2\r\n\r\n{}", 404,
          "there are only /validate" },
        { "another method", "GET /validate-neo4j-neo4j-com-v1alpha1 HTTP/1.1\r\n" HOST "\r\n", 405,
          "only POST" },
        { "another type", START HOST "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415,
          "application/json" },
        { "no type", START HOST "Content-Length: 2\r\n\r\n{}", 415, "application/json" },
        { "a type with a parameter",
          START HOST "Content-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}", 400,
          "no AdmissionReview" },
        { "no JSON", START HOST JSON "Content-Length: 1\r\n\r\n{", 400, "the body is no JSON" },
        { "no body", START HOST JSON "Content-Length: 0\r\n\r\n", 400, "the body is no JSON" },
        { "no Host", START JSON "Content-Length: 2\r\n\r\n{}", 400, "one Host" },
        { "two Hosts", START HOST HOST JSON "Content-Length: 2\r\n\r\n{}", 400, "one Host" },
        { "two Content-Lengths", START HOST JSON "Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}{}", 400,
          "one Content-Length" },
        { "a length and an encoding",
          START HOST JSON "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400,
          "" },
        { "chunks", START HOST JSON "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400,
          "no AdmissionReview" },
        { "a negative length", START HOST JSON "Content-Length: -1\r\n\r\n", 400, "" },
        { "a body that is announced too large", START HOST JSON "Content-Length: 4000000\r\n\r\n", 413, "" },
        { "no HTTP", "hello\r\n\r\n", 0, "" },
    };
    WORLD(world, 0, 0);

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP(tls_client_close) struct tls_client client;
        CLEANUP_BUFFER struct buffer answer = { 0 };
        connect_to(&client, &world);
        assert_true(tls_client_send(&client, rows[i].request, strlen(rows[i].request)));
        int status = tls_client_receive(&client, &answer);
        if (status != rows[i].status && !(rows[i].status == 0 && status == 400))
            fail_msg("%s: %d: %s", rows[i].when, status, buffer_string(&answer));
        if (!strstr(buffer_string(&answer), rows[i].words))
            fail_msg("%s: %s", rows[i].when, buffer_string(&answer));
        if (!tls_client_is_closed(&client))
            fail_msg("%s: the connection goes on", rows[i].when);
    }
}

TEST("the largest body is taken, and one byte more is not; nor are endless headers") {
    WORLD(world, 0, 0);
    CLEANUP_BUFFER struct buffer body = { 0 }, request = { 0 }, answer = { 0 };
    CLEANUP(tls_client_close) struct tls_client client, other, third;

    buffer_add_string(&body, REVIEW);
    while (body.length < ADMISSION_BODY_BYTES_MAX)
        buffer_add_char(&body, ' ');
    add_request(&request, "/validate-neo4j-neo4j-com-v1alpha1", body.data);
    connect_to(&client, &world);
    assert_true(tls_client_send(&client, request.data, request.length));
    assert_int_equal(tls_client_receive(&client, &answer), 200);

    buffer_add_char(&body, ' ');
    buffer_reset(&request);
    add_request(&request, "/validate-neo4j-neo4j-com-v1alpha1", body.data);
    connect_to(&other, &world);
    (void)tls_client_send(&other, request.data, request.length);
    assert_int_not_equal(tls_client_receive(&other, &answer), 200);

    buffer_reset(&request);
    buffer_add_string(&request, START HOST JSON "X: ");
    for (int i = 0; i < ADMISSION_HEADER_BYTES_MAX; i++)
        buffer_add_char(&request, 'x');
    buffer_add_string(&request, "\r\nContent-Length: 2\r\n\r\n{}");
    connect_to(&third, &world);
    (void)tls_client_send(&third, request.data, request.length);
    assert_int_not_equal(tls_client_receive(&third, &answer), 200);
}

TEST("who is slow is cut off, whether before, in, or between the bytes of a request") {
    WORLD(world, 400, 60000);
    CLEANUP(tls_client_close) struct tls_client silent, half, dripping;
    int64_t began_ms = now_ms();
    int plain = connect_plainly(world.port);
    char byte;

    connect_to(&silent, &world);
    connect_to(&half, &world);
    connect_to(&dripping, &world);
    assert_true(tls_client_send(&half, START HOST, strlen(START HOST)));
    for (int i = 0; i < 8; i++, wait_ms(100))
        (void)tls_client_send(&dripping, "P", 1);
    assert_true(read(plain, &byte, 1) <= 0); /* no handshake */
    assert_true(tls_client_is_closed(&silent));
    assert_true(tls_client_is_closed(&half));
    assert_true(tls_client_is_closed(&dripping));
    assert_in_range(now_ms() - began_ms, 390, 5000);
    assert_int_equal(counts_of(&world).cut_off, 4);
    close(plain);
}

TEST("what has come of the next request behind one that was answered has the time of a request") {
    WORLD(world, 300, 20000);
    CLEANUP(tls_client_close) struct tls_client client;
    CLEANUP_BUFFER struct buffer request = { 0 }, answer = { 0 };
    int64_t began_ms = now_ms();

    add_request(&request, "/validate-neo4j-neo4j-com-v1alpha1", REVIEW);
    buffer_add_string(&request, "POST /validate-neo4j");
    connect_to(&client, &world);
    assert_true(tls_client_send(&client, request.data, request.length));
    assert_int_equal(tls_client_receive(&client, &answer), 200);
    assert_true(tls_client_is_closed(&client));
    assert_true(now_ms() - began_ms < 10000);
    assert_int_equal(counts_of(&world).cut_off, 1);
}

/* A review whose refusal is as long as itself: about a megabyte. */
static void add_long_request(struct buffer *out) {
    CLEANUP_BUFFER struct buffer body = { 0 };

    buffer_add(&body, REVIEW, strlen(REVIEW) - strlen("}}}}"));
    buffer_add_string(&body, ",\"bad\":[");
    for (int i = 0; i < 64; i++)
        buffer_printf(&body, "%s\"%0*d\"", i ? "," : "", 16000, 0);
    buffer_add_string(&body, "]}}}}");
    add_request(out, "/validate-neo4j-neo4j-com-v1alpha1", body.data);
}

/* Waits until the server has no connection; false after ten seconds. */
static bool is_alone(const struct world *world) {
    int64_t began_ms = now_ms();

    while (counts_of(world).connections_now && now_ms() - began_ms < 10000)
        wait_ms(10);
    return !counts_of(world).connections_now;
}

TEST("who sends requests and never reads an answer is cut off") {
    WORLD(world, 500, 20000);
    CLEANUP(tls_client_close) struct tls_client client;
    CLEANUP_BUFFER struct buffer request = { 0 };

    add_long_request(&request);
    connect_to(&client, &world);
    for (int i = 0; i < 20 && tls_client_send(&client, request.data, request.length); i++)
        ;
    assert_true(is_alone(&world));
    assert_int_equal(counts_of(&world).cut_off, 1);
    assert_true(counts_of(&world).reviews[REVIEW_CREATE][false] > 0);
}

TEST("an idle connection outlives the time for a request, and ends at its own") {
    WORLD(world, 300, 1000);
    CLEANUP(tls_client_close) struct tls_client client;
    CLEANUP_BUFFER struct buffer answer = { 0 };

    connect_to(&client, &world);
    assert_int_equal(ask(&client, &answer), 200);
    wait_ms(600);
    assert_int_equal(ask(&client, &answer), 200);
    int64_t began_ms = now_ms();
    assert_true(tls_client_is_closed(&client));
    assert_in_range(now_ms() - began_ms, 900, 5000);
}

TEST("when there are too many connections, those that were quiet for longest give way") {
    WORLD(world, 0, 0);
    CLEANUP(tls_client_close) struct tls_client client;
    CLEANUP_BUFFER struct buffer answer = { 0 };
    int plain[ADMISSION_CONNECTIONS_MAX + 44];
    int ended = 0;

    connect_to(&client, &world);
    for (size_t i = 0; i < ARRAY_LENGTH(plain); i++) {
        plain[i] = connect_plainly(world.port);
        assert_true(plain[i] >= 0);
        if (i % 16 == 0) /* one that is used stays */
            assert_int_equal(ask(&client, &answer), 200);
    }
    assert_int_equal(ask(&client, &answer), 200);
    for (size_t i = 0; i < ARRAY_LENGTH(plain); i++) {
        char byte;
        ended += recv(plain[i], &byte, 1, MSG_DONTWAIT) == 0;
        close(plain[i]);
    }
    assert_int_equal(ended, 45);
    assert_int_equal(counts_of(&world).cut_off, 45);
}

TEST("when too much is being received at once, who has sent most gives way") {
    enum { SENDERS = 14, BYTES = 3000000 };
    WORLD(world, 0, 0);
    struct tls_client senders[SENDERS];
    CLEANUP(tls_client_close) struct tls_client client;
    CLEANUP_BUFFER struct buffer part = { 0 }, answer = { 0 };

    buffer_printf(&part, START HOST JSON "Content-Length: %d\r\n\r\n", BYTES + 1000);
    for (int i = 0; i < BYTES; i++)
        buffer_add_char(&part, ' ');
    for (int i = 0; i < SENDERS; i++) {
        connect_to(&senders[i], &world);
        (void)tls_client_send(&senders[i], part.data, part.length);
    }
    /* Much of it waits in the system's buffers at first. */
    for (int i = 0; i < 1000 && !counts_of(&world).cut_off; i++)
        wait_ms(10);
    connect_to(&client, &world);
    assert_int_equal(ask(&client, &answer), 200);
    assert_in_range(counts_of(&world).cut_off, 1, SENDERS - 1);
    for (int i = 0; i < SENDERS; i++)
        tls_client_close(&senders[i]);
}

TEST("without a certificate a handshake fails, and the server lives on") {
    struct error err = { 0 };
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 };
    CLEANUP_POINTER(admission_server_free)
    struct admission_server *server = admission_server_start(
        &(struct admission_server_options){ .address = "127.0.0.1:0", .admission = fake_options() }, &err);
    struct tls_client client;

    assert_non_null(server);
    assert_false(tls_client_connect(&client, admission_server_port(server), NULL));
    carry_out_at(&held, ROTATION_CREATE, time(NULL));
    assert_true(admission_server_serve(server, &held.serving, 1, &err));
    assert_true(tls_client_connect(&client, admission_server_port(server), &held.authorities[0]));
    assert_true(SSL_version(client.ssl) >= TLS1_2_VERSION);
    tls_client_close(&client);
}

/* ---- under traffic ---- */

struct traffic {
    const struct world *world;
    atomic_bool *is_over;
    const struct certificate *authority;
    bool keeps_alive;
    int asked, lost;
    pthread_t thread;
};

enum { ASKED_MIN = 10 };

static void *drive(void *context) {
    struct traffic *traffic = context;
    struct tls_client client = { .socket = -1 };
    CLEANUP_BUFFER struct buffer answer = { 0 };

    /* On a busy machine the end comes before much has been asked. */
    while (!atomic_load(traffic->is_over) || traffic->asked <= ASKED_MIN) {
        bool is_connected =
            client.socket >= 0 || tls_client_connect(&client, traffic->world->port, traffic->authority);
        traffic->asked++;
        if (!is_connected || ask(&client, &answer) != 200)
            traffic->lost++;
        if (is_connected && !traffic->keeps_alive)
            tls_client_close(&client);
    }
    tls_client_close(&client);
    return NULL;
}

TEST("certificates change under traffic, and no request is lost") {
    enum { DRIVERS = 4, SWAPS = 60 };
    WORLD(world, 0, 0);
    struct traffic traffic[DRIVERS];
    atomic_bool is_over = false;
    CLEANUP(tls_client_close) struct tls_client old, new;
    CLEANUP_BUFFER struct buffer answer = { 0 };

    connect_to(&old, &world);
    for (int i = 0; i < DRIVERS; i++) {
        traffic[i] = (struct traffic){ .world = &world,
                                       .is_over = &is_over,
                                       .authority = &world.held.authorities[0],
                                       .keeps_alive = i % 2 };
        pthread_create(&traffic[i].thread, NULL, drive, &traffic[i]);
    }
    for (int i = 0; i < SWAPS; i++) {
        carry_out_at(&world.held, ROTATION_RENEW, time(NULL));
        serve(&world);
        wait_ms(10);
    }
    atomic_store(&is_over, true);
    for (int i = 0; i < DRIVERS; i++) {
        pthread_join(traffic[i].thread, NULL);
        assert_true(traffic[i].asked > ASKED_MIN);
        assert_int_equal(traffic[i].lost, 0);
    }
    assert_int_equal(ask(&old, &answer), 200);
    connect_to(&new, &world);
    X509 *shown = SSL_get1_peer_certificate(new.ssl);
    assert_int_equal(X509_cmp(shown, world.held.serving.x509), 0);
    X509_free(shown);
}

static void *stop(void *context) {
    struct world *world = context;

    admission_server_free(TAKE(world->server));
    return NULL;
}

TEST("a stop answers what is under way, takes nothing new, and ends in time") {
    WORLD(world, 0, 0);
    CLEANUP(tls_client_close) struct tls_client half, idle, silent;
    CLEANUP_BUFFER struct buffer request = { 0 }, answer = { 0 };
    pthread_t stopper;

    add_request(&request, "/validate-neo4j-neo4j-com-v1alpha1", REVIEW);
    connect_to(&idle, &world);
    assert_int_equal(ask(&idle, &answer), 200);
    connect_to(&silent, &world);
    connect_to(&half, &world);
    assert_true(tls_client_send(&half, request.data, request.length / 2));
    wait_ms(100);
    int64_t began_ms = now_ms();
    pthread_create(&stopper, NULL, stop, &world);
    wait_ms(200);
    assert_int_equal(connect_plainly(world.port), -1);
    assert_int_equal(ask(&idle, &answer), 200); /* it was sent before the end was seen */
    assert_non_null(strstr(answer.data, "Connection: close"));
    assert_true(
        tls_client_send(&half, request.data + request.length / 2, request.length - request.length / 2));
    assert_int_equal(tls_client_receive(&half, &answer), 200);
    assert_true(tls_client_is_closed(&half));
    assert_true(tls_client_is_closed(&silent));
    pthread_join(stopper, NULL);
    assert_in_range(now_ms() - began_ms, 0, 3000);
}

TEST("a stop does not wait for ever for a request that never ends") {
    WORLD(world, 0, 0);
    CLEANUP(tls_client_close) struct tls_client half;
    int64_t began_ms;

    connect_to(&half, &world);
    assert_true(tls_client_send(&half, START, strlen(START)));
    wait_ms(50);
    began_ms = now_ms();
    admission_server_free(TAKE(world.server));
    assert_in_range(now_ms() - began_ms, 1000, 4000);
}
