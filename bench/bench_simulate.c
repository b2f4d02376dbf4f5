/* What the simulation costs: to begin, to form a cluster, and for a minute in which nothing happens.
 *
 *     bench_simulate [MINUTES]
 *
 * CPU time of this process, in milliseconds.
 */
#include "base/log.h"
#include "simulate/operator.h"
#include "simulate/stage.h"

#include <stdio.h>
#include <time.h>

static void swallow(void *context, const char *line) {
}

static double used_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void pass(struct universe *universe, int64_t minutes) {
    universe_wait(universe, universe_now(universe) + minutes * 60 * NANOSECONDS_PER_SECOND, NULL, NULL);
}

int main(int argc, char **argv) {
    int64_t minutes = argc > 1 ? strtol(argv[1], NULL, 10) : 60;
    struct error err = { 0 };
    double began = used_ms();

    log_set_sink(swallow, NULL);
    CLEANUP_POINTER(universe_free) struct universe *universe = universe_new(42, 4);
    chance_take_over(&universe->chance);
    stage_install(universe);
    double installed = used_ms();
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    CLEANUP_POINTER(operator_free)
    struct operator_process *operator=
        operator_new(universe, &(struct operator_options){ .name = "one", .judge = judge });
    ensure(stage_apply(universe, stage_manifest, &err));
    pass(universe, 2);
    double formed = used_ms();
    pass(universe, minutes);
    double ended = used_ms();
    printf("beginning %.1f ms, forming %.1f ms, a quiet minute %.2f ms\n", installed - began,
           formed - installed, (ended - formed) / (double)minutes);
    return 0;
}
