/* Failures as they go over Bolt. The words are those of real servers of 5.26.30 and 2026.08.1. */
#include "test.h"

#include "sim/neo4j/failure.h"

TEST("a failure says what it is about, by the statuses that the version knows") {
    static const struct {
        enum failure_kind kind;
        const char *message;
        bool is_calendar;
        const char *status;
        const char *cause; /* NULL: none */
    } rows[] = {
        { FAILURE_DATABASE_NOT_FOUND, "Graph not found: nowhere", true, "42001",
          "42N00: A graph reference with the name `nowhere` was not found. Verify that the spelling is "
          "correct." },
        { FAILURE_DATABASE_NOT_FOUND, "Graph not found: nowhere", false, "50N42", NULL },
        { FAILURE_USER_EXISTS, "Failed to create the specified user 'counted': User already exists.", true,
          "42001", "42N12: A user with the name `counted` already exists." },
        { FAILURE_ACCESS_MODE, "Writing in read access mode not allowed. Attempted write to system", true,
          "08N03", "42N02: Writing in read access mode not allowed." },
        { FAILURE_SYNTAX, "Invalid input 'x': expected 'y' (line 1, column 3 (offset: 2))\n\"a x\"\n   ^",
          true, "42001", "42I06: Invalid input 'x', expected: 'y'." },
        { FAILURE_INVALID_BOOKMARK, "no bookmark", false, "08N12", NULL },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct failure failure = { .kind = rows[i].kind, .message = arena_strdup(arena, rows[i].message) };
        struct bolt_failure shape = failure_to_bolt(arena, &failure, rows[i].is_calendar);
        assert_string_equal(shape.gql_status, rows[i].status);
        assert_int_equal(shape.cause != NULL, rows[i].cause != NULL);
        if (shape.cause)
            assert_string_equal(shape.cause->message, rows[i].cause);
    }
}

TEST("a failure names its place in the statement, and no class where 5.26 knows no status") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct failure failure = {
        FAILURE_SYNTAX, arena_strdup(arena, "Invalid input 'x' (line 2, column 3 (offset: 9))\n\"\"")
    };
    struct bolt_failure known = failure_to_bolt(arena, &failure, true);
    struct bolt_failure unknown = failure_to_bolt(arena, &failure, false);
    const struct bolt_value *position = bolt_get(known.diagnostic_record, "_position");

    assert_int_equal(bolt_integer(bolt_get(position, "line"), 0), 2);
    assert_int_equal(bolt_integer(bolt_get(position, "column"), 0), 3);
    assert_int_equal(bolt_integer(bolt_get(position, "offset"), 0), 9);
    assert_string_equal(bolt_string(bolt_get(known.diagnostic_record, "_classification"), ""),
                        "CLIENT_ERROR");
    assert_null(bolt_get(unknown.diagnostic_record, "_classification"));
}
