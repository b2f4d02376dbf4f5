/* Workloads: the controllers that a Kubernetes control plane runs, for the simulated one.
 *
 * StatefulSets and their pods, Jobs and CronJobs, claims and volumes, the scheduler, Services and their
 * endpoints, disruption budgets; nodes that fall silent, and what becomes of their pods. They are clients of
 * the API like any other: they see it through watches and change it through calls, and know nothing of the
 * store behind it. Ticked from outside: no thread, no timer of its own.
 */
#pragma once

#include "base/clock.h"
#include "kube/kube.h"

struct workloads;

/* kube and clock must outlive it. */
struct workloads *workloads_new(struct kube *kube, const struct clock *clock);
void workloads_free(struct workloads *workloads);
DEFINE_CLEANUP(struct workloads, workloads_free);

/* Creates what a fresh cluster has: the storage classes "standard" (the default), "fast-ssd" (both bind at
 * once and expand) and "standard-late" (waits for the first consumer). Those that exist stay as they are. */
CHECKED bool workloads_install(struct kube *kube, struct error *err);

/* Does what is due. Returns the monotonic time at which it wants to be called again; not later than now: more
 * is due already, once the API has delivered its events. INT64_MAX: only after a change in the API. */
int64_t workloads_tick(struct workloads *workloads);
