#include "simulate/runner.h"

#include "base/log.h"
#include "sim/node/faults.h"
#include "simulate/child.h"
#include "simulate/stage.h"
#include "simulate/verdict.h"

#include <errno.h>
#include <poll.h>
#include <search.h>
#include <stdio.h>
#include <unistd.h>

/* The world's own seed: what it is prepared with is the same in every run. */
enum { WORLD_SEED = 1, NODES = 4, JOBS_MAX = 64, CALM_EVERY = 10 };

struct runner {
    unsigned jobs;
    struct universe *universe;
    struct judge *judge;
    void *from_scratch; /* tsearch() of struct known */
};

/* What an empty world comes to when users want this. */
struct known {
    char *wanted;
    char *essence;
};

struct job {
    pid_t pid; /* 0: none */
    int pipe;
    struct buffer said; /* a verdict a line */
    bool is_heard;      /* to the end */
};

/* ---- life ---- */

static void swallow(void *context, const char *line) {
}

/* What is read at the first use is read before there are many processes. */
static void warm_up(struct judge *judge) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *nothing = json_new_object(arena);

    for (size_t i = 0; i < api_kind_count; i++)
        (void)judge_object(judge, arena, &api_kinds[i], nothing, NULL);
}

struct runner *runner_new(unsigned jobs) {
    struct runner *runner = XNEW(struct runner);

    runner->jobs = jobs < 1 ? 1 : jobs > JOBS_MAX ? JOBS_MAX : jobs;
    runner->universe = universe_new(WORLD_SEED, NODES);
    chance_take_over(&runner->universe->chance);
    stage_install(runner->universe);
    runner->judge = judge_new();
    warm_up(runner->judge);
    log_set_sink(swallow, NULL);
    return runner;
}

static void free_known(void *node) {
    struct known *known = node;

    free(known->wanted);
    free(known->essence);
    free(known);
}

void runner_free(struct runner *runner) {
    if (!runner)
        return;
    tdestroy(runner->from_scratch, free_known);
    judge_free(runner->judge);
    chance_take_over(NULL);
    log_set_sink(NULL, NULL);
    universe_free(runner->universe);
    free(runner);
}

/* ---- a process for a run ---- */

/* A line. */
static void say(int pipe, uint64_t branch, struct json *verdict) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = { 0 };

    json_set_integer(arena, verdict, "branch", (int64_t)branch);
    json_write(&text, verdict, NULL);
    buffer_add_char(&text, '\n');
    for (size_t at = 0; at < text.length;) {
        ssize_t written = write(pipe, text.data + at, text.length - at);
        if (written < 0 && errno != EINTR)
            _exit(3);
        at += written > 0 ? (size_t)written : 0;
    }
}

static void print_line(void *context, const char *line) {
    puts(line);
}

static struct json *crashed(struct arena *arena, int status) {
    struct json *verdict = json_new_object(arena);

    json_set_string(arena, verdict, "invariant", "runs-end");
    json_set_string(arena, verdict, "complaint", child_death(arena, status));
    return verdict;
}

/* What a process is to run. */
struct part {
    uint64_t seed;
    uint64_t branches;
    size_t deeds;
    bool is_told;
    int pipe;
    uint64_t branch; /* that this process runs */
};

/* Each branch goes on in a process of its own, which returns; this one only waits for them. */
static void part_ways(void *context, struct run *run) {
    struct part *part = context;

    for (part->branch = 0; part->branch < part->branches; part->branch++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        fflush(stdout);
        pid_t pid = fork();
        ensure(pid >= 0);
        if (pid == 0) {
            run->schedule = runner_schedule(part->seed, part->branch, part->deeds);
            return;
        }
        int status = child_wait(pid);
        if (status)
            say(part->pipe, part->branch, crashed(arena, status));
    }
    _exit(0);
}

struct run *runner_begin(struct runner *runner, uint64_t seed, const struct schedule *schedule) {
    runner->universe->chance.state = seed;
    node_reseed(runner->universe->node, seed);
    return run_new(runner->universe, runner->judge, schedule);
}

unsigned runner_jobs(const struct runner *runner) {
    return runner->jobs;
}

/* Uses the world up: in a process of its own. */
static void run_schedule(struct runner *runner, struct part *part, const struct schedule *schedule) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(coverage_free) struct coverage *coverage = coverage_new();

    CLEANUP_POINTER(run_free) struct run *run = runner_begin(runner, part->seed, schedule);
    run->coverage = coverage;
    run->tell = part->is_told ? print_line : NULL;
    run->branch = part->branches > 1 ? part_ways : NULL;
    run->branch_context = part;
    bool is_kept = run_go(run);
    say(part->pipe, part->branch, verdict_of(arena, run, is_kept, coverage));
    fflush(stdout);
}

