/* Known objects: objects by kind, namespace and name: those that were seen already, those that are there now.
 */
#pragma once

#include "cli/manifests.h"

#include <bsd/sys/tree.h>

struct known_object {
    RB_ENTRY(known_object) entry;
    const char *kind;
    const char *namespace; /* "": none is written */
    const char *name;
    const char *file;
    struct yaml_mark at;
    const struct json *object; /* borrowed; NULL when it was not kept */
};
RB_HEAD(known_objects, known_object);

/* Adds the object, copied into arena but for its value, which is borrowed when keep_value is set. Returns the
 * one that is known already, which stays, or NULL. Objects without a name are never known: each gets its own.
 */
const struct known_object *known_objects_add(struct known_objects *objects, struct arena *arena,
                                             const struct manifest *manifest, bool keep_value);
/* The object of the same kind, namespace and name. Where one of the two has no namespace, the one of that
 * kind and name if there is no other: manifests leave it out, a cluster's answer never does. NULL when there
 * is none. */
const struct known_object *known_objects_find(struct known_objects *objects, const struct json *object);
