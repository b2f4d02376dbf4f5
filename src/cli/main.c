/* kubectl-neo4j: the plugin of kubectl for people and pipelines. */
#include "cli/cli.h"

#include <argp.h>

const char *argp_program_version = "kubectl-neo4j " PROJECT_VERSION;

int main(int argc, char **argv) {
    return cli_run(argc, argv);
}
