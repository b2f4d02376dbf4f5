#include "sim/neo4j/random.h"

#include "base/encoding.h"

#include <string.h>

uint64_t random_next(struct random_source *random) {
    uint64_t value = random->state += UINT64_C(0x9e3779b97f4a7c15);

    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

int64_t random_between(struct random_source *random, int64_t low, int64_t high) {
    ensure(high >= low);
    return low + (int64_t)(random_next(random) % ((uint64_t)(high - low) + 1));
}

char *random_uuid(struct random_source *random, struct arena *arena) {
    uint8_t bytes[16];
    uint64_t halves[2] = { random_next(random), random_next(random) };

    memcpy(bytes, halves, sizeof(bytes));
    return uuid_format(arena, bytes);
}
