/* Webhook: admission as a whole: a server for AdmissionReviews, and the authority that keeps its certificate.
 *
 * Every replica serves, leader or not, from the moment that it has a certificate.
 */
#pragma once

#include "api/judge.h"
#include "webhook/admission_server.h"
#include "webhook/authority.h"

#define WEBHOOK_SERVICE "neo4j-operator-webhook"

struct webhook_options {
    struct kube *kube;
    struct judge *judge;
    const char *address;   /* "host:port" or ":port" */
    const char *namespace; /* of the Service and the Secret */
    const char *service;   /* NULL: WEBHOOK_SERVICE */
    const char *secret;    /* NULL: AUTHORITY_SECRET */
    enum certificates_mode certificates;
    bool deletion_protection;
};

struct webhook;

/* Serves and keeps certificates, on two threads, until it is freed. Copies options; kube and judge must
 * outlive it. NULL when the options make no sense or it can't listen. */
struct webhook *webhook_start(const struct webhook_options *options, struct error *err);
/* Answers what is under way first: see admission_server_free(). */
void webhook_free(struct webhook *webhook);
DEFINE_CLEANUP(struct webhook, webhook_free);
uint16_t webhook_port(const struct webhook *webhook);

/* Whether an API server can use it; if not, adds the reason in words. Any thread. */
bool webhook_is_ready(struct webhook *webhook, struct buffer *why_not);
/* Appends the metrics in Prometheus' text format. Any thread. */
void webhook_write_metrics(struct webhook *webhook, struct buffer *out);
