#include "simulate/run.h"

#include "base/log.h"
#include "simulate/invariant.h"
#include "simulate/stage.h"
#include "simulate/writer.h"

#include <ctype.h>
#include <stdio.h>

/* After the last deed the world has so long to come to rest, less when nothing changes any more, and is then
 * watched at rest. What is not Ready may wait for a kubelet's longest back-off, which is five minutes. */
enum { SETTLE_MINUTES = 15, STILL_MINUTES = 2, STUCK_MINUTES = 6, REST_MINUTES = 5 };

#define MINUTE_NS (60 * NANOSECONDS_PER_SECOND)

static struct run *run_of(struct actor *actor, size_t offset) {
    return (struct run *)((char *)actor - offset);
}

/* ---- the story ---- */

void run_tell(struct run *run, const char *format, ...) {
    CLEANUP_BUFFER struct buffer line = { 0 };
    va_list arguments;

    if (!run->tell)
        return;
    schedule_write_time((universe_now(run->universe) - run->began_ns) / NANOSECONDS_PER_MS, &line);
    buffer_add_string(&line, "  ");
    va_start(arguments, format);
    buffer_vprintf(&line, format, arguments);
    va_end(arguments);
    run->tell(run->tell_context, buffer_string(&line));
}

void run_break(struct run *run, const struct invariant *invariant, const char *format, ...) {
    va_list arguments;

    if (run->broken)
        return;
    va_start(arguments, format);
    run->complaint = xvprintf(format, arguments);
    va_end(arguments);
    run->broken = invariant;
    run->broken_ns = universe_now(run->universe);
    run_tell(run, "BROKEN: %s: %s", invariant->name, run->complaint);
}

/* ---- looking ---- */

static void on_call(void *context, const char *name, const struct kube_call *call,
                    const struct trouble *trouble) {
    struct run *run = context;

    run_tell(run, "operator: %s%s%s%s", call ? "" : "bolt ", name, trouble ? ": " : "",
             trouble ? trouble_tells(trouble->kind) : "");
    if (run->coverage) {
        CLEANUP_FREE char *what =
            call ? xprintf("%d %s/%s, %s", (int)call->verb, call->resource->plural,
                           call->subresource ? call->subresource : "",
                           trouble ? trouble_word(trouble->kind) : "as it should")
                 : xprintf("bolt %s, %s", name, trouble ? trouble_word(trouble->kind) : "as it should");
        coverage_note(run->coverage, "call", what);
    }
    for (const struct invariant *at = invariants; call && at->name; at++) {
        if (at->at_call)
            at->at_call(run, at, call);
        if (at->at_failure && trouble && trouble_fails(trouble->kind))
            at->at_failure(run, at, name);
    }
}

/* A branch of a plan is what its sentences say whatever the numbers are; of a wait, until it quotes others.
 */
static void on_plan(void *context, const struct controller *controller, const struct plan *plan) {
    const struct run *run = context;

    for (size_t i = 0; run->coverage && i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        CLEANUP_BUFFER struct buffer branch = { 0 };
        buffer_printf(&branch, "%s: %s", controller->name, step->type == STEP_WAIT ? "waits: " : "");
        for (const char *c = step->sentence; *c && !(*c == ':' && step->type == STEP_WAIT); c++)
            buffer_add_char(&branch, isdigit((unsigned char)*c) &&
                                             (c == step->sentence || !isalpha((unsigned char)c[-1]))
                                         ? '#'
                                         : *c);
        coverage_note(run->coverage, "plan", buffer_string(&branch));
    }
}

static void on_log(void *context, const char *line) {
    struct run *run = context;

    /* Its own time is of the real clock. */
    const char *level = strstr(line, "\"level\"");
    run_tell(run, "log: {%s", level ? level : line);
    for (const struct invariant *at = invariants; at->name; at++)
        if (at->at_log)
            at->at_log(run, at, line);
}

static void look_at_writes(struct run *run) {
    const struct store *store = api_store(run->universe->api);
    struct store_event event;

    for (; store_event_after(store, run->looker.version, &event); run->looker.version = event.version) {
        if (stage_matters(event.collection))
            run->changed_ns = universe_now(run->universe);
        for (const struct invariant *at = invariants; at->name; at++)
            if (at->at_write)
                at->at_write(run, at, &event);
    }
}

static void on_moment(void *context) {
    struct run *run = context;

    look_at_writes(run);
    for (const struct invariant *at = invariants; at->name && !run->broken; at++)
        if (at->at_moment)
            at->at_moment(run, at);
}

/* ---- the player ---- */

