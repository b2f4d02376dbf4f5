#include "sandbox/client.h"
#include "sandbox/commands.h"
#include "sandbox/directory.h"
#include "sandbox/hints.h"

#include <argp.h>
#include <stdio.h>
#include <unistd.h>

enum { EXIT_NOT_RUNNING = 3 };

static const struct argp_option argp_options[] = {
    { "dir", 'd', "DIRECTORY", 0, "Where the sandbox keeps its files (default " DIRECTORY_DEFAULT ")", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state) {
    const char **directory = state->input;
    switch (key) {
    case 'd':
        *directory = argument;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument: %s", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_clusters(struct kube *kube, struct arena *arena) {
    struct json *clusters;
    struct error err = { 0 };
    if (!kube_list(kube, arena, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, NULL, NULL, &clusters, &err)) {
        printf("clusters   %s\n", err.text);
        return;
    }
    JSON_FOR_EACH_ITEM (cluster, clusters) {
        printf("cluster    %s/%s: %s %s\n", json_string_at(cluster, "metadata.namespace", ""),
               json_string_at(cluster, "metadata.name", ""),
               json_string_at(cluster, "status.phase", "Pending"),
               json_string_at(cluster, "status.message", ""));
    }
}

static int status(int argc, char **argv) {
    static const struct argp argp = {
        argp_options, parse,
        NULL,         "Says whether a sandbox runs, and what is in it.\vExits with 3 when none runs.",
        NULL,         NULL,
        NULL
    };
    const char *option = DIRECTORY_DEFAULT;
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct error err = { 0 };
    argp_parse(&argp, argc, argv, 0, NULL, &option);

    char *directory = realpath(option, NULL);
    pid_t sandbox = directory ? directory_running(directory, DIRECTORY_PID) : 0;
    if (!sandbox) {
        printf("No sandbox runs from %s. Start one with: neo4j-sandbox start --detach\n", option);
        free(directory);
        return EXIT_NOT_RUNNING;
    }
    pid_t operator= directory_running(directory, OPERATOR_PID);
    printf("sandbox    runs, process %d\n", (int)sandbox);
    if (operator)
        printf("operator   runs, process %d\n", (int)operator);
    else
        printf("operator   none was started with it, or it has ended\n");
    struct kube *kube = client_connect(directory_file(arena, directory, DIRECTORY_KUBECONFIG), &err);
    if (kube) {
        print_clusters(kube, arena);
        hints_print(kube, directory);
        kube_client_free(kube);
    } else {
        fprintf(stderr, "neo4j-sandbox: %s\n", err.text);
    }
    free(directory);
    return kube ? 0 : 1;
}

const struct command command_status = { "status", "say whether a sandbox runs, and what is in it", status };
