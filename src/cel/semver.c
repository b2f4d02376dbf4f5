#include "cel/semver.h"

#include "base/buffer.h"

#include <ctype.h>

static bool is_number(struct text text) {
    for (size_t i = 0; i < text.length; i++)
        if (!isdigit((unsigned char)text.data[i]))
            return false;
    return text.length > 0;
}

static bool has_leading_zero(struct text text) {
    return text.length > 1 && text.data[0] == '0';
}

static bool read_number(struct text text, uint64_t *out_number) {
    return is_number(text) && !has_leading_zero(text) && parse_uint64(text, out_number);
}

/* Letters, digits and '-'. */
static bool is_identifier(struct text text) {
    for (size_t i = 0; i < text.length; i++)
        if (!isalnum((unsigned char)text.data[i]) && text.data[i] != '-')
            return false;
    return text.length > 0;
}

/* Identifiers with dots between them; those that are numbers only without a leading zero where they are
 * compared. */
static bool are_identifiers(struct text text, bool are_compared) {
    uint64_t number;

    for (struct text rest = text; rest.data;) {
        struct text identifier = text_cut(&rest, '.');
        if (!is_identifier(identifier))
            return false;
        if (are_compared && is_number(identifier) && !read_number(identifier, &number))
            return false;
    }
    return true;
}

bool cel_semver_parse(struct text text, struct cel_semver *out_version) {
    struct text rest = text, build, pre_release;
    struct text major = text_cut(&rest, '.'), minor = text_cut(&rest, '.');
    struct cel_semver version = { .source = text };

    if (!rest.data || !read_number(major, &version.major) || !read_number(minor, &version.minor))
        return false;
    build = rest;
    pre_release = text_cut(&build, '+');
    struct text patch = text_cut(&pre_release, '-');
    if (!read_number(patch, &version.patch))
        return false;
    if ((pre_release.data && !are_identifiers(pre_release, true)) ||
        (build.data && !are_identifiers(build, false)))
        return false;
    version.pre_release = pre_release;
    *out_version = version;
    return true;
}

/* A part without its leading zeros, but with one where no digit would be left at its start. */
static void add_part(struct buffer *out, struct text part) {
    size_t zeros = 0;

    while (part.length > 1 && zeros < part.length && part.data[zeros] == '0')
        zeros++;
    if (part.length > 1 && (zeros == part.length || !isdigit((unsigned char)part.data[zeros])))
        buffer_add_char(out, '0');
    buffer_add(out, part.data + zeros, part.length - zeros);
}

bool cel_semver_parse_leniently(struct arena *arena, struct text text, struct cel_semver *out_version) {
    CLEANUP_BUFFER struct buffer full = { 0 };
    bool has_v = text_starts_with(text, "v");
    struct text rest = { text.data + has_v, text.length - has_v }, part;
    unsigned parts = 0;

    do {
        part = parts < 2 ? text_cut(&rest, '.') : rest;
        if (parts++ > 0)
            buffer_add_char(&full, '.');
        add_part(&full, part);
    } while (parts < 3 && rest.data);
    /* What is behind '-' or '+' belongs to a full version only. */
    for (size_t i = 0; parts < 3 && i < part.length; i++)
        if (part.data[i] == '+' || part.data[i] == '-')
            return false;
    for (; parts < 3; parts++)
        buffer_add_string(&full, ".0");
    struct text copy = { arena_strndup(arena, buffer_string(&full), full.length), full.length };
    return cel_semver_parse(copy, out_version);
}

static int order_of(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

/* Numbers come before names, and are compared as numbers. */
static int compare_identifiers(struct text a, struct text b) {
    uint64_t x, y;
    bool is_a_number = read_number(a, &x), is_b_number = read_number(b, &y);

    if (is_a_number && is_b_number)
        return order_of(x, y);
    if (is_a_number || is_b_number)
        return is_a_number ? -1 : 1;
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = memcmp(a.data, b.data, shorter);
    return order ? (order > 0) - (order < 0) : order_of(a.length, b.length);
}

/* A version that is not released yet comes before the release. */
static int compare_pre_releases(struct text a, struct text b) {
    if (a.length == 0 || b.length == 0)
        return (a.length == 0) - (b.length == 0);
    while (a.data && b.data) {
        int order = compare_identifiers(text_cut(&a, '.'), text_cut(&b, '.'));
        if (order)
            return order;
    }
    return (a.data != NULL) - (b.data != NULL);
}

int cel_semver_compare(const struct cel_semver *a, const struct cel_semver *b) {
    if (a->major != b->major)
        return order_of(a->major, b->major);
    if (a->minor != b->minor)
        return order_of(a->minor, b->minor);
    if (a->patch != b->patch)
        return order_of(a->patch, b->patch);
    return compare_pre_releases(a->pre_release, b->pre_release);
}
