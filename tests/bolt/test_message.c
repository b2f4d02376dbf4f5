#include "test.h"

#include "bolt/message.h"
#include "bolt/value_json.h"

static struct secret_text password = { .bytes = (char[]){ "open sesame" }, .length = 11 };

static const char *printed(struct arena *arena, const struct buffer *message) {
    struct bolt_value *value;
    struct error err = { 0 };

    if (!bolt_message_parse(arena, buffer_text(message), &value, &err))
        fail_msg("%s", err.text);
    return arena_printf(arena, "%s %s", bolt_message_name(value->tag),
                        json_print(arena, json_at(bolt_to_json(arena, value), "fields")));
}

TEST("HELLO says in each version what that version asks for") {
    static const struct {
        struct bolt_version version;
        const char *routing;
        const char *printed;
    } rows[] = {
        { { 4, 4 },
          NULL,
          "HELLO [{\"user_agent\":\"op/1\",\"routing\":null,\"patch_bolt\":[\"utc\"],\"scheme\":\"basic\","
          "\"principal\":\"ann\",\"credentials\":\"open sesame\"}]" },
        { { 5, 0 },
          NULL,
          "HELLO [{\"user_agent\":\"op/1\",\"routing\":null,\"scheme\":\"basic\",\"principal\":\"ann\","
          "\"credentials\":\"open sesame\"}]" },
        { { 5, 1 }, NULL, "HELLO [{\"user_agent\":\"op/1\",\"routing\":null}]" },
        { { 5, 2 },
          NULL,
          "HELLO [{\"user_agent\":\"op/1\",\"routing\":null,\"notifications_minimum_severity\":\"OFF\"}]" },
        { { 5, 8 },
          "graph:7687",
          "HELLO "
          "[{\"user_agent\":\"op/1\",\"routing\":{\"address\":\"graph:7687\"},\"bolt_agent\":{\"product\":"
          "\"op/1\"},\"notifications_minimum_severity\":\"OFF\"}]" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_BUFFER struct buffer out = { 0 };
        bolt_message_write_hello(&out, rows[i].version,
                                 &(struct bolt_hello){ .user_agent = "op/1",
                                                       .routing_address = rows[i].routing,
                                                       .user = "ann",
                                                       .password = &password });
        assert_string_equal(printed(arena, &out), rows[i].printed);
    }
}

TEST("writes each request with its fields") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *parameters = bolt_new_map(arena);
    const char *const bookmarks[] = { "FB:1", "FB:2" };
    struct bolt_transaction transaction = { .database = "system",
                                            .is_read = true,
                                            .timeout_ms = 5000,
                                            .bookmarks = bookmarks,
                                            .bookmark_count = 2,
                                            .metadata = parameters };
    CLEANUP_BUFFER struct buffer out = { 0 };

    bolt_set_integer(arena, parameters, "n", 1);
    bolt_message_write_logon(&out, "ann", &password);
    assert_string_equal(
        printed(arena, &out),
        "LOGON [{\"scheme\":\"basic\",\"principal\":\"ann\",\"credentials\":\"open sesame\"}]");
    buffer_reset(&out);
    bolt_message_write_run(&out, "RETURN $n", parameters, &transaction);
    assert_string_equal(printed(arena, &out),
                        "RUN [\"RETURN $n\",{\"n\":1},{\"bookmarks\":[\"FB:1\",\"FB:2\"],\"tx_timeout\":5000,"
                        "\"tx_metadata\":{\"n\":1},\"mode\":\"r\",\"db\":\"system\"}]");
    buffer_reset(&out);
    bolt_message_write_run(&out, "RETURN 1", NULL, NULL);
    assert_string_equal(printed(arena, &out), "RUN [\"RETURN 1\",{},{}]");
    buffer_reset(&out);
    bolt_message_write_begin(&out, &(struct bolt_transaction){ .database = "neo4j" });
    assert_string_equal(printed(arena, &out), "BEGIN [{\"db\":\"neo4j\"}]");
    buffer_reset(&out);
    bolt_message_write_fetch(&out, BOLT_PULL, 1000, BOLT_LAST_QUERY);
    assert_string_equal(printed(arena, &out), "PULL [{\"n\":1000}]");
    buffer_reset(&out);
    bolt_message_write_fetch(&out, BOLT_DISCARD, BOLT_FETCH_ALL, 7);
    assert_string_equal(printed(arena, &out), "DISCARD [{\"n\":-1,\"qid\":7}]");
    buffer_reset(&out);
    bolt_message_write_route(&out, "graph:7687", bookmarks, 1, "neo4j");
    assert_string_equal(printed(arena, &out),
                        "ROUTE [{\"address\":\"graph:7687\"},[\"FB:1\"],{\"db\":\"neo4j\"}]");
    buffer_reset(&out);
    bolt_message_write_route(&out, NULL, NULL, 0, NULL);
    assert_string_equal(printed(arena, &out), "ROUTE [{},[],{}]");
    buffer_reset(&out);
    bolt_message_write_bare(&out, BOLT_RESET);
    assert_memory_equal(out.data, "\xB0\x0F", 2);
}

