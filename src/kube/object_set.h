/* Object set: the objects of one resource, packed, in the order of namespace and name.
 *
 * Beside the packed object each entry holds what look-ups need without unpacking: its key, its identity,
 * hashes of its labels and of its controller's uid. The hashes only rule entries out; what is left is
 * unpacked and looked at. That makes a list by label a walk over the entries of a namespace, about 10 ns for
 * each, and spares an index per label.
 *
 * Not kept of an object: metadata.managedFields and kubectl's last-applied-configuration, which nobody reads
 * and which are more than half of it. No lock of its own.
 */
#pragma once

#include "base/json.h"
#include "kube/packing.h"

#include <bsd/sys/tree.h>

struct object_entry {
    RB_ENTRY(object_entry) in_tree;
    const char *namespace; /* "" when cluster-scoped */
    const char *name;
    const char *uid;
    const char *resource_version;
    const void *source; /* the caller's: whence the object came, and when it was seen there */
    uint32_t round;
    uint32_t label_count;
    uint64_t owner_hash; /* of the controller's uid; 0: none */
    struct packed *packed;
    uint32_t label_hashes[]; /* then the strings */
};

struct object_set;

struct object_set *object_set_new(void);
void object_set_free(struct object_set *set);

/* The text that is kept of object, in arena. */
struct text object_kept_text(struct arena *arena, const struct json *object);
/* The uid of the owner that controls object, or NULL. */
const char *object_controller_uid(const struct json *object);

/* NULL when there is none. namespace may be NULL. */
struct object_entry *object_set_find(struct object_set *set, const char *namespace, const char *name);
/* Adds object, which must not be there; text is what is kept of it. */
struct object_entry *object_set_add(struct object_set *set, const struct json *object, struct text text);
void object_set_remove(struct object_set *set, struct object_entry *entry);
/* The kept text, in arena. */
struct text object_entry_text(const struct object_entry *entry, struct arena *arena);

/* The first entry of namespace or behind it; NULL: of all. */
struct object_entry *object_set_first(struct object_set *set, const char *namespace);
struct object_entry *object_set_next(struct object_set *set, struct object_entry *entry);

/* What a list asks for; NULL fields: all. */
struct object_filter {
    const char *namespace;
    const char *label_key;
    const char *label_value;
    const char *owner_uid;
};
/* The texts of the entries that may match, in arena, in order. */
struct text *object_set_select(struct object_set *set, struct arena *arena,
                               const struct object_filter *filter, size_t *out_count);
/* Whether object, unpacked, does match. */
bool object_matches(const struct json *object, const struct object_filter *filter);

size_t object_set_count(const struct object_set *set);
size_t object_set_bytes(const struct object_set *set);
size_t object_set_text_bytes(const struct object_set *set);