static void start(struct runner *runner, struct job *job, struct part *part,
                  const struct schedule *schedule) {
    int ends[2];

    ensure(pipe(ends) == 0);
    fflush(stdout);
    job->pid = fork();
    ensure(job->pid >= 0);
    if (job->pid == 0) {
        close(ends[0]);
        part->pipe = ends[1];
        child_limit_cpu();
        run_schedule(runner, part, schedule);
        _exit(0);
    }
    close(ends[1]);
    job->pipe = ends[0];
    buffer_reset(&job->said);
}

/* True when more may come. */
static bool listen_to(struct job *job) {
    char bytes[65536];
    ssize_t length = read(job->pipe, bytes, sizeof(bytes));

    if (length > 0)
        buffer_add(&job->said, bytes, (size_t)length);
    return length > 0 || (length < 0 && errno == EINTR);
}

/* Says what became of the process itself, when it did not end well, behind the verdicts that it gave. */
static void finish(struct job *job) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    close(job->pipe);
    int status = child_wait(job->pid);
    job->pid = 0;
    job->is_heard = false;
    if (status)
        json_write(&job->said, crashed(arena, status), NULL);
}

/* The next verdict; NULL: there is none any more. */
static struct json *next_verdict(struct arena *arena, struct text *said) {
    struct json *verdict = NULL;
    struct text line = text_cut(said, '\n');

    if (line.length)
        ensure(json_parse(arena, line, NULL, &verdict, NULL));
    return verdict;
}

static struct json *run_alone(struct runner *runner, struct arena *arena, uint64_t seed,
                              const struct schedule *schedule, bool is_told) {
    struct job job = { 0 };
    struct part part = { .seed = seed, .branches = 1, .is_told = is_told };

    start(runner, &job, &part, schedule);
    while (listen_to(&job))
        continue;
    finish(&job);
    struct text said = buffer_text(&job.said);
    struct json *verdict = next_verdict(arena, &said);
    buffer_clear(&job.said);
    return verdict;
}

/* ---- an empty world ---- */

static int compare_known(const void *a, const void *b) {
    return strcmp(((const struct known *)a)->wanted, ((const struct known *)b)->wanted);
}

static const char *from_scratch(struct runner *runner, const char *wanted) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct known like = { .wanted = (char *)(uintptr_t)wanted };
    struct known **found = tfind(&like, &runner->from_scratch, compare_known);

    if (found)
        return (*found)->essence;
    CLEANUP_POINTER(schedule_free) struct schedule *schedule = schedule_of_wanted(wanted);
    const struct json *verdict = run_alone(runner, arena, WORLD_SEED, schedule, false);
    struct known *known = XNEW(struct known);
    known->wanted = xstrdup(wanted);
    known->essence = xstrdup(json_string_at(verdict, "essence", ""));
    ensure(tsearch(known, &runner->from_scratch, compare_known));
    return known->essence;
}

/* The first lines that differ. */
static char *difference(struct arena *arena, struct text a, struct text b) {
    while (a.length || b.length) {
        struct text left = text_cut(&a, '\n'), right = text_cut(&b, '\n');
        if (!text_equal(left, right))
            return arena_printf(arena, "here:      %.*s\nelsewhere: %.*s", TEXT_ARGS(left), TEXT_ARGS(right));
    }
    return NULL;
}

/* Whether the end is what an empty world comes to. */
static void compare_with_scratch(struct runner *runner, struct arena *arena, struct json *verdict) {
    if (verdict_invariant(verdict))
        return;
    const char *essence = json_string_at(verdict, "essence", "");
    const char *elsewhere = from_scratch(runner, json_string_at(verdict, "wanted", ""));
    char *differs = difference(arena, text_from(essence), text_from(elsewhere));
    if (!differs)
        return;
    json_set_string(arena, verdict, "invariant", "ends-as-from-scratch");
    json_set_string(arena, verdict, "complaint", differs);
}

struct json *runner_judge(struct runner *runner, struct arena *arena, uint64_t seed,
                          const struct schedule *schedule, bool is_told) {
    struct json *verdict = run_alone(runner, arena, seed, schedule, is_told);

    compare_with_scratch(runner, arena, verdict);
    return verdict;
}

/* ---- many ---- */

struct schedule *runner_schedule(uint64_t seed, uint64_t branch, size_t deeds) {
    return schedule_invent(seed, branch, deeds, seed % CALM_EVERY == 0);
}

