#include "simulate/chance.h"

#include "base/encoding.h"

uint64_t chance_next(struct chance *chance) {
    uint64_t mixed = chance->state += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

uint64_t chance_below(struct chance *chance, uint64_t below) {
    ensure(below > 0);
    return chance_next(chance) % below;
}

int64_t chance_between(struct chance *chance, int64_t first, int64_t last) {
    ensure(first <= last);
    return first + (int64_t)chance_below(chance, (uint64_t)(last - first) + 1);
}

bool chance_is(struct chance *chance, unsigned per_mille) {
    return chance_below(chance, 1000) < per_mille;
}

static void fill(void *context, void *out, size_t length) {
    struct chance *chance = context;
    unsigned char *at = out;

    for (size_t i = 0; i < length; i++)
        at[i] = (unsigned char)chance_next(chance);
}

void chance_take_over(struct chance *chance) {
    random_set_source(chance ? fill : NULL, chance);
}
