/* The options that describe a world, the same for the commands that make one. */
#pragma once

#include "sim/node/node.h"

#include <argp.h>

enum { IMAGE_PATTERNS_MAX = 32, BUCKETS_MAX = 32 };

struct world_arguments {
    unsigned nodes;
    unsigned start_delay_ms;
    unsigned pull_ms;
    const char *images[IMAGE_PATTERNS_MAX];
    size_t image_count;
    const char *buckets[BUCKETS_MAX];
    size_t bucket_count;
};
#define WORLD_ARGUMENTS_DEFAULT                                                                              \
    ((struct world_arguments){ .nodes = 3, .start_delay_ms = 500, .pull_ms = 300 })

/* A child parser for argp; its input is a struct world_arguments. */
extern const struct argp world_arguments_argp;

/* A whole number from least to most, or the program ends with a message that names the option. */
unsigned parse_argument_number(struct argp_state *state, const char *option, const char *argument,
                               unsigned least, unsigned most);
