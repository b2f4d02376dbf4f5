#include "kube/watch_lines.h"

#include <string.h>

void watch_lines_clear(struct watch_lines *lines) {
    buffer_clear(&lines->partial);
}

static bool pass(struct text line, watch_line_fn *function, void *context) {
    if (text_ends_with(line, "\r"))
        line.length--;
    return !line.length || function(context, line);
}

static bool keep(struct watch_lines *lines, struct text bytes, struct error *err) {
    if (lines->partial.length + bytes.length > WATCH_LINE_BYTES_MAX)
        return error_set(err, ERROR_PROTOCOL, "a watch event has more than %d bytes", WATCH_LINE_BYTES_MAX);
    buffer_add_text(&lines->partial, bytes);
    return true;
}

bool watch_lines_feed(struct watch_lines *lines, struct text bytes, watch_line_fn *function, void *context,
                      struct error *err) {
    while (bytes.length) {
        const char *end = memchr(bytes.data, '\n', bytes.length);
        struct text line = { bytes.data, end ? (size_t)(end - bytes.data) : bytes.length };
        bool goes_on;

        if (!end)
            return keep(lines, line, err);
        bytes.data += line.length + 1;
        bytes.length -= line.length + 1;
        if (lines->partial.length) {
            if (!keep(lines, line, err))
                return false;
            goes_on = pass(buffer_text(&lines->partial), function, context);
            /* A large event must not stay in memory for as long as the watch. */
            buffer_clear(&lines->partial);
        } else {
            goes_on = pass(line, function, context);
        }
        if (!goes_on)
            return false;
    }
    return true;
}

static const struct {
    const char *name;
    enum watch_event_type type;
} event_types[] = {
    { "ADDED", WATCH_EVENT_ADDED },     { "MODIFIED", WATCH_EVENT_MODIFIED },
    { "DELETED", WATCH_EVENT_DELETED }, { "BOOKMARK", WATCH_EVENT_BOOKMARK },
    { "ERROR", WATCH_EVENT_ERROR },
};

bool watch_event_parse(struct arena *arena, struct text line, struct watch_event *out_event,
                       struct error *err) {
    const struct json_parse_options options = { .skip_managed_fields = true };
    struct json *value = NULL, *object;
    struct error why = { 0 };
    const char *type;

    if (!json_parse(arena, line, &options, &value, &why))
        return error_set(err, ERROR_PROTOCOL, "a watch event: %s", why.text);
    type = json_string(json_get(value, "type"), "");
    object = json_get(value, "object");
    if (!json_is(object, JSON_OBJECT))
        return error_set(err, ERROR_PROTOCOL, "a watch event without an object");
    for (size_t i = 0; i < ARRAY_LENGTH(event_types); i++) {
        if (!str_equal(type, event_types[i].name))
            continue;
        *out_event = (struct watch_event){ .type = event_types[i].type, .object = object };
        return true;
    }
    return error_set(err, ERROR_PROTOCOL, "a watch event of an unknown type");
}
