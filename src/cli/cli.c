#include "cli/cli.h"

#include "api/nearest.h"
#include "base/text.h"
#include "cli/commands.h"

#include <stdio.h>

enum { EXIT_USAGE = 2 };

static const struct command *const commands[] = { &command_validate };

static void list_commands(FILE *out) {
    fputs("Usage: kubectl neo4j COMMAND [OPTION...]\n"
          "Helps with resources of neo4j.neo4j.com/v1alpha1, the Neo4j operator's.\n\n",
          out);
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\nkubectl neo4j COMMAND --help tells the options of a command; kubectl-neo4j runs without "
          "kubectl, too.\n",
          out);
}

static int refuse(const char *name) {
    const char *names[ARRAY_LENGTH(commands)];

    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        names[i] = commands[i]->name;
    const char *nearest = nearest_name(name, names, ARRAY_LENGTH(names));
    if (nearest)
        fprintf(stderr, "kubectl-neo4j: no command '%s'; did you mean %s?\n", name, nearest);
    else
        fprintf(stderr, "kubectl-neo4j: no command '%s'\n", name);
    fputs("kubectl neo4j --help lists the commands.\n", stderr);
    return EXIT_USAGE;
}

int cli_run(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";

    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
        if (!str_equal(name, commands[i]->name))
            continue;
        CLEANUP_FREE char *full_name = xprintf("kubectl-neo4j %s", name);
        argv[1] = full_name;
        return commands[i]->run(argc - 1, argv + 1);
    }
    if (str_equal(name, "--help") || str_equal(name, "-h") || str_equal(name, "-?") ||
        str_equal(name, "help")) {
        list_commands(stdout);
        return EXIT_SUCCESS;
    }
    if (str_equal(name, "--version") || str_equal(name, "-V")) {
        puts("kubectl-neo4j " PROJECT_VERSION);
        return EXIT_SUCCESS;
    }
    if (*name)
        return refuse(name);
    list_commands(stderr);
    return EXIT_USAGE;
}
