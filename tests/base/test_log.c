#include "test.h"

#include "base/json.h"
#include "base/log.h"
#include "base/time.h"

#include <pthread.h>
#include <unistd.h>

static void keep_line(void *context, const char *line) {
    buffer_add_string(context, line);
    buffer_add_char(context, '\n');
}

static void back_to_normal(int *unused) {
    (void)unused;
    log_set_sink(NULL, NULL);
    log_set_level(LOG_LEVEL_INFO);
}
#define CLEANUP_LOG CLEANUP(back_to_normal) int back_to_normal_ __attribute__((unused)) = 0

TEST("a line is one JSON object with time, level, message and the fields in order") {
    CLEANUP_LOG;
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer lines = { 0 };
    struct error err = { 0 };
    struct json *line;
    int64_t time;

    log_set_sink(keep_line, &lines);
    (void)error_set(&err, ERROR_TIMEOUT, "no \"answer\"\n");
    log_warn("server drained", LOG_TEXT("server", "a"), LOG_TEXT("absent", NULL), LOG_INTEGER("took", -5),
             LOG_BOOL("leader", true), LOG_ERROR_FIELDS(&err));
    assert_true(json_parse(arena, buffer_text(&lines), NULL, &line, NULL));
    assert_true(time_parse(text_from(json_string_at(line, "time", "")), &time));
    json_remove(line, "time");
    assert_string_equal(
        json_print(arena, line),
        "{\"level\":\"warn\",\"message\":\"server drained\",\"server\":\"a\",\"took\":-5,\"leader\":true,"
        "\"reason\":\"Timeout\",\"error\":\"no \\\"answer\\\"\\n\"}");
}

TEST("a line without fields is whole, too") {
    CLEANUP_LOG;
    CLEANUP_BUFFER struct buffer lines = { 0 };

    log_set_sink(keep_line, &lines);
    log_info("started");
    assert_non_null(strstr(buffer_string(&lines), "\"level\":\"info\",\"message\":\"started\"}\n"));
}

TEST("lines below the level are left out") {
    CLEANUP_LOG;
    CLEANUP_BUFFER struct buffer lines = { 0 };
    enum log_level level;

    log_set_sink(keep_line, &lines);
    log_debug("not by default");
    assert_true(log_level_parse("error", &level));
    log_set_level(level);
    log_warn("not now");
    assert_int_equal(lines.length, 0);
    log_error("but this");
    assert_non_null(strstr(buffer_string(&lines), "but this"));
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("and this");
    assert_non_null(strstr(buffer_string(&lines), "and this"));
    assert_false(log_level_parse("verbose", &level));
    assert_false(log_level_parse(NULL, &level));
}

TEST("a text of any size becomes a line of limited size") {
    CLEANUP_LOG;
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer lines = { 0 }, text = { 0 };
    struct json *line;

    log_set_sink(keep_line, &lines);
    for (int i = 0; i < 100000; i++)
        buffer_add_string(&text, "\xe2\x82\xac");
    log_info("long", LOG_TEXT("text", buffer_string(&text)));
    assert_true(lines.length < 10000);
    assert_true(json_parse(arena, buffer_text(&lines), NULL, &line, NULL));
    struct json *cut = json_get(line, "text");
    assert_in_range(cut->length, 8000, 8192);
    assert_int_equal(cut->length % 3, 0);
}

enum { THREADS = 4, LINES_EACH = 50 };

static void *write_lines(void *name) {
    for (int i = 0; i < LINES_EACH; i++)
        log_info("from a thread", LOG_TEXT("thread", name), LOG_INTEGER("i", i));
    return NULL;
}

TEST("lines of several threads reach standard error whole") {
    CLEANUP_LOG;
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer output = { 0 };
    pthread_t threads[THREADS];
    int channel[2], saved = dup(STDERR_FILENO);
    size_t count = 0;

    assert_true(saved >= 0);
    assert_int_equal(pipe(channel), 0);
    assert_int_equal(dup2(channel[1], STDERR_FILENO), STDERR_FILENO);
    (void)close(channel[1]);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, arena_printf(arena, "%zu", i)), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    (void)close(saved);

    for (ssize_t got = 1; got > 0; output.length += (size_t)got) {
        buffer_reserve(&output, 4096);
        got = read(channel[0], output.data + output.length, 4096);
        assert_true(got >= 0);
    }
    (void)close(channel[0]);
    for (struct text rest = buffer_text(&output); rest.length; count++) {
        struct json *line;
        assert_true(json_parse(arena, text_cut(&rest, '\n'), NULL, &line, NULL));
        assert_string_equal(json_string_at(line, "message", ""), "from a thread");
    }
    assert_int_equal(count, THREADS * LINES_EACH);
}
