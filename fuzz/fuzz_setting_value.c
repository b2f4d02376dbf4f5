/* Values of settings: for every setting, a value that is taken is shown as one that is taken again and shown
 * the same. */
#include "settings/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *value = arena_strndup(arena, (const char *)data, size);

    for (size_t i = 0; i < settings_count; i++) {
        CLEANUP_BUFFER struct buffer shown = { 0 }, again = { 0 };
        struct error err = { 0 };
        if (!setting_check(&settings_table[i], value, &err)) {
            ensure(*err.text);
            continue;
        }
        setting_write_value(&settings_table[i], value, &shown);
        /* What is shown of a size is rounded, and no secret is. */
        if (settings_table[i].type == SETTING_SECRET || settings_table[i].type == SETTING_BYTES)
            continue;
        ensure(setting_check(&settings_table[i], buffer_string(&shown), NULL));
        setting_write_value(&settings_table[i], buffer_string(&shown), &again);
        ensure(text_equal(buffer_text(&shown), buffer_text(&again)));
    }
    return 0;
}
