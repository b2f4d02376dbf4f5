#include "sim/neo4j/version.h"

bool neo4j_version_of_image(const char *image, struct neo4j_version *out_version) {
    struct text suffix = version_image_tag(image);
    struct neo4j_version version = { .number = version_of_image(image) };

    if (version.number.family == VERSION_UNKNOWN)
        return false;
    version.number.has_patch = true;
    version_format(&version.number, version.text);
    version_format_kernel(&version.number, version.kernel_text);
    (void)text_cut(&suffix, '-');
    version.is_enterprise = suffix.data && text_starts_with(suffix, "enterprise");
    *out_version = version;
    return true;
}

bool neo4j_version_is_calendar(const struct neo4j_version *version) {
    return version->number.family == VERSION_CALENDAR;
}

bool neo4j_version_at_least(const struct neo4j_version *version, unsigned major, unsigned minor) {
    return version_at_least(&version->number, major, minor);
}

bool neo4j_version_is_within(const struct neo4j_version *version, unsigned since, unsigned until) {
    return (!since || neo4j_version_at_least(version, since / 100, since % 100)) &&
           (!until || !neo4j_version_at_least(version, until / 100, until % 100));
}
