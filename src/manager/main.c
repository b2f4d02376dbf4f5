/* neo4j-operator: the program that runs in the cluster. */
#include "manager/options.h"

int main(int argc, char **argv) {
    struct manager_options options;

    if (!manager_options_parse(argc, argv, false, &options))
        return EXIT_FAILURE;
    log_set_level(options.log_level);
    return manager_run(&options);
}
