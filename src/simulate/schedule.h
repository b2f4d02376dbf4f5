/* Schedule: what users want and what goes wrong in one run, each deed at its time.
 *
 * A schedule is text that a person can read and a file can hold, one deed a line:
 *
 *     00:03:20.150 edit graph spec.topology.servers 5
 *     00:03:21.000 kube lost skip 2 count 1
 *
 * What a deed does is in the tables of intents.c and faults.c. A schedule that was made up from a seed gives
 * the same text whenever it is made up again; a replayed one is as good.
 *
 * A seed makes up many schedules, its branches: they begin alike and differ in their last deeds. A line with
 * the word "branch" stands where they part.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "simulate/chance.h"

struct run;

struct deed_kind {
    const char *name; /* the first word of a line */
    bool is_fault;    /* else a user's intent */
    unsigned weight;  /* how often it is chosen, beside the others of the table */
    /* The words behind the name, in arena; NULL: it takes none. */
    const char *(*invent)(struct chance *chance, struct arena *arena);
    /* Words that make no sense do nothing, so that a shortened schedule always means something. */
    void (*perform)(struct run *run, struct text words);
    const char *tells; /* for people: what it is */
};

/* Both end with an entry without a name. */
extern const struct deed_kind intents[];
extern const struct deed_kind faults[];
/* Users apply manifests: JSON texts, a line each. */
extern const struct deed_kind intent_apply;
/* Users take back what can't work. */
void intents_put_right(struct run *run);

struct deed {
    int64_t at_ms; /* since the beginning */
    const struct deed_kind *kind;
    const char *words;
};

struct schedule {
    struct arena *arena;
    struct deed *deeds;
    size_t count;
    size_t branch_at; /* the first deed that is the branch's own; 0: none is shared */
    int64_t end_ms;   /* when what has gone wrong is put right, and the world is left alone */
};

/* SCHEDULE_OWN_DEEDS: of a branch, unless it has no more deeds than these. */
enum { SCHEDULE_DEEDS = 200, SCHEDULE_HOURS = 2, SCHEDULE_OWN_DEEDS = 15 };

/* Makes one up. is_calm: without faults. */
struct schedule *schedule_invent(uint64_t seed, uint64_t branch, size_t deeds, bool is_calm);
/* One in which users want this from the beginning (essence_write_wanted()) and nothing goes wrong. */
struct schedule *schedule_of_wanted(const char *wanted);
/* Only those that are kept. */
struct schedule *schedule_keep(const struct schedule *schedule, const bool *keeps);
CHECKED bool schedule_parse(struct text text, struct schedule **out_schedule, struct error *err);
void schedule_free(struct schedule *schedule);
DEFINE_CLEANUP(struct schedule, schedule_free);
void schedule_write(const struct schedule *schedule, struct buffer *out);
/* "00:03:20.150" */
void schedule_write_time(int64_t ms, struct buffer *out);
