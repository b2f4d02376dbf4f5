#include "sandbox/child.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char ready_variable[] = "NEO4J_SANDBOX_READY_FD";
enum { EXIT_NOT_STARTED = 127 };

/* Between fork and exec: only what is safe there. What went wrong is told through failure. */
static NORETURN void become(const char *program, char *const *argv, int log, int failure) {
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int cause;
    sigset_t none;
    /* Blocked and ignored signals would be passed on. */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (setsid() >= 0 && null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
        dup2(log, STDERR_FILENO) >= 0)
        execv(program, argv);
    cause = errno;
    (void)!write(failure, &cause, sizeof(cause));
    _exit(EXIT_NOT_STARTED);
}

static bool make_ready_pipe(int pipes[2], struct error *err) {
    char number[16];
    if (pipe2(pipes, O_CLOEXEC) || fcntl(pipes[1], F_SETFD, 0))
        return error_set(err, ERROR_INTERNAL, "can't make a pipe: %s", strerror(errno));
    snprintf(number, sizeof(number), "%d", pipes[1]);
    setenv(ready_variable, number, 1);
    return true;
}

static void close_pipe(int pipes[2]) {
    for (int i = 0; i < 2; i++)
        if (pipes[i] >= 0)
            close(pipes[i]);
}

/* fork and exec, and what came of it. */
static bool launch(const char *program, char *const *argv, int log, pid_t *out_process, struct error *err) {
    int failure[2], cause = 0;
    if (pipe2(failure, O_CLOEXEC))
        return error_set(err, ERROR_INTERNAL, "can't make a pipe: %s", strerror(errno));
    pid_t process = fork();
    if (process == 0)
        become(program, argv, log, failure[1]);
    close(failure[1]);
    ssize_t length = process < 0 ? 0 : read(failure[0], &cause, sizeof(cause));
    close(failure[0]);
    if (process < 0)
        return error_set(err, ERROR_INTERNAL, "can't start %s: %s", program, strerror(errno));
    if (length > 0) {
        (void)waitpid(process, NULL, 0);
        return error_set(err, ERROR_INVALID, "can't start %s: %s", program, strerror(cause));
    }
    *out_process = process;
    return true;
}

bool child_start(const char *program, char *const *argv, const char *log, bool with_ready,
                 struct child *out_child, struct error *err) {
    int pipes[2] = { -1, -1 };
    struct child child = { .ready = -1 };
    if (with_ready && !make_ready_pipe(pipes, err))
        return false;
    int output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool is_started = output >= 0
                          ? launch(program, argv, output, &child.process, err)
                          : error_set(err, ERROR_INTERNAL, "can't write %s: %s", log, strerror(errno));
    if (output >= 0)
        close(output);
    unsetenv(ready_variable);
    if (is_started) {
        child.ready = pipes[0];
        pipes[0] = -1;
        *out_child = child;
    }
    close_pipe(pipes);
    return is_started;
}

bool child_wait_ready(struct child *child, int timeout_ms, struct error *err) {
    struct pollfd ready = { .fd = child->ready, .events = POLLIN };
    char word;
    int count = poll(&ready, 1, timeout_ms);
    bool is_ready = count == 1 && read(child->ready, &word, 1) == 1;
    close(child->ready);
    child->ready = -1;
    if (is_ready)
        return true;
    return error_set(err, ERROR_INTERNAL,
                     count == 1 ? "it ended at its start" : "it was not ready within %d s",
                     timeout_ms / 1000);
}

void child_tell_ready(void) {
    const char *number = getenv(ready_variable);
    int64_t descriptor;
    if (!number || !parse_int64(text_from(number), &descriptor) || descriptor < 0 || descriptor > INT32_MAX)
        return;
    (void)!write((int)descriptor, "r", 1);
    close((int)descriptor);
    unsetenv(ready_variable);
}
