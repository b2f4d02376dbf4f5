/* The collector: what the server cleans up by itself.
 *
 * Three rooms: garbage (api_collector.c), namespaces and definitions that end (api_collector_endings.c), and
 * old events (api_collector_events.c). This is what they share. */
#pragma once

#include "sim/api_internal.h"

/* ---- acting (api_collector_act.c) ----
 * What is refused is tried again after the next change of the object. */

/* A call on the object at key. */
void collector_act(struct api *api, struct arena *arena, const struct api_resource *resource, const char *key,
                   struct api_call *call);
/* uid: a precondition, or NULL. */
void collector_delete(struct api *api, struct arena *arena, const char *collection, const char *key,
                      const char *propagation, const char *uid);
/* Only while it is the same object, by its uid. */
void collector_update_metadata(struct api *api, struct arena *arena, const char *collection, const char *key,
                               const struct json *object, const char *member, struct json *value);
void collector_remove_finalizer(struct api *api, struct arena *arena, const char *collection, const char *key,
                                const struct json *object, const char *name);
bool collector_has_finalizer(const struct json *object, const char *name);

/* ---- namespaces and definitions that end ---- */

/* Whether what is in it goes step by step. */
bool collector_ends_slowly(const char *collection);
/* Takes the next step of all that are being deleted. True when none is left. */
bool collector_end_slow_ones(struct api *api);

/* ---- events ---- */

/* Returns in how many ns the next one may be old enough. */
int64_t collector_forget_events(struct api *api);
