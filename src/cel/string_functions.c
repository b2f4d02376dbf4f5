/* Strings: the standard functions, and those of cel-go's extension. Places are counted in characters.
 * Source: common/types/string.go and ext/strings.go (version 2) of cel-go; Go's package strings. */
#include "cel/function.h"
#include "cel/utf8.h"

#include <ctype.h>

static struct text slice(struct text text, size_t begin, size_t end) {
    return (struct text){ text.data + begin, end - begin };
}

/* The first place of part at byte start or behind it; SIZE_MAX when there is none. */
static size_t find(struct text text, struct text part, size_t start) {
    if (part.length == 0)
        return start;
    const char *found = memmem(text.data + start, text.length - start, part.data, part.length);
    return found ? (size_t)(found - text.data) : SIZE_MAX;
}

static bool contains(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_bool(find(arguments[0].text, arguments[1].text, 0) != SIZE_MAX);
    return cel_spend_bytes(run, arguments[0].text.length);
}

static bool starts_with(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct text text = arguments[0].text, prefix = arguments[1].text;

    *out = cel_from_bool(text.length >= prefix.length && text_equal(slice(text, 0, prefix.length), prefix));
    return cel_spend_bytes(run, prefix.length);
}

static bool ends_with(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct text text = arguments[0].text, suffix = arguments[1].text;

    *out = cel_from_bool(text.length >= suffix.length &&
                         text_equal(slice(text, text.length - suffix.length, text.length), suffix));
    return cel_spend_bytes(run, suffix.length);
}

static bool fail_index(struct cel_run *run, int64_t index) {
    return cel_fail(run, "index out of range: %lld", (long long)index);
}

static bool char_at(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct text text = arguments[0].text;
    int64_t index = arguments[1].integer;

    if (!cel_spend_bytes(run, text.length))
        return false;
    size_t count = cel_utf8_count(text);
    if (index < 0 || (uint64_t)index > count)
        return fail_index(run, index);
    size_t begin = cel_utf8_offset(text, (size_t)index);
    *out = cel_from_text(slice(text, begin, begin + utf8_character(slice(text, begin, text.length))));
    return true;
}

/* The place of part, counted in characters, that search finds from the character at offset on; -1: none. */
static bool place_of(struct cel_run *run, struct text text, struct text part, int64_t offset,
                     size_t (*search)(struct text text, struct text part, size_t start),
                     struct cel_value *out) {
    if (!cel_spend_bytes(run, text.length))
        return false;
    *out = cel_from_int(offset);
    if (part.length == 0)
        return true;
    if (offset < 0)
        return fail_index(run, offset);
    *out = cel_from_int(-1);
    if ((uint64_t)offset >= cel_utf8_count(text))
        return true;
    size_t found = search(text, part, cel_utf8_offset(text, (size_t)offset));
    if (found != SIZE_MAX)
        *out = cel_from_int((int64_t)cel_utf8_count(slice(text, 0, found)));
    return true;
}

static bool index_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return place_of(run, arguments[0].text, arguments[1].text, 0, find, out);
}

static bool index_of_from(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return place_of(run, arguments[0].text, arguments[1].text, arguments[2].integer, find, out);
}

/* The last place of part that begins at byte start or before it. */
static size_t find_last(struct text text, struct text part, size_t start) {
    if (part.length > text.length)
        return SIZE_MAX;
    for (size_t at = start < text.length - part.length ? start : text.length - part.length;; at--) {
        if (memcmp(text.data + at, part.data, part.length) == 0)
            return at;
        if (at == 0)
            return SIZE_MAX;
    }
}

static bool last_index_of_from(struct cel_run *run, const struct cel_value *arguments,
                               struct cel_value *out) {
    struct text text = arguments[0].text, part = arguments[1].text;

    return cel_spend_bytes(run, text.length * part.length) &&
           place_of(run, text, part, arguments[2].integer, find_last, out);
}

