/* The kube port as direct calls into the simulated API server.
 *
 * A call is answered before it returns. Watches are told nothing until sim_kube_deliver() is called, so that
 * no watcher sees the world change in the middle of what it does; then in the order in which things happened.
 * One thread. Several ports, with users of their own, can stand on one api.
 */
#pragma once

#include "kube/kube.h"
#include "sim/api.h"

/* api must outlive it. user (NULL: may do everything) and user_agent ("neo4j-operator/0.1.0") are copied. */
struct kube *sim_kube_new(struct api *api, const struct api_user *user, const char *user_agent);
void sim_kube_free(struct kube *kube);
DEFINE_CLEANUP(struct kube, sim_kube_free);

/* Tells the watchers what has happened since, and starts watches that are new. True when there was anything.
 */
bool sim_kube_deliver(struct kube *kube);
/* Ends every watch as a lost connection does; they list and watch again at the next delivery. */
void sim_kube_disconnect(struct kube *kube);
/* Tells the watches of a resource (NULL: all) nothing until they are let go: late events. */
void sim_kube_hold(struct kube *kube, const char *plural, bool is_held);
/* Lists that watches begin with are those of so many writes ago, as a replica of the API server that is
 * behind answers, where the history reaches back so far; 0: of now. */
void sim_kube_lag(struct kube *kube, int64_t writes);
