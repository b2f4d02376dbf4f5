/* The node part alone, as a client of any API server. */
#include "sandbox/client.h"
#include "sandbox/commands.h"
#include "sandbox/fronts.h"
#include "sandbox/world_arguments.h"

#include "base/encoding.h"
#include "base/log.h"

#include <argp.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <signal.h>
#include <stdio.h>

struct agent {
    const char *kubeconfig;
    const char *name;
    const char *pod_range;
    bool routes_by_name;
    struct world_arguments world;

    struct event_base *loop;
    struct event *timer;
    struct node *node;
};

/* ---- options ---- */

enum option_key { OPTION_KUBECONFIG = 256, OPTION_RANGE, OPTION_NAME, OPTION_ROUTES };

static const struct argp_option argp_options[] = {
    { "kubeconfig", OPTION_KUBECONFIG, "FILE", 0,
      "How to reach the API server (default: $KUBECONFIG, ~/.kube/config)", 0 },
    { "node-name", OPTION_NAME, "NAME", 0, "Name of the node; several are NAME-0, NAME-1 … (default sandbox)",
      0 },
    { "pod-cidr", OPTION_RANGE, "RANGE", 0,
      "Where pods get addresses (default 10.244.0.0/16). They must be local to this machine: a real API "
      "server refuses "
      "loopback addresses, so run this in a network namespace with `ip route add local RANGE dev lo`",
      0 },
    { "route-by-name", OPTION_ROUTES, NULL, 0,
      "Leave host names in routing tables, for clients that resolve cluster DNS (default: pod addresses)",
      0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct agent *agent = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &agent->world;
        return 0;
    case OPTION_KUBECONFIG:
        agent->kubeconfig = argument;
        return 0;
    case OPTION_NAME:
        agent->name = argument;
        return 0;
    case OPTION_RANGE:
        agent->pod_range = argument;
        return 0;
    case OPTION_ROUTES:
        agent->routes_by_name = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument: %s", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the loop ---- */

static void set_timer(struct agent *agent, int64_t at_ns) {
    int64_t wait_ns = at_ns - clock_monotonic(&clock_system);
    if (at_ns == INT64_MAX) {
        event_del(agent->timer);
        return;
    }
    int64_t wait_us = wait_ns > 0 ? (wait_ns + 999) / 1000 : 0;
    struct timeval wait = { .tv_sec = wait_us / 1000000, .tv_usec = wait_us % 1000000 };
    event_add(agent->timer, &wait);
}

static void on_timer(evutil_socket_t socket, short what, void *context) {
    struct agent *agent = context;
    set_timer(agent, node_tick(agent->node));
}

/* From the network thread. */
static void on_wake(void *context) {
    struct agent *agent = context;
    event_active(agent->timer, EV_TIMEOUT, 0);
}

static void on_signal(evutil_socket_t number, short what, void *context) {
    struct agent *agent = context;
    log_info("node stops", LOG_INTEGER("signal", number));
    event_base_loopbreak(agent->loop);
}

static bool serve(struct agent *agent, struct kube *kube, struct error *err) {
    CLEANUP_POINTER(fronts_free) struct fronts *fronts = fronts_new(agent->loop, agent->routes_by_name);
    struct event *signals[] = { evsignal_new(agent->loop, SIGINT, on_signal, agent),
                                evsignal_new(agent->loop, SIGTERM, on_signal, agent) };
    uint64_t seed;
    random_bytes(&seed, sizeof(seed));
    struct node_options node = { .clock = &clock_system,
                                 .count = agent->world.nodes,
                                 .name = agent->name,
                                 .pod_range = agent->pod_range,
                                 .images = agent->world.images,
                                 .image_count = agent->world.image_count,
                                 .buckets = agent->world.buckets,
                                 .bucket_count = agent->world.bucket_count,
                                 .start_delay_ms = agent->world.start_delay_ms,
                                 .pull_ms = agent->world.pull_ms,
                                 .seed = seed,
                                 .front = fronts_callbacks(fronts),
                                 .wake = on_wake,
                                 .wake_context = agent };
    agent->timer = event_new(agent->loop, -1, 0, on_timer, agent);
    bool is_made = node_new(kube, &node, &agent->node, err);
    if (is_made) {
        for (size_t i = 0; i < ARRAY_LENGTH(signals); i++)
            event_add(signals[i], NULL);
        log_info("node starts", LOG_TEXT("name", agent->name), LOG_INTEGER("nodes", agent->world.nodes),
                 LOG_TEXT("podRange", agent->pod_range));
        on_wake(agent);
        event_base_dispatch(agent->loop);
        node_free(agent->node);
    }
    event_free(agent->timer);
    for (size_t i = 0; i < ARRAY_LENGTH(signals); i++)
        event_free(signals[i]);
    return is_made;
}

static int run(int argc, char **argv) {
    static const struct argp_child children[] = { { &world_arguments_argp, 0, NULL, 0 }, { 0 } };
    static const struct argp argp = { argp_options,
                                      parse,
                                      NULL,
                                      "Registers nodes in an API server and runs their pods: containers of "
                                      "Neo4j images as simulated servers that "
                                      "listen on the pods' addresses.\vThe servers' data is in memory, by "
                                      "claim: it outlives pods and containers, but not "
                                      "this program.",
                                      children,
                                      NULL,
                                      NULL };
    struct agent agent = { .name = "sandbox",
                           .pod_range = "10.244.0.0/16",
                           .world = WORLD_ARGUMENTS_DEFAULT };
    struct error err = { 0 };
    argp_parse(&argp, argc, argv, 0, NULL, &agent);

    evthread_use_pthreads();
    agent.loop = event_base_new();
    CLEANUP_POINTER(kube_client_free) struct kube *kube = client_connect(agent.kubeconfig, &err);
    bool is_done = kube && serve(&agent, kube, &err);
    if (!is_done)
        fprintf(stderr, "neo4j-sandbox: %s\n", err.text);
    event_base_free(agent.loop);
    return is_done ? 0 : 1;
}

const struct command command_node = { "node", "run pods of another API server as simulated servers", run };
