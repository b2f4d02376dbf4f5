/* HTTP pool: requests to one server over kept-alive connections, on one event base, without threads.
 *
 * After any failure a connection is thrown away, with its SSL: an SSL can't be used for a second connection.
 * A request that dies on a connection that was used before, without a byte of answer, most likely met a
 * server that had just closed it: it is repeated once on a fresh connection if it is repeatable. Requests
 * that are not get a connection that was in use a moment ago, or a fresh one.
 *
 * An answer is complete only when its framing says so (http_reader.h): so it does not matter whether the
 * server ends TLS properly, which many don't. That is why libevent's own client, evhttp, is not used: it
 * takes a body without a length for whole when the connection ends, any provisional answer for the final one,
 * and holds each chunk until it is complete.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "kube/credentials.h"
#include "kube/http_reader.h"

#include <event2/event.h>

enum {
    HTTP_BODY_BYTES_MAX = 64 * 1024 * 1024,
    HTTP_STREAM_REFUSAL_BYTES_MAX = 64 * 1024, /* of an answer other than 2xx to a stream */
    HTTP_IDLE_SECONDS_MAX = 60,                /* connections idle for longer are closed */
    HTTP_IDLE_SECONDS_MAX_UNREPEATABLE = 5,
};

struct http_options {
    const char *host;
    int port;
    bool is_plain;        /* without TLS */
    const char *tls_name; /* whom the certificate must name; NULL: host */
    const char *user_agent;
    unsigned connections_max; /* for calls that are no streams; more calls wait for their turn */
};

struct http_request {
    const char *method;       /* "GET", "POST", "PUT", "PATCH", "DELETE" */
    const char *target;       /* path and query, encoded */
    const char *accept;       /* NULL: "application/json" */
    const char *content_type; /* of body */
    struct text body;
    struct credential *credential; /* borrowed; a reference is kept */
    int timeout_ms;                /* until the last byte of the answer */
    bool is_repeatable;            /* doing it twice is as good as once */
    bool is_stream;                /* has a connection of its own; a 2xx body goes to handler->data */
};

struct http_answer {
    int status;
    unsigned retry_after_seconds;
    struct buffer body;
};
void http_answer_clear(struct http_answer *answer);

struct http_handler {
    void *context;
    /* A stream is answered with 2xx; data follows. May be NULL. Must not cancel the call. */
    void (*opened)(void *context);
    /* Bytes of a 2xx answer to a stream, as they come. Must not cancel the call; false ends it, with `done`
     * and ERROR_PROTOCOL. */
    bool (*data)(void *context, struct text bytes);
    /* The end, once; the call is gone. answer is NULL when it failed, else err is; it may be emptied. */
    void (*done)(void *context, struct http_answer *answer, const struct error *err);
};

struct http_pool;
struct http_call;

/* Copies options. */
struct http_pool *http_pool_new(struct event_base *base, const struct http_options *options);
/* Drops all calls without calling their handlers. */
void http_pool_free(struct http_pool *pool);

/* Copies what it needs. The handler is not called from inside.
 * Failures: ERROR_UNAVAILABLE with outcome_unknown false when the request was not sent; when it was,
 * ERROR_TIMEOUT, ERROR_UNAVAILABLE or ERROR_PROTOCOL with outcome_unknown true. */
struct http_call *http_pool_start(struct http_pool *pool, const struct http_request *request,
                                  const struct http_handler *handler);
/* Nothing of it is called any more. */
void http_call_cancel(struct http_call *call);

/* Connections opened so far; from any thread. */
uint64_t http_pool_opened(const struct http_pool *pool);
