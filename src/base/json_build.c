/* Building values.
 *
 * A container's children are one block of the arena. It grows by doubling into a new block; the old one is
 * left to the arena. A container that was parsed has a block without room, so that a read-only value costs
 * no more than its children.
 */
#include "base/json.h"

#include "base/json_index.h"

enum { ROOM_LOG2_MIN = 2, LENGTH_MAX = 1 << 30 };

static struct json *new_value(struct arena *arena, struct json value) {
    struct json *place = arena_alloc_unset(arena, sizeof(*place));

    *place = value;
    return place;
}

static struct json string_value(struct arena *arena, const char *string) {
    size_t length = strlen(string);

    ensure(length <= UINT32_MAX);
    return (struct json){
        .type = JSON_STRING,
        .string = arena_strndup(arena, string, length),
        .length = (uint32_t)length,
    };
}

static struct json bool_value(bool value) {
    return (struct json){ .type = value ? JSON_TRUE : JSON_FALSE };
}

struct json *json_new_object(struct arena *arena) {
    return new_value(arena, (struct json){ .type = JSON_OBJECT });
}

struct json *json_new_array(struct arena *arena) {
    return new_value(arena, (struct json){ .type = JSON_ARRAY });
}

struct json *json_new_string(struct arena *arena, const char *string) {
    return new_value(arena, string_value(arena, string));
}

struct json *json_new_integer(struct arena *arena, int64_t integer) {
    return new_value(arena, (struct json){ .type = JSON_INTEGER, .integer = integer });
}

struct json *json_new_number(struct arena *arena, double number) {
    return new_value(arena, (struct json){ .type = JSON_DOUBLE, .number = number });
}

struct json *json_new_bool(struct arena *arena, bool value) {
    return new_value(arena, bool_value(value));
}

struct json *json_new_null(struct arena *arena) {
    return new_value(arena, (struct json){ .type = JSON_NULL });
}

static struct json copy(struct arena *arena, const struct json *value);

static struct json_member *copy_members(struct arena *arena, const struct json *object) {
    struct json_member *members = arena_alloc_unset(arena, object->length * sizeof(*members));

    for (uint32_t i = 0; i < object->length; i++)
        members[i] = (struct json_member){
            .key = arena_strndup(arena, object->members[i].key, object->members[i].key_length),
            .key_length = object->members[i].key_length,
            .value = copy(arena, &object->members[i].value),
        };
    return members;
}

static struct json *copy_items(struct arena *arena, const struct json *array) {
    struct json *items = arena_alloc_unset(arena, array->length * sizeof(*items));

    for (uint32_t i = 0; i < array->length; i++)
        items[i] = copy(arena, &array->items[i]);
    return items;
}

static struct json copy(struct arena *arena, const struct json *value) {
    struct json result = *value;

    result.room_log2 = 0;
    if (value->type == JSON_STRING)
        result.string = arena_strndup(arena, value->string, value->length);
    else if (value->type == JSON_ARRAY)
        result.items = copy_items(arena, value);
    else if (value->type == JSON_OBJECT)
        result.members = copy_members(arena, value);
    return result;
}

struct json *json_copy(struct arena *arena, const struct json *value) {
    return value ? new_value(arena, copy(arena, value)) : NULL;
}

static void own_members(struct arena *arena, struct json *object) {
    struct json_member *members = arena_alloc_unset(arena, object->length * sizeof(*members));

    if (object->length)
        memcpy(members, object->members, object->length * sizeof(*members));
    object->members = members;
    object->room_log2 = 0;
}

struct json *json_share(struct arena *arena, const struct json *object) {
    ensure(json_is(object, JSON_OBJECT));
    struct json *shared = new_value(arena, *object);

    own_members(arena, shared);
    JSON_FOR_EACH_MEMBER (member, shared)
        if (json_is(&member->value, JSON_OBJECT))
            own_members(arena, &member->value);
    return shared;
}

