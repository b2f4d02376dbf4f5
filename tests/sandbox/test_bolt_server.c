#include "test.h"

#include "sim/neo4j/world.h"

#include "base/certificate.h"
#include "bolt/chunking.h"
#include "bolt/message.h"
#include "sandbox/bolt_server.h"
#include "sandbox/http_server.h"
#include "sim/neo4j/session.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BOLT_TEST_PORT = 17687, HTTP_TEST_PORT = 17474 };

/* An address of this process alone, so that tests that run beside one another never meet. */
static const char *test_address(void) {
    static char address[sizeof("127.255.255.255")];
    unsigned process = (unsigned)getpid();

    snprintf(address, sizeof(address), "127.%u.%u.%u", 16 + (process >> 16) % 32, (process >> 8) % 256,
             process % 254 + 1);
    return address;
}

/* One server with both fronts, on one thread: the loop turns whenever the client waits. */
struct fixture {
    struct clock clock; /* first: the server's clock is the world's */
    struct world *world;
    struct event_base *loop;
    struct bolt_server *bolt;
    struct http_server *http;
    struct buffer received;
    bool is_closed; /* by the server */
};

static int64_t world_time(const struct clock *clock) {
    const struct fixture *fixture = (const struct fixture *)(const void *)clock;

    return fixture->world->now_ns;
}

static void set_up(struct fixture *fixture) {
    *fixture = (struct fixture){ .clock = { world_time, world_time } };
    fixture->world = world_new(1);
    fixture->loop = event_base_new();
    world_prepare(fixture->world, "neo4j:5.26.0-enterprise", 1);
    world_start(fixture->world, 0);
    assert_true(world_run_until_open(fixture->world, 1, 5000));
    world_run(fixture->world, 1000);
    struct neo4j_process *process = fixture->world->servers[0].process;
    assert_true(bolt_server_new(fixture->loop, &fixture->clock, process, test_address(), BOLT_TEST_PORT,
                                &(struct bolt_server_options){ 0 }, &fixture->bolt, NULL));
    assert_true(http_server_new(fixture->loop, &fixture->clock, process, test_address(), HTTP_TEST_PORT,
                                false, &fixture->http, NULL));
}

static void tear_down(struct fixture *fixture) {
    bolt_server_free(fixture->bolt);
    http_server_free(fixture->http);
    event_base_free(fixture->loop);
    buffer_clear(&fixture->received);
    world_free(fixture->world);
}

static int connect_to(uint16_t port) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(inet_pton(AF_INET, test_address(), &address.sin_addr), 1);
    assert_int_equal(connect(client, (const struct sockaddr *)&address, sizeof(address)), 0);
    return client;
}

/* Turns the loop until bytes came or the server closed; what came is appended. */
static void receive(struct fixture *fixture, int client) {
    char bytes[65536];

    for (unsigned i = 0; i < 1000; i++) {
        event_base_loop(fixture->loop, EVLOOP_NONBLOCK);
        ssize_t length = recv(client, bytes, sizeof(bytes), MSG_DONTWAIT);
        fixture->is_closed = fixture->is_closed || length == 0 || (length < 0 && errno == ECONNRESET);
        if (length > 0)
            buffer_add(&fixture->received, bytes, (size_t)length);
        if (length > 0 || fixture->is_closed)
            return;
    }
}

static void receive_at_least(struct fixture *fixture, int client, size_t length) {
    for (unsigned i = 0; i < 100 && fixture->received.length < length && !fixture->is_closed; i++)
        receive(fixture, client);
}

static void send_all(struct fixture *fixture, int client, const void *data, size_t length, size_t piece) {
    const char *bytes = data;

    for (size_t at = 0; at < length; at += piece) {
        size_t now = length - at < piece ? length - at : piece;
        assert_int_equal(send(client, bytes + at, now, MSG_NOSIGNAL), (ssize_t)now);
        event_base_loop(fixture->loop, EVLOOP_NONBLOCK);
    }
}

static const uint8_t handshake[20] = { 0x60, 0x60, 0xB0, 0x17, 0, 8, 8, 5 };

