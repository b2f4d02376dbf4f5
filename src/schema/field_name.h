/* Field names: how errors call a value, "spec.ports[0].name". They grow and shrink in a buffer while an
 * object is walked: each push gives the length from before, to which buffer_truncate() brings the name back.
 * The empty name is the object itself.
 */
#pragma once

#include "base/buffer.h"

static inline size_t field_name_push(struct buffer *name, const char *member) {
    size_t length = name->length;

    if (length > 0)
        buffer_add_char(name, '.');
    buffer_add_string(name, member);
    return length;
}

static inline size_t field_name_push_index(struct buffer *name, size_t index) {
    size_t length = name->length;

    buffer_printf(name, "[%zu]", index);
    return length;
}
