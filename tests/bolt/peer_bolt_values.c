/* Every type of value to a real Neo4j server and back, and results of any size. */
#include "peer_connection.h"

#include "bolt/structure.h"

static struct bolt_value *structure(struct arena *arena, uint8_t tag, size_t count, const int64_t *integers,
                                    const char *text) {
    struct bolt_value *value = bolt_new_struct(arena, tag);

    for (size_t i = 0; i < count; i++)
        bolt_append(arena, value, bolt_new_integer(arena, integers[i]));
    if (text)
        bolt_append_string(arena, value, text);
    return value;
}

static struct bolt_value *point(struct arena *arena, uint8_t tag, int64_t srid, size_t count) {
    static const double coordinates[] = { 1.5, -2.25, 1e9 };
    struct bolt_value *value = bolt_new_struct(arena, tag);

    bolt_append(arena, value, bolt_new_integer(arena, srid));
    for (size_t i = 0; i < count; i++)
        bolt_append(arena, value, bolt_new_float(arena, coordinates[i]));
    return value;
}

static struct bolt_value *vector(struct arena *arena, enum bolt_vector_type type) {
    struct bolt_value *numbers = bolt_new_list(arena);

    for (int i = -3; i < 4; i++)
        bolt_append(arena, numbers, bolt_new_integer(arena, i));
    return bolt_new_vector(arena, type, numbers);
}

TEST("gets back every structure that it sends, and knows what each is to the server") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    struct bolt_version version = bolt_connection_version(connection);
    const struct {
        const char *type; /* as valueType() calls it */
        const struct bolt_value *value;
    } rows[] = {
        { "DATE", structure(arena, BOLT_DATE, 1, (const int64_t[]){ -719162 }, NULL) },
        { "ZONED TIME", structure(arena, BOLT_TIME, 2, (const int64_t[]){ 86399999999999, -64800 }, NULL) },
        { "LOCAL TIME", structure(arena, BOLT_LOCAL_TIME, 1, (const int64_t[]){ 1 }, NULL) },
        { "ZONED DATETIME",
          structure(arena, BOLT_DATE_TIME, 3, (const int64_t[]){ 1700000000, 999999999, 3600 }, NULL) },
        { "ZONED DATETIME",
          structure(arena, BOLT_DATE_TIME_ZONE, 2, (const int64_t[]){ -1, 1 }, "Europe/Stockholm") },
        { "LOCAL DATETIME",
          structure(arena, BOLT_LOCAL_DATE_TIME, 2, (const int64_t[]){ -62135596800, 0 }, NULL) },
        { "DURATION", bolt_new_duration(arena, -14, 3, -5, 999999999) },
        { "POINT", point(arena, BOLT_POINT_2D, 7203, 2) },
        { "POINT", point(arena, BOLT_POINT_2D, 4326, 2) },
        { "POINT", point(arena, BOLT_POINT_3D, 9157, 3) },
        { "POINT", point(arena, BOLT_POINT_3D, 4979, 3) },
        { "VECTOR<INTEGER8", vector(arena, BOLT_INTEGER_8) },
        { "VECTOR<INTEGER16", vector(arena, BOLT_INTEGER_16) },
        { "VECTOR<INTEGER32", vector(arena, BOLT_INTEGER_32) },
        { "VECTOR<INTEGER", vector(arena, BOLT_INTEGER_64) },
        { "VECTOR<FLOAT32", vector(arena, BOLT_FLOAT_32) },
        { "VECTOR<FLOAT", vector(arena, BOLT_FLOAT_64) },
        { "UUID", bolt_new_uuid(arena, "\x01\xA2\x2D\xA0\xA3\xC8\x70\x4E\xAF\x28\xA5\x52\xB8\x95\x2B\x26") },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct bolt_value *parameters = bolt_new_map(arena);
        if (!bolt_fits_version(rows[i].value, version, NULL)) {
            print_message("# %s is not for Bolt %u.%u\n", rows[i].type, version.major, version.minor);
            continue;
        }
        bolt_set(arena, parameters, "value", rows[i].value);
        struct bolt_result result =
            peer_run(connection, arena, "RETURN $value, valueType($value)", parameters, NULL);
        const struct bolt_value *row = bolt_item(&result.rows, 0);
        if (!bolt_equal(bolt_item(row, 0), rows[i].value) ||
            !str_starts_with(bolt_string(bolt_item(row, 1), ""), rows[i].type))
            fail_msg("row %zu, %s: %s", i, rows[i].type, bolt_string(bolt_item(row, 1), ""));
    }
}

