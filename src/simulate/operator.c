#include "simulate/operator.h"

#include "controllers/controllers.h"
#include "neo4j/client.h"

static int64_t wall(const struct clock *clock) {
    const struct operator_clock *own = (const struct operator_clock *)clock;
    return clock_wall(&own->universe->clock) + own->jump_ns;
}

static int64_t monotonic(const struct clock *clock) {
    return universe_now(((const struct operator_clock *)clock)->universe);
}

/* Watches have a thread of their own. */
static void meanwhile(struct actor *actor) {
    struct operator_process *process = (struct operator_process *)actor;

    if (!process->ports.is_dead)
        sim_kube_deliver(process->real);
}

static int64_t act(struct actor *actor) {
    struct operator_process *process = (struct operator_process *)actor;

    if (process->ports.is_dead)
        return UNIVERSE_NEVER;
    bool had_news = sim_kube_deliver(process->real);
    while (!process->ports.is_dead && engine_step(process->engine)) {
        had_news = true;
    }
    return had_news ? universe_now(process->universe) : engine_next_due(process->engine);
}

struct operator_process *operator_new(struct universe *universe, const struct operator_options *options) {
    struct operator_process *process = XNEW(struct operator_process);
    const struct clock *clock = &process->clock.clock;

    process->actor = (struct actor){ .act = act, .meanwhile = meanwhile };
    process->universe = universe;
    process->clock = (struct operator_clock){ .clock = { wall, monotonic }, .universe = universe };
    process->judge = options->judge;
    ports_init(&process->ports, universe);
    process->real = sim_kube_new(universe->api, NULL, "neo4j-operator/simulated");
    process->kube = ports_kube_new(&process->ports, process->real);
    process->links = links_new(&process->ports, clock);
    process->neo4j = neo4j_client_new(&(struct neo4j_client_options){
        .user_agent = "neo4j-operator/simulated", .network = links_network(process->links) });
    process->events = events_new(process->kube, clock, options->name);
    process->engine = engine_new(&(struct engine_options){ .kube = process->kube,
                                                           .neo4j = neo4j_client_port(process->neo4j),
                                                           .clock = clock,
                                                           .controllers = controllers_all,
                                                           .namespaces = options->namespaces,
                                                           .events = process->events,
                                                           .judge = process->judge,
                                                           .look = options->look,
                                                           .look_context = options->look_context });
    engine_start(process->engine);
    universe_add(universe, &process->actor);
    return process;
}

void operator_free(struct operator_process *process) {
    if (!process)
        return;
    ensure(!process->actor.is_waiting);
    universe_remove(process->universe, &process->actor);
    ports_kill(&process->ports);
    engine_free(process->engine);
    events_free(process->events);
    neo4j_client_free(process->neo4j);
    links_free(process->links);
    ports_kube_free(process->kube);
    sim_kube_free(process->real);
    ports_clear(&process->ports);
    free(process);
}
