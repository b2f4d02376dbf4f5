#include "test.h"

#include "sim/neo4j/ledger.h"
#include "sim/neo4j/property.h"

#include <math.h>

static struct json *changes_of(struct arena *arena, const char *text) {
    struct json *changes;

    assert_true(json_parse(arena, text_from(text), NULL, &changes, NULL));
    return changes;
}

static const char *const history[] = {
    "[{\"op\":\"put\",\"id\":0,\"labels\":[\"Entry\"],\"properties\":{\"n\":1}},"
    "{\"op\":\"put\",\"id\":3,\"labels\":[],\"properties\":{}}]",
    "[]",
    "[{\"op\":\"delete\",\"id\":3},{\"op\":\"put\",\"id\":0,\"labels\":[\"Entry\"],\"properties\":{\"n\":2}}"
    "]",
    "[{\"op\":\"put-schema\",\"name\":\"one\",\"type\":\"RANGE\"},{\"op\":\"put-schema\",\"name\":\"a\"}]",
    "[{\"op\":\"delete-schema\",\"name\":\"a\"},{\"op\":\"delete\",\"id\":77}]",
};

static struct ledger *after(struct arena *arena, size_t transactions) {
    struct ledger *ledger = ledger_new("a-store");

    for (size_t i = 0; i < transactions; i++)
        ledger_commit(ledger, arena, changes_of(arena, history[i]), (int64_t)i + 100);
    return ledger;
}

TEST("a ledger is what its transactions made of it") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = after(arena, 0);

    assert_int_equal(ledger_transaction(ledger), 1);
    assert_int_equal(ledger_wall(ledger), 0);
    assert_int_equal(ledger_entry_from(ledger, 0), -1);
    ledger_free(ledger);
    ledger = after(arena, 1);
    assert_int_equal(ledger_entry_count(ledger), 2);
    assert_int_equal(ledger_entry_from(ledger, 1), 3);
    assert_int_equal(ledger_next_id(ledger), 4);
    ledger_free(ledger);
    ledger = after(arena, ARRAY_LENGTH(history));
    assert_int_equal(ledger_transaction(ledger), 6);
    assert_int_equal(ledger_wall(ledger), 104);
    assert_int_equal(ledger_entry_count(ledger), 1);
    assert_int_equal(ledger_next_id(ledger), 4);
    assert_null(ledger_entry(ledger, arena, 3));
    assert_string_equal(json_print(arena, ledger_entry(ledger, arena, 0)),
                        "{\"id\":0,\"labels\":[\"Entry\"],\"properties\":{\"n\":2}}");
    assert_string_equal(json_print(arena, ledger_schema(ledger)), "[{\"name\":\"one\",\"type\":\"RANGE\"}]");
}

TEST("what was written reads as the same, and goes on as the same") {
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(history); i++) {
        CLEANUP_POINTER(ledger_free) struct ledger *one = after(arena, i);
        CLEANUP_POINTER(ledger_free) struct ledger *other = NULL;
        const char *text = json_print(arena, ledger_write(one, arena));
        struct error err = { 0 };
        assert_true(ledger_read(changes_of(arena, text), &other, &err));
        assert_string_equal(json_print(arena, ledger_write(other, arena)), text);
        const struct json *made = ledger_commit(one, arena, changes_of(arena, history[i]), 7);
        assert_true(ledger_apply(other, changes_of(arena, json_print(arena, made)), &err));
        assert_string_equal(ledger_checksum(one), ledger_checksum(other));
        assert_int_equal(ledger_bytes(one), ledger_bytes(other));
    }
}

TEST("a transaction is refused where it does not follow, and changes nothing there") {
    static const struct {
        const char *what;
        const char *key;
        const char *value; /* JSON */
    } rows[] = {
        { "another number", "transaction", "9" },
        { "no number", "transaction", "\"2\"" },
        { "another history", "before", "\"0000000000000000\"" },
        { "another checksum", "checksum", "\"0000000000000000\"" },
        { "another time", "wall", "1" },
        { "no changes", "changes", "{}" },
        { "changes of no kind", "changes", "[{\"op\":\"swap\",\"id\":1}]" },
        { "a negative id", "changes", "[{\"op\":\"put\",\"id\":-1,\"labels\":[],\"properties\":{}}]" },
        { "labels that are none", "changes", "[{\"op\":\"put\",\"id\":1,\"labels\":[1],\"properties\":{}}]" },
        { "no properties", "changes", "[{\"op\":\"put\",\"id\":1,\"labels\":[]}]" },
        { "a rule without name", "changes", "[{\"op\":\"put-schema\"}]" },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = after(arena, 2);
    const char *before = json_print(arena, ledger_write(ledger, arena));
    struct json *good = ledger_make(arena, ledger_transaction(ledger) + 1, ledger_checksum(ledger),
                                    changes_of(arena, history[2]), 5);
    struct error err = { 0 };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct json *bad = json_copy(arena, good);
        json_set(arena, bad, rows[i].key, changes_of(arena, rows[i].value));
        err = (struct error){ 0 };
        if (ledger_apply(ledger, bad, &err))
            fail_msg("%s was applied", rows[i].what);
        assert_int_equal(err.kind, ERROR_INVALID);
        assert_string_equal(json_print(arena, ledger_write(ledger, arena)), before);
    }
    assert_true(ledger_apply(ledger, good, &err));
    assert_false(ledger_apply(ledger, good, &err));
}

