#include "kube/fake_server.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024 };

/* ---- certificates ---- */

void test_identity_clear(struct test_identity *identity) {
    free(TAKE(identity->certificate_pem));
    free(TAKE(identity->key_pem));
}

static char *take_bio(BIO *bio) {
    char *data;
    long length = BIO_get_mem_data(bio, &data);
    char *copy = xstrndup(data, (size_t)length);

    BIO_free(bio);
    return copy;
}

static BIO *open_bio(const char *text) {
    return BIO_new_mem_buf(text, -1);
}

static void add_extension(X509 *certificate, int nid, const char *value) {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    ensure(extension && X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

static void name_subject(X509 *certificate, const char *name, bool is_authority) {
    X509_NAME *subject = X509_get_subject_name(certificate);
    struct in_addr address;
    CLEANUP_FREE char *alternative =
        xprintf("%s:%s", inet_pton(AF_INET, name, &address) == 1 ? "IP" : "DNS", name);

    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    if (is_authority)
        add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    else
        add_extension(certificate, NID_subject_alt_name, alternative);
}

static void sign(X509 *certificate, EVP_PKEY *own_key, const struct test_identity *issuer) {
    if (!issuer) {
        X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
        ensure(X509_sign(certificate, own_key, EVP_sha256()));
        return;
    }
    BIO *certificate_bio = open_bio(issuer->certificate_pem), *key_bio = open_bio(issuer->key_pem);
    X509 *issuing = PEM_read_bio_X509(certificate_bio, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);

    X509_set_issuer_name(certificate, X509_get_subject_name(issuing));
    ensure(X509_sign(certificate, key, EVP_sha256()));
    X509_free(issuing);
    EVP_PKEY_free(key);
    BIO_free(certificate_bio);
    BIO_free(key_bio);
}

struct test_identity test_identity_make(const char *name, const struct test_identity *issuer,
                                        int valid_seconds) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *certificate_bio = BIO_new(BIO_s_mem()), *key_bio = BIO_new(BIO_s_mem());

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer ? 2 : 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
    X509_gmtime_adj(X509_getm_notAfter(certificate), valid_seconds);
    X509_set_pubkey(certificate, key);
    name_subject(certificate, name, !issuer);
    sign(certificate, key, issuer);
    PEM_write_bio_X509(certificate_bio, certificate);
    PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return (struct test_identity){ take_bio(certificate_bio), take_bio(key_bio) };
}

/* ---- the server ---- */

struct fake_connection {
    struct fake_server *server;
    int fd;
    int index;
    SSL *ssl;
    struct buffer input;
    pthread_t thread;
};

struct fake_server {
    SSL_CTX *tls;
    int fd;
    int port;
    fake_serve_fn *serve;
    void *context;
    pthread_t thread;
    struct fake_connection connections[CONNECTIONS_MAX];
    int count; /* atomic */
};

static void *connection_main(void *argument) {
    struct fake_connection *connection = argument;

    if (connection->server->tls) {
        connection->ssl = SSL_new(connection->server->tls);
        SSL_set_fd(connection->ssl, connection->fd);
    }
    if (!connection->ssl || SSL_accept(connection->ssl) == 1)
        connection->server->serve(connection->server->context, connection, connection->index);
    SSL_free(connection->ssl);
    if (connection->fd >= 0)
        close(connection->fd);
    buffer_clear(&connection->input);
    return NULL;
}

static void *accept_main(void *argument) {
    struct fake_server *server = argument;
    int fd;

    while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
        int index = __atomic_load_n(&server->count, __ATOMIC_SEQ_CST);
        struct fake_connection *connection = &server->connections[index];
        ensure(index < CONNECTIONS_MAX);
        *connection = (struct fake_connection){ .server = server, .fd = fd, .index = index };
        ensure(pthread_create(&connection->thread, NULL, connection_main, connection) == 0);
        __atomic_add_fetch(&server->count, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static int listen_on_loopback(int *out_port) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ensure(fd >= 0 && !bind(fd, (struct sockaddr *)&address, length) && !listen(fd, 16));
    ensure(!getsockname(fd, (struct sockaddr *)&address, &length));
    *out_port = ntohs(address.sin_port);
    return fd;
}

static SSL_CTX *tls_of(const struct test_identity *identity) {
    BIO *certificate_bio = open_bio(identity->certificate_pem), *key_bio = open_bio(identity->key_pem);
    X509 *certificate = PEM_read_bio_X509(certificate_bio, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

    ensure(SSL_CTX_use_certificate(tls, certificate) == 1 && SSL_CTX_use_PrivateKey(tls, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    BIO_free(certificate_bio);
    BIO_free(key_bio);
    return tls;
}

struct fake_server *fake_server_new(const struct test_identity *identity, fake_serve_fn *serve,
                                    void *context) {
    struct fake_server *server = XNEW(struct fake_server);

    signal(SIGPIPE, SIG_IGN); /* clients that refuse us hang up while we write */
    server->tls = identity ? tls_of(identity) : NULL;
    server->serve = serve;
    server->context = context;
    server->fd = listen_on_loopback(&server->port);
    ensure(pthread_create(&server->thread, NULL, accept_main, server) == 0);
    return server;
}

void fake_server_free(struct fake_server *server) {
    if (!server)
        return;
    shutdown(server->fd, SHUT_RDWR); /* wakes accept() */
    pthread_join(server->thread, NULL);
    close(server->fd);
    for (int i = 0; i < server->count; i++)
        pthread_join(server->connections[i].thread, NULL);
    SSL_CTX_free(server->tls);
    free(server);
}

int fake_server_port(const struct fake_server *server) {
    return server->port;
}

int fake_server_connections(struct fake_server *server) {
    return __atomic_load_n(&server->count, __ATOMIC_SEQ_CST);
}

/* ---- a connection ---- */

void fake_request_clear(struct fake_request *request) {
    free(TAKE(request->method));
    free(TAKE(request->target));
    free(TAKE(request->head));
    buffer_clear(&request->body);
}

static bool read_more(struct fake_connection *connection) {
    char block[4096];
    ssize_t length = connection->ssl ? SSL_read(connection->ssl, block, sizeof(block))
                                     : read(connection->fd, block, sizeof(block));

    if (length <= 0)
        return false;
    buffer_add(&connection->input, block, (size_t)length);
    return true;
}

static size_t content_length(const char *head) {
    const char *line = strcasestr(head, "\r\nContent-Length:");

    return line ? strtoul(line + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

bool fake_is_resumed(const struct fake_connection *connection) {
    return connection->ssl && SSL_session_reused(connection->ssl);
}

bool fake_read(struct fake_connection *connection, struct fake_request *out_request) {
    const char *end;
    size_t head_length, body_length;
    struct text line;

    fake_request_clear(out_request);
    while (!(end = strstr(buffer_string(&connection->input), "\r\n\r\n")))
        if (!read_more(connection))
            return false;
    head_length = (size_t)(end - connection->input.data) + 4;
    out_request->head = xstrndup(connection->input.data, head_length);
    body_length = content_length(out_request->head);
    while (connection->input.length < head_length + body_length)
        if (!read_more(connection))
            return false;
    buffer_add(&out_request->body, connection->input.data + head_length, body_length);
    line = text_from(out_request->head);
    struct text method = text_cut(&line, ' '), target = text_cut(&line, ' ');
    out_request->method = xstrndup(method.data, method.length);
    out_request->target = xstrndup(target.data, target.length);
    buffer_consume(&connection->input, head_length + body_length);
    return true;
}

bool fake_write(struct fake_connection *connection, const char *bytes) {
    size_t length = strlen(bytes);

    if (!length)
        return true;
    if (connection->ssl)
        return SSL_write(connection->ssl, bytes, (int)length) > 0;
    return write(connection->fd, bytes, length) == (ssize_t)length;
}

void fake_answer(struct fake_connection *connection, int status, const char *more_headers, const char *body) {
    CLEANUP_FREE char *answer =
        xprintf("HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s", status,
                more_headers, strlen(body), body);

    fake_write(connection, answer);
}

bool fake_chunk(struct fake_connection *connection, const char *bytes) {
    CLEANUP_FREE char *chunk = xprintf("%zx\r\n%s\r\n", strlen(bytes), bytes);

    return fake_write(connection, chunk);
}

void fake_reset(struct fake_connection *connection) {
    const struct linger at_once = { .l_onoff = 1 };

    (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(connection->fd);
    connection->fd = -1;
}
