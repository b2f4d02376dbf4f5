/* neo4j-sandbox: a Kubernetes cluster with simulated Neo4j Enterprise servers, in one process. */
#include "base/text.h"
#include "sandbox/commands.h"

#include <argp.h>
#include <event2/thread.h>
#include <signal.h>
#include <stdio.h>

const char *argp_program_version = "neo4j-sandbox " PROJECT_VERSION;

static const struct command *const commands[] = {
    &command_start, &command_stop, &command_status, &command_run, &command_node,
};

static void list_commands(FILE *out) {
    fputs("Usage: neo4j-sandbox COMMAND [OPTION...]\n"
          "A Kubernetes cluster with simulated Neo4j Enterprise servers, in one process: no container, no "
          "root.\n\n",
          out);
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\nAll state is in memory: a sandbox that is started again is a new, empty world.\n"
          "neo4j-sandbox COMMAND --help tells the options of a command.\n",
          out);
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";

    /* A peer that hangs up is noticed where it is written to. */
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
        if (!str_equal(name, commands[i]->name))
            continue;
        CLEANUP_FREE char *full_name = xprintf("neo4j-sandbox %s", name);
        argv[1] = full_name;
        return commands[i]->run(argc - 1, argv + 1);
    }
    if (str_equal(name, "--help") || str_equal(name, "-?") || str_equal(name, "help")) {
        list_commands(stdout);
        return 0;
    }
    if (str_equal(name, "--version") || str_equal(name, "-V")) {
        puts(argp_program_version);
        return 0;
    }
    if (*name)
        fprintf(stderr, "neo4j-sandbox: no command '%s'\n\n", name);
    list_commands(stderr);
    return 2;
}
