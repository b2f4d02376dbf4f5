/* Managers: metadata.managedFields as a list of who owns what.
 *
 * A manager is known by its name, operation and subresource, and for updates also by API version. Entries
 * with nothing in them do not exist. After: k8s.io/apimachinery, util/managedfields/internal.
 */
#pragma once

#include "sim/apply_set.h"

struct manager {
    const char *name;
    bool is_apply;
    const char *api_version;
    const char *subresource; /* "" for the object itself */
    const char *time;        /* NULL: none */
    struct field_set fields;
};

struct managers {
    struct arena *arena;
    struct manager *items;
    size_t count;
    size_t capacity;
};

/* What managedFields (NULL, or any JSON) says. ERROR_INVALID when an entry makes no sense. */
CHECKED bool managers_parse(struct arena *arena, const struct json *managed_fields,
                            struct managers *out_managers, struct error *err);
/* NULL when there are none; else the array, in the real server's order: applies, then updates, each by time,
 * then by name. */
struct json *managers_print(const struct managers *managers);
/* The one with the same identity, or NULL. Holds until one is added or removed. */
struct manager *managers_find(const struct managers *managers, const struct manager *wanted);
/* A copy of manager, in place of the one with its identity. */
void managers_put(struct managers *managers, const struct manager *manager);
/* Drops those that own nothing. */
void managers_drop_empty(struct managers *managers);
/* Merges the oldest updates into "ancient-changes" until there are at most max. */
void managers_cap_updates(struct managers *managers, size_t max);