TEST("reads vectors and UUIDs that the server makes, where it has them") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    struct bolt_version version = bolt_connection_version(connection);

    if (bolt_version_at_least(version, 6, 0)) {
        struct bolt_result result =
            peer_run(connection, arena, "CYPHER 25 RETURN vector([1.5, -2], 2, FLOAT32) AS v", NULL, NULL);
        const struct bolt_value *numbers =
            bolt_vector_numbers(arena, bolt_item(bolt_item(&result.rows, 0), 0));
        assert_int_equal(bolt_length(numbers), 2);
        assert_true(bolt_number(bolt_item(numbers, 1), 0) == -2);
    }
    if (bolt_version_at_least(version, 6, 1)) {
        struct bolt_result result =
            peer_run(connection, arena, "CYPHER 25 WITH uuid() AS u RETURN u, toString(u)", NULL, NULL);
        const struct bolt_value *row = bolt_item(&result.rows, 0);
        assert_string_equal(bolt_uuid_text(arena, bolt_item(row, 0)), bolt_string(bolt_item(row, 1), ""));
    }
}

TEST("does not send what an older server would take for a broken connection") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    struct bolt_value *parameters = bolt_new_map(arena);
    const struct bolt_query query = { .text = "RETURN $value", .parameters = parameters };
    struct bolt_result result;
    struct error err = { 0 };

    bolt_set(arena, parameters, "value", structure(arena, BOLT_DATE, 2, (const int64_t[]){ 1, 2 }, NULL));
    assert_false(bolt_connection_run(connection, &query, peer_deadline(), arena, &result, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    peer_run(connection, arena, "RETURN 1", NULL, NULL);
}

TEST("tells a failure with the chain of its causes") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    const struct bolt_query query = { .text = "RETURN no.such.function()" };
    struct bolt_result result;
    struct error err = { 0 };

    assert_false(bolt_connection_run(connection, &query, peer_deadline(), arena, &result, &err));
    const struct bolt_failure *failure = bolt_connection_failure(connection);
    assert_string_equal(failure->code, "Neo.ClientError.Statement.SyntaxError");
    assert_non_null(strstr(failure->message, "no.such.function"));
    assert_non_null(failure->description);
    if (bolt_version_at_least(bolt_connection_version(connection), 6, 0)) { /* 5.26 has general ones only */
        assert_string_equal(failure->gql_status, "42001");
        assert_non_null(failure->cause);
        assert_string_equal(bolt_failure_root_status(failure), "42N48");
    }
}

/* ---- results of any size ---- */

enum { ROWS = 1000000, BATCH_MEMORY_MAX = 2 * 1024 * 1024 };

TEST("reads a million rows in the memory of a batch, in their order") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_ARENA struct arena *batch_arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    const struct bolt_query query = { .text = "UNWIND range(1, 1000000) AS n RETURN n, toString(n) AS text",
                                      .transaction.is_read = true };
    int64_t until = bolt_now_ns() + 10 * 60 * NANOSECONDS_PER_SECOND;
    struct bolt_batch batch = { 0 };
    struct bolt_value columns;
    struct error err = { 0 };
    int64_t next = 1;
    size_t most = 0;

    assert_true(bolt_connection_query(connection, &query, until, arena, &columns, &err));
    assert_int_equal(columns.length, 2);
    while (!batch.is_last) {
        arena_reset(batch_arena);
        if (!bolt_connection_fetch(connection, until, batch_arena, &batch, &err))
            fail_msg("after %lld rows: %s", (long long)next, err.text);
        BOLT_FOR_EACH_ITEM(row, &batch.rows) {
            if (bolt_integer(bolt_item(row, 0), 0) != next)
                fail_msg("row %lld is out of order", (long long)next);
            next++;
        }
        most = arena_size(batch_arena) > most ? arena_size(batch_arena) : most;
    }
    assert_int_equal(next, ROWS + 1);
    print_message("# at most %zu KiB for a batch of rows\n", most / 1024);
    assert_true(most < BATCH_MEMORY_MAX);
    peer_run(connection, arena, "RETURN 1", NULL, NULL);
}

TEST("gives up rows that nobody wants, in the middle of a result and by RESET") {
    CLEANUP(peer_clear) struct peer peer = peer_of_environment();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(bolt_connection_free) struct bolt_connection *connection = peer_log_in(&peer, false);
    const struct bolt_query query = { .text = "UNWIND range(1, 100000) AS n RETURN n" };
    struct bolt_value columns;
    struct bolt_value summary;
    struct bolt_batch batch;
    struct error err = { 0 };

    for (int fetches = 0; fetches < 3; fetches++) {
        assert_true(bolt_connection_query(connection, &query, peer_deadline(), arena, &columns, &err));
        for (int i = 0; i < fetches; i++)
            assert_true(bolt_connection_fetch(connection, peer_deadline(), arena, &batch, &err));
        if (!bolt_connection_discard(connection, peer_deadline(), arena, &summary, &err))
            fail_msg("%s", err.text);
        assert_string_equal(bolt_string(bolt_get(&summary, "type"), ""), "r");
        assert_true(bolt_connection_query(connection, &query, peer_deadline(), arena, &columns, &err));
        for (int i = 0; i < fetches; i++)
            assert_true(bolt_connection_fetch(connection, peer_deadline(), arena, &batch, &err));
        if (!bolt_connection_reset(connection, peer_deadline(), &err))
            fail_msg("%s", err.text);
        peer_run(connection, arena, "RETURN 1", NULL, NULL);
    }
}
