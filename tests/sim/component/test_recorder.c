#include "sim/component/recorder.h"
#include "sim/kube.h"
#include "test.h"

static int64_t now_ns;

static int64_t read_clock(const struct clock *clock) {
    return now_ns;
}

static const struct clock test_clock = { read_clock, read_clock };

struct fixture {
    struct arena *arena;
    struct api *api;
    struct kube *kube;
    struct recorder *recorder;
    struct json *pod;
};

static struct fixture make(void) {
    struct fixture fixture = { .arena = arena_new() };
    now_ns = NANOSECONDS_PER_SECOND;
    fixture.api = api_new(&(struct api_options){ .clock = &test_clock, .seed = 1 });
    fixture.kube = sim_kube_new(fixture.api, NULL, "test");
    fixture.recorder = recorder_new(fixture.kube, &test_clock, "kubelet", "node-1");
    fixture.pod = json_new_object(fixture.arena);
    json_set_string(fixture.arena, fixture.pod, "apiVersion", "v1");
    json_set_string(fixture.arena, fixture.pod, "kind", "Pod");
    struct json *metadata = json_set_object(fixture.arena, fixture.pod, "metadata");
    json_set_string(fixture.arena, metadata, "name", "db-0");
    json_set_string(fixture.arena, metadata, "namespace", "default");
    json_set_string(fixture.arena, metadata, "uid", "1234");
    return fixture;
}

static void clear(struct fixture *fixture) {
    recorder_free(fixture->recorder);
    sim_kube_free(fixture->kube);
    api_free(fixture->api);
    arena_free(fixture->arena);
}

static struct json *events(struct fixture *fixture) {
    struct json *items;
    struct error err = { 0 };
    if (!kube_list(fixture->kube, fixture->arena, &KUBE_EVENTS, "default", NULL, &items, &err))
        fail_msg("%s", err.text);
    return items;
}

TEST("an event says who tells what about which object") {
    CLEANUP(clear) struct fixture fixture = make();
    recorder_event(fixture.recorder, fixture.pod, "spec.containers{neo4j}", RECORDER_WARNING, "Unhealthy",
                   "%d tries", 3);
    struct json *items = events(&fixture);
    assert_int_equal(json_length(items), 1);
    static const struct {
        const char *path, *value;
    } rows[] = {
        { "0.regarding.name", "db-0" },
        { "0.regarding.uid", "1234" },
        { "0.regarding.fieldPath", "spec.containers{neo4j}" },
        { "0.type", "Warning" },
        { "0.reason", "Unhealthy" },
        { "0.note", "3 tries" },
        { "0.reportingController", "kubelet" },
        { "0.reportingInstance", "node-1" },
        { "0.eventTime", "1970-01-01T00:00:01.000000Z" },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        assert_string_equal(json_string_at(items, rows[i].path, ""), rows[i].value);
}

TEST("the same event again becomes a series, another one or a late one does not") {
    CLEANUP(clear) struct fixture fixture = make();
    for (int i = 0; i < 3; i++) {
        recorder_event(fixture.recorder, fixture.pod, NULL, RECORDER_WARNING, "BackOff", "again");
        now_ns += NANOSECONDS_PER_SECOND;
    }
    recorder_event(fixture.recorder, fixture.pod, NULL, RECORDER_WARNING, "BackOff", "otherwise");
    assert_int_equal(json_length(events(&fixture)), 2);
    int64_t count = 0;
    JSON_FOR_EACH_ITEM (event, events(&fixture)) {
        count += json_integer_at(event, "series.count", 0);
    }
    assert_int_equal(count, 3);
    now_ns += 601 * NANOSECONDS_PER_SECOND;
    recorder_event(fixture.recorder, fixture.pod, NULL, RECORDER_WARNING, "BackOff", "again");
    assert_int_equal(json_length(events(&fixture)), 3);
}

TEST("an event whose object was deleted meanwhile is written anew") {
    CLEANUP(clear) struct fixture fixture = make();
    struct error err = { 0 };
    recorder_event(fixture.recorder, fixture.pod, NULL, RECORDER_NORMAL, "Pulled", "there");
    const char *name = json_string_at(events(&fixture), "0.metadata.name", "");
    assert_true(
        kube_delete(fixture.kube, &KUBE_EVENTS, "default", name, NULL, KUBE_PROPAGATION_DEFAULT, &err));
    recorder_event(fixture.recorder, fixture.pod, NULL, RECORDER_NORMAL, "Pulled", "there");
    assert_int_equal(json_length(events(&fixture)), 1);
}
