#include "kube/fake_kube.h"
#include "test.h"

#include "kube/cache.h"

#include <pthread.h>
#include <stdio.h>

/* What the change function was told, one line each: "+name", "~name:before>after", "-name". */
struct record {
    struct buffer lines;
};

static const char *version(const struct json *object) {
    return json_string_at(object, "metadata.resourceVersion", "");
}

static void record_change(void *context, const struct cache_change *change) {
    struct record *record = context;
    const struct json *object = change->after ? change->after : change->before;
    const char *name = json_string_at(object, "metadata.name", "");

    if (!change->before)
        buffer_printf(&record->lines, "+%s ", name);
    else if (!change->after)
        buffer_printf(&record->lines, "-%s ", name);
    else
        buffer_printf(&record->lines, "~%s:%s>%s ", name, version(change->before), version(change->after));
}

struct fixture {
    struct arena *arena;
    struct fake_kube kube;
    struct record record;
    struct cache *cache;
};

static void fixture_begin(struct fixture *fixture) {
    *fixture = (struct fixture){ .arena = arena_new(), .kube = fake_kube_make() };
    fixture->cache = cache_new(record_change, &fixture->record);
    cache_follow(fixture->cache, &fixture->kube.port, &(struct cache_follow){ .resource = &KUBE_PODS });
}

static void fixture_end(struct fixture *fixture) {
    cache_free(fixture->cache);
    buffer_clear(&fixture->record.lines);
    arena_free(fixture->arena);
}
#define FIXTURE(name)                                                                                        \
    CLEANUP(fixture_end) struct fixture name;                                                                \
    fixture_begin(&name)

static struct json *pod(struct fixture *fixture, const char *namespace, const char *name,
                        const char *version_) {
    struct json *object = json_new_object(fixture->arena);
    struct json *metadata;

    json_set_string(fixture->arena, object, "kind", "Pod");
    metadata = json_set_object(fixture->arena, object, "metadata");
    json_set_string(fixture->arena, metadata, "namespace", namespace);
    json_set_string(fixture->arena, metadata, "name", name);
    json_set_string(fixture->arena, metadata, "uid",
                    arena_printf(fixture->arena, "uid-%s-%s", namespace, name));
    json_set_string(fixture->arena, metadata, "resourceVersion", version_);
    return object;
}

static void send(struct fixture *fixture, enum kube_event event, const struct json *object) {
    const struct kube_watcher *watcher = &fixture->kube.watches[0].watcher;

    watcher->event(watcher->context, event, object);
}

static void send_listed(struct fixture *fixture) {
    fixture->kube.watches[0].watcher.listed(fixture->kube.watches[0].watcher.context);
}

static void send_failed(struct fixture *fixture, enum error_kind kind, const char *text) {
    struct error err = { 0 };

    error_set(&err, kind, "%s", text);
    fixture->kube.watches[0].watcher.failed(fixture->kube.watches[0].watcher.context, &err);
}

static void assert_told(struct fixture *fixture, const char *expected) {
    assert_string_equal(buffer_string(&fixture->record.lines), expected);
    buffer_reset(&fixture->record.lines);
}

/* "a/x b/y": namespace and name of what a query finds. */
static void assert_found(struct fixture *fixture, struct cache_query query, const char *expected) {
    CLEANUP_BUFFER struct buffer found = { 0 };

    query.resource = &KUBE_PODS;
    JSON_FOR_EACH_ITEM (item, cache_list(fixture->cache, fixture->arena, &query))
        buffer_printf(&found, "%s%s/%s", found.length ? " " : "",
                      json_string_at(item, "metadata.namespace", ""),
                      json_string_at(item, "metadata.name", ""));
    assert_string_equal(buffer_string(&found), expected);
}

TEST("shows objects by namespace and name, in that order, and NULL for what is not there") {
    FIXTURE(fixture);

    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "b", "x", "3"));
    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "y", "2"));
    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "x", "1"));
    assert_found(&fixture, (struct cache_query){ 0 }, "a/x a/y b/x");
    assert_found(&fixture, (struct cache_query){ .namespace = "a" }, "a/x a/y");
    assert_found(&fixture, (struct cache_query){ .namespace = "c" }, "");
    assert_string_equal(version(cache_get(fixture.cache, fixture.arena, &KUBE_PODS, "a", "y")), "2");
    assert_null(cache_get(fixture.cache, fixture.arena, &KUBE_PODS, "b", "y"));
    assert_null(cache_get(fixture.cache, fixture.arena, &KUBE_SERVICES, "a", "x"));
}

TEST("tells changes with the object before and after") {
    FIXTURE(fixture);

    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "x", "1"));
    send_listed(&fixture);
    send(&fixture, KUBE_EVENT_ADDED, pod(&fixture, "a", "y", "2"));
    send(&fixture, KUBE_EVENT_MODIFIED, pod(&fixture, "a", "x", "3"));
    send(&fixture, KUBE_EVENT_DELETED, pod(&fixture, "a", "y", "4"));
    send(&fixture, KUBE_EVENT_DELETED, pod(&fixture, "a", "never-seen", "5"));
    assert_told(&fixture, "+x +y ~x:1>3 -y ");
}

