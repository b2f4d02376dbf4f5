#include "test.h"

#include "base/json.h"

static struct json *parse(struct arena *arena, const char *text) {
    struct json *value;

    assert_true(json_parse(arena, text_from(text), NULL, &value, NULL));
    return value;
}

TEST("a path is followed through objects and arrays, and ends in NULL where something is missing") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value = parse(arena, "{\"a\":{\"b\":[10,{\"c\":\"x\"}]},\"\":{\"\":1},\"1\":2,\"n\":null}");

    assert_string_equal(json_string_at(value, "a.b.1.c", "-"), "x");
    assert_int_equal(json_integer_at(value, "a.b.0", -1), 10);
    assert_int_equal(json_integer_at(value, ".", -1), 1);
    assert_int_equal(json_integer_at(value, "1", -1), 2);
    assert_true(json_is(json_at(value, "n"), JSON_NULL));
    assert_null(json_at(value, "a.b.2"));
    assert_null(json_at(value, "a.b.-1"));
    assert_null(json_at(value, "a.b.x"));
    assert_null(json_at(value, "a.b.0.c"));
    assert_null(json_at(value, "a.x.c"));
    assert_null(json_at(value, "n.x"));
    assert_null(json_at(NULL, "a"));
    assert_null(json_get(json_at(value, "a.b"), "c"));
}

TEST("reading what is absent or of another type gives the fallback") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *text = json_new_string(arena, "12");

    assert_int_equal(json_integer(NULL, 7), 7);
    assert_int_equal(json_integer(text, 7), 7);
    assert_true(json_number(text, 0.5) == 0.5);
    assert_true(json_bool(NULL, true));
    assert_true(json_bool(text, true));
    assert_string_equal(json_string(json_new_integer(arena, 1), "-"), "-");
    assert_int_equal(json_length(text), 0);
    assert_null(json_item(text, 0));
    assert_false(json_is(NULL, JSON_NULL));
    assert_false(json_is_number(text));
    JSON_FOR_EACH_ITEM (item, text) {
        fail();
    }
    JSON_FOR_EACH_MEMBER (member, (struct json *)NULL) {
        fail();
    }
}

TEST("a whole double can be read as an integer, another one cannot") {
    CLEANUP_ARENA struct arena *arena = arena_new();

    assert_int_equal(json_integer(json_new_number(arena, 3), -1), 3);
    assert_int_equal(json_integer(json_new_number(arena, 3.5), -1), -1);
    assert_int_equal(json_integer(json_new_number(arena, 0x1p63), -1), -1);
    assert_int_equal(json_integer(json_new_number(arena, -0x1p63), -1), INT64_MIN);
    assert_true(json_number(json_new_integer(arena, 3), -1) == 3);
}

TEST("values are equal by what they mean") {
    static const struct {
        const char *a, *b;
        bool are_equal;
    } rows[] = {
        { "1", "1.0", true },
        { "1", "1.5", false },
        { "9007199254740993", "9007199254740993", true },
        { "9007199254740993", "9007199254740992", false },
        { "990298553001835400", "990298553001835329.59", true },
        { "990298553001835301", "990298553001835300", false },
        { "0", "-0.0", true },
        { "\"1\"", "1", false },
        { "null", "null", true },
        { "null", "false", false },
        { "true", "true", true },
        { "\"a\\u0000b\"", "\"a\\u0000c\"", false },
        { "[1,2]", "[2,1]", false },
        { "[1]", "[1,2]", false },
        { "{\"a\":1,\"b\":[{}]}", "{\"b\":[{}],\"a\":1}", true },
        { "{\"a\":1}", "{\"b\":1}", false },
        { "{\"a\":1}", "{\"a\":1,\"b\":1}", false },
        { "{\"a\":null}", "{\"b\":null}", false },
        { "[]", "{}", false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct json *a = parse(arena, rows[i].a), *b = parse(arena, rows[i].b);
        if (json_equal(a, b) != rows[i].are_equal || json_equal(b, a) != rows[i].are_equal)
            fail_msg("%s and %s", rows[i].a, rows[i].b);
        if (rows[i].are_equal && json_hash(a) != json_hash(b))
            fail_msg("hashes of %s and %s", rows[i].a, rows[i].b);
    }
    assert_true(json_equal(NULL, NULL));
    assert_false(json_equal(NULL, &(struct json){ .type = JSON_NULL }));
}

TEST("large objects are compared without regard to order, too") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *forward = json_new_object(arena), *backward = json_new_object(arena);

    for (int i = 0; i < 500; i++) {
        (void)json_set_integer(arena, forward, arena_printf(arena, "k%d", i), i);
        (void)json_set_integer(arena, backward, arena_printf(arena, "k%d", 499 - i), 499 - i);
    }
    assert_true(json_equal(forward, backward));
    assert_int_equal(json_hash(forward), json_hash(backward));
    (void)json_set_integer(arena, backward, "k250", 0);
    assert_false(json_equal(forward, backward));
    assert_int_not_equal(json_hash(forward), json_hash(backward));
}

