/* Starts a sandbox, and with it an operator and what is to be applied; the way a newcomer meets all of it. */
#include "sandbox/child.h"
#include "sandbox/client.h"
#include "sandbox/commands.h"
#include "sandbox/directory.h"
#include "sandbox/hints.h"
#include "sandbox/manifests.h"
#include "sandbox/progress.h"
#include "sandbox/world_arguments.h"

#include "base/clock.h"

#include <argp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { READY_TIMEOUT_MS = 20000, STOP_TIMEOUT_MS = 10000, WAIT_SECONDS = 120, WAIT_SECONDS_MAX = 86400 };
enum { PASSED_ON_MAX = 80 };

struct start {
    const char *directory_option;
    bool is_detached;
    bool must_wait;
    unsigned wait_seconds;
    const char *operator;
    const char *manifest;
    struct world_arguments world;
    const char *passed_on[PASSED_ON_MAX]; /* options for `run` */
    size_t passed_on_count;

    struct arena *arena;
    char *directory;
    int64_t since_ns;
    struct kube *kube;
};

/* ---- options ---- */

enum option_key {
    OPTION_DETACH = 256,
    OPTION_OPERATOR,
    OPTION_APPLY,
    OPTION_WAIT,
    OPTION_TIMEOUT,
    OPTION_PORT
};

static const struct argp_option argp_options[] = {
    { "dir", 'd', "DIRECTORY", 0, "Where the sandbox keeps its files (default " DIRECTORY_DEFAULT ")", 0 },
    { "detach", OPTION_DETACH, NULL, 0, "Leave it running in the background (end it with neo4j-sandbox stop)",
      0 },
    { "port", OPTION_PORT, "PORT", 0, "Port of the API server on 127.0.0.1 (default: a free one)", 0 },
    { "operator", OPTION_OPERATOR, "PROGRAM", 0,
      "Start this operator too; its log is operator.log (default: none)", 0 },
    { "apply", OPTION_APPLY, "FILE", 0, "Apply the objects of this YAML file (default: none)", 0 },
    { "wait", OPTION_WAIT, NULL, 0,
      "Show the progress of what was applied until it is ready; fail when --timeout is over", 0 },
    { "timeout", OPTION_TIMEOUT, "SECONDS", 0, "How long --wait waits, 1 to 86400 seconds (default 120)", 0 },
    { 0 },
};

static void pass_on(struct start *start, const char *word) {
    if (start->passed_on_count < PASSED_ON_MAX - 1)
        start->passed_on[start->passed_on_count++] = word;
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct start *start = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &start->world;
        return 0;
    case 'd':
        start->directory_option = argument;
        return 0;
    case OPTION_DETACH:
        start->is_detached = true;
        return 0;
    case OPTION_PORT:
        (void)parse_argument_number(state, "port", argument, 1, UINT16_MAX);
        pass_on(start, "--port");
        pass_on(start, argument);
        return 0;
    case OPTION_OPERATOR:
        start->operator= argument;
        return 0;
    case OPTION_APPLY:
        start->manifest = argument;
        return 0;
    case OPTION_WAIT:
        start->must_wait = true;
        return 0;
    case OPTION_TIMEOUT:
        start->wait_seconds = parse_argument_number(state, "timeout", argument, 1, WAIT_SECONDS_MAX);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument: %s", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The options of the world, again as words for `run`. */
static void pass_on_world(struct start *start) {
    const struct world_arguments *world = &start->world;
    const struct {
        const char *option;
        unsigned value;
    } numbers[] = { { "--nodes", world->nodes },
                    { "--start-delay", world->start_delay_ms },
                    { "--pull-delay", world->pull_ms } };
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        pass_on(start, numbers[i].option);
        pass_on(start, arena_printf(start->arena, "%u", numbers[i].value));
    }
    for (size_t i = 0; i < world->image_count; i++) {
        pass_on(start, "--allow-image");
        pass_on(start, world->images[i]);
    }
    for (size_t i = 0; i < world->bucket_count; i++) {
        pass_on(start, "--bucket");
        pass_on(start, world->buckets[i]);
    }
}

