/* neo4j-operator: the program that runs in the cluster; and the judge of manifests, for who has only this
 * one. */
#include "cli/commands.h"
#include "manager/options.h"

static int validate(int argc, char **argv) {
    CLEANUP_FREE char *name = xprintf("%s %s", argv[0], argv[1]);

    argv[1] = name;
    return command_validate.run(argc - 1, argv + 1);
}

int main(int argc, char **argv) {
    struct manager_options options;

    if (argc > 1 && str_equal(argv[1], command_validate.name))
        return validate(argc, argv);
    if (!manager_options_parse(argc, argv, false, &options))
        return EXIT_FAILURE;
    log_set_level(options.log_level);
    return manager_run(&options);
}
