/* Protobuf: whatever the bytes, what is read is an object of a known kind, whose JSON reads back as the same.
 */
#include "sim/protobuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text bytes = { (const char *)data, size };
    struct json *object, *again;

    if (!protobuf_read(arena, bytes, &object, NULL))
        return 0;
    ensure(json_is(object, JSON_OBJECT) && json_string_at(object, "kind", NULL));
    CLEANUP_BUFFER struct buffer printed = { 0 };
    json_write(&printed, object, NULL);
    ensure(json_parse(arena, buffer_text(&printed), NULL, &again, NULL));
    json_sort(object);
    json_sort(again);
    CLEANUP_BUFFER struct buffer one = { 0 };
    CLEANUP_BUFFER struct buffer two = { 0 };
    json_write(&one, object, NULL);
    json_write(&two, again, NULL);
    ensure(text_equal(buffer_text(&one), buffer_text(&two)));
    return 0;
}
