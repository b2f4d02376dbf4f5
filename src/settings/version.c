#include "settings/version.h"

#include <stdio.h>

enum { NUMBER_MAX = 9999, CALENDAR_FIRST_YEAR = 2025, MONTHS = 12, LTS_MAJOR = 5, LTS_MINOR = 26 };

static bool cut_number(struct text *rest, unsigned *out_number) {
    struct text digits = text_cut(rest, '.');
    uint64_t number;

    if (!parse_uint64(digits, &number) || number > NUMBER_MAX)
        return false;
    *out_number = (unsigned)number;
    return true;
}

static enum version_family family_of(unsigned major, unsigned minor) {
    if (major < LTS_MAJOR)
        return VERSION_OLD;
    if (major == LTS_MAJOR)
        return VERSION_5;
    if (major >= CALENDAR_FIRST_YEAR && minor >= 1 && minor <= MONTHS)
        return VERSION_CALENDAR;
    return VERSION_UNKNOWN;
}

/* "5.26.0" out of "v5.26.0-enterprise-ubi10", "5.26.0+build" and "5.26.0@sha256:…". */
static struct text number_part(struct text tag) {
    static const char *const prefixes[] = { "neo4j-", "neo4j:", "v" };
    size_t length = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++)
        if (text_starts_with(tag, prefixes[i])) {
            size_t prefix = strlen(prefixes[i]);
            tag = (struct text){ tag.data + prefix, tag.length - prefix };
            break;
        }
    while (length < tag.length && !strchr("-+@", tag.data[length]))
        length++;
    return (struct text){ tag.data, length };
}

static struct version parse(struct text tag) {
    struct text rest = number_part(tag);
    struct version version = { 0 };

    if (!cut_number(&rest, &version.major) || !rest.data || !cut_number(&rest, &version.minor))
        return (struct version){ 0 };
    version.has_patch = rest.data && cut_number(&rest, &version.patch);
    version.family = family_of(version.major, version.minor);
    return version.family == VERSION_UNKNOWN ? (struct version){ 0 } : version;
}

struct version version_parse(const char *tag) {
    return parse(text_from(tag ? tag : ""));
}

struct text version_image_tag(const char *reference) {
    struct text rest = text_from(reference ? reference : "");
    struct text name = text_cut(&rest, '@');
    size_t begin = name.length;

    /* From the last colon, if no slash follows it: a colon before a slash is that of a registry's port. */
    while (begin > 0 && name.data[begin - 1] != ':' && name.data[begin - 1] != '/')
        begin--;
    if (begin == 0 || name.data[begin - 1] != ':' || name.length - begin > VERSION_TAG_BYTES_MAX)
        return (struct text){ NULL, 0 };
    return (struct text){ name.data + begin, name.length - begin };
}

struct version version_of_image(const char *reference) {
    struct text tag = version_image_tag(reference);

    return tag.data ? parse(tag) : (struct version){ 0 };
}

static int compare(unsigned a, unsigned b) {
    return (a > b) - (a < b);
}

int version_compare(const struct version *a, const struct version *b) {
    ensure(a->family != VERSION_UNKNOWN && b->family != VERSION_UNKNOWN);
    if (a->major != b->major)
        return compare(a->major, b->major);
    if (a->minor != b->minor)
        return compare(a->minor, b->minor);
    return compare(a->has_patch ? a->patch : UINT32_MAX, b->has_patch ? b->patch : UINT32_MAX);
}

bool version_at_least(const struct version *version, unsigned major, unsigned minor) {
    return version->major > major || (version->major == major && version->minor >= minor);
}

bool version_is_supported(const struct version *version) {
    return version->family == VERSION_CALENDAR ||
           (version->family == VERSION_5 && version->minor == LTS_MINOR);
}

void version_format(const struct version *version, char out[VERSION_TEXT_BYTES]) {
    size_t length;

    if (version->family == VERSION_UNKNOWN)
        snprintf(out, VERSION_TEXT_BYTES, "unknown");
    else if (version->family == VERSION_CALENDAR)
        snprintf(out, VERSION_TEXT_BYTES, "%u.%02u", version->major, version->minor);
    else
        snprintf(out, VERSION_TEXT_BYTES, "%u.%u", version->major, version->minor);
    length = strlen(out);
    if (version->has_patch)
        snprintf(out + length, VERSION_TEXT_BYTES - length, ".%u", version->patch);
}

/* That it calls itself 5.27 was seen of 2025.01 only; later releases were not seen to. */
void version_format_kernel(const struct version *version, char out[VERSION_TEXT_BYTES]) {
    if (version->major == CALENDAR_FIRST_YEAR && version->minor == 1)
        snprintf(out, VERSION_TEXT_BYTES, "%u.%u.%u", LTS_MAJOR, LTS_MINOR + 1, version->patch);
    else
        version_format(version, out);
}

/* A tag without a patch moves by itself within its line. */
static bool is_same_line(const struct version *a, const struct version *b) {
    return a->major == b->major && a->minor == b->minor && !(a->has_patch && b->has_patch);
}

/* After the Operations Manual, "Upgrade and migration": calendar releases take over only from 5.26. */
const char *version_upgrade_refusal(const struct version *from, const struct version *to) {
    if (!version_is_supported(to))
        return "the new version must be 5.26.x, or 2025.01 or later";
    if (from->family == VERSION_UNKNOWN || is_same_line(from, to))
        return NULL;
    if (from->family == VERSION_OLD)
        return "stores of Neo4j 4 can't be upgraded in place: dump, migrate and load them into a new cluster";
    if (from->family == VERSION_CALENDAR && to->family == VERSION_5)
        return "a database of a calendar version cannot go back to 5.26";
    if (to->family == VERSION_CALENDAR && from->family == VERSION_5 && from->minor < LTS_MINOR)
        return "only 5.26 can be upgraded to a calendar version; go to 5.26 first";
    if (version_compare(to, from) < 0)
        return "Neo4j cannot open its files with an older version; restore a backup instead";
    return NULL;
}
