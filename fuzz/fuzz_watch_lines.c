/* Watch lines: the same lines however the bytes are cut, and an event is an object without managed fields. */
#include "kube/watch_lines.h"

static bool take(void *context, struct text line) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct watch_event event;
    struct error err = { 0 };

    ensure(line.length && !memchr(line.data, '\n', line.length));
    buffer_add_text(context, line);
    buffer_add_char(context, '\n');
    if (watch_event_parse(arena, line, &event, &err))
        ensure(json_is(event.object, JSON_OBJECT) && !json_at(event.object, "metadata.managedFields"));
    else
        ensure(err.kind == ERROR_PROTOCOL);
    return true;
}

static struct buffer cut_into(struct text text, size_t piece) {
    CLEANUP(watch_lines_clear) struct watch_lines lines = { 0 };
    struct buffer found = { 0 };

    while (text.length) {
        struct text bytes = { text.data, text.length < piece ? text.length : piece };
        ensure(watch_lines_feed(&lines, bytes, take, &found, NULL));
        text.data += bytes.length;
        text.length -= bytes.length;
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct text text = { (const char *)data, size };
    CLEANUP_BUFFER struct buffer whole = cut_into(text, size);
    CLEANUP_BUFFER struct buffer cut = cut_into(text, 3);

    ensure(text_equal(buffer_text(&whole), buffer_text(&cut)));
    return 0;
}