TEST("containers grow from what was parsed, what was built and what was copied") {
    for (size_t start = 0; start < 20; start++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct json *built = json_new_array(arena), *object = json_new_object(arena);
        for (size_t i = 0; i < start; i++) {
            (void)json_append(arena, built, json_new_integer(arena, (int64_t)i));
            (void)json_set_integer(arena, object, arena_printf(arena, "%zu", i), (int64_t)i);
        }
        struct json *arrays[] = { parse(arena, json_print(arena, built)), json_copy(arena, built), built };
        struct json *objects[] = { parse(arena, json_print(arena, object)), json_copy(arena, object),
                                   object };

        for (size_t which = 0; which < ARRAY_LENGTH(arrays); which++) {
            for (size_t i = start; i < 70; i++) {
                struct json *item = json_append(arena, arrays[which], json_new_integer(arena, (int64_t)i));
                assert_ptr_equal(item, json_item(arrays[which], i));
                struct json *place =
                    json_set_integer(arena, objects[which], arena_printf(arena, "%zu", i), (int64_t)i);
                assert_ptr_equal(place, json_get(objects[which], arena_printf(arena, "%zu", i)));
            }
            assert_int_equal(json_length(arrays[which]), 70);
            assert_int_equal(json_length(objects[which]), 70);
            for (size_t i = 0; i < 70; i++) {
                assert_int_equal(json_integer(json_item(arrays[which], i), -1), i);
                assert_string_equal(objects[which]->members[i].key, arena_printf(arena, "%zu", i));
            }
        }
    }
}

TEST("removing and adding in turn keeps order and loses nothing") {
    for (size_t start = 1; start < 12; start++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_BUFFER struct buffer text = { 0 };
        for (size_t i = 0; i < start; i++)
            buffer_printf(&text, "%s%zu", i ? "," : "[", i);
        buffer_add_char(&text, ']');
        struct json *array = parse(arena, buffer_string(&text));

        for (int64_t round = 0; round < 40; round++) {
            json_remove_item(array, 0);
            (void)json_append(arena, array, json_new_integer(arena, (int64_t)start + round));
            if (round % 3 == 0)
                (void)json_append(arena, array, json_new_integer(arena, -1));
            if (round % 3 == 0)
                json_remove_item(array, array->length - 1);
        }
        assert_int_equal(json_length(array), start);
        for (size_t i = 0; i < start; i++)
            assert_int_equal(json_integer(json_item(array, i), -1), 40 + i);
    }
}

TEST("a member that is set again keeps its place, one that is removed leaves the others in order") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *object = parse(arena, "{\"a\":1,\"b\":2,\"c\":3}");

    (void)json_set_string(arena, object, "b", "two");
    assert_string_equal(json_print(arena, object), "{\"a\":1,\"b\":\"two\",\"c\":3}");
    json_remove(object, "a");
    json_remove(object, "absent");
    assert_string_equal(json_print(arena, object), "{\"b\":\"two\",\"c\":3}");
    (void)json_set_bool(arena, object, "a", false);
    assert_string_equal(json_print(arena, object), "{\"b\":\"two\",\"c\":3,\"a\":false}");
    json_remove(NULL, "a");
    json_remove_item(object, 0);
    assert_int_equal(json_length(object), 3);
}

TEST("a member can be set from another one of the same object") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *object = parse(arena, "{\"a\":[1]}");

    for (int i = 0; i < 20; i++)
        (void)json_set(arena, object, arena_printf(arena, "copy%d", i), json_get(object, "a"));
    assert_int_equal(json_integer_at(object, "copy19.0", -1), 1);
}

TEST("an object at a key is made only when there is none") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *object = parse(arena, "{\"labels\":{\"x\":1},\"name\":\"a\"}");

    assert_int_equal(json_length(json_ensure_object(arena, object, "labels")), 1);
    assert_int_equal(json_length(json_ensure_object(arena, object, "name")), 0);
    (void)json_set_bool(arena, json_ensure_object(arena, object, "new"), "yes", true);
    assert_string_equal(json_print(arena, object),
                        "{\"labels\":{\"x\":1},\"name\":{},\"new\":{\"yes\":true}}");
}

TEST("a copy shares nothing with what it was copied from") {
    CLEANUP_ARENA struct arena *copies = arena_new();
    struct json *copy;
    {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct json *value = parse(arena, "{\"a\":[\"x\\u0000y\",{\"b\":1.5}],\"c\":null}");
        copy = json_copy(copies, value);
        (void)json_set_integer(arena, json_at(value, "a.1"), "b", 2);
    }
    assert_string_equal(json_print(copies, copy), "{\"a\":[\"x\\u0000y\",{\"b\":1.5}],\"c\":null}");
    assert_null(json_copy(copies, NULL));
}

TEST("sorting orders the keys of all objects byte by byte, as Go prints maps") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value =
        parse(arena, "{\"b\":[{\"z\":1,\"ab\":2,\"a\":3,\"Z\":4,\"\xc3\xa4\":5}],\"a.b\":1,\"a\":2}");

    json_sort(value);
    assert_string_equal(json_print(arena, value),
                        "{\"a\":2,\"a.b\":1,\"b\":[{\"Z\":4,\"a\":3,\"ab\":2,\"z\":1,\"\xc3\xa4\":5}]}");
    json_sort(NULL);
}

TEST("a string keeps NULs inside, and equal keys are told apart by all their bytes") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value = parse(arena, "{\"a\\u0000x\":1,\"a\":2,\"a\\u0000y\":3}");

    assert_int_equal(json_length(value), 3);
    assert_int_equal(json_integer_at(value, "a", -1), 2);
}
