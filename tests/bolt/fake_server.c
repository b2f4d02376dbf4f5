#include "fake_server.h"

#include "test.h"

#include "base/clock.h"
#include "bolt/chunking.h"
#include "bolt/message.h"
#include "bolt/value_json.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct fake_client {
    struct fake_server *server;
    const struct fake_step *script;
    pthread_t thread;
    int fd;
    SSL *ssl;
    bool dribbles;
    struct chunk_reader reader;
    struct buffer pending;
};

struct fake_server {
    const struct fake_step *const *scripts;
    size_t count;
    struct fake_client *clients;
    size_t accepted;
    int fd;
    uint16_t port;
    SSL_CTX *context;
    pthread_t acceptor;
    pthread_mutex_t lock;
    char problem[256]; /* under lock, as is the next */
    int64_t tx_timeout;
};

static bool problem(struct fake_client *client, const char *text, unsigned number) {
    pthread_mutex_lock(&client->server->lock);
    if (!*client->server->problem)
        snprintf(client->server->problem, sizeof(client->server->problem), "%s (%02X)", text, number);
    pthread_mutex_unlock(&client->server->lock);
    return false;
}

/* ---- bytes ---- */

static bool send_piece(struct fake_client *client, const char *data, size_t length) {
    if (client->ssl)
        return SSL_write(client->ssl, data, (int)length) > 0;
    return send(client->fd, data, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static bool send_bytes(struct fake_client *client, struct text bytes) {
    size_t step = client->dribbles ? 1 : bytes.length;

    for (size_t at = 0; at < bytes.length; at += step)
        if (!send_piece(client, bytes.data + at, step))
            return false;
    return true;
}

static bool receive(struct fake_client *client) {
    char data[4096];
    ssize_t length =
        client->ssl ? SSL_read(client->ssl, data, sizeof(data)) : recv(client->fd, data, sizeof(data), 0);

    if (length <= 0)
        return false;
    buffer_add(&client->pending, data, (size_t)length);
    return true;
}

static bool take_bytes(struct fake_client *client, size_t count) {
    while (client->pending.length < count)
        if (!receive(client))
            return false;
    buffer_consume(&client->pending, count);
    return true;
}

/* What a transaction says about itself is the last field. */
static void note_timeout(struct fake_server *server, const struct bolt_value *message) {
    if (message->tag != BOLT_RUN && message->tag != BOLT_BEGIN)
        return;
    pthread_mutex_lock(&server->lock);
    server->tx_timeout =
        bolt_integer(bolt_get(bolt_item(message, bolt_length(message) - 1), "tx_timeout"), -1);
    pthread_mutex_unlock(&server->lock);
}

static bool read_tag(struct fake_client *client, uint8_t *out_tag) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *message;

    for (;;) {
        struct text input = buffer_text(&client->pending);
        enum chunk_result result = chunk_reader_read(&client->reader, &input);
        buffer_consume(&client->pending, client->pending.length - input.length);
        if (result == CHUNK_MESSAGE)
            break;
        if (result == CHUNK_TOO_LARGE || !receive(client))
            return false;
    }
    if (!bolt_message_parse(arena, chunk_reader_message(&client->reader), &message, NULL))
        return problem(client, "a message that can't be parsed", 0);
    note_timeout(client->server, message);
    *out_tag = message->tag;
    return true;
}

/* ---- steps ---- */

static bool send_message(struct fake_client *client, const struct buffer *message) {
    CLEANUP_BUFFER struct buffer wire = { 0 };

    chunking_write(&wire, buffer_text(message));
    return send_bytes(client, buffer_text(&wire));
}

static bool answer(struct fake_client *client, enum fake_act act, const char *text) {
    static const struct bolt_version version = { 5, 8 };
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer message = { 0 };
    struct json *json = NULL;

    if (act != FAKE_FAILURE && !str_empty(text) && !json_parse(arena, text_from(text), NULL, &json, NULL))
        return problem(client, "a script that is not JSON", 0);
    if (act == FAKE_SUCCESS)
        bolt_message_write_success(&message, json ? bolt_from_json(arena, json) : NULL);
    else if (act == FAKE_RECORD)
        bolt_message_write_record(&message, bolt_from_json(arena, json));
    else if (act == FAKE_FAILURE)
        bolt_message_write_failure(&message, version,
                                   &(struct bolt_failure){ .code = text, .message = "the script says no" });
    else
        bolt_message_write_ignored(&message);
    return send_message(client, &message);
}

static bool expect(struct fake_client *client, uint8_t tag) {
    uint8_t found;

    if (!read_tag(client, &found))
        return problem(client, "the client left before", tag);
    return found == tag || problem(client, "another message than expected:", found);
}

static bool log_in(struct fake_client *client) {
    return expect(client, BOLT_HELLO) &&
           answer(client, FAKE_SUCCESS,
                  "{\"server\":\"Neo4j/5.26.0\",\"connection_id\":\"bolt-1\",\"hints\":{}}") &&
           expect(client, BOLT_LOGON) && answer(client, FAKE_SUCCESS, "");
}

static bool manifest(struct fake_client *client) {
    return take_bytes(client, HANDSHAKE_REQUEST_BYTES) &&
           send_bytes(client, (struct text){ "\0\0\x01\xFF\x01\0\0\0\x06\0", 10 }) && take_bytes(client, 5);
}

static bool hang(struct fake_client *client) {
    while (receive(client))
        continue;
    return true;
}

static bool flood(struct fake_client *client) {
    static char chunk[65537] = "\xFF\xFF";

    while (send_bytes(client, (struct text){ chunk, sizeof(chunk) }))
        continue;
    return true;
}

static bool noops(struct fake_client *client) {
    const struct timespec pause = { .tv_nsec = NANOSECONDS_PER_MS };

    while (send_bytes(client, (struct text){ "\0\0", 2 }))
        nanosleep(&pause, NULL);
    return true;
}

static bool rows(struct fake_client *client) {
    CLEANUP_BUFFER struct buffer many = { 0 };

    for (int i = 0; i < 5000; i++)
        chunking_write(&many, TEXT("\xB1\x71\x91\x01"));
    while (send_bytes(client, buffer_text(&many)))
        continue;
    return true;
}

static bool batch(struct fake_client *client, size_t count) {
    CLEANUP_BUFFER struct buffer records = { 0 };

    for (size_t i = 0; i < count; i++)
        chunking_write(&records, TEXT("\xB1\x71\x91\x01"));
    return send_bytes(client, buffer_text(&records));
}

/* Bytes that were not read, or SO_LINGER with no time, make the kernel send a reset. */
static bool reset(struct fake_client *client) {
    const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(client->fd);
    client->fd = -1;
    return false;
}

static bool serve(struct fake_client *client, const char *text) {
    uint8_t tag;

    while (read_tag(client, &tag) && tag != BOLT_GOODBYE)
        if (!answer(client, FAKE_SUCCESS, text ? text : tag == BOLT_RUN ? "{\"fields\":[\"n\"]}" : ""))
            return false;
    return true;
}

static bool deny(struct fake_client *client, const char *code) {
    uint8_t tag;

    while (read_tag(client, &tag) && tag != BOLT_GOODBYE)
        if (!answer(client,
                    tag == BOLT_RUN    ? FAKE_FAILURE
                    : tag == BOLT_PULL ? FAKE_IGNORED
                                       : FAKE_SUCCESS,
                    tag == BOLT_RUN ? code : ""))
            return false;
    return true;
}

static bool play(struct fake_client *client, const struct fake_step *step) {
    switch (step->act) {
    case FAKE_END:
        return false;
    case FAKE_HANDSHAKE:
        return take_bytes(client, HANDSHAKE_REQUEST_BYTES) &&
               send_bytes(client, (struct text){ step->text, 4 });
    case FAKE_MANIFEST:
        return manifest(client);
    case FAKE_LOGIN:
        return log_in(client);
    case FAKE_EXPECT:
        return expect(client, step->tag);
    case FAKE_SUCCESS:
    case FAKE_RECORD:
    case FAKE_FAILURE:
    case FAKE_IGNORED:
        return answer(client, step->act, step->text);
    case FAKE_NOOP:
        return send_bytes(client, (struct text){ "\0\0", 2 });
    case FAKE_RAW:
        return send_bytes(client, (struct text){ step->text, step->length });
    case FAKE_DRIBBLE:
        client->dribbles = true;
        return true;
    case FAKE_HANG:
        return hang(client);
    case FAKE_FLOOD:
        return flood(client);
    case FAKE_NOOPS:
        return noops(client);
    case FAKE_ROWS:
        return rows(client);
    case FAKE_BATCH:
        return batch(client, step->length);
    case FAKE_RESET:
        return reset(client);
    case FAKE_SERVE:
        return serve(client, step->text);
    case FAKE_DENY:
        return deny(client, step->text);
    }
    return false;
}

/* ---- threads ---- */

static bool start_tls(struct fake_client *client) {
    if (!client->server->context)
        return true;
    client->ssl = SSL_new(client->server->context);
    SSL_set_fd(client->ssl, client->fd);
    return SSL_accept(client->ssl) == 1;
}

static void *client_thread(void *argument) {
    struct fake_client *client = argument;

    if (start_tls(client))
        for (const struct fake_step *step = client->script; play(client, step); step++)
            continue;
    /* What the client still sends is read, so that closing does not destroy our last answer under way. */
    if (client->fd >= 0) {
        shutdown(client->fd, SHUT_WR);
        if (!client->ssl)
            hang(client);
        close(client->fd);
    }
    SSL_free(client->ssl);
    buffer_clear(&client->pending);
    chunk_reader_clear(&client->reader);
    return NULL;
}

static void *acceptor_thread(void *argument) {
    struct fake_server *server = argument;

    for (; server->accepted < server->count; server->accepted++) {
        struct fake_client *client = &server->clients[server->accepted];
        int one = 1;
        int fd = accept(server->fd, NULL, NULL);
        if (fd < 0)
            break;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        *client =
            (struct fake_client){ .server = server, .script = server->scripts[server->accepted], .fd = fd };
        pthread_create(&client->thread, NULL, client_thread, client);
    }
    return NULL;
}

static BIO *pem_bio(const char *pem) {
    return BIO_new_mem_buf(pem, -1);
}

static SSL_CTX *bolt_tls_context(const struct fake_tls *tls) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    BIO *bio = pem_bio(tls->certificate_pem);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    bio = pem_bio(tls->key_pem);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (tls->requires_client) {
        bio = pem_bio(tls->ca_pem);
        X509 *ca = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca);
        X509_free(ca);
        BIO_free(bio);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    return context;
}