void run_later(struct run *run, int64_t ms, void (*act)(struct run *run, struct text words),
               struct text words) {
    struct later *later = XNEW(struct later), *before;

    *later = (struct later){ .at_ns = universe_now(run->universe) + ms * NANOSECONDS_PER_MS,
                             .act = act,
                             .words = xstrndup(words.length ? words.data : "", words.length) };
    TAILQ_FOREACH_REVERSE(before, &run->laters, laters, link)
    if (before->at_ns <= later->at_ns) {
        TAILQ_INSERT_AFTER(&run->laters, before, later, link);
        return;
    }
    TAILQ_INSERT_HEAD(&run->laters, later, link);
}

static void later_free(struct later *later) {
    free(later->words);
    free(later);
}

static void do_later(struct run *run, struct later *later) {
    later->act(run, text_from(later->words));
    later_free(later);
}

static int64_t deed_ns(const struct run *run, size_t i) {
    return run->began_ns + run->schedule->deeds[i].at_ms * NANOSECONDS_PER_MS;
}

static bool is_fenced(const struct run *run) {
    return run->next_deed && run->next_deed == run->schedule->branch_at && !run->is_past_branch;
}

static int64_t play(struct actor *actor) {
    struct run *run = run_of(actor, offsetof(struct run, player));
    const struct schedule *schedule = run->schedule;
    int64_t now_ns = universe_now(run->universe), next_ns = UNIVERSE_NEVER;
    struct later *later;

    while ((later = TAILQ_FIRST(&run->laters)) && later->at_ns <= now_ns) {
        TAILQ_REMOVE(&run->laters, later, link);
        do_later(run, later);
    }
    while (run->next_deed < schedule->count && deed_ns(run, run->next_deed) <= now_ns && !is_fenced(run)) {
        const struct deed *deed = &schedule->deeds[run->next_deed++];
        run_tell(run, "%s: %s %s", deed->kind->is_fault ? "FAULT" : "USER", deed->kind->name, deed->words);
        deed->kind->perform(run, text_from(deed->words));
    }
    run->is_at_branch = is_fenced(run);
    if (run->next_deed < schedule->count && !run->is_at_branch)
        next_ns = deed_ns(run, run->next_deed);
    if (later && later->at_ns < next_ns)
        next_ns = later->at_ns;
    return next_ns;
}

/* ---- the keeper ---- */

static size_t operator_count(const struct run *run) {
    size_t count = 0;

    while (count < RUN_OPERATORS_MAX && run->operators[count])
        count++;
    return count;
}

struct operator_process *run_operator(struct run *run) {
    size_t count = operator_count(run);
    struct operator_process *last = count ? run->operators[count - 1] : NULL;

    return last && !last->ports.is_dead && !last->ports.last_call ? last : NULL;
}

static void start_operator(struct run *run) {
    size_t count = operator_count(run);
    CLEANUP_FREE char *name = xprintf("operator-%zu", ++run->operator_serial);

    if (count == RUN_OPERATORS_MAX)
        return;
    struct operator_process *process =
        operator_new(run->universe, &(struct operator_options){ .name = name,
                                                                .judge = run->judge,
                                                                .namespaces = run->namespaces,
                                                                .look = on_plan,
                                                                .look_context = run });
    sim_kube_lag(process->real, run->lag);
    run->lag = 0;
    process->ports.look = on_call;
    process->ports.look_context = run;
    run->operators[count] = process;
    run->restart_ns = UNIVERSE_NEVER;
    run_tell(run, "%s starts", name);
}

static void bury(struct run *run) {
    size_t kept = 0;

    for (size_t i = 0; i < RUN_OPERATORS_MAX; i++) {
        struct operator_process *process = run->operators[i];
        if (!process)
            continue;
        run->operators[i] = NULL;
        if (process->until_ns && process->until_ns <= universe_now(run->universe))
            ports_kill(&process->ports);
        if (process->ports.is_dead && !process->actor.is_waiting)
            operator_free(process);
        else
            run->operators[kept++] = process;
    }
}

static int64_t keep(struct actor *actor) {
    struct run *run = run_of(actor, offsetof(struct run, keeper));
    int64_t now_ns = universe_now(run->universe);

    bury(run);
    if (!run_operator(run) && run->restart_ns == UNIVERSE_NEVER)
        run->restart_ns = now_ns + NANOSECONDS_PER_SECOND;
    if (run->restart_ns > now_ns)
        return run->restart_ns;
    start_operator(run);
    /* While too many of the old ones live on, it is tried again. */
    return run->restart_ns > now_ns ? now_ns : now_ns + NANOSECONDS_PER_SECOND;
}

void run_kill_operator(struct run *run, int64_t down_ms) {
    struct operator_process *process = run_operator(run);

    if (!process)
        return;
    ports_kill(&process->ports);
    run->restart_ns = universe_now(run->universe) + down_ms * NANOSECONDS_PER_MS;
}

