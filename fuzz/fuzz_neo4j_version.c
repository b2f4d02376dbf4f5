/* Versions: what was read prints as something that is read as the same version, and images agree with tags.
 */
#include "base/arena.h"
#include "settings/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *tag = arena_strndup(arena, (const char *)data, size);
    struct version version = version_parse(tag);
    struct version image = version_of_image(tag);
    char text[VERSION_TEXT_BYTES];

    version_format(&version, text);
    struct version again = version_parse(text);
    ensure(again.family == version.family && again.has_patch == version.has_patch);
    if (version.family != VERSION_UNKNOWN)
        ensure(version_compare(&version, &again) == 0);
    if (image.family != VERSION_UNKNOWN)
        ensure(version_compare(&image, &image) == 0);
    /* The same tag behind a name. */
    if (!strpbrk(tag, ":/@") && strlen(tag) <= VERSION_TAG_BYTES_MAX) {
        image = version_of_image(arena_printf(arena, "registry:5000/neo4j:%s@sha256:0", tag));
        ensure(image.family == version.family && image.patch == version.patch);
    }
    return 0;
}