struct fake_server *fake_server_start(const struct fake_step *const *scripts, size_t count,
                                      const struct fake_tls *tls) {
    struct fake_server *server = XNEW(struct fake_server);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);

    server->scripts = scripts;
    server->count = count;
    server->clients = xcalloc(count, sizeof(*server->clients));
    server->context = tls ? bolt_tls_context(tls) : NULL;
    pthread_mutex_init(&server->lock, NULL);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server->fd, 16), 0);
    assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    pthread_create(&server->acceptor, NULL, acceptor_thread, server);
    return server;
}

uint16_t fake_server_port(const struct fake_server *server) {
    return server->port;
}

int64_t fake_server_tx_timeout(struct fake_server *server) {
    pthread_mutex_lock(&server->lock);
    int64_t timeout = server->tx_timeout;
    pthread_mutex_unlock(&server->lock);
    return timeout;
}

void fake_server_stop(struct fake_server *server) {
    char text[sizeof(server->problem)];

    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->acceptor, NULL);
    for (size_t i = 0; i < server->accepted; i++)
        pthread_join(server->clients[i].thread, NULL);
    close(server->fd);
    memcpy(text, server->problem, sizeof(text));
    SSL_CTX_free(server->context);
    pthread_mutex_destroy(&server->lock);
    free(server->clients);
    free(server);
    if (*text)
        fail_msg("%s", text);
}