static void shake_hands(struct fixture *fixture, int client, size_t piece) {
    send_all(fixture, client, handshake, sizeof(handshake), piece);
    receive_at_least(fixture, client, 4);
    assert_int_equal(fixture->received.length, 4);
    assert_memory_equal(fixture->received.data, "\0\0\x08\x05", 4);
    buffer_reset(&fixture->received);
}

static void hello(struct buffer *chunks) {
    CLEANUP_BUFFER struct buffer message = { 0 };

    bolt_message_write_hello(&message, (struct bolt_version){ 5, 8 },
                             &(struct bolt_hello){ .user_agent = "test/1" });
    chunking_write(chunks, buffer_text(&message));
}

TEST("a client agrees on a version and is answered, however its bytes are cut") {
    static const size_t pieces[] = { 1, 3, 1000 };

    for (size_t i = 0; i < ARRAY_LENGTH(pieces); i++) {
        struct fixture fixture;
        CLEANUP_BUFFER struct buffer chunks = { 0 };
        set_up(&fixture);
        int client = connect_to(BOLT_TEST_PORT);
        shake_hands(&fixture, client, pieces[i]);
        chunking_write_noop(&chunks);
        hello(&chunks);
        send_all(&fixture, client, chunks.data, chunks.length, pieces[i]);
        receive_at_least(&fixture, client, 10);
        assert_true(fixture.received.length > 10);
        assert_int_equal((uint8_t)fixture.received.data[3], BOLT_SUCCESS);
        close(client);
        tear_down(&fixture);
    }
}

