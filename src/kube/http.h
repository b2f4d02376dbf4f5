/* HTTP: the network thread.
 *
 * One thread owns the event base and, through an HTTP pool, every connection to the server. Other threads
 * hand a request over with http_exchange() and wait; what runs on the network thread itself (watches) uses
 * the pool directly and is called back.
 */
#pragma once

#include "kube/http_pool.h"

struct http;

/* Copies options. Starts the network thread. */
struct http *http_new(const struct http_options *options);
/* Ends the network thread. No http_exchange() may be waiting; other calls are dropped. */
void http_free(struct http *http);
DEFINE_CLEANUP(struct http, http_free);

/* Asks and waits; any status is a success. Not from the network thread. Failures as in http_pool_start(). */
CHECKED bool http_exchange(struct http *http, const struct http_request *request,
                           struct http_answer *out_answer, struct error *err);

/* What came of one of several requests; answer is the caller's. */
struct http_outcome {
    bool is_answered;
    struct http_answer answer;
    struct error failure; /* when it is not answered */
};
/* The same for several requests side by side, as far as there are connections; waits for all. */
void http_exchange_all(struct http *http, const struct http_request *requests, size_t count,
                       struct http_outcome *out_outcomes);

/* For use on the network thread only. */
struct http_pool *http_get_pool(struct http *http);
struct event_base *http_get_base(struct http *http);

typedef void http_task_fn(void *context);
/* From any thread: runs function on the network thread, in the order of the calls. */
void http_run(struct http *http, http_task_fn *function, void *context);
/* The same, and waits until it has run; at once when called on the network thread. */
void http_run_and_wait(struct http *http, http_task_fn *function, void *context);
