#include "base/buffer.h"

#include <stdio.h>

void buffer_clear(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){ 0 };
}

void buffer_reset(struct buffer *buffer) {
    buffer->length = 0;
    if (buffer->data)
        buffer->data[0] = '\0';
}

/* One byte more than asked for: the NUL behind the data. */
void buffer_reserve(struct buffer *buffer, size_t more) {
    ensure(more < SIZE_MAX / 2 - buffer->length);
    size_t needed = buffer->length + more + 1;

    if (needed <= buffer->capacity)
        return;
    size_t capacity = buffer->capacity * 2 > needed ? buffer->capacity * 2 : needed;
    if (capacity < 64)
        capacity = 64;
    buffer->data = xrealloc(buffer->data, capacity);
    buffer->capacity = capacity;
    buffer->data[buffer->length] = '\0';
}

void buffer_add(struct buffer *buffer, const void *data, size_t length) {
    if (length == 0)
        return;
    buffer_reserve(buffer, length);
    memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void buffer_add_char(struct buffer *buffer, char character) {
    if (buffer->length + 1 >= buffer->capacity)
        buffer_reserve(buffer, 1);
    buffer->data[buffer->length++] = character;
    buffer->data[buffer->length] = '\0';
}

void buffer_add_string(struct buffer *buffer, const char *string) {
    buffer_add(buffer, string, strlen(string));
}

void buffer_add_text(struct buffer *buffer, struct text text) {
    buffer_add(buffer, text.data, text.length);
}

void buffer_printf(struct buffer *buffer, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    buffer_vprintf(buffer, format, arguments);
    va_end(arguments);
}

void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments) {
    va_list again;

    va_copy(again, arguments);
    buffer_reserve(buffer, 0);
    size_t room = buffer->capacity - buffer->length;
    int length = vsnprintf(buffer->data + buffer->length, room, format, arguments);
    ensure(length >= 0);
    if ((size_t)length >= room) {
        buffer_reserve(buffer, (size_t)length);
        (void)vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
    }
    va_end(again);
    buffer->length += (size_t)length;
}

void buffer_consume(struct buffer *buffer, size_t length) {
    ensure(length <= buffer->length);
    if (length == 0)
        return;
    buffer->length -= length;
    memmove(buffer->data, buffer->data + length, buffer->length + 1);
}

void buffer_truncate(struct buffer *buffer, size_t length) {
    ensure(length <= buffer->length);
    buffer->length = length;
    if (buffer->data)
        buffer->data[length] = '\0';
}

struct text buffer_text(const struct buffer *buffer) {
    return (struct text){ buffer->data, buffer->length };
}

const char *buffer_string(const struct buffer *buffer) {
    return buffer->data ? buffer->data : "";
}

char *buffer_take(struct buffer *buffer) {
    char *string = buffer->data ? buffer->data : xstrdup("");

    *buffer = (struct buffer){ 0 };
    return string;
}
