#include "sandbox/commands.h"
#include "sandbox/directory.h"

#include <argp.h>
#include <stdio.h>
#include <unistd.h>

enum { STOP_TIMEOUT_MS = 10000 };

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

static int stop(int argc, char **argv) {
    static const struct argp argp = {
        argp_options, parse, NULL, "Stops the sandbox and its operator, and removes their files.",
        NULL,         NULL,  NULL
    };
    const char *directory = DIRECTORY_DEFAULT;
    argp_parse(&argp, argc, argv, 0, NULL, &directory);

    if (access(directory, F_OK)) {
        printf("No sandbox runs from %s.\n", directory);
        return 0;
    }
    bool was_operator = directory_stop(directory, OPERATOR_PID, STOP_TIMEOUT_MS);
    bool was_sandbox = directory_stop(directory, DIRECTORY_PID, STOP_TIMEOUT_MS);
    directory_remove(directory);
    if (was_sandbox || was_operator)
        printf("The sandbox in %s is stopped; nothing of it is left.\n", directory);
    else
        printf("No sandbox ran from %s; its files are removed.\n", directory);
    return 0;
}

const struct command command_stop = { "stop", "stop all that start has started, and remove its files", stop };
