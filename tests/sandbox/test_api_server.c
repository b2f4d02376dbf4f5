#include "sandbox/api_server.h"

#include "test.h"

#include <event2/thread.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* A server on a loop of its own thread, and blocking clients on the test's. */
struct front {
    struct event_base *loop;
    struct certificates *certificates;
    struct api *api;
    struct api_server *server;
    struct arena *arena;
    pthread_t thread;
    char kubeconfig[64];
    SSL_CTX *anonymous;
    SSL_CTX *admin;
};

static void *run(void *context) {
    struct front *front = context;
    event_base_loop(front->loop, EVLOOP_NO_EXIT_ON_EMPTY);
    return NULL;
}

/* The PEM at a key of the kubeconfig. */
static BIO *pem_of(const char *text, const char *key) {
    const char *value = strstr(text, key) + strlen(key) + 2;
    BIO *memory = BIO_new(BIO_s_mem());
    unsigned char *decoded = xmalloc(strcspn(value, "\n"));
    int length = EVP_DecodeBlock(decoded, (const unsigned char *)value, (int)strcspn(value, "\n"));
    assert_true(length > 0);
    BIO_write(memory, decoded, length);
    free(decoded);
    return memory;
}

static SSL_CTX *client_context(const char *kubeconfig, bool with_certificate) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    BIO *authority = pem_of(kubeconfig, "certificate-authority-data");
    X509 *trusted = PEM_read_bio_X509(authority, NULL, NULL, NULL);

    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), trusted);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    X509_free(trusted);
    BIO_free(authority);
    if (with_certificate) {
        BIO *certificate = pem_of(kubeconfig, "client-certificate-data"),
            *key = pem_of(kubeconfig, "client-key-data");
        X509 *shown = PEM_read_bio_X509(certificate, NULL, NULL, NULL);
        EVP_PKEY *secret = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
        assert_int_equal(SSL_CTX_use_certificate(context, shown), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(context, secret), 1);
        EVP_PKEY_free(secret);
        X509_free(shown);
        BIO_free(key);
        BIO_free(certificate);
    }
    return context;
}

