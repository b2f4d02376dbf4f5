/* Mutation: what is filled in to an object before it is stored. Pure. */
#pragma once

#include "base/json.h"

struct mutation {
    const struct json *object;
    const struct json *with_defaults; /* the same with its defaults, or NULL: they are not known */
    const char *kind;
    const char *name;    /* "" while there is none */
    const char *version; /* for ADMITTED_VERSION_ANNOTATION; NULL: it is not set */
};

/* The JSON patch, in arena; NULL when nothing is to be filled in. Members of metadata other than the label
 * and the annotation never change, whatever with_defaults says. */
struct json *mutation_patch(struct arena *arena, const struct mutation *mutation);
/* The cluster (or standalone) that an object belongs to by its spec, or NULL. */
const char *mutation_cluster(const char *kind, const char *name, const struct json *object);
