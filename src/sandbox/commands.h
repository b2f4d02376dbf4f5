/* The subcommands of neo4j-sandbox, a file each (command_NAME.c). */
#pragma once

struct command {
    const char *name;
    const char *summary; /* one line for the list of commands */
    /* argv[0] is "neo4j-sandbox NAME". Returns the exit status. */
    int (*run)(int argc, char **argv);
};

extern const struct command command_run;
extern const struct command command_start;
extern const struct command command_status;
extern const struct command command_stop;
extern const struct command command_node;
