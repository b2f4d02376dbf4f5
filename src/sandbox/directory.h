/* Directory: where a sandbox keeps what it needs while it runs (.sandbox), and who runs from it.
 *
 *     kubeconfig     for kubectl and the operator; only its owner may read it
 *     sandbox.log    of the sandbox in the background
 *     operator.log   of the operator that was started with it
 *     sandbox.pid    who runs: process id and start time, so that a reused id is never taken for it
 *     operator.pid
 *
 * Nothing else is in it, and directory_remove() removes exactly these; so a directory that was given by
 * mistake loses nothing.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

#include <sys/types.h>

#define DIRECTORY_DEFAULT    ".sandbox"
#define DIRECTORY_KUBECONFIG "kubeconfig"
#define DIRECTORY_LOG        "sandbox.log"
#define DIRECTORY_PID        "sandbox.pid"
#define OPERATOR_LOG         "operator.log"
#define OPERATOR_PID         "operator.pid"

/* Makes the directory (mode 0700) when it is not there. *out_path is absolute, in arena. */
CHECKED bool directory_make(struct arena *arena, const char *path, char **out_path, struct error *err);
/* "directory/file", in arena. */
char *directory_file(struct arena *arena, const char *directory, const char *file);
/* Removes the files above, and the directory when it is empty then. */
void directory_remove(const char *directory);

/* Records process as the one that runs. */
CHECKED bool directory_record(const char *directory, const char *file, pid_t process, struct error *err);
/* The process that was recorded, when it still runs; otherwise 0. */
pid_t directory_running(const char *directory, const char *file);
void directory_forget(const char *directory, const char *file);

/* Sends SIGTERM and waits; SIGKILL after timeout_ms. Does nothing when the recorded process does not run.
 * Returns whether there was one. */
bool directory_stop(const char *directory, const char *file, int timeout_ms);
