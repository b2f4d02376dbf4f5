/* The command line of kubectl-neo4j: finds the command and runs it. */
#pragma once

/* Returns the exit code. Without a command the overview is printed; one that is not known gets the nearest
 * named, and the exit code is 2. */
int cli_run(int argc, char **argv);
