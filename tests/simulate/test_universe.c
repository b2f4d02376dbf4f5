#include "simulate/operator.h"
#include "simulate/stage.h"
#include "test.h"

#include "base/log.h"

static void swallow(void *context, const char *line) {
}

static void no_error(bool is_done, const struct error *err) {
    if (!is_done)
        fail_msg("%s", err->text);
}

/* What came of ten minutes with a cluster. */
struct outcome {
    char phase[32];
    int64_t version; /* of the API server's store */
    uint64_t moments;
    char uid[40];
};

static struct outcome form(uint64_t seed) {
    CLEANUP_POINTER(universe_free) struct universe *universe = universe_new(seed, 3);
    struct outcome outcome = { 0 };
    struct error err = { 0 };

    log_set_sink(swallow, NULL);
    chance_take_over(&universe->chance);
    stage_install(universe);
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    CLEANUP_POINTER(operator_free)
    struct operator_process *operator=
        operator_new(universe, &(struct operator_options){ .name = "one", .judge = judge });
    no_error(stage_apply(universe, stage_manifest, &err), &err);
    universe_wait(universe, universe_now(universe) + 600 * NANOSECONDS_PER_SECOND, NULL, NULL);

    const struct json *cluster = stage_get(universe, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "default", "graph");
    strncpy(outcome.phase, json_string_at(cluster, "status.phase", ""), sizeof(outcome.phase) - 1);
    strncpy(outcome.uid, json_string_at(cluster, "metadata.uid", ""), sizeof(outcome.uid) - 1);
    outcome.version = store_version(api_store(universe->api));
    outcome.moments = universe->moments;
    chance_take_over(NULL);
    log_set_sink(NULL, NULL);
    return outcome;
}

TEST("a cluster forms, over Bolt, in virtual time") {
    assert_string_equal(form(1).phase, "Ready");
}

TEST("the same seed gives the same run, another one another") {
    struct outcome first = form(7), again = form(7), other = form(8);

    assert_int_equal(first.version, again.version);
    assert_int_equal(first.moments, again.moments);
    assert_string_equal(first.uid, again.uid);
    assert_string_not_equal(first.uid, other.uid);
}