/* The block of a container with room for one child more: the old one, or a copy of twice the size. */
static void *make_room(struct arena *arena, struct json *container, void *block, size_t child_size) {
    if (container->room_log2 && container->length < UINT32_C(1) << container->room_log2)
        return block;

    uint8_t room_log2 = ROOM_LOG2_MIN;
    ensure(container->length < LENGTH_MAX);
    while (UINT32_C(1) << room_log2 <= container->length)
        room_log2++;
    void *larger = arena_alloc_unset(arena, child_size << room_log2);
    if (container->length)
        memcpy(larger, block, container->length * child_size);
    container->room_log2 = room_log2;
    return larger;
}

static struct json *set(struct arena *arena, struct json *object, const char *key, struct json value) {
    ensure(json_is(object, JSON_OBJECT));
    struct json *place = json_get(object, key);

    if (place) {
        *place = value;
        return place;
    }
    size_t key_length = strlen(key);
    ensure(key_length <= UINT32_MAX);
    object->members = make_room(arena, object, object->members, sizeof(*object->members));
    struct json_member *member = &object->members[object->length++];
    *member = (struct json_member){
        .key = arena_strndup(arena, key, key_length),
        .key_length = (uint32_t)key_length,
        .value = value,
    };
    return &member->value;
}

static struct json *append(struct arena *arena, struct json *array, struct json value) {
    ensure(json_is(array, JSON_ARRAY));
    array->items = make_room(arena, array, array->items, sizeof(*array->items));
    struct json *item = &array->items[array->length++];
    *item = value;
    return item;
}

struct json *json_set(struct arena *arena, struct json *object, const char *key, const struct json *value) {
    ensure(value);
    return set(arena, object, key, *value);
}

struct json *json_set_string(struct arena *arena, struct json *object, const char *key, const char *string) {
    return set(arena, object, key, string_value(arena, string));
}

struct json *json_set_integer(struct arena *arena, struct json *object, const char *key, int64_t integer) {
    return set(arena, object, key, (struct json){ .type = JSON_INTEGER, .integer = integer });
}

struct json *json_set_bool(struct arena *arena, struct json *object, const char *key, bool value) {
    return set(arena, object, key, bool_value(value));
}

struct json *json_set_object(struct arena *arena, struct json *object, const char *key) {
    return set(arena, object, key, (struct json){ .type = JSON_OBJECT });
}

struct json *json_set_array(struct arena *arena, struct json *object, const char *key) {
    return set(arena, object, key, (struct json){ .type = JSON_ARRAY });
}

struct json *json_ensure_object(struct arena *arena, struct json *object, const char *key) {
    struct json *place = json_get(object, key);

    return json_is(place, JSON_OBJECT) ? place : json_set_object(arena, object, key);
}

struct json *json_append(struct arena *arena, struct json *array, const struct json *value) {
    ensure(value);
    return append(arena, array, *value);
}

struct json *json_append_string(struct arena *arena, struct json *array, const char *string) {
    return append(arena, array, string_value(arena, string));
}

struct json *json_append_object(struct arena *arena, struct json *array) {
    return append(arena, array, (struct json){ .type = JSON_OBJECT });
}

void json_remove(struct json *object, const char *key) {
    struct json *place = json_get(object, key);

    if (!place)
        return;
    struct json_member *member =
        (struct json_member *)(void *)((char *)place - offsetof(struct json_member, value));
    size_t after = (size_t)(object->members + object->length - (member + 1));
    memmove(member, member + 1, after * sizeof(*member));
    object->length--;
}

void json_remove_item(struct json *array, size_t index) {
    struct json *item = json_item(array, index);

    if (!item)
        return;
    memmove(item, item + 1, (array->length - index - 1) * sizeof(*item));
    array->length--;
}

static int compare_members(const void *a, const void *b) {
    return json_compare_keys(a, b);
}

/* As what was sorted before mostly still is. */
static bool is_sorted(const struct json *object) {
    for (uint32_t i = 1; i < object->length; i++)
        if (json_compare_keys(&object->members[i - 1], &object->members[i]) > 0)
            return false;
    return true;
}

void json_sort(struct json *value) {
    JSON_FOR_EACH_ITEM (item, value) {
        json_sort(item);
    }
    JSON_FOR_EACH_MEMBER (member, value) {
        json_sort(&member->value);
    }
    if (json_is(value, JSON_OBJECT) && !is_sorted(value))
        qsort(value->members, value->length, sizeof(*value->members), compare_members);
}