TEST("a server reads every request that the client writes") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct bolt_version version = { 5, 8 };
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct bolt_value *message;
    struct bolt_request request;

    bolt_message_write_run(&out, "RETURN 1", NULL, &(struct bolt_transaction){ .database = "system" });
    assert_true(bolt_message_parse(arena, buffer_text(&out), &message, NULL));
    assert_true(bolt_request_read(message, version, &request, NULL));
    assert_int_equal(request.tag, BOLT_RUN);
    assert_string_equal(request.query, "RETURN 1");
    assert_string_equal(bolt_string(bolt_get(request.extra, "db"), ""), "system");

    buffer_reset(&out);
    bolt_message_write_fetch(&out, BOLT_PULL, 100, 3);
    assert_true(bolt_message_parse(arena, buffer_text(&out), &message, NULL));
    assert_true(bolt_request_read(message, version, &request, NULL));
    assert_int_equal(request.tag, BOLT_PULL);
    assert_int_equal(request.rows, 100);
    assert_int_equal(request.query_id, 3);

    buffer_reset(&out);
    bolt_message_write_route(&out, "a:1", NULL, 0, "neo4j");
    assert_true(bolt_message_parse(arena, buffer_text(&out), &message, NULL));
    assert_true(bolt_request_read(message, version, &request, NULL));
    assert_string_equal(bolt_string(bolt_get(request.routing, "address"), ""), "a:1");
    assert_int_equal(bolt_length(request.bookmarks), 0);
    assert_string_equal(bolt_string(bolt_get(request.extra, "db"), ""), "neo4j");
}

TEST("a server refuses requests with wrong fields, and those of later versions") {
    static const struct {
        const char *when;
        struct text bytes;
        struct bolt_version version;
        const char *says;
    } rows[] = {
        { "unknown", { "\xB0\x33", 2 }, { 5, 8 }, "unknown in Bolt 5.8" },
        { "LOGON before 5.1", { "\xB1\x6A\xA0", 3 }, { 5, 0 }, "unknown in Bolt 5.0" },
        { "TELEMETRY before 5.4", { "\xB1\x54\x01", 3 }, { 5, 3 }, "unknown in Bolt 5.3" },
        { "RUN with two fields", { "\xB2\x10\x81\x61\xA0", 5 }, { 5, 8 }, "has 2 fields instead of 3" },
        { "RUN of a number", { "\xB3\x10\x01\xA0\xA0", 5 }, { 5, 8 }, "field 1 of RUN" },
        { "PULL without n", { "\xB1\x3F\xA0", 3 }, { 5, 8 }, "n of PULL" },
        { "PULL 0", { "\xB1\x3F\xA1\x81n\x00", 6 }, { 5, 8 }, "n of PULL" },
        { "PULL -2", { "\xB1\x3F\xA1\x81n\xFE", 6 }, { 5, 8 }, "n of PULL" },
        { "COMMIT with a field", { "\xB1\x12\xA0", 3 }, { 5, 8 }, "has 1 fields" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct bolt_value *message;
        struct bolt_request request;
        struct error err = { 0 };
        assert_true(bolt_message_parse(arena, rows[i].bytes, &message, NULL));
        if (bolt_request_read(message, rows[i].version, &request, &err))
            fail_msg("%s: was read", rows[i].when);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: says '%s'", rows[i].when, err.text);
    }
}

TEST("refuses messages that are no structure or have something behind them") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *message;
    struct error err = { 0 };

    assert_false(bolt_message_parse(arena, (struct text){ "\x01", 1 }, &message, &err));
    assert_non_null(strstr(err.text, "not a structure"));
    assert_false(bolt_message_parse(arena, (struct text){ "\xB0\x7E\x00", 3 }, &message, &err));
    assert_non_null(strstr(err.text, "1 bytes follow the message IGNORED"));
    assert_false(bolt_message_parse(arena, (struct text){ "", 0 }, &message, &err));
}

