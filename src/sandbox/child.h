/* Child processes in the background: the sandbox itself and the operator. */
#pragma once

#include "base/error.h"

#include <sys/types.h>

struct child {
    pid_t process;
    int ready; /* read end of the pipe that the child says "ready" on; -1: none */
};

/* Starts program (argv[0] is looked up as a path) in a session of its own, so that it outlives the terminal,
 * with its output appended to log. When with_ready is set, its environment names a file descriptor,
 * NEO4J_SANDBOX_READY_FD. */
CHECKED bool child_start(const char *program, char *const *argv, const char *log, bool with_ready,
                         struct child *out_child, struct error *err);
/* Waits until the child said that it is ready. An error when it ends before or the time is up. */
CHECKED bool child_wait_ready(struct child *child, int timeout_ms, struct error *err);
/* In the child: says so. */
void child_tell_ready(void);
