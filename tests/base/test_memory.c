#include "test.h"

#include "base/json.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int cleared;

static void count_clear(int *value) {
    cleared += *value;
}

TEST("a copy of a string ends at its length or at its NUL, whichever comes first") {
    CLEANUP_FREE char *short_copy = xstrndup("abc", 2);
    CLEANUP_FREE char *whole_copy = xstrndup("abc", 10);
    CLEANUP_FREE char *printed = xprintf("%s-%d", "server", 3);

    assert_string_equal(short_copy, "ab");
    assert_string_equal(whole_copy, "abc");
    assert_string_equal(printed, "server-3");
}

TEST("an allocation of nothing is still memory that can be freed") {
    CLEANUP_FREE void *nothing = xmalloc(0);
    CLEANUP_FREE void *no_items = xcalloc(0, 16);

    assert_non_null(nothing);
    assert_non_null(no_items);
}

TEST("clean-up runs at the end of the scope, and not for what was taken") {
    char *kept;

    cleared = 0;
    {
        CLEANUP(count_clear) int value = 7;
        CLEANUP_FREE char *given = xstrdup("kept");
        kept = TAKE(given);
        assert_null(given);
        (void)value;
    }
    assert_int_equal(cleared, 7);
    assert_string_equal(kept, "kept");
    free(kept);
}

TEST("an assertion that fails ends the process and names itself") {
    int channel[2];
    char output[512] = "";
    int status;

    assert_int_equal(pipe(channel), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        (void)dup2(channel[1], STDERR_FILENO);
        ensure(strcmp("a", "\b") == 0);
        _exit(0);
    }
    (void)close(channel[1]);
    assert_true(read(channel[0], output, sizeof(output) - 1) > 0);
    (void)close(channel[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *log;
    assert_true(json_parse(arena, text_from(output), NULL, &log, NULL));
    assert_string_equal(json_string_at(log, "condition", ""), "strcmp('a', '/b') == 0");
    assert_non_null(strstr(json_string_at(log, "at", ""), "test_memory.c"));
}
