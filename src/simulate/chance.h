/* Chance: the one source of choices of a run. The same seed gives the same choices. After: SplitMix64
 * (Steele, Lea, Flood: Fast splittable pseudorandom number generators). */
#pragma once

#include "base/memory.h"

struct chance {
    uint64_t state;
};

uint64_t chance_next(struct chance *chance);
/* 0 to below - 1; below > 0. */
uint64_t chance_below(struct chance *chance, uint64_t below);
/* From first to last, both included. */
int64_t chance_between(struct chance *chance, int64_t first, int64_t last);
/* True in per_mille of 1000 cases. */
bool chance_is(struct chance *chance, unsigned per_mille);
/* One of an array. */
#define CHANCE_OF(chance, array) ((array)[chance_below((chance), ARRAY_LENGTH(array))])
/* From now on random_bytes() answers from it; NULL: from the system again. */
void chance_take_over(struct chance *chance);
