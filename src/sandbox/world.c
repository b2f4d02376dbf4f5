#include "sandbox/world.h"

#include "sim/kube.h"
#include "sim/workloads/workloads.h"

/* Rounds without a look at the network. A quiet world takes two or three; the bound keeps requests answered
 * while a hundred clusters start at once. */
enum { ROUNDS_MAX = 32 };

struct world {
    struct event *timer;
    const struct clock *clock;
    struct api *api;
    struct kube *kube;
    struct workloads *workloads;
    struct node *node;
};

struct api *world_api(struct world *world) {
    return world->api;
}

struct kube *world_kube(struct world *world) {
    return world->kube;
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Everything that is due now, each part after what the others told it. Returns when to come back. */
static int64_t tick(struct world *world) {
    int64_t next_ns = INT64_MAX;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        int64_t writes = store_version(api_store(world->api));
        next_ns = api_tick(world->api);
        bool had_news = sim_kube_deliver(world->kube);
        next_ns = earlier(next_ns, workloads_tick(world->workloads));
        next_ns = earlier(next_ns, node_tick(world->node));
        if (!had_news && next_ns > clock_monotonic(world->clock) &&
            writes == store_version(api_store(world->api)))
            break;
    }
    return next_ns;
}

static void set_timer(struct world *world, int64_t at_ns) {
    int64_t wait_ns = at_ns - clock_monotonic(world->clock);
    if (at_ns == INT64_MAX) {
        event_del(world->timer);
        return;
    }
    wait_ns = wait_ns > 0 ? wait_ns : 0;
    /* Rounded up: a wake-up a little too early would only find nothing to do. */
    int64_t wait_us = (wait_ns + 999) / 1000;
    struct timeval wait = { .tv_sec = wait_us / 1000000, .tv_usec = wait_us % 1000000 };
    event_add(world->timer, &wait);
}

static void on_timer(evutil_socket_t socket, short what, void *context) {
    struct world *world = context;
    set_timer(world, tick(world));
}

void world_wake(struct world *world) {
    struct timeval now = { 0 };
    event_add(world->timer, &now);
}

static void on_change(void *context) {
    world_wake(context);
}

static struct node_options node_options_of(const struct world_options *options, struct world *world) {
    return (struct node_options){ .clock = options->clock,
                                  .count = options->nodes,
                                  .pod_range = options->pod_range,
                                  .images = options->images,
                                  .image_count = options->image_count,
                                  .buckets = options->buckets,
                                  .bucket_count = options->bucket_count,
                                  .start_delay_ms = options->start_delay_ms,
                                  .pull_ms = options->pull_ms,
                                  .seed = options->seed,
                                  .front = options->front,
                                  .wake = on_change,
                                  .wake_context = world };
}

bool world_new(const struct world_options *options, struct world **out_world, struct error *err) {
    CLEANUP_POINTER(world_free) struct world *world = XNEW(struct world);
    world->clock = options->clock;
    world->timer = event_new(options->loop, -1, 0, on_timer, world);
    world->api = api_new(&(struct api_options){ .clock = options->clock,
                                                .seed = options->seed,
                                                .service_network = options->service_network,
                                                .authority_pem = options->authority_pem,
                                                .changed = on_change,
                                                .changed_context = world });
    world->kube = sim_kube_new(world->api, NULL, "neo4j-sandbox/" PROJECT_VERSION);
    world->workloads = workloads_new(world->kube, options->clock);
    struct node_options node_options = node_options_of(options, world);
    if (!node_new(world->kube, &node_options, &world->node, err) || !workloads_install(world->kube, err))
        return false;
    struct api_logs logs = node_logs(world->node);
    api_set_logs(world->api, &logs);
    world_wake(world);
    *out_world = TAKE(world);
    return true;
}

void world_free(struct world *world) {
    if (!world)
        return;
    if (world->node)
        api_set_logs(world->api, &(struct api_logs){ 0 });
    node_free(world->node);
    workloads_free(world->workloads);
    sim_kube_free(world->kube);
    api_free(world->api);
    event_free(world->timer);
    free(world);
}
