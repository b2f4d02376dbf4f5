/* Plans: what a reconcile is going to do, as data.
 *
 * A plan is made by a pure function from what was observed, and carried out by the executor in its order, up
 * to the first step that fails or must wait. Because it is data it can be printed, compared and tested
 * without a cluster. A plan looks only at what is there now: a crash between any two steps leaves a world
 * from which the next plan starts right.
 *
 * Everything in a plan lives in the arena of the reconcile.
 */
#pragma once

#include "base/json.h"
#include "kube/resource.h"
#include "neo4j/neo4j.h"

enum step_type {
    STEP_APPLY,     /* server-side apply of an object; nothing happens when it is in sync */
    STEP_CREATE,    /* create an object that must not be overwritten; there already is fine */
    STEP_DELETE,    /* delete the object with this uid, unless it has changed since it was seen */
    STEP_STATEMENT, /* run an administration statement */
    STEP_WAIT,      /* go no further now; look again after wait_ms, or earlier when something changes */
};

struct step {
    enum step_type type;
    /* What and why, in the user's words: "StatefulSet graph-server: 3 servers". */
    const char *sentence;

    const struct json *object; /* APPLY, CREATE */

    const struct kube_resource *resource; /* DELETE */
    const char *namespace;
    const char *name;
    const char *uid;

    /* APPLY, DELETE: of the object as it was seen. What the step rests on may not hold for another version,
     * so that one is refused, and looked at again. NULL, for APPLY: any will do; "": there must be none yet.
     */
    const char *resource_version;

    const struct neo4j_target *target; /* STATEMENT */
    const struct neo4j_statement *statement;

    int64_t wait_ms; /* WAIT */
};

enum plan_event_type { PLAN_EVENT_NORMAL, PLAN_EVENT_WARNING };

/* An event to be recorded on the object. The recorder merges repetitions. */
struct plan_event {
    enum plan_event_type type;
    const char *reason;
    const char *action; /* what the operator was doing: "Reconcile", "Form", … */
    const char *note;
};

enum { PLAN_STEPS_MAX = 128, PLAN_EVENTS_MAX = 32 };

struct plan {
    struct arena *arena;
    struct step steps[PLAN_STEPS_MAX];
    size_t step_count;
    struct plan_event events[PLAN_EVENTS_MAX];
    size_t event_count;
    /* The whole status that the object shall have, or NULL to leave it alone. Conditions in it are written
     * with condition_set() (status.h). */
    struct json *status;
    /* When to look again although nothing changed, 0: never. */
    int64_t look_again_ms;
};

void plan_init(struct plan *plan, struct arena *arena);

void plan_apply(struct plan *plan, const struct json *object, const char *format, ...) PRINTF_LIKE(3, 4);
/* The same where it matters what was there: live is the object as it was seen, NULL when there was none. */
void plan_apply_over(struct plan *plan, const struct json *object, const struct json *live,
                     const char *format, ...) PRINTF_LIKE(4, 5);
void plan_create(struct plan *plan, const struct json *object, const char *format, ...) PRINTF_LIKE(3, 4);
/* The live object, of which name, uid and version are taken. */
void plan_delete(struct plan *plan, const struct kube_resource *resource, const struct json *live,
                 const char *format, ...) PRINTF_LIKE(4, 5);
void plan_statement(struct plan *plan, const struct neo4j_target *target,
                    const struct neo4j_statement *statement, const char *format, ...) PRINTF_LIKE(4, 5);
void plan_wait(struct plan *plan, int64_t wait_ms, const char *format, ...) PRINTF_LIKE(3, 4);
void plan_event(struct plan *plan, enum plan_event_type type, const char *reason, const char *action,
                const char *format, ...) PRINTF_LIKE(5, 6);
