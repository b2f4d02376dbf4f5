/* The sandbox itself, in the foreground. */
#include "sandbox/api_server.h"
#include "sandbox/certificates.h"
#include "sandbox/child.h"
#include "sandbox/commands.h"
#include "sandbox/directory.h"
#include "sandbox/fronts.h"
#include "sandbox/loopback.h"
#include "sandbox/manifests.h"
#include "sandbox/service_proxy.h"
#include "sandbox/world.h"
#include "sandbox/world_arguments.h"

#include "base/encoding.h"
#include "base/log.h"

#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

struct run {
    const char *directory_option;
    unsigned port;
    struct world_arguments arguments;

    struct arena *arena;
    char *directory;
    struct event_base *loop;
    struct api_server *server;
};

/* ---- options ---- */

enum option_key { OPTION_PORT = 256 };

static const struct argp_option argp_options[] = {
    { "dir", 'd', "DIRECTORY", 0, "Where to put the kubeconfig (default " DIRECTORY_DEFAULT ")", 0 },
    { "port", OPTION_PORT, "PORT", 0, "Port of the API server on 127.0.0.1 (default: a free one)", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->arguments;
        return 0;
    case 'd':
        run->directory_option = argument;
        return 0;
    case OPTION_PORT:
        run->port = parse_argument_number(state, "port", argument, 1, UINT16_MAX);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument: %s", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the end ---- */

enum { DRAIN_MS = 200 };

/* Watches are ended in order, and what is on its way is sent; then the loop ends. */
static void on_signal(evutil_socket_t number, short what, void *context) {
    struct run *run = context;
    const struct timeval drain = { .tv_usec = DRAIN_MS * 1000 };
    log_info("sandbox stops", LOG_INTEGER("signal", number));
    api_server_stop(run->server);
    event_base_loopexit(run->loop, &drain);
}

/* ---- the world ---- */

static bool make_world(struct run *run, const struct certificates *certificates,
                       const struct loopback_block *block, struct fronts *fronts, struct world **out_world,
                       struct error *err) {
    uint64_t seed;
    random_bytes(&seed, sizeof(seed));
    struct world_options options = { .loop = run->loop,
                                     .clock = &clock_system,
                                     .nodes = run->arguments.nodes,
                                     .pod_range = block->pods,
                                     .service_network = block->services,
                                     .authority_pem = certificates_authority_pem(certificates),
                                     .images = run->arguments.images,
                                     .image_count = run->arguments.image_count,
                                     .buckets = run->arguments.buckets,
                                     .bucket_count = run->arguments.bucket_count,
                                     .start_delay_ms = run->arguments.start_delay_ms,
                                     .pull_ms = run->arguments.pull_ms,
                                     .seed = seed,
                                     .front = fronts_callbacks(fronts) };
    return world_new(&options, out_world, err);
}

/* Everybody may come in now: the kubeconfig appears last. */
static bool announce(struct run *run, const struct certificates *certificates, struct error *err) {
    const char *server = arena_printf(run->arena, "https://127.0.0.1:%u", api_server_port(run->server));
    const char *kubeconfig = directory_file(run->arena, run->directory, DIRECTORY_KUBECONFIG);
    if (!directory_record(run->directory, DIRECTORY_PID, getpid(), err) ||
        !certificates_write_kubeconfig(certificates, server, kubeconfig, err))
        return false;
    log_info("sandbox runs", LOG_TEXT("server", server), LOG_TEXT("kubeconfig", kubeconfig),
             LOG_INTEGER("nodes", run->arguments.nodes));
    child_tell_ready();
    return true;
}

static bool serve(struct run *run, const struct certificates *certificates,
                  const struct loopback_block *block, struct error *err) {
    CLEANUP_POINTER(fronts_free) struct fronts *fronts = fronts_new(run->loop, false);
    CLEANUP_POINTER(world_free) struct world *world = NULL;
    if (!make_world(run, certificates, block, fronts, &world, err) ||
        !manifests_apply_crds(world_kube(world), err))
        return false;
    CLEANUP_POINTER(service_proxy_free)
    struct service_proxy *proxy = service_proxy_new(run->loop, world_kube(world));
    (void)proxy; /* it works by itself until this function ends */
    CLEANUP_POINTER(api_server_free) struct api_server *server = NULL;
    struct api_server_options options = { .loop = run->loop,
                                          .api = world_api(world),
                                          .certificates = certificates,
                                          .address = "127.0.0.1",
                                          .port = (uint16_t)run->port };
    if (!api_server_new(&options, &server, err))
        return false;
    run->server = server;
    if (!announce(run, certificates, err))
        return false;
    event_base_dispatch(run->loop);
    return true;
}

static bool run_until_stopped(struct run *run, struct error *err) {
    CLEANUP_POINTER(certificates_free) struct certificates *certificates = NULL;
    struct loopback_block block;
    if (directory_running(run->directory, DIRECTORY_PID))
        return error_set(err, ERROR_INVALID,
                         "a sandbox runs already from %s; end it with: neo4j-sandbox stop", run->directory);
    if (!certificates_new(NULL, &certificates, err) || !loopback_claim(run->arena, &block, err))
        return false;
    run->loop = event_base_new();
    struct event *signals[] = { evsignal_new(run->loop, SIGINT, on_signal, run),
                                evsignal_new(run->loop, SIGTERM, on_signal, run) };
    for (size_t i = 0; i < ARRAY_LENGTH(signals); i++)
        event_add(signals[i], NULL);

    bool is_done = serve(run, certificates, &block, err);

    for (size_t i = 0; i < ARRAY_LENGTH(signals); i++)
        event_free(signals[i]);
    event_base_free(run->loop);
    loopback_release(&block);
    directory_forget(run->directory, DIRECTORY_KUBECONFIG);
    directory_forget(run->directory, DIRECTORY_PID);
    (void)rmdir(run->directory); /* stays when somebody's log is in it */
    return is_done;
}

static int run(int argc, char **argv) {
    static const struct argp_child children[] = { { &world_arguments_argp, 0, NULL, 0 }, { 0 } };
    static const struct argp argp = { argp_options,
                                      parse,
                                      NULL,
                                      "Runs a sandbox in the foreground until it is interrupted.\v"
                                      "All state is in memory: a sandbox that is started again is a new, "
                                      "empty world. It logs one JSON object a line "
                                      "on standard error.",
                                      children,
                                      NULL,
                                      NULL };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct run run = { .directory_option = DIRECTORY_DEFAULT,
                       .arguments = WORLD_ARGUMENTS_DEFAULT,
                       .arena = arena };
    struct error err = { 0 };

    argp_parse(&argp, argc, argv, 0, NULL, &run);
    if (directory_make(arena, run.directory_option, &run.directory, &err) && run_until_stopped(&run, &err))
        return 0;
    fprintf(stderr, "neo4j-sandbox: %s\n", err.text);
    return 1;
}

const struct command command_run = { "run", "run a sandbox in the foreground", run };
