#include "sim/store.h"

#include "test.h"

static struct json *object(struct arena *arena, const char *text) {
    struct json *value = NULL;
    assert_true(json_parse(arena, text_from(text), NULL, &value, NULL));
    return value;
}

static void put(struct store *store, struct arena *arena, const char *key, const char *text) {
    (void)store_put(store, "things", key, arena, object(arena, text));
}

/* "key=version …" */
static const char *describe(struct arena *arena, struct store_list list) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    for (size_t i = 0; i < list.count; i++)
        buffer_printf(&out, "%s%s=%lld", i ? " " : "", list.items[i]->key, (long long)list.items[i]->version);
    return arena_strdup(arena, buffer_string(&out));
}

TEST("numbers every write, and writes the number into the object") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(store_free) struct store *store = store_new(NULL);

    put(store, arena, "a/x", "{\"z\":1,\"b\":2}");
    put(store, arena, "a/x", "{\"z\":2}");
    assert_int_equal(store_version(store), 2);
    assert_string_equal(store_get(store, "things", "a/x")->bytes.data,
                        "{\"metadata\":{\"resourceVersion\":\"2\"},\"z\":2}");
    assert_null(store_get(store, "things", "a/y"));
    assert_null(store_get(store, "others", "a/x"));
    assert_int_equal(store_count(store, "things"), 1);
}

TEST("lists in the order of keys, and by prefix") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(store_free) struct store *store = store_new(NULL);

    put(store, arena, "b/a", "{}");
    put(store, arena, "a/b", "{}");
    put(store, arena, "a/a", "{}");
    put(store, arena, "ab/a", "{}");
    assert_string_equal(describe(arena, store_list(store, arena, "things", NULL)),
                        "a/a=3 a/b=2 ab/a=4 b/a=1");
    assert_string_equal(describe(arena, store_list(store, arena, "things", "a/")), "a/a=3 a/b=2");
    assert_int_equal(store_list(store, arena, "others", NULL).count, 0);
}

TEST("lists the past, as long as the history reaches") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(store_free)
    struct store *store = store_new(&(struct store_limits){ .history_events_max = 4 });
    static const struct {
        int64_t version;
        const char *list; /* NULL: forgotten */
    } rows[] = { { 1, NULL },  { 2, "a=1 b=2" }, { 3, "a=3 b=2" },
                 { 4, "a=3" }, { 5, "a=3 c=5" }, { 6, "a=3 b=6 c=5" } };
    struct store_list list;

    put(store, arena, "a", "{}");
    put(store, arena, "b", "{}");
    put(store, arena, "a", "{}");
    store_delete(store, "things", "b", arena, object(arena, "{}"));
    put(store, arena, "c", "{}");
    put(store, arena, "b", "{}");
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        bool found = store_list_at(store, arena, "things", NULL, rows[i].version, &list);
        assert_int_equal(found, rows[i].list != NULL);
        if (found)
            assert_string_equal(describe(arena, list), rows[i].list);
    }
}

TEST("tells what happened after a version, with the state before") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(store_free) struct store *store = store_new(NULL);
    struct store_event event;

    put(store, arena, "a", "{}");
    put(store, arena, "a", "{\"x\":1}");
    store_delete(store, "things", "a", arena, object(arena, "{\"x\":1}"));
    assert_true(store_event_after(store, 0, &event));
    assert_int_equal(event.type, STORE_CREATED);
    assert_null(event.previous);
    assert_true(store_event_after(store, 1, &event));
    assert_int_equal(event.type, STORE_CHANGED);
    assert_int_equal(event.previous->version, 1);
    assert_true(store_event_after(store, 2, &event));
    assert_int_equal(event.type, STORE_DELETED);
    assert_int_equal(event.value->version, 3);
    assert_int_equal(event.previous->version, 2);
    assert_false(store_event_after(store, 3, &event));
}

TEST("forgets the oldest events beyond its limits in number and bytes") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(store_free)
    struct store *few = store_new(&(struct store_limits){ .history_events_max = 2 });
    CLEANUP_POINTER(store_free)
    struct store *small = store_new(&(struct store_limits){ .history_bytes_max = 100 });

    for (int i = 0; i < 1000; i++) {
        put(few, arena, "a", "{}");
        put(small, arena, "a", "{}");
    }
    assert_true(store_remembers(few, 998));
    assert_false(store_remembers(few, 997));
    assert_true(store_remembers(small, 998));
    assert_false(store_remembers(small, 990));
    store_compact(few, 999);
    assert_false(store_remembers(few, 998));
    assert_true(store_remembers(few, 1000));
    assert_int_equal(store_get(few, "things", "a")->version, 1000);
}

TEST("keeps a value alive for who holds it") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(store_free)
    struct store *store = store_new(&(struct store_limits){ .history_events_max = 1 });
    const struct store_value *value;

    put(store, arena, "a", "{\"x\":1}");
    value = store_value_ref(store_get(store, "things", "a"));
    put(store, arena, "a", "{\"x\":2}");
    put(store, arena, "a", "{\"x\":3}");
    assert_int_equal(json_integer_at(store_value_parse(arena, value), "x", 0), 1);
    store_value_unref(value);
}
