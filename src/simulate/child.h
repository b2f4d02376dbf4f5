/* Child: what is done in a process of its own, which begins with all that this one has, so that neither a
 * crash nor a leak, nor what it does to the world, comes back; only its answer does.
 */
#pragma once

#include "base/json.h"

#include <sys/types.h>

struct child {
    pid_t pid;
    int pipe;
};

/* act fills answer, an object in arena. */
struct child child_start(void (*act)(void *context, struct arena *arena, struct json *answer), void *context);
/* Waits for the answer, in arena. When the process did not end well, the answer's "died" says how. */
struct json *child_finish(struct child *child, struct arena *arena);

/* For who forks himself. The status of a process that has ended: */
int child_wait(pid_t pid);
/* how it ended, in words: */
const char *child_death(struct arena *arena, int status);
/* A limit for this process and each that it starts: one that never ends has its end there, however slow the
 * machine is. */
void child_limit_cpu(void);
