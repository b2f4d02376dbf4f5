#include "base/encoding.h"
#include "cel/amount.h"
#include "cel/decimal.h"
#include "cel/instant.h"
#include "cel/net.h"
#include "cel/semver.h"
#include "cel/url.h"
#include "cel/value.h"

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

static const char *key_from(struct arena *arena, struct cel_value key) {
    if (key.kind == CEL_STRING)
        return arena_strndup(arena, key.text.data, key.text.length);
    return json_print(arena, cel_to_json(arena, key));
}

static struct json *list_from(struct arena *arena, const struct cel_list *list) {
    struct json *array = json_new_array(arena);

    for (size_t i = 0; i < list->length; i++)
        (void)json_append(arena, array, cel_to_json(arena, cel_list_item(arena, list, i)));
    return array;
}

static struct json *map_from(struct arena *arena, const struct cel_map *map) {
    struct json *object = json_new_object(arena);

    if (map->json)
        return json_copy(arena, map->json);
    for (size_t i = 0; i < map->length; i++)
        (void)json_set(arena, object, key_from(arena, map->entries[i].key),
                       cel_to_json(arena, map->entries[i].value));
    return object;
}

static struct json *number_from(struct arena *arena, double number) {
    return isfinite(number) ? json_new_number(arena, number)
                            : json_new_string(arena, cel_decimal_general(arena, number));
}

static struct json *optional_from(struct arena *arena, const struct cel_value *inside) {
    if (!inside)
        return json_new_string(arena, "optional.none()");
    struct json *object = json_new_object(arena);
    (void)json_set(arena, object, "optional.of", cel_to_json(arena, *inside));
    return object;
}

struct json *cel_to_json(struct arena *arena, struct cel_value value) {
    switch (value.kind) {
    case CEL_NULL:
        return json_new_null(arena);
    case CEL_BOOL:
        return json_new_bool(arena, value.boolean);
    case CEL_INT:
        return json_new_integer(arena, value.integer);
    case CEL_UINT:
        return value.natural <= INT64_MAX
                   ? json_new_integer(arena, (int64_t)value.natural)
                   : json_new_string(arena, arena_printf(arena, "%llu", (unsigned long long)value.natural));
    case CEL_DOUBLE:
        return number_from(arena, value.number);
    case CEL_STRING:
        return string_from(arena, value.text);
    case CEL_BYTES:
        return bytes_from(arena, value.text);
    case CEL_LIST:
        return list_from(arena, value.list);
    case CEL_MAP:
        return map_from(arena, value.map);
    case CEL_TYPE:
        return json_new_string(arena, cel_kind_name(value.type));
    case CEL_TIMESTAMP:
        return json_new_string(arena, cel_instant_format(arena, value));
    case CEL_DURATION:
        return json_new_string(arena, cel_duration_format(arena, value.integer));
    case CEL_OPTIONAL:
        return optional_from(arena, value.inside);
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
    ensure(!"a kind of value");
    return NULL;
}
