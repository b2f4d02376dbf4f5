#include "simulate/operator.h"

#include "controllers/controllers.h"
#include "neo4j/client.h"

struct operator_process {
    struct actor actor; /* first */
    struct universe *universe;
    struct kube *kube;
    struct links *links;
    struct neo4j_client *neo4j;
    struct judge *judge;
    struct events *events;
    struct engine *engine;
};

static int64_t act(struct actor *actor) {
    struct operator_process *process = (struct operator_process *)actor;
    bool had_news = sim_kube_deliver(process->kube);

    while (engine_step(process->engine))
        had_news = true;
    return had_news ? universe_now(process->universe) : engine_next_due(process->engine);
}

struct operator_process *operator_new(struct universe *universe, const char *name) {
    struct operator_process *process = XNEW(struct operator_process);

    process->actor.act = act;
    process->universe = universe;
    process->kube = sim_kube_new(universe->api, NULL, "neo4j-operator/simulated");
    process->links = links_new(universe);
    process->neo4j = neo4j_client_new(&(struct neo4j_client_options){
        .user_agent = "neo4j-operator/simulated", .network = links_network(process->links) });
    process->judge = judge_new();
    process->events = events_new(process->kube, &universe->clock, name);
    process->engine = engine_new(&(struct engine_options){ .kube = process->kube,
                                                           .neo4j = neo4j_client_port(process->neo4j),
                                                           .clock = &universe->clock,
                                                           .controllers = controllers_all,
                                                           .events = process->events,
                                                           .judge = process->judge });
    engine_start(process->engine);
    universe_add(universe, &process->actor);
    return process;
}

void operator_free(struct operator_process *process) {
    if (!process)
        return;
    ensure(!process->actor.is_waiting);
    universe_remove(process->universe, &process->actor);
    links_kill(process->links);
    engine_free(process->engine);
    events_free(process->events);
    judge_free(process->judge);
    neo4j_client_free(process->neo4j);
    links_free(process->links);
    sim_kube_free(process->kube);
    free(process);
}
