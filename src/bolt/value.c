#include "bolt/value.h"

#include "base/clock.h"

/* ---- looking ---- */

bool bolt_is(const struct bolt_value *value, enum bolt_type type) {
    return value && value->type == type;
}

bool bolt_is_null(const struct bolt_value *value) {
    return !value || value->type == BOLT_NULL;
}

bool bolt_is_struct(const struct bolt_value *value, uint8_t tag) {
    return bolt_is(value, BOLT_STRUCT) && value->tag == tag;
}

static struct bolt_member *find_member(const struct bolt_value *map, struct text key) {
    if (!bolt_is(map, BOLT_MAP))
        return NULL;
    for (size_t i = map->length; i-- > 0;) {
        struct bolt_member *member = &map->members[i];
        if (text_equal((struct text){ member->key, member->key_length }, key))
            return member;
    }
    return NULL;
}

struct bolt_value *bolt_get(const struct bolt_value *map, const char *key) {
    struct bolt_member *member = find_member(map, text_from(key));

    return member ? &member->value : NULL;
}

struct bolt_value *bolt_item(const struct bolt_value *list, size_t index) {
    if (!bolt_is(list, BOLT_LIST) && !bolt_is(list, BOLT_STRUCT))
        return NULL;
    return index < list->length ? &list->items[index] : NULL;
}

size_t bolt_length(const struct bolt_value *value) {
    return value && value->type >= BOLT_BYTES ? value->length : 0;
}

const char *bolt_string(const struct bolt_value *value, const char *fallback) {
    return bolt_is(value, BOLT_STRING) ? value->string : fallback;
}

struct text bolt_text(const struct bolt_value *value) {
    if (!bolt_is(value, BOLT_STRING) && !bolt_is(value, BOLT_BYTES) && !bolt_is(value, BOLT_UUID))
        return (struct text){ NULL, 0 };
    return (struct text){ value->string, value->length };
}

int64_t bolt_integer(const struct bolt_value *value, int64_t fallback) {
    return bolt_is(value, BOLT_INTEGER) ? value->integer : fallback;
}

double bolt_number(const struct bolt_value *value, double fallback) {
    if (bolt_is(value, BOLT_FLOAT))
        return value->number;
    return bolt_is(value, BOLT_INTEGER) ? (double)value->integer : fallback;
}

bool bolt_bool(const struct bolt_value *value, bool fallback) {
    return bolt_is(value, BOLT_BOOL) ? value->boolean : fallback;
}

bool bolt_wall(const struct bolt_value *value, int64_t *out_wall_ns) {
    const struct bolt_value *seconds = bolt_item(value, 0);
    const struct bolt_value *nanoseconds = bolt_item(value, 1);
    bool is_local = bolt_is_struct(value, BOLT_LEGACY_DATE_TIME);
    int64_t utc_seconds;
    int64_t wall_ns;

    if (!is_local && !bolt_is_struct(value, BOLT_DATE_TIME) && !bolt_is_struct(value, BOLT_DATE_TIME_ZONE))
        return false;
    if (!bolt_is(seconds, BOLT_INTEGER) || !bolt_is(nanoseconds, BOLT_INTEGER))
        return false;
    if (is_local && !bolt_is(bolt_item(value, 2), BOLT_INTEGER))
        return false;
    if (__builtin_sub_overflow(seconds->integer, is_local ? bolt_item(value, 2)->integer : 0, &utc_seconds) ||
        __builtin_mul_overflow(utc_seconds, NANOSECONDS_PER_SECOND, &wall_ns) ||
        __builtin_add_overflow(wall_ns, nanoseconds->integer, &wall_ns))
        return false;
    *out_wall_ns = wall_ns;
    return true;
}

