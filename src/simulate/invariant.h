/* Invariants: what must hold whatever happens. A table; each row is looked at when its functions say.
 */
#pragma once

#include "simulate/run.h"

struct invariant {
    const char *name;
    const char *says; /* a sentence */
    /* Any may be NULL. */
    void (*at_call)(struct run *run, const struct invariant *self, const struct kube_call *call);
    void (*at_write)(struct run *run, const struct invariant *self, const struct store_event *event);
    void (*at_log)(struct run *run, const struct invariant *self, const char *line);
    void (*at_moment)(struct run *run, const struct invariant *self);
    void (*at_end)(struct run *run, const struct invariant *self);
};

/* Ends with an entry without a name. */
extern const struct invariant invariants[];
