#include "simulate/universe.h"

#include "base/text.h"
#include "sim/workloads/workloads.h"

static const int64_t start_wall_ns = INT64_C(1767225600) * NANOSECONDS_PER_SECOND; /* 2026-01-01 */

/* A moment that takes more rounds than this never ends: two actors undo each other's work. */
enum { ROUNDS_MAX = 10000 };

static int64_t wall(const struct clock *clock) {
    return start_wall_ns + ((const struct universe *)clock)->now_ns;
}

static int64_t monotonic(const struct clock *clock) {
    return ((const struct universe *)clock)->now_ns;
}

int64_t universe_now(const struct universe *universe) {
    return universe->now_ns;
}

/* ---- listeners ---- */

static void on_open(void *context, struct neo4j_process *process, const char *address, uint16_t port) {
    struct universe *universe = context;
    struct listener *listener = XNEW(struct listener);

    *listener = (struct listener){
        .process = process, .address = xstrdup(address), .port = port, .serial = ++universe->listener_serial
    };
    TAILQ_INSERT_TAIL(&universe->listeners, listener, link);
}

static void remove_listener(struct universe *universe, struct listener *listener) {
    struct visitor *visitor;

    TAILQ_FOREACH (visitor, &universe->visitors, link)
        visitor->gone(visitor, listener);
    TAILQ_REMOVE(&universe->listeners, listener, link);
    free(listener->address);
    free(listener);
}

static void on_close(void *context, struct neo4j_process *process, const char *address, uint16_t port) {
    struct universe *universe = context;
    struct listener *listener;

    TAILQ_FOREACH (listener, &universe->listeners, link)
        if (listener->process == process && listener->port == port) {
            remove_listener(universe, listener);
            return;
        }
}

struct listener *universe_listener(struct universe *universe, const char *address, uint16_t port) {
    struct listener *listener;

    TAILQ_FOREACH (listener, &universe->listeners, link)
        if (listener->port == port && str_equal(listener->address, address))
            return listener;
    return NULL;
}

/* ---- life ---- */

struct universe *universe_new(uint64_t seed, unsigned nodes) {
    struct universe *universe = XNEW(struct universe);
    struct error err = { 0 };

    universe->clock = (struct clock){ wall, monotonic };
    universe->now_ns = NANOSECONDS_PER_SECOND;
    universe->chance.state = seed;
    universe->arena = arena_new();
    TAILQ_INIT(&universe->listeners);
    TAILQ_INIT(&universe->visitors);
    TAILQ_INIT(&universe->actors);
    universe->api = api_new(
        &(struct api_options){ .clock = &universe->clock, .seed = chance_next(&universe->chance) | 1 });
    universe->kube = sim_kube_new(universe->api, NULL, "simulation");
    universe->workloads = workloads_new(universe->kube, &universe->clock);
    ensure(workloads_install(universe->kube, &err));
    ensure(node_new(universe->kube,
                    &(struct node_options){ .clock = &universe->clock,
                                            .count = nodes,
                                            .name = "node",
                                            .pod_range = "10.244.0.0/16",
                                            .start_delay_ms = 2000,
                                            .pull_ms = 1000,
                                            .seed = chance_next(&universe->chance) | 1,
                                            .front = { universe, on_open, on_close } },
                    &universe->node, &err));
    return universe;
}

void universe_free(struct universe *universe) {
    struct listener *listener;

    if (!universe)
        return;
    node_free(universe->node);
    while ((listener = TAILQ_FIRST(&universe->listeners)))
        remove_listener(universe, listener);
    workloads_free(universe->workloads);
    sim_kube_free(universe->kube);
    api_free(universe->api);
    arena_free(universe->arena);
    free(universe);
}

void universe_add(struct universe *universe, struct actor *actor) {
    TAILQ_INSERT_TAIL(&universe->actors, actor, link);
}

void universe_remove(struct universe *universe, struct actor *actor) {
    TAILQ_REMOVE(&universe->actors, actor, link);
}

/* ---- time ---- */

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Everybody once. Returns when the next thing is due. */
static int64_t round_of_all(struct universe *universe) {
    int64_t next_ns = api_tick(universe->api);
    bool had_news = sim_kube_deliver(universe->kube);
    struct actor *actor;

    next_ns = earlier(next_ns, workloads_tick(universe->workloads));
    next_ns = earlier(next_ns, node_tick(universe->node));
    TAILQ_FOREACH (actor, &universe->actors, link) {
        if (actor->is_waiting) {
            if (actor->meanwhile)
                actor->meanwhile(actor);
            continue;
        }
        actor->is_waiting = true;
        next_ns = earlier(next_ns, actor->act(actor));
        actor->is_waiting = false;
    }
    return had_news ? universe->now_ns : next_ns;
}

/* All that happens at this moment. Returns when the next one is. */
static int64_t moment(struct universe *universe) {
    for (int round = 0;; round++) {
        ensure(round < ROUNDS_MAX);
        int64_t writes = store_version(api_store(universe->api));
        int64_t now_ns = universe->now_ns;
        int64_t next_ns = round_of_all(universe);
        if (universe->now_ns == now_ns && next_ns > now_ns &&
            writes == store_version(api_store(universe->api))) {
            universe->moments++;
            if (universe->look)
                universe->look(universe->look_context);
            return next_ns;
        }
    }
}

void universe_wait(struct universe *universe, int64_t until_ns, bool (*is_over)(void *context),
                   void *context) {
    for (;;) {
        int64_t next_ns = moment(universe);
        if ((is_over && is_over(context)) || universe->now_ns >= until_ns)
            return;
        universe->now_ns = earlier(next_ns, until_ns);
    }
}
