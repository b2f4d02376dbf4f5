/* Quantities: the canonical form is the same amount, and its own canonical form if it still shows how the
 * amount was written ("48576000", from 47437.5Ki, does not). */
#include "base/quantity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct quantity quantity, again;

    if (!quantity_parse((struct text){ (const char *)data, size }, &quantity))
        return 0;
    char *canonical = quantity_format(arena, quantity);
    ensure(quantity_parse(text_from(canonical), &again));
    ensure(quantity_compare(quantity, again) == 0);
    if (again.is_binary == quantity.is_binary && again.is_exponent == quantity.is_exponent)
        ensure(str_equal(quantity_format(arena, again), canonical));
    ensure(quantity_value(quantity) == quantity_value(again));
    return 0;
}