static void read_kubeconfig(struct front *front) {
    char text[16384];
    FILE *file = fopen(front->kubeconfig, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    front->anonymous = client_context(text, false);
    front->admin = client_context(text, true);
}

static struct front *front_new(void) {
    struct front *front = XNEW(struct front);
    struct error err = { 0 };

    evthread_use_pthreads();
    front->arena = arena_new();
    front->loop = event_base_new();
    assert_true(certificates_new(NULL, &front->certificates, &err));
    front->api = api_new(&(struct api_options){ .clock = &clock_system, .seed = 1 });
    struct api_server_options options = {
        .loop = front->loop, .api = front->api, .certificates = front->certificates, .address = "127.0.0.1"
    };
    assert_true(api_server_new(&options, &front->server, &err));
    strcpy(front->kubeconfig, "/tmp/kubeconfig-XXXXXX");
    close(mkstemp(front->kubeconfig));
    assert_true(
        certificates_write_kubeconfig(front->certificates, "https://127.0.0.1:1", front->kubeconfig, &err));
    read_kubeconfig(front);
    pthread_create(&front->thread, NULL, run, front);
    return front;
}

static void front_free(struct front *front) {
    event_base_loopbreak(front->loop);
    pthread_join(front->thread, NULL);
    unlink(front->kubeconfig);
    api_server_free(front->server);
    event_base_loop(front->loop, EVLOOP_NONBLOCK); /* libevent frees connections a turn later */
    api_free(front->api);
    certificates_free(front->certificates);
    event_base_free(front->loop);
    SSL_CTX_free(front->anonymous);
    SSL_CTX_free(front->admin);
    arena_free(front->arena);
    free(front);
}
DEFINE_CLEANUP(struct front, front_free);

/* ---- clients ---- */

static SSL *dial(const struct front *front, SSL_CTX *context) {
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(api_server_port(front->server)),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    struct timeval wait = { .tv_sec = 10 };
    int file = socket(AF_INET, SOCK_STREAM, 0);
    SSL *connection = SSL_new(context);

    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    assert_int_equal(connect(file, (struct sockaddr *)&address, sizeof(address)), 0);
    SSL_set_fd(connection, file);
    SSL_set1_host(connection, "127.0.0.1");
    assert_int_equal(SSL_connect(connection), 1);
    return connection;
}

static void hang_up(SSL *connection) {
    int file = SSL_get_fd(connection);
    SSL_free(connection);
    close(file);
}

static void write_request(SSL *connection, const char *line, const char *headers, const char *body) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    buffer_printf(&out, "%s HTTP/1.1\r\nHost: x\r\n%s", line, headers);
    if (body)
        buffer_printf(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
    buffer_printf(&out, "\r\n%s", body ? body : "");
    assert_int_equal(SSL_write(connection, out.data, (int)out.length), (int)out.length);
}

/* Reads until the text has come; false when the peer has closed. */
static bool read_until(SSL *connection, struct buffer *out, const char *text) {
    char bytes[4096];
    while (!strstr(buffer_string(out), text)) {
        int length = SSL_read(connection, bytes, sizeof(bytes));
        if (length <= 0)
            return false;
        buffer_add(out, bytes, (size_t)length);
    }
    return true;
}

/* The code of an answer with a length, whose body is put into body. */
static int read_answer(SSL *connection, struct buffer *body) {
    CLEANUP_BUFFER struct buffer in = { 0 };
    int code = 0, length = 0;

    assert_true(read_until(connection, &in, "\r\n\r\n"));
    assert_int_equal(sscanf(in.data, "HTTP/1.1 %d", &code), 1);
    const char *header = strstr(in.data, "Content-Length: ");
    assert_non_null(header);
    assert_int_equal(sscanf(header, "Content-Length: %d", &length), 1);
    size_t start = (size_t)(strstr(in.data, "\r\n\r\n") + 4 - in.data);
    while (in.length < start + (size_t)length) {
        char bytes[4096];
        int more = SSL_read(connection, bytes, sizeof(bytes));
        assert_true(more > 0);
        buffer_add(&in, bytes, (size_t)more);
    }
    buffer_reset(body);
    buffer_add(body, in.data + start, in.length - start);
    return code;
}

static int ask(SSL *connection, const char *line, const char *headers, const char *json,
               struct buffer *body) {
    write_request(connection, line, headers, json);
    return read_answer(connection, body);
}

TEST("knows an administrator by certificate, and lets nobody else do anything") {
    CLEANUP_POINTER(front_free) struct front *front = front_new();
    CLEANUP_BUFFER struct buffer body = { 0 };
    SSL *admin = dial(front, front->admin), *anonymous = dial(front, front->anonymous);

    assert_int_equal(ask(admin, "GET /api/v1/namespaces/default", "", NULL, &body), 200);
    assert_int_equal(ask(admin, "POST /apis/authentication.k8s.io/v1/selfsubjectreviews", "", "{}", &body),
                     201);
    assert_non_null(strstr(body.data, "\"username\":\"kubernetes-admin\""));
    assert_int_equal(ask(anonymous, "GET /api/v1/namespaces/default", "", NULL, &body), 403);
    assert_non_null(strstr(body.data, "system:anonymous"));
    assert_int_equal(ask(anonymous, "GET /readyz", "", NULL, &body), 200);
    assert_int_equal(
        ask(anonymous, "GET /api/v1/namespaces", "Authorization: Bearer nonsense\r\n", NULL, &body), 401);
    hang_up(admin);
    hang_up(anonymous);
}

TEST("knows a service account by its token") {
    CLEANUP_POINTER(front_free) struct front *front = front_new();
    CLEANUP_BUFFER struct buffer body = { 0 };
    SSL *admin = dial(front, front->admin), *account = dial(front, front->anonymous);
    struct json *answer;

    assert_int_equal(
        ask(admin, "POST /api/v1/namespaces/default/serviceaccounts/default/token", "", "{}", &body), 201);
    assert_true(json_parse(front->arena, buffer_text(&body), NULL, &answer, NULL));
    const char *header = arena_printf(front->arena, "Authorization: Bearer %s\r\n",
                                      json_string_at(answer, "status.token", ""));
    assert_int_equal(
        ask(account, "POST /apis/authentication.k8s.io/v1/selfsubjectreviews", header, "{}", &body), 201);
    assert_non_null(strstr(body.data, "\"username\":\"system:serviceaccount:default:default\""));
    hang_up(admin);
    hang_up(account);
}

TEST("lets an administrator speak for others, who may do no more than they may, and nobody else") {
    CLEANUP_POINTER(front_free) struct front *front = front_new();
    CLEANUP_BUFFER struct buffer body = { 0 };
    SSL *admin = dial(front, front->admin), *anonymous = dial(front, front->anonymous);
    static const char who[] = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews";
    static const char account[] = "Impersonate-User: system:serviceaccount:team:worker\r\n";

    assert_int_equal(ask(admin, who, account, "{}", &body), 201);
    assert_non_null(strstr(body.data, "\"username\":\"system:serviceaccount:team:worker\""));
    assert_non_null(strstr(body.data,
                           "\"groups\":[\"system:serviceaccounts\",\"system:serviceaccounts:team\","
                           "\"system:authenticated\"]"));
    assert_int_equal(ask(admin, "GET /api/v1/namespaces/default", account, NULL, &body), 403);
    assert_int_equal(ask(admin, "GET /api/v1/namespaces/default",
                         "Impersonate-User: eve\r\nImpersonate-Group: a\r\nImpersonate-Group: "
                         "system:masters\r\n",
                         NULL, &body),
                     200);
    assert_int_equal(ask(anonymous, who, "Impersonate-User: kubernetes-admin\r\n", "{}", &body), 403);
    assert_non_null(strstr(body.data, "User \\\"system:anonymous\\\" cannot impersonate"));
    hang_up(admin);
    hang_up(anonymous);
}

TEST("reads the body of a deletion, and goes on with the next request") {
    CLEANUP_POINTER(front_free) struct front *front = front_new();
    CLEANUP_BUFFER struct buffer body = { 0 };
    SSL *admin = dial(front, front->admin);

    assert_int_equal(ask(admin, "POST /api/v1/namespaces/default/configmaps", "",
                         "{\"metadata\":{\"name\":\"c\"}}", &body),
                     201);
    assert_int_equal(ask(admin, "DELETE /api/v1/namespaces/default/configmaps/c", "",
                         "{\"propagationPolicy\":\"Foreground\"}", &body),
                     200);
    assert_non_null(strstr(body.data, "foregroundDeletion"));
    assert_int_equal(ask(admin, "GET /api/v1/namespaces/default/configmaps/c", "", NULL, &body), 200);
    hang_up(admin);
}

TEST("streams a watch as things happen") {
    CLEANUP_POINTER(front_free) struct front *front = front_new();
    CLEANUP_BUFFER struct buffer body = { 0 };
    CLEANUP_BUFFER struct buffer lines = { 0 };
    SSL *admin = dial(front, front->admin), *watcher = dial(front, front->admin);

    write_request(watcher, "GET /api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=1", "", NULL);
    assert_true(read_until(watcher, &lines, "\r\n\r\n"));
    assert_int_equal(ask(admin, "POST /api/v1/namespaces/default/configmaps", "",
                         "{\"metadata\":{\"name\":\"c\"}}", &body),
                     201);
    assert_true(read_until(watcher, &lines, "{\"type\":\"ADDED\""));
    assert_true(read_until(watcher, &lines, "\r\n0\r\n\r\n"));
    hang_up(admin);
    hang_up(watcher);
}

static void stop_in_loop(evutil_socket_t socket, short what, void *context) {
    api_server_stop(context);
}

TEST("ends watches in order when it stops, and takes no more connections") {
    CLEANUP_POINTER(front_free) struct front *front = front_new();
    CLEANUP_BUFFER struct buffer lines = { 0 };
    SSL *watcher = dial(front, front->admin);
    struct timeval now = { 0 };

    write_request(watcher, "GET /api/v1/namespaces?watch=1", "", NULL);
    assert_true(read_until(watcher, &lines, "kube-system"));
    event_base_once(front->loop, -1, EV_TIMEOUT, stop_in_loop, front->server, &now);
    assert_true(read_until(watcher, &lines, "\r\n0\r\n\r\n"));
    hang_up(watcher);
    int file = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(api_server_port(front->server)),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    assert_int_equal(connect(file, (struct sockaddr *)&address, sizeof(address)), -1);
    close(file);
}

TEST("cuts a watcher off that does not read") {
    CLEANUP_POINTER(front_free) struct front *front = front_new();
    CLEANUP_BUFFER struct buffer body = { 0 };
    CLEANUP_BUFFER struct buffer lines = { 0 };
    CLEANUP_BUFFER struct buffer big = { 0 };
    SSL *admin = dial(front, front->admin), *watcher = dial(front, front->admin);

    write_request(watcher, "GET /api/v1/namespaces/default/configmaps?watch=1", "", NULL);
    assert_true(read_until(watcher, &lines, "\r\n\r\n"));
    buffer_add_string(&big, "{\"metadata\":{\"name\":\"c\"},\"data\":{\"a\":\"");
    for (int i = 0; i < 500000; i++)
        buffer_add_char(&big, 'x');
    buffer_add_string(&big, "\"}}");
    assert_int_equal(ask(admin, "POST /api/v1/namespaces/default/configmaps", "", big.data, &body), 201);
    /* More than the queue and the sockets' own buffers hold. */
    for (int i = 0; i < 40; i++) {
        big.data[42] = (char)('a' + i % 2);
        assert_int_equal(ask(admin, "PUT /api/v1/namespaces/default/configmaps/c", "", big.data, &body), 200);
    }
    assert_false(read_until(watcher, &lines, "\r\n0\r\n\r\n"));
    assert_true(lines.length < 40 * 500000);
    hang_up(admin);
    hang_up(watcher);
}

TEST("refuses a certificate that its authority has not signed") {
    CLEANUP_POINTER(front_free) struct front *front = front_new();
    CLEANUP_POINTER(front_free) struct front *other = front_new();
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(api_server_port(front->server)),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int file = socket(AF_INET, SOCK_STREAM, 0);
    SSL *connection = SSL_new(other->admin);
    char byte;

    /* The client does not look at the server: only the server's judgement is tried. */
    SSL_set_verify(connection, SSL_VERIFY_NONE, NULL);
    assert_int_equal(connect(file, (struct sockaddr *)&address, sizeof(address)), 0);
    SSL_set_fd(connection, file);
    if (SSL_connect(connection) == 1)
        assert_true(SSL_read(connection, &byte, 1) <= 0);
    hang_up(connection);
}
