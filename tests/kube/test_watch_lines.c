#include "test.h"

#include "kube/watch_lines.h"

static bool join(void *context, struct text line) {
    buffer_add_text(context, line);
    buffer_add_char(context, '|');
    return true;
}

TEST("cuts bytes into lines, wherever the pieces end") {
    static const char bytes[] = "{\"a\":1}\n\n{\"b\":2}\r\n{\"c\":3}\n{\"unfinished\":";

    for (size_t piece = 1; piece < sizeof(bytes); piece++) {
        CLEANUP(watch_lines_clear) struct watch_lines lines = { 0 };
        CLEANUP_BUFFER struct buffer found = { 0 };
        for (size_t at = 0; at < sizeof(bytes) - 1; at += piece) {
            size_t left = sizeof(bytes) - 1 - at;
            assert_true(watch_lines_feed(&lines, (struct text){ bytes + at, left < piece ? left : piece },
                                         join, &found, NULL));
        }
        assert_string_equal(buffer_string(&found), "{\"a\":1}|{\"b\":2}|{\"c\":3}|");
    }
}

TEST("refuses a line longer than its limit") {
    CLEANUP(watch_lines_clear) struct watch_lines lines = { 0 };
    CLEANUP_FREE char *piece = xcalloc(1, WATCH_LINE_BYTES_MAX / 4);
    struct error err = { 0 };

    memset(piece, 'a', WATCH_LINE_BYTES_MAX / 4);
    for (int i = 0; i < 4; i++)
        assert_true(
            watch_lines_feed(&lines, (struct text){ piece, WATCH_LINE_BYTES_MAX / 4 }, join, NULL, &err));
    assert_false(watch_lines_feed(&lines, TEXT("a"), join, NULL, &err));
    assert_int_equal(err.kind, ERROR_PROTOCOL);
}

TEST("reads events of every type, without managed fields") {
    static const struct {
        const char *line;
        enum watch_event_type type;
    } rows[] = {
        { "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"managedFields\":[1]}}}", WATCH_EVENT_ADDED },
        { "{\"object\":{\"metadata\":{}},\"type\":\"MODIFIED\"}", WATCH_EVENT_MODIFIED },
        { "{\"type\":\"DELETED\",\"object\":{}}", WATCH_EVENT_DELETED },
        { "{\"type\":\"BOOKMARK\",\"object\":{}}", WATCH_EVENT_BOOKMARK },
        { "{\"type\":\"ERROR\",\"object\":{\"code\":410}}", WATCH_EVENT_ERROR },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct watch_event event;
        assert_true(watch_event_parse(arena, text_from(rows[i].line), &event, NULL));
        assert_int_equal(event.type, rows[i].type);
        assert_null(json_at(event.object, "metadata.managedFields"));
    }
}

TEST("refuses lines that are no events") {
    static const char *const rows[] = { "",
                                        "nonsense",
                                        "[]",
                                        "{}",
                                        "{\"type\":\"ADDED\"}",
                                        "{\"type\":\"ADDED\",\"object\":1}",
                                        "{\"type\":\"NEW\",\"object\":{}}",
                                        "{\"type\":1,\"object\":{}}" };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct watch_event event;
        struct error err = { 0 };
        assert_false(watch_event_parse(arena, text_from(rows[i]), &event, &err));
        assert_int_equal(err.kind, ERROR_PROTOCOL);
    }
}
