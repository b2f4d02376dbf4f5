/* A TLS server on loopback that does what a test tells it, byte by byte: each connection is served by the
 * test's function on a thread of its own, with plain blocking calls.
 */
#pragma once

#include "base/buffer.h"

/* ---- certificates, made when the tests begin ---- */

struct test_identity {
    char *certificate_pem;
    char *key_pem;
};
void test_identity_clear(struct test_identity *identity);
/* issuer NULL: an authority. name: a DNS name or address, also the subject. valid_seconds may be negative. */
struct test_identity test_identity_make(const char *name, const struct test_identity *issuer,
                                        int valid_seconds);

/* ---- the server ---- */

struct fake_server;
struct fake_connection;

struct fake_request {
    char *method;
    char *target;
    char *head; /* all header lines */
    struct buffer body;
};
void fake_request_clear(struct fake_request *request);

/* index counts connections from 0. */
typedef void fake_serve_fn(void *context, struct fake_connection *connection, int index);

/* identity NULL: without TLS. */
struct fake_server *fake_server_new(const struct test_identity *identity, fake_serve_fn *serve,
                                    void *context);
/* Ends when all connections have. */
void fake_server_free(struct fake_server *server);
int fake_server_port(const struct fake_server *server);
int fake_server_connections(struct fake_server *server);

/* Whether its TLS session is that of an earlier connection. */
bool fake_is_resumed(const struct fake_connection *connection);
/* These are false at the end of the connection. */
bool fake_read(struct fake_connection *connection, struct fake_request *out_request);
bool fake_write(struct fake_connection *connection, const char *bytes);
/* An answer with a length. */
void fake_answer(struct fake_connection *connection, int status, const char *more_headers, const char *body);
/* A chunk of an answer that was begun. */
bool fake_chunk(struct fake_connection *connection, const char *bytes);
/* Without a goodbye: the peer's next read fails. */
void fake_reset(struct fake_connection *connection);
