#include "controllers/plan.h"
#include "test.h"

TEST("a plan keeps its steps in order and says what each does") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct plan *plan = ARENA_NEW(arena, struct plan);
    struct json *object = json_new_object(arena);

    plan_init(plan, arena);
    plan_apply(plan, object, "Service %s", "graph-client");
    plan_wait(plan, 500, "waiting for %d servers", 3);
    assert_int_equal(plan->step_count, 2);
    assert_int_equal(plan->steps[0].type, STEP_APPLY);
    assert_string_equal(plan->steps[0].sentence, "Service graph-client");
    assert_int_equal(plan->steps[1].wait_ms, 500);
    assert_string_equal(plan->steps[1].sentence, "waiting for 3 servers");
}

TEST("a deletion is of the object that was seen, by its uid") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct plan *plan = ARENA_NEW(arena, struct plan);
    struct json *live = json_new_object(arena);
    struct json *metadata = json_set_object(arena, live, "metadata");

    json_set_string(arena, metadata, "namespace", "ns");
    json_set_string(arena, metadata, "name", "pod-0");
    json_set_string(arena, metadata, "uid", "u-1");
    plan_init(plan, arena);
    plan_delete(plan, &KUBE_PODS, live, "pod-0 can't start");
    assert_string_equal(plan->steps[0].uid, "u-1");
    assert_string_equal(plan->steps[0].name, "pod-0");
}

TEST("events beyond the limit are dropped, not written past the end") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct plan *plan = ARENA_NEW(arena, struct plan);

    plan_init(plan, arena);
    for (int i = 0; i < PLAN_EVENTS_MAX + 5; i++)
        plan_event(plan, PLAN_EVENT_NORMAL, "Reason", "Act", "note %d", i);
    assert_int_equal(plan->event_count, PLAN_EVENTS_MAX);
}
