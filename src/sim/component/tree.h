/* Ordered maps (RB_*) whose functions are local to the file that generates them. libbsd's own
 * RB_GENERATE_STATIC needs BSD's <sys/cdefs.h>. */
#pragma once

#include <bsd/sys/tree.h>

#define TREE_GENERATE(name, type, field, compare)                                                            \
    RB_GENERATE_INTERNAL(name, type, field, compare, static __attribute__((unused)))