static struct bolt_failure sent_and_read(struct arena *arena, struct bolt_version version,
                                         const struct bolt_failure *failure) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct bolt_value *message;

    bolt_message_write_failure(&out, version, failure);
    assert_true(bolt_message_parse(arena, buffer_text(&out), &message, NULL));
    assert_int_equal(message->tag, BOLT_FAILURE);
    return bolt_failure_read(arena, bolt_item(message, 0));
}

TEST("failures have code and message up to 5.6, and GQL status and causes from 5.7") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct bolt_failure cause = { .message = "no quorum",
                                        .gql_status = "51N33",
                                        .description = "detail" };
    const struct bolt_failure failure = { .code = "Neo.TransientError.General.DatabaseUnavailable",
                                          .message = "try later",
                                          .gql_status = "08N09",
                                          .description = "database unavailable",
                                          .cause = &cause };

    struct bolt_failure old = sent_and_read(arena, (struct bolt_version){ 5, 6 }, &failure);
    assert_string_equal(old.code, failure.code);
    assert_string_equal(old.message, "try later");
    assert_null(old.gql_status);
    assert_null(old.cause);

    struct bolt_failure new = sent_and_read(arena, (struct bolt_version){ 5, 7 }, &failure);
    assert_string_equal(new.code, failure.code);
    assert_string_equal(new.gql_status, "08N09");
    assert_string_equal(new.description, "database unavailable");
    assert_string_equal(bolt_string(bolt_get(new.diagnostic_record, "_classification"), ""),
                        "TRANSIENT_ERROR");
    assert_string_equal(bolt_string(bolt_get(new.diagnostic_record, "CURRENT_SCHEMA"), ""), "/");
    assert_non_null(new.cause);
    assert_null(new.cause->code);
    assert_string_equal(new.cause->gql_status, "51N33");
    assert_null(new.cause->cause);
    assert_string_equal(bolt_failure_sentence(arena, &new), "try later: no quorum");
}

TEST("reads a failure from which everything is missing") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_failure failure = bolt_failure_read(arena, NULL);

    assert_string_equal(failure.code, "Neo.DatabaseError.General.UnknownError");
    assert_string_equal(failure.message, "the server gave no reason");
    assert_string_equal(bolt_failure_sentence(arena, &failure), "the server gave no reason");
}

TEST("cuts a chain of causes at its limit") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *inner = NULL;

    for (unsigned i = 0; i < 40; i++) {
        struct bolt_value *map = bolt_new_map(arena);
        bolt_set_string(arena, map, "message", arena_printf(arena, "cause %u", i));
        if (inner)
            bolt_set(arena, map, "cause", inner);
        inner = map;
    }
    struct bolt_failure failure = bolt_failure_read(arena, inner);
    unsigned causes = 0;
    for (const struct bolt_failure *cause = failure.cause; cause; cause = cause->cause)
        causes++;
    assert_int_equal(causes, BOLT_FAILURE_CAUSES_MAX);
}