TEST("after another list tells only differences, and drops what it does not show") {
    FIXTURE(fixture);

    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "same", "1"));
    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "gone", "1"));
    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "new-version", "1"));
    send_listed(&fixture);
    send(&fixture, KUBE_EVENT_ADDED, pod(&fixture, "a", "gone-too", "2"));
    assert_told(&fixture, "+same +gone +new-version +gone-too ");

    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "same", "1"));
    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "new-version", "7"));
    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "added", "8"));
    assert_told(&fixture, "~new-version:1>7 +added ");
    send_listed(&fixture);
    assert_told(&fixture, "-gone -gone-too ");
    assert_found(&fixture, (struct cache_query){ 0 }, "a/added a/new-version a/same");
}

TEST("does not take an object for listed because a list that broke off showed it") {
    FIXTURE(fixture);

    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "x", "1"));
    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "y", "1"));
    send_failed(&fixture, ERROR_GONE, "the continue token expired");
    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "y", "1"));
    send_listed(&fixture);
    assert_told(&fixture, "+x +y -x ");
}

TEST("is synced after the first list, not before, and remembers why a watch fails until it recovers") {
    FIXTURE(fixture);
    struct error failure = { 0 };

    assert_false(cache_has_synced(fixture.cache, &KUBE_PODS));
    assert_false(cache_has_synced(fixture.cache, &KUBE_SERVICES));
    assert_false(cache_wait_synced(fixture.cache, 0));
    send_failed(&fixture, ERROR_FORBIDDEN, "not allowed");
    assert_true(cache_failure(fixture.cache, &KUBE_PODS, &failure));
    assert_string_equal(failure.text, "not allowed");
    send_listed(&fixture);
    assert_true(cache_has_synced(fixture.cache, NULL));
    assert_true(cache_wait_synced(fixture.cache, 0));
    assert_false(cache_failure(fixture.cache, NULL, &failure));
    send_failed(&fixture, ERROR_UNAVAILABLE, "gone");
    assert_true(cache_failure(fixture.cache, NULL, &failure));
    fixture.kube.watches[0].watcher.recovered(fixture.kube.watches[0].watcher.context);
    assert_false(cache_failure(fixture.cache, NULL, &failure));
    assert_true(cache_has_synced(fixture.cache, &KUBE_PODS));
}

TEST("keeps what two watches of one resource show apart") {
    FIXTURE(fixture);
    const struct kube_watcher *second = &fixture.kube.watches[1].watcher;

    cache_follow(fixture.cache, &fixture.kube.port,
                 &(struct cache_follow){ .resource = &KUBE_PODS, .namespace = "b" });
    send(&fixture, KUBE_EVENT_LISTED, pod(&fixture, "a", "x", "1"));
    send_listed(&fixture);
    assert_false(cache_has_synced(fixture.cache, &KUBE_PODS));
    second->event(second->context, KUBE_EVENT_LISTED, pod(&fixture, "b", "x", "1"));
    second->listed(second->context);
    assert_true(cache_has_synced(fixture.cache, &KUBE_PODS));
    send_listed(&fixture);
    assert_found(&fixture, (struct cache_query){ 0 }, "b/x");
}

TEST("keeps neither managed fields nor what kubectl last applied, and all the rest") {
    FIXTURE(fixture);
    struct json *object = pod(&fixture, "a", "x", "1");
    struct json *metadata = json_get(object, "metadata");
    struct json *annotations = json_set_object(fixture.arena, metadata, "annotations");
    const struct json *kept;

    json_set_string(fixture.arena, annotations, "kubectl.kubernetes.io/last-applied-configuration", "{}");
    json_set_string(fixture.arena, annotations, "mine", "yes");
    json_set_array(fixture.arena, metadata, "managedFields");
    json_set_string(fixture.arena, json_set_object(fixture.arena, object, "status"), "phase", "Running");
    send(&fixture, KUBE_EVENT_ADDED, object);
    kept = cache_get(fixture.cache, fixture.arena, &KUBE_PODS, "a", "x");
    json_remove(metadata, "managedFields");
    json_remove(json_get(json_get(object, "metadata"), "annotations"),
                "kubectl.kubernetes.io/last-applied-configuration");
    assert_true(json_equal(kept, object));
}

