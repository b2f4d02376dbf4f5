/* Manager: brings the operator up, keeps it up while it may lead, and takes it down in order. */
#pragma once

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"
#include "webhook/rotation.h"

enum { MANAGER_WORKERS = 4, MANAGER_WORKERS_MAX = 64 };

struct manager_options {
    const char *kubeconfig; /* NULL: in-cluster, else as kubectl */
    const char *context;
    const char *namespaces; /* separated by commas; NULL or "": all */
    unsigned workers;
    enum log_level log_level;
    const char *health_address; /* "host:port" or ":port"; NULL: none */
    bool leader_elect;
    const char *webhook_address; /* as health_address */
    const char *webhook_service; /* NULL: WEBHOOK_SERVICE */
    const char *webhook_secret;  /* NULL: AUTHORITY_SECRET */
    enum certificates_mode webhook_certificates;
    bool deletion_protection;
};

/* "a,b" → { "a", "b", NULL } in arena, each once: two watches on one namespace would take its objects from
 * each other. NULL for all. */
const char *const *manager_namespaces(struct arena *arena, const char *list);

/* Runs until SIGTERM or SIGINT. The exit status: 0 in order, 1 when the configuration cannot be used, 3 when
 * the lead was lost: Kubernetes then starts it anew. What may mend itself (no API server, no CRD, no
 * permission) is waited for, and said in the log. */
int manager_run(const struct manager_options *options);
