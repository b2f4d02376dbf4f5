/* Manifests: the objects in a text of YAML or JSON: one of several documents, items of a List in their place.
 */
#pragma once

#include "cli/report.h"

struct manifest {
    const char *file;
    const struct json *object; /* always an object */
    const struct yaml_place *place;
};

struct manifests {
    struct manifest *items;
    size_t count;
};

/* Reads a file, or standard input (SOURCES_STDIN). What can't be read, and documents that are no objects, go
 * to the report, and the rest is kept. In arena. */
struct manifests manifests_read(struct arena *arena, const char *path, struct report *report);