static bool last_index_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    int64_t count = (int64_t)cel_utf8_count(arguments[0].text);
    bool is_empty = arguments[1].text.length == 0;

    if (!is_empty && arguments[0].text.length < arguments[1].text.length) {
        *out = cel_from_int(-1);
        return true;
    }
    return last_index_of_from(
        run, (struct cel_value[]){ arguments[0], arguments[1], cel_from_int(is_empty ? count : count - 1) },
        out);
}

static bool map_ascii(struct cel_run *run, struct text text, int (*map)(int), struct cel_value *out) {
    if (!cel_spend_bytes(run, text.length))
        return false;
    char *data = arena_strndup(run->arena, text.data, text.length);
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)data[i] < 0x80)
            data[i] = (char)map(data[i]);
    *out = cel_from_text((struct text){ data, text.length });
    return true;
}

static bool lower_ascii(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return map_ascii(run, arguments[0].text, tolower, out);
}

static bool upper_ascii(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return map_ascii(run, arguments[0].text, toupper, out);
}

/* The white space of Unicode, as Go has it. */
static bool is_space(uint32_t character) {
    static const uint32_t spaces[] = { 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 };

    for (size_t i = 0; i < ARRAY_LENGTH(spaces); i++)
        if (spaces[i] == character)
            return true;
    return character == ' ' || (character >= '\t' && character <= '\r') ||
           (character >= 0x2000 && character <= 0x200A);
}

static bool trim(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct text rest = arguments[0].text, trimmed = { rest.data, 0 };
    bool has_begun = false;

    if (!cel_spend_bytes(run, rest.length))
        return false;
    while (rest.length) {
        const char *begin = rest.data;
        bool is_blank = is_space(cel_utf8_take(&rest));
        if (!is_blank && !has_begun) {
            has_begun = true;
            trimmed.data = begin;
        }
        if (!is_blank)
            trimmed.length = (size_t)(rest.data - trimmed.data);
    }
    *out = cel_from_text(trimmed);
    return true;
}

static bool substring_of(struct cel_run *run, struct text text, int64_t start, int64_t end,
                         struct cel_value *out) {
    if (!cel_spend_bytes(run, text.length))
        return false;
    int64_t count = (int64_t)cel_utf8_count(text);
    if (start > end)
        return cel_fail(run, "invalid substring range. start: %lld, end: %lld", (long long)start,
                        (long long)end);
    if (start < 0 || start > count)
        return fail_index(run, start);
    if (end > count)
        return fail_index(run, end);
    *out =
        cel_from_text(slice(text, cel_utf8_offset(text, (size_t)start), cel_utf8_offset(text, (size_t)end)));
    return true;
}

static bool substring_from(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    int64_t count = (int64_t)cel_utf8_count(arguments[0].text), start = arguments[1].integer;

    if (start > count)
        return fail_index(run, start);
    return substring_of(run, arguments[0].text, start, count, out);
}

static bool substring(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return substring_of(run, arguments[0].text, arguments[1].integer, arguments[2].integer, out);
}

const struct cel_overload cel_string_functions[] = {
    { .name = "contains", .signature = "ss", .is_member = true, .call = contains },
    { .name = "startsWith", .signature = "ss", .is_member = true, .call = starts_with },
    { .name = "endsWith", .signature = "ss", .is_member = true, .call = ends_with },
    { .name = "charAt", .signature = "si", .is_member = true, .call = char_at },
    { .name = "indexOf", .signature = "ss", .is_member = true, .call = index_of },
    { .name = "indexOf", .signature = "ssi", .is_member = true, .call = index_of_from },
    { .name = "lastIndexOf", .signature = "ss", .is_member = true, .call = last_index_of },
    { .name = "lastIndexOf", .signature = "ssi", .is_member = true, .call = last_index_of_from },
    { .name = "lowerAscii", .signature = "s", .is_member = true, .call = lower_ascii },
    { .name = "upperAscii", .signature = "s", .is_member = true, .call = upper_ascii },
    { .name = "trim", .signature = "s", .is_member = true, .call = trim },
    { .name = "substring", .signature = "si", .is_member = true, .call = substring_from },
    { .name = "substring", .signature = "sii", .is_member = true, .call = substring },
    { 0 },
};
