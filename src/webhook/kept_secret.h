/* Kept Secret: the webhook's Secret, followed, and written under the version that was read.
 *
 * So of two replicas that write, one wins, and the other sees what it wrote. What a call answers counts as
 * seen, so that the next look need not wait for the watch.
 */
#pragma once

#include "kube/kube.h"
#include "webhook/certificate_secret.h"

#define KEPT_SECRET_FIELD_MANAGER "neo4j-operator-webhook"

enum { KEPT_SECRET_CALL_MS = 5000 };

struct kept_secret;

/* Starts the watch. changed: as that of a followed object. kube must outlive it. */
struct kept_secret *kept_secret_new(struct kube *kube, const char *namespace, const char *name,
                                    void (*changed)(void *context), void *context);
void kept_secret_free(struct kept_secret *kept);
DEFINE_CLEANUP(struct kept_secret, kept_secret_free);

/* Whether it is known what is there. If not, *out_failure is why, or ERROR_NONE while the first list is
 * waited for. */
bool kept_secret_is_known(struct kept_secret *kept, struct error *out_failure);
/* The object, in arena; NULL: there is none. */
struct json *kept_secret_object(struct kept_secret *kept, struct arena *arena);
/* Writes held into present, as it was read, or makes the Secret if that is NULL. *out_is_ours is false when
 * another was first; then what is there now was read. */
bool kept_secret_write(struct kept_secret *kept, struct arena *arena, struct json *present,
                       const struct certificate_secret *held, bool *out_is_ours, struct error *err);
