/* PackStream: a value that was read packs into bytes that read as the same value, and those are the shortest.
 */
#include "bolt/packstream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer packed = { 0 };
    struct text rest = { (const char *)data, size };
    struct bolt_value *value, *again;

    if (!packstream_unpack(arena, &rest, &value, NULL))
        return 0;
    packstream_pack(&packed, value);
    ensure(packed.length <= size - rest.length);
    rest = buffer_text(&packed);
    ensure(packstream_unpack(arena, &rest, &again, NULL));
    ensure(rest.length == 0);
    ensure(bolt_equal(value, again));
    return 0;
}
