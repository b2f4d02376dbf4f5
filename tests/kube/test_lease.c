#include "kube/fake_kube.h"
#include "kube/test_clock.h"
#include "test.h"

#include "kube/lease.h"

/* A server that keeps one Lease, with resource versions. */
struct registry {
    struct fake_kube kube;
    struct test_clock clock;
    struct arena *arena;
    struct json *record; /* NULL: none */
    int version;
    int reads;
    bool is_down;
};

static bool answer(void *context, const struct kube_call *call, struct arena *arena, struct json **out_object,
                   struct error *err) {
    struct registry *registry = context;

    assert_ptr_equal(call->resource, &KUBE_LEASES);
    registry->reads += call->verb == KUBE_GET;
    if (registry->is_down)
        return error_set(err, ERROR_UNAVAILABLE, "down");
    if (call->verb == KUBE_CREATE && registry->record)
        return error_set(err, ERROR_ALREADY_EXISTS, "there");
    if (call->verb != KUBE_CREATE && !registry->record)
        return error_set(err, ERROR_NOT_FOUND, "none");
    if (call->verb == KUBE_UPDATE &&
        !str_equal(json_string_at(call->body, "metadata.resourceVersion", ""),
                   json_string_at(registry->record, "metadata.resourceVersion", "")))
        return error_set(err, ERROR_CONFLICT, "changed");
    if (call->verb != KUBE_GET) {
        registry->record = json_copy(registry->arena, call->body);
        json_set_string(registry->arena, json_get(registry->record, "metadata"), "resourceVersion",
                        arena_printf(registry->arena, "%d", ++registry->version));
    }
    *out_object = json_copy(arena, registry->record);
    return true;
}

static void registry_begin(struct registry *registry) {
    *registry =
        (struct registry){ .kube = fake_kube_make(), .clock = test_clock_make(), .arena = arena_new() };
    registry->kube.answer = answer;
    registry->kube.context = registry;
}

static void registry_clear(struct registry *registry) {
    arena_free(registry->arena);
}
#define REGISTRY(name)                                                                                       \
    CLEANUP(registry_clear) struct registry name;                                                            \
    registry_begin(&name)

static struct lease *candidate(struct registry *registry, const char *identity) {
    return lease_new(&registry->kube.port, &registry->clock.clock,
                     &(struct lease_options){ .namespace = "ns", .identity = identity });
}

static bool step(struct lease *lease) {
    int64_t wait_ms = 0;
    bool stepped = lease_step(lease, &wait_ms, NULL);

    assert_int_equal(wait_ms, 2000);
    return stepped;
}

TEST("elects the first, and keeps it while it renews") {
    REGISTRY(registry);
    CLEANUP_POINTER(lease_free) struct lease *one = candidate(&registry, "one");
    CLEANUP_POINTER(lease_free) struct lease *two = candidate(&registry, "two");

    assert_false(lease_is_leader(one));
    assert_null(lease_holder(one, registry.arena));
    for (int i = 0; i < 30; i++) {
        assert_true(step(one));
        assert_true(step(two));
        assert_true(lease_is_leader(one));
        assert_false(lease_is_leader(two));
        test_clock_advance_ms(&registry.clock, 2000);
    }
    assert_string_equal(lease_holder(two, registry.arena), "one");
    assert_string_equal(json_string_at(registry.record, "metadata.name", ""),
                        "neo4j-operator-leader-election");
    assert_int_equal(json_integer_at(registry.record, "spec.leaseTransitions", -1), 0);
    assert_int_equal(json_integer_at(registry.record, "spec.leaseDurationSeconds", -1), 15);
}

TEST("renews with one request, and finds out all the same when another took over") {
    REGISTRY(registry);
    CLEANUP_POINTER(lease_free) struct lease *one = candidate(&registry, "one");

    assert_true(step(one));
    for (int i = 0; i < 5; i++)
        assert_true(step(one));
    assert_int_equal(registry.reads, 1);
    json_set_string(registry.arena, json_get(registry.record, "spec"), "holderIdentity", "two");
    json_set_string(registry.arena, json_get(registry.record, "metadata"), "resourceVersion", "1000");
    assert_true(step(one));
    assert_false(lease_is_leader(one));
    assert_int_equal(registry.reads, 2);
    assert_string_equal(json_string_at(registry.record, "spec.holderIdentity", ""), "two");
}

TEST("begins anew when its record was deleted") {
    REGISTRY(registry);
    CLEANUP_POINTER(lease_free) struct lease *one = candidate(&registry, "one");

    assert_true(step(one));
    registry.record = NULL;
    assert_true(step(one));
    assert_true(lease_is_leader(one));
    assert_non_null(registry.record);
}

TEST("stops leading before another can begin, when it can't renew") {
    REGISTRY(registry);
    CLEANUP_POINTER(lease_free) struct lease *one = candidate(&registry, "one");
    CLEANUP_POINTER(lease_free) struct lease *two = candidate(&registry, "two");
    int led_until = 0, led_from = 0;

    assert_true(step(one));
    assert_true(step(two));
    for (int second = 1; second <= 20 && !led_from; second++) {
        test_clock_advance_ms(&registry.clock, 1000);
        registry.is_down = true;
        assert_false(step(one));
        registry.is_down = false;
        assert_true(step(two));
        if (lease_is_leader(one))
            led_until = second;
        if (lease_is_leader(two))
            led_from = second;
    }
    assert_int_equal(led_until, 9);
    assert_int_equal(led_from, 15);
    assert_int_equal(json_integer_at(registry.record, "spec.leaseTransitions", -1), 1);
    assert_true(step(one));
    assert_false(lease_is_leader(one));
    assert_string_equal(lease_holder(one, registry.arena), "two");
}

TEST("takes a lease over at once when it was given up") {
    REGISTRY(registry);
    CLEANUP_POINTER(lease_free) struct lease *one = candidate(&registry, "one");
    CLEANUP_POINTER(lease_free) struct lease *two = candidate(&registry, "two");
    struct error err = { 0 };

    assert_true(step(one));
    assert_true(lease_release(one, &err));
    assert_false(lease_is_leader(one));
    assert_true(step(two));
    assert_true(lease_is_leader(two));
    assert_true(lease_release(one, &err)); /* not ours: nothing to give up */
    assert_true(step(two));
    assert_true(lease_is_leader(two));
}

TEST("does not believe to lead when another wrote in between") {
    REGISTRY(registry);
    CLEANUP_POINTER(lease_free) struct lease *one = candidate(&registry, "one");
    CLEANUP_POINTER(lease_free) struct lease *two = candidate(&registry, "two");

    assert_true(step(one));
    assert_true(step(two));
    test_clock_advance_ms(&registry.clock, 15000);
    assert_true(step(two));
    assert_true(lease_is_leader(two));
    assert_false(lease_is_leader(one));
    assert_true(step(one));
    assert_false(lease_is_leader(one));
}
