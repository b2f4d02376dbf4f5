/* Admission server: answers AdmissionReviews over HTTPS, on a thread and an event loop of its own.
 *
 *   POST /validate-neo4j-neo4j-com-v1alpha1[-KIND]   judged
 *   POST /mutate-neo4j-neo4j-com-v1alpha1[-KIND]     filled in
 *
 * KIND is a kind in lower case, as generated configurations have it; it tells the server nothing. Anything
 * else gets 404, 405, 413, 415 or 400 with a sentence. A request with two Content-Lengths, a Content-Length
 * beside an encoding of its own, or without exactly one Host is refused, and its connection closed: who reads
 * such a request otherwise than the sender meant it could be made to take a body for a request.
 *
 * Who does not finish a handshake or a request in time, or does not take its answer, is cut off. An idle
 * connection is kept for longer than an API server keeps its own (90 s): it must never close one just when
 * the other side sends. When there are too many connections, or too much is being received, the one that was
 * quiet for longest, or has sent most, gives way.
 *
 * The certificate can be changed at any time: new handshakes have the new one, connections that exist go on.
 */
#pragma once

#include "base/certificate.h"
#include "webhook/admission.h"

enum {
    /* The largest object twice, as it is and as it was, and what an API server writes around them.
     * Source: etcd's limit of a request, 1.5 MiB. */
    ADMISSION_BODY_BYTES_MAX = 3 * 1024 * 1024 + 256 * 1024,
    ADMISSION_HEADER_BYTES_MAX = 16 * 1024,
    ADMISSION_CONNECTIONS_MAX = 256,
    ADMISSION_RECEIVING_BYTES_MAX = 32 * 1024 * 1024, /* of all connections together */
    ADMISSION_REQUEST_MS_MAX = 10000, /* for a handshake with the first request, and for each further one */
    ADMISSION_IDLE_MS_MAX = 120000,
    ADMISSION_STOP_MS_MAX = 5000, /* for what is under way when the server is stopped */
    ADMISSION_STOP_IDLE_MS = 500, /* for what an idle connection may have sent already */
};

/* Upper bounds of the durations that are counted, in milliseconds; one more counts what is longer. */
enum { ADMISSION_BUCKETS = 8 };
extern const double admission_bucket_ms[ADMISSION_BUCKETS];

struct admission_server;

struct admission_server_options {
    const char *address; /* "host:port" or ":port" */
    struct admission_options admission;
    /* 0: the limits above. For tests. */
    int request_ms_max, idle_ms_max, stop_ms_max;
};

/* Listens. Until it is given a certificate every handshake fails. options.admission.version must outlive it.
 * NULL when it can't listen. */
struct admission_server *admission_server_start(const struct admission_server_options *options,
                                                struct error *err);
uint16_t admission_server_port(const struct admission_server *server);
/* Serves with chain[0], which has its key, and the intermediates behind it from now on. Any thread. */
CHECKED bool admission_server_serve(struct admission_server *server, const struct certificate *chain,
                                    size_t count, struct error *err);
/* Takes no more connections, answers what is under way, and ends: within ADMISSION_STOP_MS_MAX. */
void admission_server_free(struct admission_server *server);
DEFINE_CLEANUP(struct admission_server, admission_server_free);

struct admission_server_counts {
    uint64_t reviews[REVIEW_OPERATIONS][2]; /* by operation; [1]: allowed */
    uint64_t refused_requests;              /* answered with an HTTP error by us */
    uint64_t durations[ADMISSION_BUCKETS + 1];
    uint64_t duration_ns; /* of all reviews together */
    uint64_t connections; /* accepted */
    uint64_t connections_now;
    uint64_t cut_off; /* too slow, too many, or too much */
};
/* Any thread. */
void admission_server_count(struct admission_server *server, struct admission_server_counts *out_counts);
