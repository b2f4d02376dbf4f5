#include "simulate/runner.h"

#include "base/log.h"
#include "sim/node/faults.h"
#include "simulate/stage.h"
#include "simulate/verdict.h"

#include <errno.h>
#include <poll.h>
#include <search.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The world's own seed: what it is prepared with is the same in every run. */
enum { WORLD_SEED = 1, NODES = 4, JOBS_MAX = 64, PATIENCE_SECONDS = 300, CALM_EVERY = 10 };

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
    uint64_t seed;
    struct buffer said;
    bool is_heard; /* to the end */
};

/* ---- life ---- */

static void swallow(void *context, const char *line) {
}

struct runner *runner_new(unsigned jobs) {
    struct runner *runner = XNEW(struct runner);

    runner->jobs = jobs < 1 ? 1 : jobs > JOBS_MAX ? JOBS_MAX : jobs;
    runner->universe = universe_new(WORLD_SEED, NODES);
    chance_take_over(&runner->universe->chance);
    stage_install(runner->universe);
    runner->judge = judge_new();
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

static void say(int pipe, const struct json *verdict) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    json_write(&text, verdict, NULL);
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

/* Uses the world up: in a process of its own. */
static void run_schedule(struct runner *runner, uint64_t seed, const struct schedule *schedule, bool is_told,
                         int pipe) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(coverage_free) struct coverage *coverage = coverage_new();

    runner->universe->chance.state = seed;
    node_reseed(runner->universe->node, seed);
    CLEANUP_POINTER(run_free) struct run *run = run_new(runner->universe, runner->judge, schedule);
    run->coverage = coverage;
    run->tell = is_told ? print_line : NULL;
    bool is_kept = run_go(run);
    say(pipe, verdict_of(arena, run, is_kept, coverage));
    fflush(stdout);
}

static void start(struct runner *runner, struct job *job, uint64_t seed, const struct schedule *schedule,
                  bool is_told) {
    int ends[2];

    ensure(pipe(ends) == 0);
    fflush(stdout);
    job->pid = fork();
    ensure(job->pid >= 0);
    if (job->pid == 0) {
        close(ends[0]);
        alarm(PATIENCE_SECONDS);
        run_schedule(runner, seed, schedule, is_told, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    job->pipe = ends[0];
    job->seed = seed;
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

static struct json *crashed(struct arena *arena, int status) {
    struct json *verdict = json_new_object(arena);

    json_set_string(arena, verdict, "invariant", "runs-end");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        json_set_string(arena, verdict, "complaint", "the run does not end");
    else if (WIFSIGNALED(status))
        json_set_string(arena, verdict, "complaint",
                        arena_printf(arena, "the process died of signal %d", WTERMSIG(status)));
    else
        json_set_string(arena, verdict, "complaint",
                        arena_printf(arena, "the process ended with %d", WEXITSTATUS(status)));
    return verdict;
}

static struct json *finish(struct arena *arena, struct job *job) {
    struct json *verdict = NULL;
    int status = 0;

    close(job->pipe);
    while (waitpid(job->pid, &status, 0) < 0)
        ensure(errno == EINTR);
    job->pid = 0;
    if (status || !json_parse(arena, buffer_text(&job->said), NULL, &verdict, NULL))
        verdict = crashed(arena, status);
    return verdict;
}

static struct json *run_alone(struct runner *runner, struct arena *arena, uint64_t seed,
                              const struct schedule *schedule, bool is_told) {
    struct job job = { 0 };

    start(runner, &job, seed, schedule, is_told);
    while (listen_to(&job))
        continue;
    struct json *verdict = finish(arena, &job);
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

struct schedule *runner_schedule(uint64_t seed, size_t deeds) {
    return schedule_invent(seed, deeds, seed % CALM_EVERY == 0);
}

static void start_seed(struct runner *runner, struct job *job, uint64_t seed, size_t deeds, bool is_told) {
    CLEANUP_POINTER(schedule_free) struct schedule *schedule = runner_schedule(seed, deeds);
    start(runner, job, seed, schedule, is_told);
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

void runner_run(struct runner *runner, uint64_t first, uint64_t count, size_t deeds, bool is_told,
                bool (*take)(void *context, uint64_t seed, const struct json *verdict), void *context) {
    struct job jobs[JOBS_MAX] = { 0 };
    unsigned at_a_time = is_told ? 1 : runner->jobs;
    bool goes_on = true;
    uint64_t started = 0;

    for (; started < at_a_time && started < count; started++)
        start_seed(runner, &jobs[started], first + started, deeds, is_told);
    for (uint64_t done = 0; done < started; done++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct job *job = &jobs[done % at_a_time];
        hear_out(jobs, at_a_time, job);
        struct json *verdict = finish(arena, job);
        job->is_heard = false;
        if (goes_on && started < count)
            start_seed(runner, job, first + started++, deeds, is_told);
        compare_with_scratch(runner, arena, verdict);
        goes_on = goes_on && take(context, first + done, verdict);
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
