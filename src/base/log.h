/* Log: one JSON object a line on standard error.
 *
 *     log_info("cluster formed", LOG_TEXT("cluster", name), LOG_INTEGER("servers", 3));
 *
 * The message is constant, what varies is in fields. Below the engine nothing logs: functions return errors.
 * There is no field type for secrets (struct secret_text), so that one can't be logged by mistake. Safe from
 * any thread.
 */
#pragma once

#include "base/error.h"
#include "base/memory.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

enum log_field_type { LOG_FIELD_END, LOG_FIELD_TEXT, LOG_FIELD_INTEGER, LOG_FIELD_BOOL };

struct log_field {
    const char *name;
    enum log_field_type type;
    const char *text; /* NULL: the field is left out */
    int64_t integer;
};

#define LOG_TEXT(name_, value)                                                                               \
    ((struct log_field){ .name = (name_), .type = LOG_FIELD_TEXT, .text = (value) })
#define LOG_INTEGER(name_, value)                                                                            \
    ((struct log_field){ .name = (name_), .type = LOG_FIELD_INTEGER, .integer = (int64_t)(value) })
#define LOG_BOOL(name_, value)                                                                               \
    ((struct log_field){ .name = (name_), .type = LOG_FIELD_BOOL, .integer = (value) })
#define LOG_ERROR_FIELDS(err) LOG_TEXT("reason", error_reason((err)->kind)), LOG_TEXT("error", (err)->text)
#define LOG_FIELDS(...)       ((const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ .type = LOG_FIELD_END } })

#define log_debug(message, ...) log_write(LOG_LEVEL_DEBUG, "" message, LOG_FIELDS(__VA_ARGS__))
#define log_info(message, ...)  log_write(LOG_LEVEL_INFO, "" message, LOG_FIELDS(__VA_ARGS__))
#define log_warn(message, ...)  log_write(LOG_LEVEL_WARN, "" message, LOG_FIELDS(__VA_ARGS__))
#define log_error(message, ...) log_write(LOG_LEVEL_ERROR, "" message, LOG_FIELDS(__VA_ARGS__))

void log_write(enum log_level level, const char *message, const struct log_field *fields);
void log_set_level(enum log_level level);
CHECKED bool log_level_parse(const char *name, enum log_level *out_level);
/* Where lines go instead of standard error, for tests; NULL sets it back. line has no newline. */
void log_set_sink(void (*sink)(void *context, const char *line), void *context);
