/* Random choices of a simulated world, all from one seed (splitmix64), so that a run can be repeated. */
#pragma once

#include "base/arena.h"

struct random_source {
    uint64_t state;
};

uint64_t random_next(struct random_source *random);
/* In [low, high], both included; high >= low. */
int64_t random_between(struct random_source *random, int64_t low, int64_t high);
/* A version 4 UUID, in arena. */
char *random_uuid(struct random_source *random, struct arena *arena);
