#include "controllers/sync.h"

#include "base/quantity.h"

struct json *sync_stamp(struct arena *arena, const struct json *desired) {
    struct json *stamped = json_copy(arena, desired);
    struct json *metadata = json_ensure_object(arena, stamped, "metadata");
    struct json *annotations = json_ensure_object(arena, metadata, "annotations");
    json_set_string(arena, annotations, SYNC_HASH_ANNOTATION,
                    arena_printf(arena, "%016llx", (unsigned long long)json_hash(desired)));
    return stamped;
}

static bool is_empty(const struct json *value) {
    switch (value->type) {
    case JSON_NULL:
    case JSON_FALSE:
        return true;
    case JSON_TRUE:
        return false;
    case JSON_INTEGER:
        return value->integer == 0;
    case JSON_DOUBLE:
        return value->number == 0;
    case JSON_STRING:
    case JSON_ARRAY:
        return value->length == 0;
    case JSON_OBJECT:
        JSON_FOR_EACH_MEMBER (member, value)
            if (!is_empty(&member->value))
                return false;
        return true;
    }
    return false;
}

static bool scalar_covers(const struct json *live, const struct json *desired) {
    struct quantity a;
    struct quantity b;

    return json_equal(live, desired) ||
           (quantity_from_json(live, &a) && quantity_from_json(desired, &b) && quantity_compare(a, b) == 0);
}

/* Lists of which several managers may each own items, told apart by a key in them: the API server merges what
 * is applied into what others added. Their names mean the same in all kinds that the operator makes.
 * Source: x-kubernetes-list-type: map in the API's OpenAPI. */
static bool is_shared_list(const char *name) {
    static const char *const names[] = { "containers",
                                         "env",
                                         "imagePullSecrets",
                                         "initContainers",
                                         "ports",
                                         "ownerReferences",
                                         "topologySpreadConstraints",
                                         "volumeMounts",
                                         "volumes" };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

/* The wanted items in their order, with others' between them. */
static bool shared_list_covers(const struct json *live, const struct json *desired) {
    uint32_t next = 0;

    for (uint32_t i = 0; i < desired->length; i++) {
        while (next < live->length && !sync_covers(&live->items[next], &desired->items[i]))
            next++;
        if (next++ == live->length)
            return false;
    }
    return true;
}

static bool list_covers(const struct json *live, const struct json *desired) {
    if (live->length != desired->length)
        return false;
    for (uint32_t i = 0; i < desired->length; i++)
        if (!sync_covers(&live->items[i], &desired->items[i]))
            return false;
    return true;
}

/* Maps that belong to one manager as a whole: a key more selects something else. */
static bool is_whole_map(const char *name) {
    return str_equal(name, "selector") || str_equal(name, "labelSelector") || str_equal(name, "nodeSelector");
}

static bool member_covers(const struct json *live, const struct json_member *desired) {
    if (json_is(live, JSON_ARRAY) && json_is(&desired->value, JSON_ARRAY) && is_shared_list(desired->key))
        return shared_list_covers(live, &desired->value);
    if (is_whole_map(desired->key) && json_is(live, JSON_OBJECT) && !sync_covers(&desired->value, live))
        return false;
    return sync_covers(live, &desired->value);
}

bool sync_covers(const struct json *live, const struct json *desired) {
    if (!live)
        return is_empty(desired);
    if (json_is(desired, JSON_OBJECT)) {
        if (!json_is(live, JSON_OBJECT))
            return false;
        JSON_FOR_EACH_MEMBER (member, desired)
            if (!member_covers(json_get(live, member->key), member))
                return false;
        return true;
    }
    if (json_is(desired, JSON_ARRAY))
        return json_is(live, JSON_ARRAY) && list_covers(live, desired);
    return scalar_covers(live, desired);
}

bool sync_is_current(const struct json *stamped, const struct json *live) {
    return live && sync_covers(live, stamped);
}
