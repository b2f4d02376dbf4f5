#include "manager/options.h"

#include <argp.h>
#include <errno.h>

const char *argp_program_version = "neo4j-operator " PROJECT_VERSION;

static const char documentation[] =
    "Keeps Neo4j Enterprise clusters on Kubernetes as their resources (neo4j.neo4j.com/v1alpha1) say.\v"
    "It logs one JSON object a line on standard error, and ends in order on SIGTERM and SIGINT. "
    "`neo4j-operator validate --help` tells how it judges manifests instead.";

enum option_key {
    OPTION_KUBECONFIG = 256,
    OPTION_CONTEXT,
    OPTION_NAMESPACES,
    OPTION_WORKERS,
    OPTION_LOG_LEVEL,
    OPTION_HEALTH_ADDRESS,
    OPTION_LEADER_ELECT,
};

static const struct argp_option arguments[] = {
    { "kubeconfig", OPTION_KUBECONFIG, "FILE", 0,
      "Use this kubeconfig (default: $KUBECONFIG; without it the pod's service account; outside a cluster "
      "~/.kube/config)",
      0 },
    { "context", OPTION_CONTEXT, "NAME", 0, "Use this context of the kubeconfig (default: its current one)",
      0 },
    { "namespaces", OPTION_NAMESPACES, "LIST", 0,
      "Watch only these namespaces, separated by commas (default: $WATCH_NAMESPACE, else all)", 0 },
    { "workers", OPTION_WORKERS, "N", 0, "Objects reconciled at the same time, 1 to 64 (default 4)", 0 },
    { "log-level", OPTION_LOG_LEVEL, "LEVEL", 0, "debug, info, warn or error (default info)", 0 },
    { "health-probe-bind-address", OPTION_HEALTH_ADDRESS, "ADDRESS", 0,
      "Serve /healthz, /readyz and /metrics here, for example :8081 (default: nowhere)", 0 },
    { "leader-elect", OPTION_LEADER_ELECT, NULL, 0,
      "Work only while holding the Lease neo4j-operator-leader-election of the operator's namespace "
      "(default: work at once)",
      0 },
    { 0 },
};

/* Says what is wrong and ends the process, unless the flags say otherwise. */
#define refuse(state, ...) (argp_error((state), __VA_ARGS__), EINVAL)

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct manager_options *options = state->input;
    int64_t number;

    switch (key) {
    case OPTION_KUBECONFIG:
        options->kubeconfig = argument;
        return 0;
    case OPTION_CONTEXT:
        options->context = argument;
        return 0;
    case OPTION_NAMESPACES:
        options->namespaces = argument;
        return 0;
    case OPTION_WORKERS:
        if (!parse_int64(text_from(argument), &number) || number < 1 || number > MANAGER_WORKERS_MAX)
            return refuse(state, "--workers: %s is not a number from 1 to %d", argument, MANAGER_WORKERS_MAX);
        options->workers = (unsigned)number;
        return 0;
    case OPTION_LOG_LEVEL:
        if (!log_level_parse(argument, &options->log_level))
            return refuse(state, "--log-level: %s is not debug, info, warn or error", argument);
        return 0;
    case OPTION_HEALTH_ADDRESS:
        options->health_address = argument;
        return 0;
    case OPTION_LEADER_ELECT:
        options->leader_elect = true;
        return 0;
    case ARGP_KEY_ARG:
        return refuse(state, "unexpected argument: %s", argument);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool manager_options_parse(int argc, char **argv, bool is_test, struct manager_options *out_options) {
    static const struct argp argp = { arguments, parse, NULL, documentation, NULL, NULL, NULL };

    *out_options = (struct manager_options){ .workers = MANAGER_WORKERS,
                                             .log_level = LOG_LEVEL_INFO,
                                             .namespaces = getenv("WATCH_NAMESPACE") };
    return argp_parse(&argp, argc, argv, is_test ? ARGP_NO_EXIT | ARGP_NO_ERRS : 0, NULL, out_options) == 0;
}