TEST("what is no Bolt, or no version that the server speaks, is hung up on") {
    static const struct {
        const char *what;
        uint8_t bytes[20];
        size_t answer; /* bytes that come before the end */
    } rows[] = {
        { "no version in common", { 0x60, 0x60, 0xB0, 0x17, 0, 0, 0, 3 }, 4 },
        { "HTTP that is no GET", "HEAD / HTTP\r\n\r\n", 0 },
        { "nothing that is known", "abcdefghijklmnopqrs", 0 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct fixture fixture;
        set_up(&fixture);
        int client = connect_to(BOLT_TEST_PORT);
        send_all(&fixture, client, rows[i].bytes, sizeof(rows[i].bytes), 20);
        for (unsigned k = 0; k < 10 && !fixture.is_closed; k++)
            receive(&fixture, client);
        assert_true(fixture.is_closed);
        assert_int_equal(fixture.received.length, rows[i].answer);
        close(client);
        tear_down(&fixture);
    }
}

TEST("a message that is longer than a stranger's may be ends the connection") {
    struct fixture fixture;
    CLEANUP_BUFFER struct buffer message = { 0 }, chunks = { 0 };

    set_up(&fixture);
    int client = connect_to(BOLT_TEST_PORT);
    shake_hands(&fixture, client, 20);
    while (message.length <= SESSION_MESSAGE_BYTES_MAX_UNAUTHENTICATED)
        buffer_add_string(&message, "................................................................");
    chunking_write(&chunks, buffer_text(&message));
    send_all(&fixture, client, chunks.data, chunks.length, chunks.length);
    for (unsigned i = 0; i < 10 && !fixture.is_closed; i++)
        receive(&fixture, client);
    assert_true(fixture.is_closed);
    assert_int_equal(fixture.received.length, 0);
    close(client);
    tear_down(&fixture);
}

TEST("a client that reads slowly gets all of a long result") {
    struct fixture fixture;
    CLEANUP_BUFFER struct buffer chunks = { 0 }, message = { 0 };
    struct secret_text password = secret_text_new("secret-word", strlen("secret-word"));

    set_up(&fixture);
    int client = connect_to(BOLT_TEST_PORT);
    shake_hands(&fixture, client, 20);
    hello(&chunks);
    bolt_message_write_logon(&message, "neo4j", &password);
    chunking_write(&chunks, buffer_text(&message));
    buffer_reset(&message);
    bolt_message_write_run(&message,
                           "UNWIND range(1, 100000) AS x RETURN x, 'a text that is not short', x AS y", NULL,
                           &(struct bolt_transaction){ 0 });
    chunking_write(&chunks, buffer_text(&message));
    buffer_reset(&message);
    bolt_message_write_fetch(&message, BOLT_PULL, BOLT_FETCH_ALL, BOLT_LAST_QUERY);
    chunking_write(&chunks, buffer_text(&message));
    send_all(&fixture, client, chunks.data, chunks.length, chunks.length);
    for (unsigned i = 0; i < 100; i++) /* the client does not read: the socket and the output fill up */
        event_base_loop(fixture.loop, EVLOOP_NONBLOCK);

    CLEANUP(chunk_reader_clear) struct chunk_reader reader = { 0 };
    size_t records = 0, others = 0;
    for (unsigned i = 0; i < 100000 && others < 4; i++) {
        receive(&fixture, client);
        struct text rest = buffer_text(&fixture.received);
        while (chunk_reader_read(&reader, &rest) == CHUNK_MESSAGE) {
            bool is_record = (uint8_t)chunk_reader_message(&reader).data[1] == BOLT_RECORD;
            *(is_record ? &records : &others) += 1;
        }
        buffer_reset(&fixture.received);
    }
    assert_int_equal(records, 100000);
    assert_int_equal(others, 4); /* HELLO, LOGON, RUN, PULL */
    secret_text_clear(&password);
    close(client);
    tear_down(&fixture);
}

TEST("a server that ends hangs up on its clients") {
    struct fixture fixture;
    CLEANUP_BUFFER struct buffer chunks = { 0 };

    set_up(&fixture);
    int client = connect_to(BOLT_TEST_PORT);
    shake_hands(&fixture, client, 20);
    hello(&chunks);
    send_all(&fixture, client, chunks.data, chunks.length, chunks.length);
    receive_at_least(&fixture, client, 10);
    neo4j_process_terminate(fixture.world->servers[0].process, true);
    for (unsigned i = 0; i < 10 && !fixture.is_closed; i++)
        receive(&fixture, client);
    assert_true(fixture.is_closed);
    close(client);
    tear_down(&fixture);
}

TEST("the HTTP port answers what clients and load balancers ask") {
    static const struct {
        const char *request;
        const char *status;
        const char *part;
    } rows[] = {
        { "GET / HTTP/1.0\r\nAccept: application/json\r\n\r\n", " 200 ", "bolt_routing" },
        { "GET /db/neo4j/cluster/available HTTP/1.0\r\n\r\n", " 401 ", "WWW-Authenticate: Basic" },
        { "GET /db/neo4j/cluster/writable HTTP/1.0\r\nAuthorization: Basic bmVvNGo6c2VjcmV0LXdvcmQ=\r\n\r\n",
          " 200 ", "true" },
        { "GET /nothing HTTP/1.0\r\n\r\n", " 404 ", "" },
        { "PUT / HTTP/1.0\r\nContent-Length: 0\r\n\r\n", " 501 ", "" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct fixture fixture;
        set_up(&fixture);
        int client = connect_to(HTTP_TEST_PORT);
        send_all(&fixture, client, rows[i].request, strlen(rows[i].request), 7);
        for (unsigned k = 0; k < 100 && !fixture.is_closed; k++)
            receive(&fixture, client);
        assert_non_null(strstr(buffer_string(&fixture.received), rows[i].status));
        assert_non_null(strstr(buffer_string(&fixture.received), rows[i].part));
        close(client);
        tear_down(&fixture);
    }
}

TEST("HTTP on the Bolt port gets an empty document, and a WebSocket a refusal that says what to do") {
    static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    static const char websocket[] = "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    struct fixture fixture;

    set_up(&fixture);
    int client = connect_to(BOLT_TEST_PORT);
    send_all(&fixture, client, get, sizeof(get) - 1, 7);
    receive_at_least(&fixture, client, 1);
    assert_true(text_starts_with(buffer_text(&fixture.received),
                                 "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"));
    assert_false(fixture.is_closed);
    buffer_reset(&fixture.received);
    send_all(&fixture, client, websocket, sizeof(websocket) - 1, 1000);
    for (unsigned k = 0; k < 10 && !fixture.is_closed; k++)
        receive(&fixture, client);
    assert_true(fixture.is_closed);
    assert_true(text_starts_with(buffer_text(&fixture.received), "HTTP/1.1 501 Not Implemented\r\n"));
    assert_non_null(strstr(buffer_string(&fixture.received), "over TCP"));
    close(client);
    tear_down(&fixture);
}

/* ---- TLS ---- */

/* A server with a policy for bolt and https, whose authority is made for it; level: server.bolt.tls_level. */
static void set_up_tls(struct fixture *fixture, const char *level, const char *client_auth,
                       struct certificate *out_authority) {
    static const char *const scopes[] = { "bolt", "https" };
    const struct certificate_subject subject = { .common_name = "authority",
                                                 .begins = time(NULL) - 60,
                                                 .ends = time(NULL) + 3600 };
    struct certificate_subject of_server = subject;
    struct certificate own;
    CLEANUP_BUFFER struct buffer chain = { 0 }, trusted = { 0 };

    signal(SIGPIPE, SIG_IGN); /* of a client that the server has hung up on */
    *fixture = (struct fixture){ .clock = { world_time, world_time } };
    fixture->world = world_new(1);
    fixture->loop = event_base_new();
    world_prepare(fixture->world, "neo4j:5.26.0-enterprise", 1);
    struct json *files = fixture->world->servers[0].files;
    struct arena *arena = fixture->world->arena;
    assert_true(certificate_make(out_authority, &subject, NULL, NULL));
    of_server.common_name = "server";
    of_server.usage = "serverAuth";
    of_server.names = "DNS:localhost";
    assert_true(certificate_make(&own, &of_server, out_authority, NULL));
    CLEANUP(secret_text_clear) struct secret_text key = certificate_write_key(&own);
    certificate_write(&own, &chain);
    certificate_write(out_authority, &trusted);
    certificate_clear(&own);
    json_set_string(arena, files, "/ssl/private.key", arena_strndup(arena, key.bytes, key.length));
    json_set_string(arena, files, "/ssl/public.crt", buffer_string(&chain));
    json_set_string(arena, files, "/ssl/trusted/ca.crt", buffer_string(&trusted));
    for (size_t i = 0; i < ARRAY_LENGTH(scopes); i++) {
        char *prefix = arena_printf(arena, "NEO4J_dbms_ssl_policy_%s", scopes[i]);
        world_set_env(fixture->world, 0, arena_printf(arena, "%s_enabled", prefix), "true");
        world_set_env(fixture->world, 0, arena_printf(arena, "%s_base__directory", prefix), "/ssl");
        world_set_env(fixture->world, 0, arena_printf(arena, "%s_client__auth", prefix), client_auth);
    }
    world_set_env(fixture->world, 0, "NEO4J_server_bolt_tls__level", level);
    world_set_env(fixture->world, 0, "NEO4J_server_https_enabled", "true");
    world_start(fixture->world, 0);
    assert_true(world_run_until_open(fixture->world, 1, 5000));
    world_run(fixture->world, 1000);
    struct neo4j_process *process = fixture->world->servers[0].process;
    assert_true(bolt_server_new(fixture->loop, &fixture->clock, process, test_address(), BOLT_TEST_PORT,
                                &(struct bolt_server_options){ 0 }, &fixture->bolt, NULL));
    assert_true(http_server_new(fixture->loop, &fixture->clock, process, test_address(), HTTP_TEST_PORT, true,
                                &fixture->http, NULL));
}

/* Turns the loop until the call is done; what SSL_get_error says of it. */
static int drive(struct fixture *fixture, SSL *ssl, int (*call)(SSL *ssl, void *context), void *context) {
    for (unsigned i = 0; i < 2000; i++) {
        int result = call(ssl, context);
        int error = SSL_get_error(ssl, result);
        if (result > 0)
            return SSL_ERROR_NONE;
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            return error;
        event_base_loop(fixture->loop, EVLOOP_NONBLOCK);
    }
    return SSL_ERROR_WANT_READ;
}

static int call_connect(SSL *ssl, void *context) {
    return SSL_connect(ssl);
}

static int call_read(SSL *ssl, void *context) {
    struct buffer *received = context;
    char bytes[4096];
    int length = SSL_read(ssl, bytes, sizeof(bytes));

    if (length > 0)
        buffer_add(received, bytes, (size_t)length);
    return length;
}

/* What the server answers to bytes sent through TLS, which trusts authority and shows client (or nothing);
 * empty: it hung up. */
static void speak_tls(struct fixture *fixture, uint16_t port, const struct certificate *authority,
                      const struct certificate *client, const void *bytes, int length,
                      struct buffer *received) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    int socket = connect_to(port);

    assert_int_equal(evutil_make_socket_nonblocking(socket), 0);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority->x509);
    if (client) {
        assert_int_equal(SSL_CTX_use_certificate(context, client->x509), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(context, client->key), 1);
    }
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, socket);
    assert_int_equal(SSL_set1_host(ssl, "localhost"), 1);
    /* With TLS 1.3 the server judges the client's certificate after the client is done. */
    if (drive(fixture, ssl, call_connect, NULL) == SSL_ERROR_NONE && SSL_write(ssl, bytes, length) == length)
        while (drive(fixture, ssl, call_read, received) == SSL_ERROR_NONE)
            ; /* until the server hangs up or says nothing more */
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(socket);
    event_base_loop(fixture->loop, EVLOOP_NONBLOCK);
}

