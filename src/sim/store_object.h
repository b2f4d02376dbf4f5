/* Parsed objects: those of the last values that somebody asked for. For store.c. */
#pragma once

#include "sim/store.h"

enum { STORE_OBJECTS_MAX = 64 };

struct store_objects {
    struct {
        const struct store_value *value; /* counted */
        const struct store_object *object;
    } items[STORE_OBJECTS_MAX];
    size_t newest;
};

void store_objects_clear(struct store_objects *objects);
/* Counted for the caller. */
const struct store_object *store_objects_get(struct store_objects *objects, const struct store_value *value);