/* ---- parts ---- */

static char *file(struct start *start, const char *name) {
    return directory_file(start->arena, start->directory, name);
}

static bool start_sandbox(struct start *start, struct error *err) {
    const char *argv[PASSED_ON_MAX + 8] = { "neo4j-sandbox", "run", "--dir", start->directory };
    size_t count = 4;
    struct child child;

    pass_on_world(start);
    for (size_t i = 0; i < start->passed_on_count; i++)
        argv[count++] = start->passed_on[i];
    if (!child_start("/proc/self/exe", (char *const *)(uintptr_t)argv, file(start, DIRECTORY_LOG), true,
                     &child, err))
        return error_wrap(err, "sandbox");
    if (!child_wait_ready(&child, READY_TIMEOUT_MS, err))
        return error_wrap(err, "sandbox (its log: %s)", file(start, DIRECTORY_LOG));
    return true;
}

static bool operator_has_ended(struct start *start, struct error *err) {
    return error_set(err, ERROR_INTERNAL, "the operator has ended; its log: %s", file(start, OPERATOR_LOG));
}

static bool start_operator(struct start *start, struct error *err) {
    const char *argv[] = { start->operator, "--kubeconfig", file(start, DIRECTORY_KUBECONFIG), NULL };
    struct child child;
    if (!child_start(start->operator, (char *const *)(uintptr_t) argv, file(start, OPERATOR_LOG), false,
                     &child, err))
        return error_wrap(err, "operator");
    return directory_record(start->directory, OPERATOR_PID, child.process, err) ||
           operator_has_ended(start, err);
}

static bool is_alive(void *context, struct error *err) {
    struct start *start = context;
    if (!directory_running(start->directory, DIRECTORY_PID))
        return error_set(err, ERROR_INTERNAL, "the sandbox has ended; its log: %s",
                         file(start, DIRECTORY_LOG));
    if (start->operator&& !directory_running(start->directory, OPERATOR_PID))
        return operator_has_ended(start, err);
    return true;
}

static bool apply(struct start *start, struct error *err) {
    struct json *objects;
    if (!start->manifest)
        return true;
    if (!manifests_apply_file(start->kube, start->arena, start->manifest, &objects, err))
        return false;
    size_t count = json_length(objects);
    printf("Applied %s: %zu object%s.\n", start->manifest, count, count == 1 ? "" : "s");
    fflush(stdout);
    if (!start->must_wait)
        return true;
    struct progress_options progress = { .clock = &clock_system,
                                         .since_ns = start->since_ns,
                                         .timeout_ms = (int)start->wait_seconds * 1000,
                                         .is_alive = is_alive,
                                         .context = start };
    return progress_follow(start->kube, objects, &progress, err);
}

static void stop_all(struct start *start) {
    (void)directory_stop(start->directory, OPERATOR_PID, STOP_TIMEOUT_MS);
    (void)directory_stop(start->directory, DIRECTORY_PID, STOP_TIMEOUT_MS);
}

static bool bring_up(struct start *start, struct error *err) {
    if (!start_sandbox(start, err))
        return false;
    start->kube = client_connect(file(start, DIRECTORY_KUBECONFIG), err);
    if (!start->kube)
        return false;
    printf("The sandbox runs.\n");
    fflush(stdout);
    return (!start->operator|| start_operator(start, err)) && apply(start, err);
}

/* ---- the command ---- */

static double seconds_since(int64_t since_ns) {
    return (double)(clock_monotonic(&clock_system) - since_ns) / 1e9;
}

static bool is_running(const struct start *start) {
    return directory_running(start->directory, DIRECTORY_PID) != 0;
}

/* Whether all was done that was asked for, and if not, what came in between. */
static void tell_outcome(const struct start *start, bool is_done, const struct error *err) {
    if (!is_done)
        fprintf(stderr, "neo4j-sandbox: %s\n", err->text);
    else if (start->manifest && start->must_wait)
        printf("Ready after %.1f s.\n", seconds_since(start->since_ns));
}

