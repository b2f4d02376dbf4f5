#include "kube/fake_kube.h"
#include "kube/test_clock.h"
#include "test.h"

#include "kube/events.h"

#include <stdio.h>

/* A server that keeps Events by name, in a journal: "create NAME", "patch NAME COUNT". */
struct board {
    struct fake_kube kube;
    struct test_clock clock;
    struct arena *arena;
    struct json *present; /* by name */
    struct json *last;    /* the last body */
    struct buffer journal;
    enum error_kind failure; /* of every call; 0: none */
};

static bool answer(void *context, const struct kube_call *call, struct arena *arena, struct json **out_object,
                   struct error *err) {
    struct board *board = context;
    const char *name = call->name ? call->name : json_string_at(call->body, "metadata.name", "");
    struct json *present = json_get(board->present, name);

    assert_ptr_equal(call->resource, &KUBE_EVENTS);
    assert_int_equal(call->timeout_ms, EVENTS_TIMEOUT_MS);
    if (board->failure)
        return error_set(err, board->failure, "no");
    if (call->verb == KUBE_GET) {
        *out_object = present;
        return present || error_set(err, ERROR_NOT_FOUND, "none");
    }
    if (call->verb == KUBE_CREATE && present)
        return error_set(err, ERROR_ALREADY_EXISTS, "there");
    if (call->verb == KUBE_MERGE_PATCH && !present)
        return error_set(err, ERROR_NOT_FOUND, "none");
    board->last = json_copy(board->arena, call->body);
    if (call->verb == KUBE_CREATE) {
        buffer_printf(&board->journal, "create ");
        json_set(board->arena, board->present, name, board->last);
    } else {
        buffer_printf(&board->journal, "patch:%d ", (int)json_integer_at(call->body, "series.count", 0));
        json_set(board->arena, present, "series", json_get(board->last, "series"));
    }
    return true;
}

static void board_begin(struct board *board) {
    *board = (struct board){ .kube = fake_kube_make(), .clock = test_clock_make(), .arena = arena_new() };
    board->present = json_new_object(board->arena);
    board->kube.answer = answer;
    board->kube.context = board;
}

static void board_clear(struct board *board) {
    buffer_clear(&board->journal);
    arena_free(board->arena);
}
#define BOARD(name)                                                                                          \
    CLEANUP(board_clear) struct board name;                                                                  \
    board_begin(&name)

static struct json *cluster(struct board *board, const char *name) {
    struct json *object = json_new_object(board->arena);
    struct json *metadata;

    json_set_string(board->arena, object, "apiVersion", "neo4j.neo4j.com/v1alpha1");
    json_set_string(board->arena, object, "kind", "Neo4jEnterpriseCluster");
    metadata = json_set_object(board->arena, object, "metadata");
    json_set_string(board->arena, metadata, "name", name);
    json_set_string(board->arena, metadata, "namespace", "ns");
    json_set_string(board->arena, metadata, "uid", arena_printf(board->arena, "uid-%s", name));
    return object;
}

static bool tell(struct board *board, struct events *events, const char *name, const char *note) {
    const struct event event = {
        .regarding = cluster(board, name), .type = EVENT_WARNING, .reason = "Waiting", .note = note
    };

    return events_tell(events, &event, NULL);
}

static void assert_wrote(struct board *board, const char *expected) {
    assert_string_equal(buffer_string(&board->journal), expected);
    buffer_reset(&board->journal);
}

TEST("writes an Event with all that the API asks for") {
    BOARD(board);
    CLEANUP_POINTER(events_free)
    struct events *events = events_new(&board.kube.port, &board.clock.clock, "operator-0");
    static const struct {
        const char *path;
        const char *value;
    } rows[] = {
        { "apiVersion", "events.k8s.io/v1" },
        { "kind", "Event" },
        { "metadata.namespace", "ns" },
        { "eventTime", "2026-01-01T00:00:00.000000Z" },
        { "reportingController", "neo4j.neo4j.com/operator" },
        { "reportingInstance", "operator-0" },
        { "action", "Reconcile" },
        { "reason", "Waiting" },
        { "type", "Warning" },
        { "note", "for server 2" },
        { "regarding.kind", "Neo4jEnterpriseCluster" },
        { "regarding.apiVersion", "neo4j.neo4j.com/v1alpha1" },
        { "regarding.name", "a" },
        { "regarding.namespace", "ns" },
        { "regarding.uid", "uid-a" },
    };

    assert_true(tell(&board, events, "a", "for server 2"));
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        assert_string_equal(json_string_at(board.last, rows[i].path, "(none)"), rows[i].value);
    assert_true(str_starts_with(json_string_at(board.last, "metadata.name", ""), "a."));
}

