/* PackStream: a value that was read packs into bytes that read as the same value, and those are the shortest.
 * A vector made of a vector's numbers is that vector, and every value is judged in every version. */
#include "bolt/packstream.h"
#include "bolt/structure.h"

static void check_structures(struct arena *arena, const struct bolt_value *value) {
    static const struct bolt_version versions[] = { { 4, 4 }, { 5, 8 }, { 6, 1 } };
    const struct bolt_value *numbers = bolt_vector_numbers(arena, value);
    bool fits_before = false;

    if (numbers) {
        enum bolt_vector_type type = (enum bolt_vector_type)(uint8_t)bolt_text(bolt_item(value, 0)).data[0];
        const struct bolt_value *again = bolt_vector_numbers(arena, bolt_new_vector(arena, type, numbers));
        ensure(bolt_equal(numbers, again));
    }
    ensure(!numbers || !bolt_unsupported_text(arena, value));
    for (size_t i = 0; i < 3; i++) {
        struct error err = { 0 };
        bool fits = bolt_fits_version(value, versions[i], &err);
        ensure(fits != (err.kind == ERROR_INVALID));
        ensure(fits || i != 2 || !fits_before); /* 6.1 takes all that 5.8 takes */
        fits_before = fits;
    }
}

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
    check_structures(arena, value);
    return 0;
}