static void tell_how_to_go_on(const struct start *start, bool is_done) {
    char program[PATH_MAX] = "neo4j-sandbox";

    if (start->kube)
        hints_print(start->kube, start->directory);
    if (!is_done)
        printf("\nThe sandbox goes on running. Once the cause is mended, the same command does the rest.\n");
    /* By its path: who has built it has it in no folder of $PATH. */
    (void)!realpath("/proc/self/exe", program);
    printf("\nEnd it with: %s stop --dir %s\n", program, start->directory);
}

static bool complete(struct start *start, struct error *err) {
    if (start->operator&& !directory_running(start->directory, OPERATOR_PID)) {
        if (!start_operator(start, err))
            return false;
        printf("The operator did not run, and is started.\n");
    }
    return apply(start, err);
}

/* It runs already: what is missing of it is added. */
static int start_again(struct start *start) {
    struct error err = { 0 };
    printf("The sandbox runs already.\n");
    fflush(stdout);
    start->kube = client_connect(file(start, DIRECTORY_KUBECONFIG), &err);
    bool is_done = start->kube && complete(start, &err);
    tell_outcome(start, is_done, &err);
    tell_how_to_go_on(start, is_done);
    kube_client_free(start->kube);
    return is_done ? 0 : 1;
}

/* Stays until a signal comes or the sandbox ends. The signals are blocked, so none is lost. */
static void stay(struct start *start) {
    sigset_t signals;
    const struct timespec second = { .tv_sec = 1 };
    struct error err = { 0 };
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    printf("\nEnd it with Ctrl-C.\n");
    fflush(stdout);
    while (sigtimedwait(&signals, NULL, &second) < 0)
        if (!is_alive(start, &err)) {
            fprintf(stderr, "neo4j-sandbox: %s\n", err.text);
            return;
        }
}

static void block_signals(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
}

/* In the background it stays whatever happened, so that one can look into it; in the foreground it ends with
 * this command. */
static int start_all(struct start *start) {
    struct error err = { 0 };
    bool is_up = bring_up(start, &err);
    bool has_run = start->kube != NULL;

    tell_outcome(start, is_up, &err);
    if (start->is_detached && is_running(start)) {
        tell_how_to_go_on(start, is_up);
        kube_client_free(start->kube);
        return is_up ? 0 : 1;
    }
    if (is_up && !start->is_detached) {
        hints_print(start->kube, start->directory);
        stay(start);
    }
    kube_client_free(start->kube);
    stop_all(start);
    if (!is_up && has_run)
        printf("The sandbox is stopped.\n");
    return is_up ? 0 : 1;
}

static int run(int argc, char **argv) {
    static const struct argp_child children[] = { { &world_arguments_argp, 0, NULL, 0 }, { 0 } };
    static const struct argp argp = { argp_options,
                                      parse,
                                      NULL,
                                      "Starts a sandbox: a Kubernetes API server with controllers, nodes and "
                                      "simulated Neo4j Enterprise servers.\v"
                                      "All state is in memory: a sandbox that is started again is a new, "
                                      "empty world.\n\n"
                                      "When it runs already, this says so, starts the operator if that has "
                                      "ended, and applies the file again; the options of the sandbox itself "
                                      "have no effect then. When the operator can't be started, or the file "
                                      "can't be applied or does not become ready, this fails: with --detach "
                                      "the sandbox goes on running, without it is stopped.",
                                      children,
                                      NULL,
                                      NULL };
    struct start start = { .directory_option = DIRECTORY_DEFAULT,
                           .wait_seconds = WAIT_SECONDS,
                           .world = WORLD_ARGUMENTS_DEFAULT,
                           .since_ns = clock_monotonic(&clock_system) };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct error err = { 0 };

    argp_parse(&argp, argc, argv, 0, NULL, &start);
    start.arena = arena;
    if (!directory_make(arena, start.directory_option, &start.directory, &err)) {
        fprintf(stderr, "neo4j-sandbox: %s\n", err.text);
        return 1;
    }
    if (is_running(&start))
        return start_again(&start);
    if (!start.is_detached)
        block_signals();
    return start_all(&start);
}

const struct command command_start = { "start", "start a sandbox, and an operator in it; the usual way",
                                       run };
