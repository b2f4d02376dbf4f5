/* Buffer: growing output of bytes. Its data is always NUL-terminated, so that text can be used as a string.
 *
 * struct buffer line = { 0 }; is an empty buffer. Clear it with buffer_clear(), which leaves an empty one.
 */
#pragma once

#include "base/text.h"

#include <stdarg.h>

struct buffer {
    char *data; /* NULL while empty and never grown */
    size_t length;
    size_t capacity;
};
#define CLEANUP_BUFFER CLEANUP(buffer_clear)

void buffer_clear(struct buffer *buffer);
/* Forgets the content, keeps the memory. */
void buffer_reset(struct buffer *buffer);
void buffer_reserve(struct buffer *buffer, size_t more);
void buffer_add(struct buffer *buffer, const void *data, size_t length);
void buffer_add_char(struct buffer *buffer, char character);
void buffer_add_string(struct buffer *buffer, const char *string);
void buffer_add_text(struct buffer *buffer, struct text text);
void buffer_printf(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments) PRINTF_LIKE(2, 0);
/* Drops the first length bytes. */
void buffer_consume(struct buffer *buffer, size_t length);
/* Keeps the first length bytes, of which there are as many. */
void buffer_truncate(struct buffer *buffer, size_t length);
struct text buffer_text(const struct buffer *buffer);
/* "" instead of NULL when nothing was added. Borrowed until the next change. */
const char *buffer_string(const struct buffer *buffer);
/* The content as a string that the caller frees; the buffer is empty afterwards. */
char *buffer_take(struct buffer *buffer);
