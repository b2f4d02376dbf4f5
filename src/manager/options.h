/* Options: the command line of neo4j-operator. --help is its reference. */
#pragma once

#include "manager/manager.h"

/* Strings are borrowed from argv and the environment. Ends the process, with a message, when an option is
 * wrong or help was asked for; in a test it answers false instead, without a word. */
CHECKED bool manager_options_parse(int argc, char **argv, bool is_test, struct manager_options *out_options);
