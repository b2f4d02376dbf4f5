#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *reason;
    enum retry retry;
} kinds[] = { [ERROR_NONE] = { "None", RETRY_NEVER },
#define X(kind, reason, retry) [ERROR_##kind] = { reason, retry },
              ERROR_KINDS(X)
#undef X
};

/* Copies as much as fits, in whole characters: the text becomes part of a condition or an event, where the
 * API server would refuse half a character. */
static void copy_cut(char *out, size_t size, const char *string) {
    size_t length = utf8_cut(text_from(string), size - 1);

    memcpy(out, string, length);
    out[length] = '\0';
}

bool error_set(struct error *err, enum error_kind kind, const char *format, ...) {
    char text[ERROR_TEXT_BYTES_MAX + 8];
    va_list arguments;

    if (!err)
        return false;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    *err = (struct error){ .kind = kind };
    copy_cut(err->text, sizeof(err->text), text);
    return false;
}

bool error_wrap(struct error *err, const char *format, ...) {
    char text[2 * ERROR_TEXT_BYTES_MAX + 16];
    va_list arguments;

    if (!err)
        return false;
    va_start(arguments, format);
    int length = vsnprintf(text, ERROR_TEXT_BYTES_MAX + 8, format, arguments);
    va_end(arguments);
    size_t prefix = length < 0 ? 0 : strlen(text);
    (void)snprintf(text + prefix, sizeof(text) - prefix, ": %s", err->text);
    copy_cut(err->text, sizeof(err->text), text);
    return false;
}

const char *error_reason(enum error_kind kind) {
    ensure((size_t)kind < ARRAY_LENGTH(kinds));
    return kinds[kind].reason;
}

enum retry error_retry(enum error_kind kind) {
    ensure((size_t)kind < ARRAY_LENGTH(kinds));
    return kinds[kind].retry;
}
