#include "sandbox/world_arguments.h"

#include "base/text.h"

enum { DELAY_MS_MAX = 3600 * 1000 };

enum option_key { OPTION_NODES = 600, OPTION_START_DELAY, OPTION_PULL_DELAY, OPTION_IMAGE, OPTION_BUCKET };

static const struct argp_option argp_options[] = {
    { NULL, 0, NULL, 0, "Simulated nodes and servers:", 1 },
    { "nodes", OPTION_NODES, "N", 0, "Nodes, 1 to 64, spread over zones us-east-1a, b and c (default 3)", 1 },
    { "start-delay", OPTION_START_DELAY, "MS", 0,
      "How long a Neo4j server takes to start, in ms, without waiting for others (default 500)", 1 },
    { "pull-delay", OPTION_PULL_DELAY, "MS", 0, "How long a node pulls an image, in ms (default 300)", 1 },
    { "allow-image", OPTION_IMAGE, "PATTERN", 0,
      "Let images that match (as a shell pattern) be pulled too; their containers are not run, only shown as "
      "running; may be given up to 32 times (default: none)",
      1 },
    { "bucket", OPTION_BUCKET, "URI", 0,
      "A bucket of an object store that backups can go to, such as s3://backups, gs://backups or "
      "azb://account/container; may be given up to 32 times (default: none)",
      1 },
    { 0 },
};

unsigned parse_argument_number(struct argp_state *state, const char *option, const char *argument,
                               unsigned least, unsigned most) {
    int64_t number;
    if (!parse_int64(text_from(argument), &number) || number < least || number > most)
        argp_error(state, "--%s: '%s' is not a number from %u to %u", option, argument, least, most);
    return (unsigned)number;
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct world_arguments *arguments = state->input;
    switch (key) {
    case OPTION_NODES:
        arguments->nodes = parse_argument_number(state, "nodes", argument, 1, NODE_COUNT_MAX);
        return 0;
    case OPTION_START_DELAY:
        arguments->start_delay_ms = parse_argument_number(state, "start-delay", argument, 0, DELAY_MS_MAX);
        return 0;
    case OPTION_PULL_DELAY:
        arguments->pull_ms = parse_argument_number(state, "pull-delay", argument, 0, DELAY_MS_MAX);
        return 0;
    case OPTION_IMAGE:
        if (arguments->image_count == IMAGE_PATTERNS_MAX)
            argp_error(state, "--allow-image: at most %d patterns", IMAGE_PATTERNS_MAX);
        arguments->images[arguments->image_count++] = argument;
        return 0;
    case OPTION_BUCKET:
        if (arguments->bucket_count == BUCKETS_MAX)
            argp_error(state, "--bucket: at most %d buckets", BUCKETS_MAX);
        arguments->buckets[arguments->bucket_count++] = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp world_arguments_argp = { argp_options, parse, NULL, NULL, NULL, NULL, NULL };