TEST("Bolt speaks TLS where it is optional or required, and plain where it is not required") {
    static const struct {
        const char *level;
        bool takes_plain;
    } rows[] = { { "OPTIONAL", true }, { "REQUIRED", false } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct fixture fixture;
        struct certificate authority;
        set_up_tls(&fixture, rows[i].level, "NONE", &authority);
        CLEANUP_BUFFER struct buffer answer = { 0 };
        speak_tls(&fixture, BOLT_TEST_PORT, &authority, NULL, handshake, sizeof(handshake), &answer);
        assert_int_equal(answer.length, 4);
        assert_memory_equal(answer.data, "\0\0\x08\x05", 4);
        int plain = connect_to(BOLT_TEST_PORT);
        send_all(&fixture, plain, handshake, sizeof(handshake), sizeof(handshake));
        receive_at_least(&fixture, plain, 4);
        assert_int_equal(fixture.received.length, rows[i].takes_plain ? 4 : 0);
        assert_int_equal(fixture.is_closed, !rows[i].takes_plain);
        close(plain);
        certificate_clear(&authority);
        tear_down(&fixture);
    }
}

TEST("a server that requires certificates of clients takes only those of its authority") {
    struct fixture fixture;
    struct certificate authority, client, stranger;
    struct certificate_subject subject = {
        .common_name = "client", .usage = "clientAuth", .begins = time(NULL) - 60, .ends = time(NULL) + 3600
    };

    set_up_tls(&fixture, "REQUIRED", "REQUIRE", &authority);
    assert_true(certificate_make(&client, &subject, &authority, NULL));
    assert_true(certificate_make(&stranger, &subject, NULL, NULL));
    CLEANUP_BUFFER struct buffer trusted = { 0 };
    speak_tls(&fixture, BOLT_TEST_PORT, &authority, &client, handshake, sizeof(handshake), &trusted);
    CLEANUP_BUFFER struct buffer unknown = { 0 };
    speak_tls(&fixture, BOLT_TEST_PORT, &authority, &stranger, handshake, sizeof(handshake), &unknown);
    CLEANUP_BUFFER struct buffer nobody = { 0 };
    speak_tls(&fixture, BOLT_TEST_PORT, &authority, NULL, handshake, sizeof(handshake), &nobody);
    assert_int_equal(trusted.length, 4);
    assert_memory_equal(trusted.data, "\0\0\x08\x05", 4);
    assert_int_equal(unknown.length, 0);
    assert_int_equal(nobody.length, 0);
    certificate_clear(&authority);
    certificate_clear(&client);
    certificate_clear(&stranger);
    tear_down(&fixture);
}

TEST("HTTPS shows the discovery document with addresses of HTTPS") {
    static const char request[] =
        "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nConnection: close\r\n\r\n";
    struct fixture fixture;
    struct certificate authority;

    set_up_tls(&fixture, "REQUIRED", "NONE", &authority);
    CLEANUP_BUFFER struct buffer answer = { 0 };
    speak_tls(&fixture, HTTP_TEST_PORT, &authority, NULL, request, sizeof(request) - 1, &answer);
    assert_non_null(
        strstr(buffer_string(&answer), "\"query\":\"https://localhost:7473/db/{databaseName}/query/v2\""));
    certificate_clear(&authority);
    tear_down(&fixture);
}