TEST("finds objects by label and by the owner that controls them") {
    FIXTURE(fixture);
    static const struct {
        const char *name;
        const char *label;
        const char *owner;
        bool controls;
    } rows[] = {
        { "labelled", "one", NULL, false },     { "other-label", "two", NULL, false },
        { "owned", "one", "uid-1", true },      { "only-a-reference", "one", "uid-1", false },
        { "of-another", "two", "uid-2", true },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct json *object = pod(&fixture, "a", rows[i].name, "1");
        struct json *metadata = json_get(object, "metadata");
        struct json *labels = json_set_object(fixture.arena, metadata, "labels");
        json_set_string(fixture.arena, labels, "instance", rows[i].label);
        json_set_string(fixture.arena, labels, "component", "server");
        if (rows[i].owner) {
            struct json *owner =
                json_append_object(fixture.arena, json_set_array(fixture.arena, json_get(object, "metadata"),
                                                                 "ownerReferences"));
            json_set_string(fixture.arena, owner, "uid", rows[i].owner);
            json_set_bool(fixture.arena, owner, "controller", rows[i].controls);
        }
        send(&fixture, KUBE_EVENT_ADDED, object);
    }
    assert_found(&fixture, (struct cache_query){ .label_key = "instance", .label_value = "one" },
                 "a/labelled a/only-a-reference a/owned");
    assert_found(&fixture, (struct cache_query){ .label_key = "instance", .label_value = "three" }, "");
    assert_found(&fixture, (struct cache_query){ .label_key = "missing", .label_value = "one" }, "");
    assert_found(&fixture, (struct cache_query){ .owner_uid = "uid-1" }, "a/owned");
    assert_found(&fixture,
                 (struct cache_query){ .owner_uid = "uid-2", .label_key = "instance", .label_value = "one" },
                 "");
}

TEST("tells identity without unpacking") {
    FIXTURE(fixture);
    struct cache_identity identity;

    send(&fixture, KUBE_EVENT_ADDED, pod(&fixture, "a", "x", "17"));
    assert_true(cache_identify(fixture.cache, &KUBE_PODS, "a", "x", &identity));
    assert_string_equal(identity.uid, "uid-a-x");
    assert_string_equal(identity.resource_version, "17");
    assert_false(cache_identify(fixture.cache, &KUBE_PODS, "a", "y", &identity));
}

TEST("stops its watches once") {
    struct fake_kube kube = fake_kube_make();
    struct cache *cache = cache_new(NULL, NULL);

    cache_follow(cache, &kube.port, &(struct cache_follow){ .resource = &KUBE_PODS });
    cache_follow(cache, &kube.port, &(struct cache_follow){ .resource = &KUBE_SERVICES });
    cache_stop(cache);
    cache_free(cache);
    assert_int_equal(kube.stopped, 2);
}

/* A pod like those of a server set: about 4 KB of which each has something of its own. */
static struct json *full_pod(struct fixture *fixture, int number) {
    char name[32], version_[16];
    snprintf(name, sizeof(name), "cluster-%d-server-%d", number / 3, number % 3);
    snprintf(version_, sizeof(version_), "%d", 1000 + number);
    struct json *object = pod(fixture, "databases", name, version_);
    struct json *spec = json_set_object(fixture->arena, object, "spec");
    struct json *variables = json_set_array(fixture->arena, spec, "env");

    for (int i = 0; i < 40; i++) {
        struct json *variable = json_append_object(fixture->arena, variables);
        json_set_string(fixture->arena, variable, "name",
                        arena_printf(fixture->arena, "NEO4J_server_setting_number_%d", i));
        json_set_string(fixture->arena, variable, "value",
                        arena_printf(fixture->arena, "%s.databases.svc.cluster.local:%d", name, 5000 + i));
    }
    return object;
}

TEST("keeps a hundred clusters' objects in less than two megabytes") {
    FIXTURE(fixture);
    struct cache_counts counts;

    for (int i = 0; i < 1500; i++) {
        send(&fixture, KUBE_EVENT_LISTED, full_pod(&fixture, i));
        arena_reset(fixture.arena);
    }
    cache_count(fixture.cache, NULL, &counts);
    assert_int_equal(counts.objects, 1500);
    assert_in_range(counts.text_bytes, 5000000, 10000000);
    assert_in_range(counts.bytes, 100000, 2000000);
    assert_true(
        json_equal(cache_get(fixture.cache, fixture.arena, &KUBE_PODS, "databases", "cluster-7-server-1"),
                   full_pod(&fixture, 22)));
}

struct reader {
    struct cache *cache;
    bool is_done;
};

static void *read_on(void *context) {
    struct reader *reader = context;

    while (!__atomic_load_n(&reader->is_done, __ATOMIC_ACQUIRE)) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct cache_query query = { .resource = &KUBE_PODS, .namespace = "a" };
        JSON_FOR_EACH_ITEM (item, cache_list(reader->cache, arena, &query))
            if (!cache_get(reader->cache, arena, &KUBE_PODS, "a", json_string_at(item, "metadata.name", "")))
                continue;
    }
    return NULL;
}

TEST("is read by threads while the watch's thread writes") {
    FIXTURE(fixture);
    struct reader reader = { .cache = fixture.cache };
    pthread_t threads[2];

    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &reader), 0);
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < 5; i++) {
            char name[8];
            snprintf(name, sizeof(name), "p%d", i);
            send(&fixture, (round + i) % 3 ? KUBE_EVENT_MODIFIED : KUBE_EVENT_DELETED,
                 pod(&fixture, "a", name, "1"));
        }
        arena_reset(fixture.arena);
    }
    __atomic_store_n(&reader.is_done, true, __ATOMIC_RELEASE);
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++)
        pthread_join(threads[i], NULL);
}
