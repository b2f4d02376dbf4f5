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
    OPTION_WEBHOOK_ADDRESS,
    OPTION_WEBHOOK_SERVICE,
    OPTION_WEBHOOK_CERTIFICATES,
    OPTION_WEBHOOK_SECRET,
    OPTION_DELETION_PROTECTION,
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
    { "webhook-bind-address", OPTION_WEBHOOK_ADDRESS, "ADDRESS", 0,
      "Serve the admission webhooks here, for example :9443 (default: nowhere)", 0 },
    { "webhook-service", OPTION_WEBHOOK_SERVICE, "NAME", 0,
      "The Service that leads to the webhooks, in the operator's namespace (default neo4j-operator-webhook)",
      0 },
    { "webhook-certificates", OPTION_WEBHOOK_CERTIFICATES, "WHOSE", 0,
      "own: make and renew the webhooks' certificates; cert-manager: use those that it writes to the Secret "
      "(default own)",
      0 },
    { "webhook-secret", OPTION_WEBHOOK_SECRET, "NAME", 0,
      "The Secret with the webhooks' certificates (default neo4j-operator-webhook-certificate)", 0 },
    { "deletion-protection", OPTION_DELETION_PROTECTION, NULL, 0,
      "Refuse to delete what has the annotation neo4j.neo4j.com/deletion-protection: \"true\" (needs the "
      "webhooks)",
      0 },
    { 0 },
};

/* Says what is wrong and ends the process, unless the flags say otherwise. */
#define refuse(state, ...) (argp_error((state), __VA_ARGS__), EINVAL)

/* Somebody who protects objects, or has certificates made, would only find out later that nobody looks. */
static error_t check_webhook(struct argp_state *state) {
    const struct manager_options *options = state->input;

    if (options->webhook_address)
        return 0;
    if (options->deletion_protection)
        return refuse(state,
                      "--deletion-protection needs --webhook-bind-address: the webhooks refuse to delete");
    if (options->webhook_certificates != CERTIFICATES_OWN)
        return refuse(state, "--webhook-certificates needs --webhook-bind-address: no webhooks are served");
    return 0;
}

static error_t parse_webhook(int key, char *argument, struct argp_state *state) {
    struct manager_options *options = state->input;

    switch (key) {
    case OPTION_WEBHOOK_ADDRESS:
        options->webhook_address = argument;
        return 0;
    case OPTION_WEBHOOK_SERVICE:
        options->webhook_service = argument;
        return 0;
    case OPTION_WEBHOOK_SECRET:
        options->webhook_secret = argument;
        return 0;
    case OPTION_DELETION_PROTECTION:
        options->deletion_protection = true;
        return 0;
    case OPTION_WEBHOOK_CERTIFICATES:
        if (!str_equal(argument, "own") && !str_equal(argument, "cert-manager"))
            return refuse(state, "--webhook-certificates: %s is not own or cert-manager", argument);
        options->webhook_certificates =
            str_equal(argument, "own") ? CERTIFICATES_OWN : CERTIFICATES_CERT_MANAGER;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

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
    case ARGP_KEY_END:
        return check_webhook(state);
    case ARGP_KEY_ARG:
        return refuse(state, "unexpected argument: %s", argument);
    default:
        return parse_webhook(key, argument, state);
    }
}

bool manager_options_parse(int argc, char **argv, bool is_test, struct manager_options *out_options) {
    static const struct argp argp = { arguments, parse, NULL, documentation, NULL, NULL, NULL };

    *out_options = (struct manager_options){ .workers = MANAGER_WORKERS,
                                             .log_level = LOG_LEVEL_INFO,
                                             .namespaces = getenv("WATCH_NAMESPACE") };
    return argp_parse(&argp, argc, argv, is_test ? ARGP_NO_EXIT | ARGP_NO_ERRS : 0, NULL, out_options) == 0;
}
