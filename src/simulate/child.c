#include "simulate/child.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CPU_SECONDS_MAX = 300 };

int child_wait(pid_t pid) {
    int status = 0;

    while (waitpid(pid, &status, 0) < 0)
        ensure(errno == EINTR);
    return status;
}

const char *child_death(struct arena *arena, int status) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        return "the run does not end";
    if (WIFSIGNALED(status))
        return arena_printf(arena, "the process died of signal %d", WTERMSIG(status));
    return arena_printf(arena, "the process ended with %d", WEXITSTATUS(status));
}

void child_limit_cpu(void) {
    const struct rlimit limit = { .rlim_cur = CPU_SECONDS_MAX, .rlim_max = RLIM_INFINITY };

    ensure(setrlimit(RLIMIT_CPU, &limit) == 0);
}

static void write_all(int pipe, struct text text) {
    while (text.length) {
        ssize_t written = write(pipe, text.data, text.length);
        if (written < 0 && errno != EINTR)
            _exit(3);
        size_t done = written > 0 ? (size_t)written : 0;
        text = (struct text){ text.data + done, text.length - done };
    }
}

struct child child_start(void (*act)(void *context, struct arena *arena, struct json *answer),
                         void *context) {
    int ends[2];

    ensure(pipe(ends) == 0);
    fflush(stdout);
    struct child child = { .pid = fork(), .pipe = ends[0] };
    ensure(child.pid >= 0);
    if (child.pid == 0) {
        struct arena *arena = arena_new();
        struct buffer text = { 0 };
        struct json *answer = json_new_object(arena);
        close(ends[0]);
        child_limit_cpu();
        act(context, arena, answer);
        json_write(&text, answer, NULL);
        fflush(stdout);
        write_all(ends[1], buffer_text(&text));
        _exit(0);
    }
    close(ends[1]);
    return child;
}

struct json *child_finish(struct child *child, struct arena *arena) {
    CLEANUP_BUFFER struct buffer said = { 0 };
    struct json *answer = NULL;
    char bytes[65536];
    ssize_t length;

    while ((length = read(child->pipe, bytes, sizeof(bytes))) > 0 || (length < 0 && errno == EINTR))
        buffer_add(&said, bytes, length > 0 ? (size_t)length : 0);
    close(child->pipe);
    int status = child_wait(child->pid);
    if (status == 0 && json_parse(arena, buffer_text(&said), NULL, &answer, NULL))
        return answer;
    answer = json_new_object(arena);
    json_set_string(arena, answer, "died", child_death(arena, status));
    return answer;
}
