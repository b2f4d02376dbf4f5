#include "sim/component/mirror.h"
#include "sim/component/object.h"
#include "test.h"

#include <pthread.h>

/* A port that tells its only watcher what the test says. */
struct port {
    struct kube kube;
    struct kube_watcher watcher;
    bool is_stopped;
};

static bool refuse(struct kube *kube, const struct kube_call *call, struct arena *arena,
                   struct json **out_object, struct error *err) {
    return error_set(err, ERROR_INTERNAL, "no calls here");
}

static int watch(struct kube *kube, const struct kube_watch *watch) {
    ((struct port *)kube)->watcher = watch->watcher;
    return 1;
}

static void stop_watch(struct kube *kube, int id) {
    ((struct port *)kube)->is_stopped = true;
}

static struct port make_port(void) {
    return (struct port){ .kube = { .call = refuse, .watch = watch, .stop_watch = stop_watch } };
}

static struct json *pod(struct arena *arena, const char *name, const char *uid, int64_t version) {
    struct json *object = json_new_object(arena), *metadata = json_set_object(arena, object, "metadata");
    json_set_string(arena, metadata, "namespace", "default");
    json_set_string(arena, metadata, "name", name);
    json_set_string(arena, metadata, "uid", uid);
    json_set_string(arena, metadata, "resourceVersion", arena_printf(arena, "%lld", (long long)version));
    return object;
}

static void tell(struct port *port, enum kube_event event, const char *name, const char *uid,
                 int64_t version) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    port->watcher.event(port->watcher.context, event, pod(arena, name, uid, version));
}

static const char *names(struct mirror *mirror, struct arena *arena) {
    struct mirror_list list = mirror_list(mirror, arena, &KUBE_PODS, NULL);
    const char *text = "";
    MIRROR_FOR_EACH(object, list) {
        text = arena_printf(arena, "%s%s%s@%s", text, *text ? " " : "", object_name(object),
                            json_string_at(object, "metadata.resourceVersion", ""));
    }
    return text;
}

/* What the observer was told: "+a" new, "~a" changed, "-a" gone. */
static void note(void *context, const struct kube_resource *resource, const struct json *old,
                 const struct json *new) {
    buffer_printf(context, "%s%s ", !old ? "+" : !new ? "-" : "~", object_name(new ? new : old));
}

TEST("shows nothing until it is drained, and is in sync after the first whole list") {
    struct port port = make_port();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer notes = { 0 };
    struct mirror_observer observer = { &notes, note };
    struct mirror *mirror = mirror_new(&port.kube);
    mirror_watch(mirror, &KUBE_PODS);
    tell(&port, KUBE_EVENT_LISTED, "b", "1", 2);
    tell(&port, KUBE_EVENT_LISTED, "a", "2", 1);
    assert_string_equal(names(mirror, arena), "");
    assert_true(mirror_drain(mirror, &observer));
    assert_false(mirror_is_synced(mirror));
    port.watcher.listed(port.watcher.context);
    assert_true(mirror_drain(mirror, &observer));
    assert_true(mirror_is_synced(mirror));
    assert_false(mirror_drain(mirror, &observer));
    assert_string_equal(names(mirror, arena), "a@1 b@2");
    assert_string_equal(buffer_string(&notes), "+b +a ");
    mirror_free(mirror);
    assert_true(port.is_stopped);
}

TEST("follows events, forgets what a later list lacks, and passes over what is older than it holds") {
    struct port port = make_port();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer notes = { 0 };
    struct mirror_observer observer = { &notes, note };
    CLEANUP_POINTER(mirror_free) struct mirror *mirror = mirror_new(&port.kube);
    mirror_watch(mirror, &KUBE_PODS);
    tell(&port, KUBE_EVENT_LISTED, "a", "1", 1);
    port.watcher.listed(port.watcher.context);
    tell(&port, KUBE_EVENT_ADDED, "b", "2", 2);
    tell(&port, KUBE_EVENT_ADDED, "c", "3", 3);
    tell(&port, KUBE_EVENT_MODIFIED, "a", "1", 4);
    tell(&port, KUBE_EVENT_DELETED, "b", "2", 5);
    mirror_drain(mirror, &observer);
    assert_string_equal(names(mirror, arena), "a@4 c@3");

    mirror_put(mirror, &KUBE_PODS, pod(arena, "a", "1", 9));
    tell(&port, KUBE_EVENT_MODIFIED, "a", "1", 7); /* on its way before the put */
    mirror_drain(mirror, &observer);
    assert_string_equal(names(mirror, arena), "a@9 c@3");

    tell(&port, KUBE_EVENT_LISTED, "a", "1", 9); /* c went while the watch was broken */
    port.watcher.listed(port.watcher.context);
    mirror_drain(mirror, &observer);
    assert_string_equal(names(mirror, arena), "a@9");
    assert_string_equal(buffer_string(&notes), "+a +b +c ~a -b ~a -c ");
}

TEST("does not lose a successor to the late news of its predecessor's end") {
    struct port port = make_port();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(mirror_free) struct mirror *mirror = mirror_new(&port.kube);
    mirror_watch(mirror, &KUBE_PODS);
    tell(&port, KUBE_EVENT_LISTED, "a", "old", 1);
    port.watcher.listed(port.watcher.context);
    mirror_drain(mirror, NULL);
    mirror_put(mirror, &KUBE_PODS, pod(arena, "a", "new", 3));
    tell(&port, KUBE_EVENT_DELETED, "a", "old", 2);
    mirror_drain(mirror, NULL);
    assert_string_equal(object_uid(mirror_get(mirror, &KUBE_PODS, "default", "a")), "new");
}

TEST("what it has returned holds until the next drain, whatever is put in") {
    struct port port = make_port();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(mirror_free) struct mirror *mirror = mirror_new(&port.kube);
    mirror_watch(mirror, &KUBE_PODS);
    tell(&port, KUBE_EVENT_LISTED, "a", "1", 1);
    port.watcher.listed(port.watcher.context);
    mirror_drain(mirror, NULL);
    const struct json *before = mirror_get(mirror, &KUBE_PODS, "default", "a");
    mirror_put(mirror, &KUBE_PODS, pod(arena, "a", "1", 2));
    assert_string_equal(json_string_at(before, "metadata.resourceVersion", ""), "1");
}

enum { THREAD_EVENTS = 2000 };

static void *tell_many(void *context) {
    for (int i = 1; i <= THREAD_EVENTS; i++)
        tell(context, KUBE_EVENT_MODIFIED, "a", "1", i);
    return NULL;
}

static void count_wake(void *context) {
    __atomic_add_fetch((int *)context, 1, __ATOMIC_RELAXED);
}

TEST("takes events from another thread while it is drained") {
    struct port port = make_port();
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(mirror_free) struct mirror *mirror = mirror_new(&port.kube);
    int wakes = 0;
    pthread_t thread;
    mirror_set_wake(mirror, count_wake, &wakes);
    mirror_watch(mirror, &KUBE_PODS);
    assert_int_equal(pthread_create(&thread, NULL, tell_many, &port), 0);
    while (__atomic_load_n(&wakes, __ATOMIC_RELAXED) < THREAD_EVENTS)
        mirror_drain(mirror, NULL);
    pthread_join(thread, NULL);
    mirror_drain(mirror, NULL);
    assert_string_equal(names(mirror, arena), arena_printf(arena, "a@%d", THREAD_EVENTS));
}
