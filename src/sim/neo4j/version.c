#include "sim/neo4j/version.h"

#include "base/text.h"

#include <stdio.h>

static struct text image_tag(const char *image) {
    struct text rest = text_from(image);
    struct text reference = text_cut(&rest, '@');
    const char *slash = memrchr(reference.data, '/', reference.length);
    const char *name = slash ? slash + 1 : reference.data;
    size_t length = (size_t)(reference.data + reference.length - name);
    const char *colon = memchr(name, ':', length);

    if (!colon)
        return (struct text){ NULL, 0 };
    return (struct text){ colon + 1, length - (size_t)(colon + 1 - name) };
}

static bool cut_number(struct text *rest, char separator, unsigned *out_number) {
    uint64_t number;

    if (!parse_uint64(text_cut(rest, separator), &number) || number > 9999)
        return false;
    *out_number = (unsigned)number;
    return true;
}

bool neo4j_version_of_image(const char *image, struct neo4j_version *out_version) {
    struct text suffix = image_tag(image);
    struct text number = text_cut(&suffix, '-');
    struct text rest = number;
    struct neo4j_version version = { 0 };

    if (number.length >= sizeof(version.text) || !cut_number(&rest, '.', &version.major) ||
        !cut_number(&rest, '.', &version.minor))
        return false;
    if (rest.data && !cut_number(&rest, '.', &version.patch))
        return false;
    snprintf(version.text, sizeof(version.text), "%.*s", TEXT_ARGS(number));
    if (!rest.data && version.major == 5 && version.patch == 0 &&
        !memchr(version.text + 2, '.', number.length - 2))
        snprintf(version.text + number.length, sizeof(version.text) - number.length, ".0");
    /* 2025.01 still calls its kernel 5.27; the exact end of this is unknown, so only that release does it. */
    if (version.major == 2025 && version.minor == 1)
        snprintf(version.kernel_text, sizeof(version.kernel_text), "5.27.%u", version.patch);
    else
        memcpy(version.kernel_text, version.text, sizeof(version.kernel_text));
    version.is_enterprise = text_starts_with(suffix, "enterprise");
    *out_version = version;
    return true;
}

bool neo4j_version_is_calendar(const struct neo4j_version *version) {
    return version->major >= 2025;
}

bool neo4j_version_at_least(const struct neo4j_version *version, unsigned major, unsigned minor) {
    return version->major > major || (version->major == major && version->minor >= minor);
}
