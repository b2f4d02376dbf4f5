/* Outlook: in one word and one sentence, where a cluster stands and what it waits for.
 *
 * What status.phase, status.message and the Ready condition say. The first of the rules in outlook.c that
 * applies decides; each wait names what is waited for.
 */
#pragma once

#include "controllers/cluster/observe.h"
#include "controllers/status.h"

struct outlook {
    const char *phase; /* as in the API reference: "Forming" */
    enum condition_value ready;
    const char *reason;  /* of the Ready condition */
    const char *message; /* a sentence for people */
    /* Something that does not mend itself: a warning event tells it. */
    bool is_trouble;
    /* When to look again although no object changed; 0: never. */
    int64_t look_again_ms;
};

/* Pure. */
struct outlook cluster_outlook(const struct observed_cluster *observed);

/* The server of this pod is Enabled and Available. */
bool pod_serves(const struct observed_pod *pod);
size_t servers_serving(const struct observed_cluster *observed);
/* Pods that there are to be: never fewer than there are, since taking a server away needs its databases moved
 * first. */
int servers_wanted(const struct observed_cluster *observed);
