/* Progress: what becomes of clusters that were applied, line by line, until they are ready. */
#pragma once

#include "base/clock.h"
#include "kube/kube.h"

struct progress_options {
    const struct clock *clock;
    int64_t since_ns; /* monotonic: what the times of the lines count from */
    int timeout_ms;
    /* Asked while waiting; false: there is no use in waiting any longer, and *err says why. May be NULL. */
    bool (*is_alive)(void *context, struct error *err);
    void *context;
};

/* Follows the objects (as the API server answered them; those without a phase of ours are passed over),
 * printing a line on standard output for each change of phase or message. True once all are ready. */
CHECKED bool progress_follow(struct kube *kube, const struct json *objects,
                             const struct progress_options *options, struct error *err);
