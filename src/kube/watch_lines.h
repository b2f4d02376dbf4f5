/* Watch lines: cuts a watch's bytes into events.
 *
 * The API server sends one JSON object a line, {"type": "ADDED", "object": …}, and bytes come in whatever
 * pieces the network makes of them. A line that lies whole in one piece is not copied.
 */
#pragma once

#include "base/json.h"

/* etcd keeps objects up to 1.5 MiB by default; with managedFields and escapes an event stays far below. */
enum { WATCH_LINE_BYTES_MAX = 16 * 1024 * 1024 };

struct watch_lines {
    struct buffer partial; /* a line's beginning */
};
void watch_lines_clear(struct watch_lines *lines);

/* line is without its end, not empty. False stops. */
typedef bool watch_line_fn(void *context, struct text line);

/* False when the function stopped or a line is too long (then err says so). */
CHECKED bool watch_lines_feed(struct watch_lines *lines, struct text bytes, watch_line_fn *function,
                              void *context, struct error *err);

enum watch_event_type {
    WATCH_EVENT_ADDED,
    WATCH_EVENT_MODIFIED,
    WATCH_EVENT_DELETED,
    WATCH_EVENT_BOOKMARK,
    WATCH_EVENT_ERROR,
};

struct watch_event {
    enum watch_event_type type;
    struct json *object; /* in arena, without managedFields; for ERROR a Status */
};
CHECKED bool watch_event_parse(struct arena *arena, struct text line, struct watch_event *out_event,
                               struct error *err);
