#include "sim/neo4j/value_set.h"

#include "base/encoding.h"

static uint64_t mix(uint64_t a, uint64_t b) {
    uint64_t both[2] = { a, b };

    return hash64(both, sizeof(both));
}

/* Equal values have equal hashes: the members of a map count without their order. */
static uint64_t hash_value(const struct bolt_value *value) {
    uint64_t hash = mix(value->type, value->length);
    uint64_t bits;

    switch (value->type) {
    case BOLT_NULL:
        break;
    case BOLT_BOOL:
        return mix(hash, value->boolean);
    case BOLT_INTEGER:
        return mix(hash, (uint64_t)value->integer);
    case BOLT_FLOAT:
        if (value->number != value->number || value->number == 0) /* all NaN are equal, and 0.0 and -0.0 */
            return hash;
        memcpy(&bits, &value->number, sizeof(bits));
        return mix(hash, bits);
    case BOLT_BYTES:
    case BOLT_STRING:
    case BOLT_UUID:
        return mix(hash, hash64(value->string, value->length));
    case BOLT_LIST:
    case BOLT_STRUCT:
        for (uint32_t i = 0; i < value->length; i++)
            hash = mix(hash, hash_value(&value->items[i]));
        break;
    case BOLT_MAP:
        for (uint32_t i = 0; i < value->length; i++)
            hash += mix(hash64(value->members[i].key, value->members[i].key_length),
                        hash_value(&value->members[i].value));
        break;
    }
    return hash;
}

static size_t find_slot(const struct value_set *set, const struct bolt_value *value) {
    size_t slot = hash_value(value) % set->slot_count;

    while (set->slots[slot] && !bolt_equal(set->values[set->slots[slot] - 1], value))
        slot = (slot + 1) % set->slot_count;
    return slot;
}

static void grow(struct value_set *set) {
    size_t capacity = set->capacity ? set->capacity * 2 : 16;
    const struct bolt_value **values = ARENA_ARRAY(set->arena, const struct bolt_value *, capacity);

    if (set->count)
        memcpy(values, set->values, set->count * sizeof(*values));
    set->values = values;
    set->capacity = capacity;
    set->slot_count = capacity * 2;
    set->slots = ARENA_ARRAY(set->arena, size_t, set->slot_count);
    for (size_t i = 0; i < set->count; i++)
        set->slots[find_slot(set, set->values[i])] = i + 1;
}

size_t value_set_add(struct value_set *set, const struct bolt_value *value, bool *out_is_new) {
    size_t slot;

    if (set->count == set->capacity)
        grow(set);
    slot = find_slot(set, value);
    *out_is_new = !set->slots[slot];
    if (*out_is_new) {
        set->values[set->count++] = value;
        set->slots[slot] = set->count;
    }
    return set->slots[slot] - 1;
}