TEST("makes a series of the same event, and patches it now and then") {
    BOARD(board);
    CLEANUP_POINTER(events_free)
    struct events *events = events_new(&board.kube.port, &board.clock.clock, "i");
    struct events_counts counts;

    for (int i = 0; i < 10; i++)
        assert_true(tell(&board, events, "a", "same"));
    assert_wrote(&board, "create patch:2 ");
    test_clock_advance_ms(&board.clock, 30000);
    assert_true(tell(&board, events, "a", "same"));
    assert_wrote(&board, "patch:11 ");
    assert_true(tell(&board, events, "a", "another"));
    assert_true(tell(&board, events, "b", "same"));
    assert_wrote(&board, "create create ");
    events_count(events, &counts);
    assert_int_equal(counts.created, 3);
    assert_int_equal(counts.patched, 2);
}

TEST("goes on with the series of an operator before it") {
    BOARD(board);
    struct events *before = events_new(&board.kube.port, &board.clock.clock, "i");
    CLEANUP_POINTER(events_free) struct events *after = events_new(&board.kube.port, &board.clock.clock, "j");

    assert_true(tell(&board, before, "a", "same"));
    events_free(before);
    assert_true(tell(&board, after, "a", "same"));
    test_clock_advance_ms(&board.clock, 30000);
    assert_true(tell(&board, after, "a", "same"));
    assert_wrote(&board, "create patch:2 patch:3 ");
}

TEST("tells anew an event that the API server has dropped") {
    BOARD(board);
    CLEANUP_POINTER(events_free)
    struct events *events = events_new(&board.kube.port, &board.clock.clock, "i");

    assert_true(tell(&board, events, "a", "same"));
    board.present = json_new_object(board.arena);
    test_clock_advance_ms(&board.clock, 3600 * 1000);
    assert_true(tell(&board, events, "a", "same"));
    assert_wrote(&board, "create create ");
}

TEST("gives each object a budget of its own") {
    BOARD(board);
    CLEANUP_POINTER(events_free)
    struct events *events = events_new(&board.kube.port, &board.clock.clock, "i");
    struct events_counts counts;
    char note[16];

    for (int i = 0; i < 40; i++) {
        snprintf(note, sizeof(note), "note %d", i);
        assert_true(tell(&board, events, "a", note));
    }
    events_count(events, &counts);
    assert_int_equal(counts.created, 25);
    assert_int_equal(counts.dropped, 15);
    assert_true(tell(&board, events, "b", "note"));
    test_clock_advance_ms(&board.clock, 300 * 1000);
    assert_true(tell(&board, events, "a", "after five minutes"));
    assert_true(tell(&board, events, "a", "and once more"));
    events_count(events, &counts);
    assert_int_equal(counts.created, 27);
    assert_int_equal(counts.dropped, 16);
}

TEST("pauses after a failure for want of an API server, but not after a refusal") {
    static const struct {
        enum error_kind kind;
        bool pauses;
    } rows[] = { { ERROR_UNAVAILABLE, true },
                 { ERROR_TIMEOUT, true },
                 { ERROR_THROTTLED, true },
                 { ERROR_FORBIDDEN, false },
                 { ERROR_NOT_FOUND, false } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        BOARD(board);
        CLEANUP_POINTER(events_free)
        struct events *events = events_new(&board.kube.port, &board.clock.clock, "i");
        board.failure = rows[i].kind;
        assert_false(tell(&board, events, "a", "one"));
        board.failure = ERROR_NONE;
        assert_true(tell(&board, events, "a", "two"));
        assert_wrote(&board, rows[i].pauses ? "" : "create ");
        test_clock_advance_ms(&board.clock, 30000);
        assert_true(tell(&board, events, "a", "three"));
        assert_wrote(&board, "create ");
    }
}

TEST("cuts a long note at a character, and a long name so that it stays one") {
    BOARD(board);
    CLEANUP_POINTER(events_free)
    struct events *events = events_new(&board.kube.port, &board.clock.clock, "i");
    char note[2 * EVENTS_NOTE_BYTES_MAX + 1] = "x", name[254] = "";

    for (size_t i = 1; i + 2 < sizeof(note); i += 2)
        memcpy(note + i, "\xc3\xa4", 2);
    memset(name, 'n', sizeof(name) - 1);
    note[sizeof(note) - 1] = '\0';
    assert_true(tell(&board, events, name, note));
    const char *written = json_string_at(board.last, "note", "");
    assert_int_equal(strlen(written), EVENTS_NOTE_BYTES_MAX - 1);
    assert_true(text_is_utf8(text_from(written)));
    assert_in_range(strlen(json_string_at(board.last, "metadata.name", "")), 200, 253);
}

TEST("remembers a bounded number of series and objects") {
    BOARD(board);
    CLEANUP_POINTER(events_free)
    struct events *events = events_new(&board.kube.port, &board.clock.clock, "i");
    char name[16];

    for (int i = 0; i <= EVENTS_REMEMBERED_MAX; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        assert_true(tell(&board, events, name, "same"));
    }
    buffer_reset(&board.journal);
    assert_true(tell(&board, events, name, "same"));
    assert_wrote(&board, "patch:2 ");
    assert_true(tell(&board, events, "c0", "same")); /* forgotten, but still there */
    assert_wrote(&board, "patch:2 ");
}