static void start_seed(struct runner *runner, struct job *job, const struct campaign *campaign,
                       uint64_t seed) {
    CLEANUP_POINTER(schedule_free) struct schedule *schedule = runner_schedule(seed, 0, campaign->deeds);
    struct part part = {
        .seed = seed, .branches = campaign->branches, .deeds = campaign->deeds, .is_told = campaign->is_told
    };

    start(runner, job, &part, schedule);
}

static bool hand_over(struct runner *runner, const struct job *job, uint64_t seed,
                      bool (*take)(void *context, uint64_t seed, const struct json *verdict), void *context) {
    struct text said = buffer_text(&job->said);
    bool goes_on = true;

    while (said.length && goes_on) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct json *verdict = next_verdict(arena, &said);
        compare_with_scratch(runner, arena, verdict);
        goes_on = take(context, seed, verdict);
    }
    return goes_on;
}

/* Waits until the job has said all; the others' words are taken as they come. */
static void hear_out(struct job *jobs, unsigned count, struct job *wanted) {
    while (!wanted->is_heard) {
        struct pollfd polled[JOBS_MAX];
        for (unsigned i = 0; i < count; i++) {
            bool is_open = jobs[i].pid && !jobs[i].is_heard;
            polled[i] = (struct pollfd){ .fd = is_open ? jobs[i].pipe : -1, .events = POLLIN };
        }
        if (poll(polled, count, -1) < 0)
            continue;
        for (unsigned i = 0; i < count; i++)
            if (polled[i].revents)
                jobs[i].is_heard = !listen_to(&jobs[i]);
    }
}

void runner_run(struct runner *runner, const struct campaign *campaign,
                bool (*take)(void *context, uint64_t seed, const struct json *verdict), void *context) {
    struct job jobs[JOBS_MAX] = { 0 };
    unsigned at_a_time = campaign->is_told ? 1 : runner->jobs;
    bool goes_on = true;
    uint64_t started = 0;

    for (; started < at_a_time && started < campaign->seeds; started++)
        start_seed(runner, &jobs[started], campaign, campaign->first + started);
    for (uint64_t done = 0; done < started; done++) {
        struct job *job = &jobs[done % at_a_time];
        hear_out(jobs, at_a_time, job);
        finish(job);
        goes_on = goes_on && hand_over(runner, job, campaign->first + done, take, context);
        if (goes_on && started < campaign->seeds)
            start_seed(runner, job, campaign, campaign->first + started++);
    }
    for (unsigned i = 0; i < at_a_time; i++)
        buffer_clear(&jobs[i].said);
}

/* ---- the shortest ---- */

struct shrinking {
    struct runner *runner;
    uint64_t seed;
    const char *invariant;
    struct schedule *best;
};

static bool still_breaks(struct shrinking *shrinking, const struct schedule *schedule) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *verdict = runner_judge(shrinking->runner, arena, shrinking->seed, schedule, false);

    return str_equal(verdict_invariant(verdict), shrinking->invariant);
}

/* Leaves out deeds from up to to - 1; true when it still breaks. */
static bool leave_out(struct shrinking *shrinking, size_t from, size_t to) {
    CLEANUP_FREE bool *keeps = xcalloc(shrinking->best->count + 1, sizeof(bool));

    for (size_t i = 0; i < shrinking->best->count; i++)
        keeps[i] = i < from || i >= to;
    CLEANUP_POINTER(schedule_free) struct schedule *shorter = schedule_keep(shrinking->best, keeps);
    if (!still_breaks(shrinking, shorter))
        return false;
    schedule_free(shrinking->best);
    shrinking->best = TAKE(shorter);
    return true;
}

/* After: Zeller, Hildebrandt: Simplifying and isolating failure-inducing input (ddmin, complements only). */
struct schedule *runner_shrink(struct runner *runner, uint64_t seed, const struct schedule *schedule,
                               const struct json *verdict) {
    CLEANUP_FREE bool *keeps = xcalloc(schedule->count + 1, sizeof(bool));
    int64_t broken_ms = json_integer_at(verdict, "brokenMs", INT64_MAX);

    for (size_t i = 0; i < schedule->count; i++)
        keeps[i] = schedule->deeds[i].at_ms <= broken_ms;
    struct shrinking shrinking = { .runner = runner,
                                   .seed = seed,
                                   .invariant = verdict_invariant(verdict),
                                   .best = schedule_keep(schedule, keeps) };
    for (size_t length = shrinking.best->count / 2; length > 0; length = length > 1 ? (length + 1) / 2 : 0)
        for (size_t at = 0; at < shrinking.best->count;)
            if (!leave_out(&shrinking, at, at + length))
                at += length;
    return shrinking.best;
}
