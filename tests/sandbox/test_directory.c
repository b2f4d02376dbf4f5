#include "base/file.h"
#include "sandbox/directory.h"
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
    struct arena *arena;
    char *path;
};

static struct place make_place(void) {
    char pattern[] = "/tmp/sandbox-test-XXXXXX";
    struct place place = { .arena = arena_new() };
    assert_non_null(mkdtemp(pattern));
    place.path = arena_strdup(place.arena, pattern);
    return place;
}

static void clear_place(struct place *place) {
    directory_remove(place->path);
    arena_free(place->arena);
}

/* A child that sleeps until a signal ends it. */
static pid_t sleeper(bool ignores_term) {
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t process = fork();
    if (process == 0) {
        if (ignores_term)
            signal(SIGTERM, SIG_IGN);
        (void)!write(ready[1], "r", 1);
        for (;;)
            pause();
    }
    char word;
    assert_int_equal(read(ready[0], &word, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return process;
}

TEST("knows a process that it recorded while that runs, and not after") {
    CLEANUP(clear_place) struct place place = make_place();
    struct error err = { 0 };
    assert_int_equal(directory_running(place.path, DIRECTORY_PID), 0);
    pid_t process = sleeper(false);
    assert_true(directory_record(place.path, DIRECTORY_PID, process, &err));
    assert_int_equal(directory_running(place.path, DIRECTORY_PID), process);
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
    assert_int_equal(directory_running(place.path, DIRECTORY_PID), 0);
    assert_false(directory_record(place.path, DIRECTORY_PID, process, &err));
}

TEST("never takes another process with the same id for the recorded one") {
    CLEANUP(clear_place) struct place place = make_place();
    struct error err = { 0 };
    const char *const records[] = { "{\"process\": %d, \"startTime\": 1}", "{\"process\": %d}", "%d",
                                    "{\"process\": -%d}", "nonsense %d" };
    for (size_t i = 0; i < ARRAY_LENGTH(records); i++) {
        char text[128];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof(text), records[i], (int)getpid());
#pragma GCC diagnostic pop
        assert_true(
            file_write(directory_file(place.arena, place.path, DIRECTORY_PID), text_from(text), 0600, &err));
        assert_int_equal(directory_running(place.path, DIRECTORY_PID), 0);
        assert_false(directory_stop(place.path, DIRECTORY_PID, 1000)); /* or this test would end here */
    }
}

TEST("ends a process, with force when it does not listen") {
    static const bool ignores_term[] = { false, true };
    for (size_t i = 0; i < ARRAY_LENGTH(ignores_term); i++) {
        CLEANUP(clear_place) struct place place = make_place();
        struct error err = { 0 };
        int status;
        pid_t process = sleeper(ignores_term[i]);
        assert_true(directory_record(place.path, DIRECTORY_PID, process, &err));
        assert_true(directory_stop(place.path, DIRECTORY_PID, ignores_term[i] ? 100 : 10000));
        assert_int_equal(waitpid(process, &status, 0), process);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), ignores_term[i] ? SIGKILL : SIGTERM);
        assert_false(directory_stop(place.path, DIRECTORY_PID, 1000));
    }
}

TEST("makes the directory for its owner only, and removes nothing but its own files") {
    CLEANUP(clear_place) struct place place = make_place();
    struct error err = { 0 };
    struct stat state;
    char *made;
    const char *inner = directory_file(place.arena, place.path, "inner");
    assert_true(directory_make(place.arena, inner, &made, &err));
    assert_int_equal(stat(made, &state), 0);
    assert_int_equal(state.st_mode & 0777, 0700);
    assert_true(directory_make(place.arena, inner, &made, &err)); /* there already */

    assert_true(file_write(directory_file(place.arena, made, DIRECTORY_KUBECONFIG), TEXT("x"), 0600, &err));
    assert_true(file_write(directory_file(place.arena, made, "thesis.txt"), TEXT("x"), 0600, &err));
    directory_remove(made);
    assert_int_not_equal(access(directory_file(place.arena, made, DIRECTORY_KUBECONFIG), F_OK), 0);
    assert_int_equal(access(directory_file(place.arena, made, "thesis.txt"), F_OK), 0);
    assert_int_equal(unlink(directory_file(place.arena, made, "thesis.txt")), 0);
    directory_remove(made);
    assert_int_not_equal(access(made, F_OK), 0);
    assert_false(directory_make(place.arena, "/nowhere/at/all", &made, &err));
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
}
