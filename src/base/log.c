#include "base/log.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/number.h"
#include "base/time.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* Longer texts are cut: a line should reach the collector whole. */
enum { LOG_TEXT_BYTES_MAX = 8192 };

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
};

static atomic_int level_min = LOG_LEVEL_INFO;

/* Guards the sink and the order of lines. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void (*sink)(void *context, const char *line);
static void *sink_context;

void log_set_level(enum log_level level) {
    atomic_store_explicit(&level_min, (int)level, memory_order_relaxed);
}

bool log_level_parse(const char *name, enum log_level *out_level) {
    for (size_t i = 0; i < ARRAY_LENGTH(level_names); i++)
        if (str_equal(name, level_names[i])) {
            *out_level = (enum log_level)i;
            return true;
        }
    return false;
}

void log_set_sink(void (*function)(void *context, const char *line), void *context) {
    ensure(pthread_mutex_lock(&lock) == 0);
    sink = function;
    sink_context = context;
    ensure(pthread_mutex_unlock(&lock) == 0);
}

static void add_text(struct buffer *line, const char *name, const char *value) {
    struct text text = text_from(value);

    text.length = utf8_cut(text, LOG_TEXT_BYTES_MAX);
    buffer_add_string(line, line->length ? ",\"" : "{\"");
    buffer_add_string(line, name);
    buffer_add_string(line, "\":");
    json_write_string(line, text);
}

static void add_field(struct buffer *line, const struct log_field *field) {
    char number[NUMBER_BYTES_MAX];

    switch (field->type) {
    case LOG_FIELD_END:
        return;
    case LOG_FIELD_TEXT:
        if (field->text)
            add_text(line, field->name, field->text);
        return;
    case LOG_FIELD_INTEGER:
        (void)number_format_integer(number, field->integer);
        buffer_printf(line, ",\"%s\":%s", field->name, number);
        return;
    case LOG_FIELD_BOOL:
        buffer_printf(line, ",\"%s\":%s", field->name, field->integer ? "true" : "false");
        return;
    }
}

/* One write(2) a line, so that lines of several processes on one terminal or pipe do not mix. A log that
 * cannot be written is no reason to stop. */
static void write_line(struct buffer *line) {
    buffer_add_char(line, '\n');
    struct text rest = buffer_text(line);
    while (rest.length) {
        ssize_t written = write(STDERR_FILENO, rest.data, rest.length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        rest = (struct text){ rest.data + written, rest.length - (size_t)written };
    }
}

void log_write(enum log_level level, const char *message, const struct log_field *fields) {
    if ((int)level < atomic_load_explicit(&level_min, memory_order_relaxed))
        return;

    CLEANUP_BUFFER struct buffer line = { 0 };
    CLEANUP_ARENA struct arena *arena = arena_new();
    int saved_errno = errno;
    add_text(&line, "time", time_format_micro(arena, clock_wall(&clock_system)));
    add_text(&line, "level", level_names[level]);
    add_text(&line, "message", message);
    for (const struct log_field *field = fields; field->type != LOG_FIELD_END; field++)
        add_field(&line, field);
    buffer_add_char(&line, '}');

    ensure(pthread_mutex_lock(&lock) == 0);
    if (sink)
        sink(sink_context, line.data);
    else
        write_line(&line);
    ensure(pthread_mutex_unlock(&lock) == 0);
    errno = saved_errno;
}