TEST("other JSON is not read as a store") {
    static const char *const rows[] = {
        "null",
        "{}",
        "{\"store\":\"s\",\"transaction\":0,\"checksum\":\"0123456789abcdef\",\"entries\":[]}",
        "{\"store\":\"s\",\"transaction\":2,\"checksum\":\"x\",\"entries\":[]}",
        "{\"store\":\"s\",\"transaction\":2,\"checksum\":\"0123456789abcdef\",\"entries\":{}}",
        "{\"store\":\"s\",\"transaction\":2,\"checksum\":\"0123456789abcdef\",\"entries\":[1]}",
        "{\"store\":\"s\",\"transaction\":2,\"checksum\":\"0123456789abcdef\",\"next\":0,"
        "\"entries\":[{\"id\":0,\"labels\":[],\"properties\":{}}]}",
        "{\"store\":\"s\",\"transaction\":2,\"checksum\":\"0123456789abcdef\",\"next\":0,\"entries\":[],"
        "\"schema\":[{}]}",
    };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct ledger *ledger = NULL;
        struct error err = { 0 };
        assert_false(ledger_read(changes_of(arena, rows[i]), &ledger, &err));
        assert_int_equal(err.kind, ERROR_INVALID);
        assert_null(ledger);
    }
}

TEST("a text that is no UTF-8 becomes the same transaction on all servers") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = after(arena, 0);
    struct json *changes = changes_of(arena, history[0]);
    struct error err = { 0 };

    json_set_string(arena, json_at(changes, "0.properties"), "n", "\xff\xfe");
    const struct json *made =
        ledger_make(arena, ledger_transaction(ledger) + 1, ledger_checksum(ledger), changes, 5);
    assert_true(ledger_apply(ledger, changes_of(arena, json_print(arena, made)), &err));
}

/* ---- properties ---- */

static struct bolt_value *list_of(struct arena *arena, size_t count, struct bolt_value *const *items) {
    struct bolt_value *list = bolt_new_list(arena);

    for (size_t i = 0; i < count; i++)
        bolt_append(arena, list, items[i]);
    return list;
}

static void expect_kept(struct arena *arena, const struct bolt_value *value) {
    const struct json *json = property_to_json(arena, value);

    assert_non_null(json);
    assert_true(bolt_equal(property_from_json(arena, changes_of(arena, json_print(arena, json))), value));
}

TEST("every value that may be stored comes back as it was") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *point = bolt_new_struct(arena, BOLT_POINT_2D);

    bolt_append(arena, point, bolt_new_integer(arena, 4326));
    bolt_append(arena, point, bolt_new_float(arena, 1.0));
    bolt_append(arena, point, bolt_new_float(arena, -2.5));
    struct bolt_value *const values[] = {
        bolt_new_bool(arena, true),
        bolt_new_integer(arena, INT64_MIN),
        bolt_new_integer(arena, INT64_MAX),
        bolt_new_float(arena, 1.0),
        bolt_new_float(arena, 0.1),
        bolt_new_float(arena, (double)NAN),
        bolt_new_float(arena, -(double)INFINITY),
        bolt_new_string(arena, "ä 😀 \" \\"),
        bolt_new_text(arena, (struct text){ "a\0b", 3 }),
        bolt_new_bytes(arena, "\0\1\xff", 3),
        point,
        bolt_new_date_time(arena, 1234567890),
        bolt_new_duration(arena, 1, 2, 3, 4),
        list_of(arena, 0, NULL),
        list_of(arena, 2, (struct bolt_value *[]){ bolt_new_string(arena, "a"), bolt_new_string(arena, "") }),
        list_of(arena, 2, (struct bolt_value *[]){ point, point }),
    };

    for (size_t i = 0; i < ARRAY_LENGTH(values); i++)
        expect_kept(arena, values[i]);
}

TEST("values that can't be stored are none") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *one = bolt_new_integer(arena, 1), *text = bolt_new_string(arena, "1");
    struct bolt_value *const values[] = {
        bolt_new_null(arena),
        bolt_new_map(arena),
        bolt_new_struct(arena, BOLT_NODE),
        list_of(arena, 2, (struct bolt_value *[]){ one, text }),
        list_of(arena, 1, (struct bolt_value *[]){ bolt_new_null(arena) }),
        list_of(arena, 1, (struct bolt_value *[]){ list_of(arena, 0, NULL) }),
    };

    for (size_t i = 0; i < ARRAY_LENGTH(values); i++)
        assert_null(property_to_json(arena, values[i]));
    const struct json *mixed = property_to_json(
        arena, list_of(arena, 2, (struct bolt_value *[]){ one, bolt_new_float(arena, 0.5) }));
    assert_string_equal(json_print(arena, mixed), "[{\"float\":\"1\"},{\"float\":\"0.5\"}]");
}
