#include "base/encoding.h"
#include "cel/amount.h"
#include "cel/decimal.h"
#include "cel/instant.h"
#include "cel/net.h"
#include "cel/run.h"
#include "cel/semver.h"
#include "cel/url.h"

#include <math.h>

/* JSON strings hold NULs by their length, which the builders for C strings do not see. */
static struct json *string_from(struct arena *arena, struct text text) {
    struct json *json = json_new_string(arena, "");

    json->string = arena_strndup(arena, text.data, text.length);
    json->length = (uint32_t)text.length;
    return json;
}

static struct json *bytes_from(struct arena *arena, struct text bytes) {
    CLEANUP_BUFFER struct buffer base64 = { 0 };

    base64_encode(&base64, bytes.data, bytes.length);
    return json_new_string(arena, buffer_string(&base64));
}

static const char *key_from(struct cel_run *run, struct cel_value key) {
    if (key.kind == CEL_STRING)
        return arena_strndup(run->arena, key.text.data, key.text.length);
    if (key.kind == CEL_DOUBLE)
        return cel_decimal_general(run->arena, key.number);
    const struct json *json = cel_to_json(run, key);
    return json ? json_print(run->arena, json) : NULL;
}

static struct json *list_from(struct cel_run *run, const struct cel_list *list) {
    struct json *array = json_new_array(run->arena);

    for (size_t i = 0; i < list->length; i++) {
        const struct json *item = cel_to_json(run, cel_list_item(run->arena, list, i));
        if (!item)
            return NULL;
        (void)json_append(run->arena, array, item);
    }
    return array;
}

static struct json *map_from(struct cel_run *run, const struct cel_map *map) {
    struct json *object = json_new_object(run->arena);

    for (size_t i = 0; i < map->length; i++) {
        struct cel_entry entry = cel_map_entry(run->arena, map, i);
        const char *key = key_from(run, entry.key);
        const struct json *value = key ? cel_to_json(run, entry.value) : NULL;
        if (!value)
            return NULL;
        (void)json_set(run->arena, object, key, value);
    }
    return object;
}

static struct json *number_from(struct arena *arena, double number) {
    return isfinite(number) ? json_new_number(arena, number)
                            : json_new_string(arena, cel_decimal_general(arena, number));
}

static struct json *uint_from(struct arena *arena, uint64_t natural) {
    if (natural <= INT64_MAX)
        return json_new_integer(arena, (int64_t)natural);
    return json_new_string(arena, arena_printf(arena, "%llu", (unsigned long long)natural));
}

static struct json *optional_from(struct cel_run *run, const struct cel_value *inside) {
    struct json *object = json_new_object(run->arena);
    const struct json *value = inside ? cel_to_json(run, *inside) : NULL;

    if (!inside)
        return json_new_string(run->arena, "optional.none()");
    if (!value)
        return NULL;
    (void)json_set(run->arena, object, "optional.of", value);
    return object;
}

struct json *cel_to_json(struct cel_run *run, struct cel_value value) {
    struct arena *arena = run->arena;

    /* A short expression can make a list of lists that are all the same, and have more items than there is
     * memory. */
    if (!cel_spend(run, 1))
        return NULL;
    switch (value.kind) {
    case CEL_NULL:
        return json_new_null(arena);
    case CEL_BOOL:
        return json_new_bool(arena, value.boolean);
    case CEL_INT:
        return json_new_integer(arena, value.integer);
    case CEL_UINT:
        return uint_from(arena, value.natural);
    case CEL_DOUBLE:
        return number_from(arena, value.number);
    case CEL_STRING:
        return cel_spend_bytes(run, value.text.length) ? string_from(arena, value.text) : NULL;
    case CEL_BYTES:
        return cel_spend_bytes(run, value.text.length) ? bytes_from(arena, value.text) : NULL;
    case CEL_LIST:
        return list_from(run, value.list);
    case CEL_MAP:
        return map_from(run, value.map);
    case CEL_TYPE:
        return json_new_string(arena, cel_kind_name(value.type));
    case CEL_TIMESTAMP:
        return json_new_string(arena, cel_instant_format(arena, value));
    case CEL_DURATION:
        return json_new_string(arena, cel_duration_format(arena, value.integer));
    case CEL_OPTIONAL:
        return optional_from(run, value.inside);
    case CEL_QUANTITY:
        return json_new_string(arena, cel_amount_format(arena, value.quantity));
    case CEL_IP:
        return json_new_string(arena, cel_ip_format(arena, value.ip));
    case CEL_CIDR:
        return json_new_string(arena, cel_cidr_format(arena, value.cidr));
    case CEL_URL:
        return string_from(arena, value.url->source);
    case CEL_SEMVER:
        return string_from(arena, value.semver->source);
    case CEL_FORMAT:
        return json_new_string(arena, cel_format_name(value.format));
    }
    ensure(false && "a kind of value");
    return NULL;
}
