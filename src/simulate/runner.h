/* Runner: runs of many schedules, each in a process of its own that begins with the same prepared world, so
 * that neither a crash nor a leak of one reaches another. As many at a time as there are jobs.
 */
#pragma once

#include "base/json.h"
#include "simulate/schedule.h"

struct runner;

/* Prepares the world. */
struct runner *runner_new(unsigned jobs);
void runner_free(struct runner *runner);
DEFINE_CLEANUP(struct runner, runner_free);

unsigned runner_jobs(const struct runner *runner);
/* A run in the prepared world, which it uses up: for a process of its own (child.h). */
struct run *runner_begin(struct runner *runner, uint64_t seed, const struct schedule *schedule);

/* One run, here: its lines go to tell (NULL: nobody). The verdict (verdict.h), in arena; with what an empty
 * world comes to compared too. */
struct json *runner_judge(struct runner *runner, struct arena *arena, uint64_t seed,
                          const struct schedule *schedule, bool is_told);

/* Which schedules: of the seeds first to first + seeds - 1, every tenth of them calm. */
struct campaign {
    uint64_t first, seeds;
    uint64_t branches; /* of each seed, numbered from 0; what they share is run once */
    size_t deeds;      /* of each */
    bool is_told;      /* one after the other, with its story */
};

/* Each verdict is handed over in the order of seeds and branches, with "branch" in it; false from take ends
 * the rest. What breaks before branches part is handed over once, as branch 0. */
void runner_run(struct runner *runner, const struct campaign *campaign,
                bool (*take)(void *context, uint64_t seed, const struct json *verdict), void *context);
struct schedule *runner_schedule(uint64_t seed, uint64_t branch, size_t deeds);

/* The shortest schedule that was found to break the same invariant. */
struct schedule *runner_shrink(struct runner *runner, uint64_t seed, const struct schedule *schedule,
                               const struct json *verdict);
