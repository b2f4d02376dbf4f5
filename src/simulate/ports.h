/* Ports: the operator's ways to the API server and to Neo4j, on which calls fail, are late, or are its last.
 *
 * A trouble is armed for one of them and meets the calls that come: some pass, some are met, then it is gone.
 * Calls are those of the kube port, and what is written on a Bolt connection.
 */
#pragma once

#include "base/error.h"
#include "simulate/universe.h"

enum port { PORT_OF_KUBE, PORT_OF_BOLT, PORT_COUNT };

/* word in schedules, what happened in words */
#define TROUBLES(X)                                                                                          \
    X(REFUSED, "refused", "finds no connection")                                                             \
    X(LOST, "lost", "is done, and its answer is lost")                                                       \
    X(SILENT, "silent", "is done, and its answer never comes")                                               \
    X(SLOW, "slow", "is answered late")                                                                      \
    X(CONFLICT, "conflict", "is refused as a conflict") /* kube only, as the next three */                   \
    X(THROTTLED, "throttled", "is refused as one too many")                                                  \
    X(BROKEN, "broken", "is answered with an internal error")                                                \
    X(BROKEN_AFTER, "broken-after", "is done, and answered with an internal error")                          \
    X(PARTIAL, "partial", "is answered in part, then the connection breaks") /* Bolt only */                 \
    X(CRASH, "crash", "is never made: the operator dies before it")                                          \
    X(CRASH_AFTER, "crash-after", "is the operator's last")                                                  \
    X(PAUSE, "pause", "waits, as the whole process stands still")

enum trouble_kind {
#define X(kind, word, tells) TROUBLE_##kind,
    TROUBLES(X)
#undef X
        TROUBLE_KINDS
};

const char *trouble_word(enum trouble_kind kind);
CHECKED bool trouble_parse(struct text word, enum trouble_kind *out_kind);
const char *trouble_tells(enum trouble_kind kind);
/* Whether the caller is told of a failure; else it only takes longer. */
bool trouble_fails(enum trouble_kind kind);

struct trouble {
    TAILQ_ENTRY(trouble) link;
    enum trouble_kind kind;
    unsigned skip;  /* calls that pass first */
    unsigned count; /* calls that it meets */
    int64_t ms;     /* SLOW, PAUSE: how long; THROTTLED: Retry-After */
};
TAILQ_HEAD(trouble_list, trouble);

/* What the ports of one operator process share. */
struct ports {
    struct universe *universe;
    struct trouble_list armed[PORT_COUNT];
    bool is_dead;       /* no call has an effect any more */
    unsigned last_call; /* calls that are left until it is; 0: no end */
    /* Before each call: what it is (NULL: one on a Bolt connection), and what meets it (NULL: nothing). May
     * be NULL. */
    void (*look)(void *context, const char *name, const struct kube_call *call,
                 const struct trouble *trouble);
    void *look_context;
};

void ports_init(struct ports *ports, struct universe *universe);
void ports_clear(struct ports *ports);
void ports_arm(struct ports *ports, enum port port, const struct trouble *trouble);
/* Before those that are armed already. */
void ports_arm_first(struct ports *ports, enum port port, const struct trouble *trouble);
/* The process dies: at once for its calls. */
void ports_kill(struct ports *ports);

/* A call begins (call NULL: on a Bolt connection): false when it is not to be made, with err. out_trouble:
 * what to do with the answer (TROUBLE_KINDS: nothing); ports_end() follows. */
CHECKED bool ports_begin(struct ports *ports, const char *name, const struct kube_call *call,
                         struct trouble *out_trouble, struct error *err);
/* The call has had its effect. False when the answer is not to be seen, with err. */
CHECKED bool ports_end(struct ports *ports, const struct trouble *trouble, struct error *err);

/* The same for a call whose answer comes by another way: only whether the process lives on. */
CHECKED bool ports_pass(struct ports *ports, const struct trouble *trouble);

/* The kube port over another one, which must outlive it. */
struct kube *ports_kube_new(struct ports *ports, struct kube *real);
void ports_kube_free(struct kube *kube);
