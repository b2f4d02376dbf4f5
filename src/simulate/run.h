/* Run: one schedule in one universe, with invariants looked at all the way.
 */
#pragma once

#include "simulate/coverage.h"
#include "simulate/operator.h"
#include "simulate/schedule.h"

struct invariant;
struct writer;

enum { RUN_OPERATORS_MAX = 4, RUN_INVARIANTS_MAX = 32 };

/* What is to be put right, or goes on, at a later time. */
struct later {
    TAILQ_ENTRY(later) link;
    int64_t at_ns;
    void (*act)(struct run *run, struct text words);
    char *words;
};
TAILQ_HEAD(laters, later);

struct run {
    struct universe *universe;
    struct judge *judge;
    const struct schedule *schedule;
    int64_t began_ns;

    /* Who acts. */
    struct actor player; /* performs the deeds */
    size_t next_deed;
    bool is_at_branch; /* the deeds behind it wait until no call of the operator is under way */
    bool is_past_branch;
    struct laters laters;                                  /* in the order of their times */
    struct actor keeper;                                   /* starts operators anew, and buries the dead */
    struct operator_process *operators[RUN_OPERATORS_MAX]; /* the last is the one that leads; then NULLs */
    size_t operator_serial;
    int64_t restart_ns;            /* when the next one starts; UNIVERSE_NEVER: one runs */
    const char *const *namespaces; /* of operators that start; NULL: all */
    int64_t lag;                   /* writes that the first lists of the next one are behind */
    struct writer *writer;

    /* Who looks. */
    const struct invariant *broken; /* NULL: none so far */
    char *complaint;
    int64_t broken_ns;
    struct store_looker {
        int64_t version; /* of the store: events up to it were seen */
    } looker;
    struct run_state {
        void *data;
        void (*free)(void *data);
    } states[RUN_INVARIANTS_MAX];                  /* what invariants remember, by their place in the table */
    struct coverage *coverage;                     /* may be NULL */
    void (*tell)(void *context, const char *line); /* the story, line by line; NULL: nobody listens */
    void *tell_context;

    /* Called once, between moments, before the first deed that is the branch's own; may put another branch of
     * the same seed in the schedule's place. NULL: nobody asks. */
    void (*branch)(void *context, struct run *run);
    void *branch_context;

    /* What users know. */
    char *manifest;       /* of cluster graph as it was when it was deleted; NULL: it was not */
    bool has_lost_volume; /* once is enough */
    bool is_over;         /* the deeds are done: nothing goes wrong any more */
    int64_t changed_ns;   /* when the last object changed that the end is about */
    int64_t looked_ns;    /* changed_ns of the world of which is_ready tells */
    bool is_ready;        /* all that users want */
    int64_t rest_ns;      /* since when nothing should happen any more; 0: not yet */
};

/* universe: prepared by stage_install(); it is used up. */
struct run *run_new(struct universe *universe, struct judge *judge, const struct schedule *schedule);
void run_free(struct run *run);
DEFINE_CLEANUP(struct run, run_free);
/* From the beginning to the end, or until an invariant breaks: then false. */
CHECKED bool run_go(struct run *run);
/* Parts of it, for who goes on by himself: the deeds; */
void run_perform(struct run *run);
/* and, if nothing has broken, the time until all has come to rest, and a look at it. While the deeds are not
 * over, what can't work may wait. */
CHECKED bool run_settle(struct run *run);

/* ---- for deeds ---- */

struct operator_process *run_operator(struct run *run); /* that leads; NULL: none runs now */
void run_later(struct run *run, int64_t ms, void (*act)(struct run *run, struct text words),
               struct text words);
/* Ends the operator that leads; another starts after that time. */
void run_kill_operator(struct run *run, int64_t down_ms);
/* Starts another although one runs: the one before has lost the lead without knowing. */
void run_start_second(struct run *run);
/* A line of the story. */
void run_tell(struct run *run, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- for invariants ---- */

void run_break(struct run *run, const struct invariant *invariant, const char *format, ...) PRINTF_LIKE(3, 4);
