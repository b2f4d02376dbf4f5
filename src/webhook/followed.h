/* Followed: one object, by its name, as a watch shows it. It may hold a Secret: what is kept is overwritten
 * before it is freed. Safe for any threads: one lock, a leaf; `changed` is called without it, on the watch's
 * thread. */
#pragma once

#include "kube/kube.h"

struct followed;

/* namespace NULL: cluster-scoped. changed must not block. kube must outlive it. */
struct followed *followed_new(struct kube *kube, const struct kube_resource *resource, const char *namespace,
                              const char *name, void (*changed)(void *context), void *context);
/* Stops the watch. */
void followed_free(struct followed *followed);
DEFINE_CLEANUP(struct followed, followed_free);

/* Whether it is known what is there. If not, *out_failure is why, or ERROR_NONE while the first list is
 * waited for. */
bool followed_is_known(struct followed *followed, struct error *out_failure);
/* In arena; NULL: there is none. */
struct json *followed_object(struct followed *followed, struct arena *arena);
/* What a call of our own has shown since: the watch will tell the same, later. NULL: there is none. */
void followed_note(struct followed *followed, const struct json *object);

const struct kube_resource *followed_resource(const struct followed *followed);
const char *followed_namespace(const struct followed *followed);
const char *followed_name(const struct followed *followed);
