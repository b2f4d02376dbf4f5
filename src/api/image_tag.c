#include "api/image_tag.h"

enum { LAST_SEMANTIC_MAJOR = 5, LAST_SEMANTIC_MINOR = 26, FIRST_CALENDAR_YEAR = 2025, MONTHS = 12 };

static bool parse_part(struct text *rest, unsigned *out_part) {
    uint64_t number = 0;
    if (!parse_uint64(text_cut(rest, '.'), &number) || number > UINT16_MAX)
        return false;
    *out_part = (unsigned)number;
    return true;
}

bool image_tag_parse(const char *tag, struct image_version *out_version) {
    static const char *const prefixes[] = { "neo4j-", "neo4j:", "v" };
    struct image_version version = { 0 };

    if (!tag)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++) {
        if (str_starts_with(tag, prefixes[i])) {
            tag += strlen(prefixes[i]);
            break;
        }
    }
    struct text rest = text_from(tag);
    struct text numbers = text_cut(&rest, '-');
    if (!parse_part(&numbers, &version.major) || !parse_part(&numbers, &version.minor))
        return false;
    if (!parse_part(&numbers, &version.patch))
        version.patch = 0;
    *out_version = version;
    return true;
}

int image_version_compare(struct image_version a, struct image_version b) {
    if (a.major != b.major)
        return a.major < b.major ? -1 : 1;
    if (a.minor != b.minor)
        return a.minor < b.minor ? -1 : 1;
    return a.patch < b.patch ? -1 : a.patch > b.patch;
}

bool image_version_is_calendar(struct image_version version) {
    return version.major >= FIRST_CALENDAR_YEAR;
}

bool image_version_is_supported(struct image_version version) {
    if (image_version_is_calendar(version))
        return version.minor >= 1 && version.minor <= MONTHS;
    return version.major == LAST_SEMANTIC_MAJOR && version.minor == LAST_SEMANTIC_MINOR;
}
