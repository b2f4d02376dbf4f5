/* Lease: which of several operators leads, by a coordination.k8s.io/v1 Lease.
 *
 * Stepped from outside: the owner calls lease_step() from one thread, again after as long as it says. No
 * thread and no waiting inside. The leader renews every retry_ms; one whose last renewal is older than
 * renew_deadline_ms must stop its work and no longer believes to lead, which is before others may take the
 * lease (duration_ms). Times of others are never compared with our clock: a lease is free when its record has
 * not changed for its duration, as seen here. After: client-go, tools/leaderelection.
 */
#pragma once

#include "base/clock.h"
#include "kube/kube.h"

struct lease;

#define LEASE_NAME "neo4j-operator-leader-election"

struct lease_options {
    const char *namespace;
    const char *name;      /* NULL: LEASE_NAME */
    const char *identity;  /* unlike any other's: pod name and a random part */
    int duration_ms;       /* 0: 15000 */
    int renew_deadline_ms; /* 0: 10000 */
    int retry_ms;          /* 0: 2000 */
};

/* Copies options. kube and clock must outlive it. */
struct lease *lease_new(struct kube *kube, const struct clock *clock, const struct lease_options *options);
void lease_free(struct lease *lease);
DEFINE_CLEANUP(struct lease, lease_free);

/* Tries to take or to renew. *out_wait_ms is when to call again. False with the reason when the API could not
 * be asked or refused: the leader stays leader until its deadline. */
bool lease_step(struct lease *lease, int64_t *out_wait_ms, struct error *err);
/* By the clock, without asking: true until the renewal deadline. Any thread. */
bool lease_is_leader(struct lease *lease);
/* Who leads as far as is known; NULL: nobody. In arena. Any thread. */
char *lease_holder(struct lease *lease, struct arena *arena);
/* Gives the lease up, so that another can take it at once. */
bool lease_release(struct lease *lease, struct error *err);