void run_start_second(struct run *run) {
    if (operator_count(run) < RUN_OPERATORS_MAX)
        start_operator(run);
}

/* ---- life ---- */

struct run *run_new(struct universe *universe, struct judge *judge, const struct schedule *schedule) {
    struct run *run = XNEW(struct run);

    *run = (struct run){ .universe = universe,
                         .judge = judge,
                         .schedule = schedule,
                         .began_ns = universe_now(universe),
                         .player.act = play,
                         .keeper.act = keep,
                         .restart_ns = universe_now(universe),
                         .looker.version = store_version(api_store(universe->api)) };
    TAILQ_INIT(&run->laters);
    universe_add(universe, &run->player);
    universe_add(universe, &run->keeper);
    run->writer = writer_new(run);
    universe->look = on_moment;
    universe->look_context = run;
    log_set_sink(on_log, run);
    return run;
}

void run_free(struct run *run) {
    struct later *later;

    if (!run)
        return;
    log_set_sink(NULL, NULL);
    run->universe->look = NULL;
    for (size_t i = 0; i < RUN_OPERATORS_MAX; i++)
        operator_free(run->operators[i]);
    writer_free(run->writer);
    universe_remove(run->universe, &run->player);
    universe_remove(run->universe, &run->keeper);
    while ((later = TAILQ_FIRST(&run->laters))) {
        TAILQ_REMOVE(&run->laters, later, link);
        later_free(later);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(run->states); i++)
        if (run->states[i].data)
            run->states[i].free(run->states[i].data);
    free(run->complaint);
    free(run->manifest);
    free(run);
}

static bool is_broken(void *context) {
    return ((struct run *)context)->broken;
}

static bool is_broken_or_at_branch(void *context) {
    const struct run *run = context;

    return run->broken || run->is_at_branch;
}

static bool is_broken_or_still(void *context) {
    struct run *run = context;
    int64_t still_ns = universe_now(run->universe) - run->changed_ns;

    if (run->broken || still_ns < STILL_MINUTES * MINUTE_NS)
        return run->broken;
    if (run->looked_ns != run->changed_ns) {
        run->looked_ns = run->changed_ns;
        run->is_ready = stage_is_ready(run->universe);
    }
    return run->is_ready || still_ns >= STUCK_MINUTES * MINUTE_NS;
}

static void wait_minutes(struct run *run, int64_t minutes, bool (*is_over)(void *context)) {
    universe_wait(run->universe, universe_now(run->universe) + minutes * MINUTE_NS, is_over, run);
}

void run_perform(struct run *run) {
    int64_t end_ns = run->began_ns + run->schedule->end_ms * NANOSECONDS_PER_MS;

    universe_wait(run->universe, end_ns, is_broken_or_at_branch, run);
    if (run->broken || !run->is_at_branch)
        return;
    run->is_past_branch = true;
    if (run->branch)
        run->branch(run->branch_context, run);
    end_ns = run->began_ns + run->schedule->end_ms * NANOSECONDS_PER_MS;
    universe_wait(run->universe, end_ns, is_broken, run);
}

/* What has gone wrong is put right at once. */
static void heal(struct run *run) {
    struct laters due;
    struct later *later;

    run->is_over = true;
    run_tell(run, "nothing goes wrong any more");
    /* What puts itself off once more is done in its time. */
    TAILQ_INIT(&due);
    TAILQ_CONCAT(&due, &run->laters, link);
    while ((later = TAILQ_FIRST(&due))) {
        TAILQ_REMOVE(&due, later, link);
        do_later(run, later);
    }
    intents_put_right(run);
    if (!run_operator(run))
        run->restart_ns = universe_now(run->universe);
    for (size_t i = 0; i < RUN_OPERATORS_MAX; i++)
        if (run->operators[i])
            ports_clear(&run->operators[i]->ports);
}

bool run_settle(struct run *run) {
    if (!run->broken) {
        run->changed_ns = universe_now(run->universe);
        wait_minutes(run, SETTLE_MINUTES, is_broken_or_still);
    }
    /* What the API server refuses is tried again all the time, until a user takes it back. */
    if (run->is_over || stage_is_ready(run->universe))
        run->rest_ns = universe_now(run->universe);
    if (!run->broken)
        wait_minutes(run, REST_MINUTES, is_broken);
    for (const struct invariant *at = invariants; at->name && !run->broken; at++)
        if (at->at_end)
            at->at_end(run, at);
    run->rest_ns = 0;
    return !run->broken;
}

bool run_go(struct run *run) {
    run_perform(run);
    if (!run->broken)
        heal(run);
    return run_settle(run);
}
