/* Values as texts, for people: what %s writes.
 * Source: ext/formatting.go of cel-go (version 2 of its strings). */
#include "cel/format_value.h"

#include "cel/compare.h"
#include "cel/decimal.h"
#include "cel/instant.h"
#include "cel/quote.h"

#include <math.h>

static bool add_nested(struct cel_run *run, struct buffer *out, struct cel_value value);

static bool add_list(struct cel_run *run, struct buffer *out, const struct cel_list *list) {
    if (!cel_spend(run, list->length))
        return false;
    buffer_add_char(out, '[');
    for (size_t i = 0; i < list->length; i++) {
        if (i > 0)
            buffer_add_string(out, ", ");
        if (!add_nested(run, out, cel_list_item(run->arena, list, i)))
            return false;
    }
    buffer_add_char(out, ']');
    return true;
}

/* Entries in the order of their keys as they are written. */
static bool add_map(struct cel_run *run, struct buffer *out, const struct cel_map *map) {
    struct cel_value *keys = ARENA_ARRAY(run->arena, struct cel_value, map->length);
    struct cel_value *texts = ARENA_ARRAY(run->arena, struct cel_value, map->length);

    if (!cel_spend(run, map->length))
        return false;
    for (size_t i = 0; i < map->length; i++) {
        CLEANUP_BUFFER struct buffer text = { 0 };
        struct cel_entry entry = cel_map_entry(run->arena, map, i);
        if (entry.key.kind == CEL_DOUBLE)
            return cel_fail(run,
                            "error during formatting: no formatting function for map key of type double");
        if (!add_nested(run, &text, entry.key))
            return false;
        keys[i] = cel_from_buffer(run->arena, &text);
        buffer_add_char(&text, ':');
        if (!add_nested(run, &text, entry.value))
            return false;
        texts[i] = cel_from_buffer(run->arena, &text);
    }
    if (!cel_sort(run, keys, texts, map->length))
        return false;
    buffer_add_char(out, '{');
    for (size_t i = 0; i < map->length; i++) {
        buffer_add_string(out, i ? ", " : "");
        buffer_add_text(out, texts[i].text);
    }
    buffer_add_char(out, '}');
    return true;
}

/* %s; also what lists and maps write for most kinds. */
bool cel_format_value(struct cel_run *run, struct buffer *out, struct cel_value value) {
    switch (value.kind) {
    case CEL_NULL:
        buffer_add_string(out, "null");
        return true;
    case CEL_BOOL:
        buffer_add_string(out, value.boolean ? "true" : "false");
        return true;
    case CEL_INT:
        buffer_printf(out, "%lld", (long long)value.integer);
        return true;
    case CEL_UINT:
        buffer_printf(out, "%llu", (unsigned long long)value.natural);
        return true;
    case CEL_DOUBLE:
        buffer_add_string(out, cel_decimal_general(run->arena, value.number));
        return true;
    case CEL_BYTES:
        if (!text_is_utf8(value.text))
            return cel_fail(run, "error during formatting: invalid UTF-8 in bytes, cannot convert to string");
        buffer_add_text(out, value.text);
        return cel_spend_bytes(run, value.text.length);
    case CEL_STRING:
        buffer_add_text(out, value.text);
        return cel_spend_bytes(run, value.text.length);
    case CEL_LIST:
        return add_list(run, out, value.list);
    case CEL_MAP:
        return add_map(run, out, value.map);
    case CEL_TYPE:
        buffer_add_string(out, cel_kind_name(value.type));
        return true;
    case CEL_TIMESTAMP:
        buffer_add_string(out, cel_instant_format(run->arena, value));
        return true;
    case CEL_DURATION:
        buffer_add_string(out, cel_duration_format(run->arena, value.integer));
        return true;
    case CEL_OPTIONAL:
    case CEL_QUANTITY:
    case CEL_IP:
    case CEL_CIDR:
    case CEL_URL:
    case CEL_SEMVER:
    case CEL_FORMAT:
        break;
    }
    return cel_fail(run,
                    "error during formatting: string clause can only be used on strings, bools, bytes, ints, "
                    "doubles, maps, lists, types, durations, and timestamps, was given %s",
                    cel_kind_name(value.kind));
}

/* Within a list or map texts are quoted, doubles have six digits, times say what they are. */
static bool add_nested(struct cel_run *run, struct buffer *out, struct cel_value value) {
    CLEANUP_BUFFER struct buffer plain = { 0 };

    if (value.kind == CEL_DOUBLE) {
        if (isfinite(value.number))
            buffer_printf(out, "%.6f", value.number);
        else
            buffer_printf(out, "\"%s\"", cel_decimal_general(run->arena, value.number));
        return true;
    }
    bool is_time = value.kind == CEL_TIMESTAMP || value.kind == CEL_DURATION;
    if (value.kind != CEL_STRING && value.kind != CEL_BYTES && !is_time)
        return cel_format_value(run, out, value);
    if (!cel_format_value(run, &plain, value))
        return false;
    if (is_time)
        buffer_add_string(out, value.kind == CEL_TIMESTAMP ? "timestamp(" : "duration(");
    if (value.kind == CEL_BYTES)
        buffer_add_char(out, 'b');
    cel_quote_go(out, buffer_text(&plain));
    if (is_time)
        buffer_add_char(out, ')');
    return true;
}
