/* Secret store: the data of the few Secrets that the operator itself needs, such as the admin password.
 *
 * The cache knows Secrets by metadata only. The data of one is read from the API server when it is first
 * asked for and again when its resource version in the cache has moved on, and kept here, overwritten when it
 * goes. So at steady state no Secret is read, and no Secret that nobody named ever is. Safe for any number of
 * threads.
 */
#pragma once

#include "base/secret.h"
#include "kube/cache.h"
#include "kube/kube.h"

struct secret_store;

/* cache and kube must outlive it. cache follows KUBE_SECRETS, by metadata. */
struct secret_store *secret_store_new(struct cache *cache, struct kube *kube);
void secret_store_free(struct secret_store *store);
DEFINE_CLEANUP(struct secret_store, secret_store_free);

enum secret_answer {
    SECRET_FOUND,
    SECRET_NO_SUCH_OBJECT,
    SECRET_NO_SUCH_KEY,
    SECRET_UNREADABLE, /* err says why */
};

/* Forgets the data of one Secret: it was deleted or changed. */
void secret_store_forget(struct secret_store *store, const char *namespace, const char *name);
/* Forgets all of a namespace: whoever named them is gone. Those that others name are read again. */
void secret_store_forget_namespace(struct secret_store *store, const char *namespace);
/* How many Secrets are kept. */
size_t secret_store_count(struct secret_store *store);

/* *out_value is the caller's: clear it. */
enum secret_answer secret_store_read(struct secret_store *store, const char *namespace, const char *name,
                                     const char *key, struct secret_text *out_value, struct error *err);