static bool items_equal(const struct bolt_value *a, const struct bolt_value *b) {
    for (uint32_t i = 0; i < a->length; i++)
        if (!bolt_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

/* With keys that come twice this looks at the last of each only, as every reader does. */
static bool has_members_of(const struct bolt_value *a, const struct bolt_value *b) {
    for (uint32_t i = 0; i < b->length; i++) {
        struct text key = { b->members[i].key, b->members[i].key_length };
        const struct bolt_member *mine = find_member(a, key);
        if (!mine || !bolt_equal(&mine->value, &find_member(b, key)->value))
            return false;
    }
    return true;
}

bool bolt_equal(const struct bolt_value *a, const struct bolt_value *b) {
    if (bolt_is_null(a) || bolt_is_null(b))
        return bolt_is_null(a) && bolt_is_null(b);
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case BOLT_NULL:
        return true;
    case BOLT_BOOL:
        return a->boolean == b->boolean;
    case BOLT_INTEGER:
        return a->integer == b->integer;
    case BOLT_FLOAT:
        return a->number == b->number || (a->number != a->number && b->number != b->number);
    case BOLT_BYTES:
    case BOLT_STRING:
    case BOLT_UUID:
        return text_equal(bolt_text(a), bolt_text(b));
    case BOLT_LIST:
    case BOLT_STRUCT:
        return a->tag == b->tag && a->length == b->length && items_equal(a, b);
    case BOLT_MAP:
        return has_members_of(a, b) && has_members_of(b, a);
    }
    return false;
}

/* ---- building ---- */

enum { ROOM_LOG2_MIN = 2, LENGTH_MAX = 1 << 30, STRUCT_FIELDS_MAX = 15 };

static struct bolt_value *new_value(struct arena *arena, struct bolt_value value) {
    struct bolt_value *place = ARENA_NEW(arena, struct bolt_value);

    *place = value;
    return place;
}

static struct bolt_value bytes_value(struct arena *arena, enum bolt_type type, const void *data,
                                     size_t length) {
    ensure(length <= UINT32_MAX);
    return (struct bolt_value){
        .type = type,
        .length = (uint32_t)length,
        .string = arena_strndup(arena, length ? data : "", length),
    };
}

static struct bolt_value string_value(struct arena *arena, const char *string) {
    if (!string)
        return (struct bolt_value){ .type = BOLT_NULL };
    return bytes_value(arena, BOLT_STRING, string, strlen(string));
}

struct bolt_value *bolt_new_null(struct arena *arena) {
    return new_value(arena, (struct bolt_value){ .type = BOLT_NULL });
}

struct bolt_value *bolt_new_bool(struct arena *arena, bool value) {
    return new_value(arena, (struct bolt_value){ .type = BOLT_BOOL, .boolean = value });
}

struct bolt_value *bolt_new_integer(struct arena *arena, int64_t integer) {
    return new_value(arena, (struct bolt_value){ .type = BOLT_INTEGER, .integer = integer });
}

struct bolt_value *bolt_new_float(struct arena *arena, double number) {
    return new_value(arena, (struct bolt_value){ .type = BOLT_FLOAT, .number = number });
}

struct bolt_value *bolt_new_bytes(struct arena *arena, const void *data, size_t length) {
    return new_value(arena, bytes_value(arena, BOLT_BYTES, data, length));
}

struct bolt_value *bolt_new_string(struct arena *arena, const char *string) {
    return new_value(arena, string_value(arena, string));
}

struct bolt_value *bolt_new_text(struct arena *arena, struct text text) {
    return new_value(arena, bytes_value(arena, BOLT_STRING, text.data, text.length));
}

struct bolt_value *bolt_new_uuid(struct arena *arena, const void *bytes) {
    return new_value(arena, bytes_value(arena, BOLT_UUID, bytes, BOLT_UUID_BYTES));
}

struct bolt_value *bolt_new_list(struct arena *arena) {
    return new_value(arena, (struct bolt_value){ .type = BOLT_LIST });
}

struct bolt_value *bolt_new_map(struct arena *arena) {
    return new_value(arena, (struct bolt_value){ .type = BOLT_MAP });
}

struct bolt_value *bolt_new_struct(struct arena *arena, uint8_t tag) {
    return new_value(arena, (struct bolt_value){ .type = BOLT_STRUCT, .tag = tag });
}

static struct bolt_value copy_of(struct arena *arena, const struct bolt_value *value) {
    struct bolt_value copy = *value;

    copy.room_log2 = 0;
    if (bolt_text(value).data) {
        copy = bytes_value(arena, value->type, value->string, value->length);
    } else if (bolt_is(value, BOLT_LIST) || bolt_is(value, BOLT_STRUCT)) {
        copy.items = ARENA_ARRAY(arena, struct bolt_value, value->length);
        for (uint32_t i = 0; i < value->length; i++)
            copy.items[i] = copy_of(arena, &value->items[i]);
    } else if (bolt_is(value, BOLT_MAP)) {
        copy.members = ARENA_ARRAY(arena, struct bolt_member, value->length);
        for (uint32_t i = 0; i < value->length; i++)
            copy.members[i] = (struct bolt_member){
                .key = arena_strndup(arena, value->members[i].key, value->members[i].key_length),
                .key_length = value->members[i].key_length,
                .value = copy_of(arena, &value->members[i].value),
            };
    }
    return copy;
}

struct bolt_value *bolt_copy(struct arena *arena, const struct bolt_value *value) {
    return value ? new_value(arena, copy_of(arena, value)) : bolt_new_null(arena);
}

static struct bolt_value *new_integers(struct arena *arena, uint8_t tag, const int64_t *integers,
                                       size_t count) {
    struct bolt_value *structure = bolt_new_struct(arena, tag);

    for (size_t i = 0; i < count; i++)
        bolt_append(arena, structure, &(struct bolt_value){ .type = BOLT_INTEGER, .integer = integers[i] });
    return structure;
}

struct bolt_value *bolt_new_date_time(struct arena *arena, int64_t wall_ns) {
    int64_t seconds = wall_ns / NANOSECONDS_PER_SECOND;
    int64_t nanoseconds = wall_ns % NANOSECONDS_PER_SECOND;

    if (nanoseconds < 0) {
        seconds--;
        nanoseconds += NANOSECONDS_PER_SECOND;
    }
    return new_integers(arena, BOLT_DATE_TIME, (const int64_t[]){ seconds, nanoseconds, 0 }, 3);
}

struct bolt_value *bolt_new_duration(struct arena *arena, int64_t months, int64_t days, int64_t seconds,
                                     int64_t nanoseconds) {
    return new_integers(arena, BOLT_DURATION, (const int64_t[]){ months, days, seconds, nanoseconds }, 4);
}

/* The block of a container with room for one child more: the old one, or a copy of twice the size. What was
 * unpacked has a block without room. */
static void *make_room(struct arena *arena, struct bolt_value *container, void *block, size_t child_size) {
    uint8_t room_log2 = ROOM_LOG2_MIN;

    if (container->room_log2 && container->length < UINT32_C(1) << container->room_log2)
        return block;
    ensure(container->length < LENGTH_MAX);
    while (UINT32_C(1) << room_log2 <= container->length)
        room_log2++;
    void *larger = arena_alloc(arena, child_size << room_log2);
    if (container->length)
        memcpy(larger, block, container->length * child_size);
    container->room_log2 = room_log2;
    return larger;
}

struct bolt_value *bolt_set(struct arena *arena, struct bolt_value *map, const char *key,
                            const struct bolt_value *value) {
    ensure(bolt_is(map, BOLT_MAP));
    struct bolt_value copy = value ? *value : (struct bolt_value){ .type = BOLT_NULL };
    struct bolt_value *place = bolt_get(map, key);

    if (!place) {
        size_t length = strlen(key);
        ensure(length <= UINT32_MAX);
        map->members = make_room(arena, map, map->members, sizeof(*map->members));
        map->members[map->length] = (struct bolt_member){
            .key = arena_strndup(arena, key, length),
            .key_length = (uint32_t)length,
        };
        place = &map->members[map->length++].value;
    }
    *place = copy;
    return place;
}

struct bolt_value *bolt_set_string(struct arena *arena, struct bolt_value *map, const char *key,
                                   const char *string) {
    struct bolt_value value = string_value(arena, string);

    return bolt_set(arena, map, key, &value);
}

struct bolt_value *bolt_set_integer(struct arena *arena, struct bolt_value *map, const char *key,
                                    int64_t integer) {
    return bolt_set(arena, map, key, &(struct bolt_value){ .type = BOLT_INTEGER, .integer = integer });
}

struct bolt_value *bolt_set_bool(struct arena *arena, struct bolt_value *map, const char *key, bool value) {
    return bolt_set(arena, map, key, &(struct bolt_value){ .type = BOLT_BOOL, .boolean = value });
}

struct bolt_value *bolt_append(struct arena *arena, struct bolt_value *list, const struct bolt_value *value) {
    ensure(bolt_is(list, BOLT_LIST) || (bolt_is(list, BOLT_STRUCT) && list->length < STRUCT_FIELDS_MAX));
    struct bolt_value copy = value ? *value : (struct bolt_value){ .type = BOLT_NULL };

    list->items = make_room(arena, list, list->items, sizeof(*list->items));
    list->items[list->length] = copy;
    return &list->items[list->length++];
}

struct bolt_value *bolt_append_string(struct arena *arena, struct bolt_value *list, const char *string) {
    struct bolt_value value = string_value(arena, string);

    return bolt_append(arena, list, &value);
}
