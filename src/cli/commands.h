/* The commands of kubectl-neo4j, each in its own command_….c. */
#pragma once

struct command {
    const char *name;
    const char *summary; /* for the overview */
    /* argv[0] is the program's name with the command's, for messages. Returns the exit code. */
    int (*run)(int argc, char **argv);
};

extern const struct command command_validate;