/* ---- certificates ---- */

static char *pem_of(X509 *certificate, EVP_PKEY *key) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;

    if (certificate)
        PEM_write_bio_X509(bio, certificate);
    else
        PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    long length = BIO_get_mem_data(bio, &data);
    char *pem = xstrndup(data, (size_t)length);
    BIO_free(bio);
    return pem;
}

static void add_extension(X509 *certificate, int id, const char *value) {
    X509V3_CTX context;

    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, id, value);
    assert_non_null(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static X509 *certificate_new(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key) {
    X509 *certificate = X509_new();
    static long serial;

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer : certificate));
    if (issuer) {
        struct in_addr address;
        CLEANUP_FREE char *alternative =
            xprintf("%s:%s", inet_pton(AF_INET, name, &address) == 1 ? "IP" : "DNS", name);
        add_extension(certificate, NID_subject_alt_name, alternative);
    } else {
        add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    }
    X509_sign(certificate, issuer_key, EVP_sha256());
    return certificate;
}

struct fake_tls fake_tls_new(const char *subject) {
    EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *ca = certificate_new(ca_key, "fake authority", NULL, ca_key);
    X509 *certificate = certificate_new(key, subject, ca, ca_key);
    struct fake_tls tls = { .ca_pem = pem_of(ca, NULL),
                            .certificate_pem = pem_of(certificate, NULL),
                            .key_pem = pem_of(NULL, key) };

    X509_free(ca);
    X509_free(certificate);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    return tls;
}

void fake_tls_clear(struct fake_tls *tls) {
    free(tls->ca_pem);
    free(tls->certificate_pem);
    free(tls->key_pem);
    *tls = (struct fake_tls){ 0 };
}
