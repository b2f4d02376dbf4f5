/* Invariants: what must hold whatever happens. A table; each row is looked at when its functions say.
 */
#pragma once

#include "simulate/run.h"

struct invariant {
    const char *name;
    const char *says; /* a sentence */
    /* Any may be NULL. */
    void (*at_call)(struct run *run, const struct invariant *self, const struct kube_call *call);
    /* A call to the API server that fails, or whose answer is lost. */
    void (*at_failure)(struct run *run, const struct invariant *self, const char *call);
    void (*at_write)(struct run *run, const struct invariant *self, const struct store_event *event);
    void (*at_log)(struct run *run, const struct invariant *self, const char *line);
    void (*at_moment)(struct run *run, const struct invariant *self);
    void (*at_end)(struct run *run, const struct invariant *self);
};

/* Ends with an entry without a name. */
extern const struct invariant invariants[];

/* ---- for rows ---- */

/* What the row remembers of this run; empty at first. */
struct run_state *invariant_state(struct run *run, const struct invariant *self);
/* As it is in the API server, without a call; NULL: there is none. */
struct json *invariant_object(struct run *run, struct arena *arena, const char *collection,
                              const char *namespace, const char *name);
/* The API server refuses what rests on an object that is there no more, or is not as it was. */
bool invariant_is_refused(const struct json *live, const char *uid, const char *resource_version);
bool invariant_is_change(enum kube_verb verb);
