/* Strings taken apart, put together and rewritten.
 * Source: ext/strings.go (version 2) of cel-go; Split(), Replace() and Join() of Go's package strings. */
#include "base/buffer.h"
#include "cel/evaluate.h"
#include "cel/function.h"
#include "cel/utf8.h"

static struct text behind(struct text text, size_t length) {
    return (struct text){ text.data + length, text.length - length };
}

/* Where the next separator begins; an empty one stands behind each character, but not behind the last.
 * SIZE_MAX when there is none. */
static size_t next_separator(struct text rest, struct text separator) {
    if (separator.length == 0) {
        size_t length = utf8_character(rest);
        return length < rest.length ? length : SIZE_MAX;
    }
    const char *found = memmem(rest.data, rest.length, separator.data, separator.length);
    return found ? (size_t)(found - rest.data) : SIZE_MAX;
}

/* At most limit parts; all for a negative one. */
static bool split_up_to(struct cel_run *run, const struct cel_value *arguments, int64_t limit,
                        struct cel_value *out) {
    struct text rest = arguments[0].text, separator = arguments[1].text;
    struct cel_items items = { 0 };

    if (!cel_spend_bytes(run, rest.length))
        return false;
    bool is_nothing = limit == 0 || (rest.length == 0 && separator.length == 0);
    while (!is_nothing && (limit < 0 || items.count + 1 < (uint64_t)limit)) {
        size_t place = next_separator(rest, separator);
        if (place == SIZE_MAX)
            break;
        if (!cel_spend(run, 1))
            return false;
        cel_items_add(run, &items, cel_from_text((struct text){ rest.data, place }));
        rest = behind(rest, place + separator.length);
    }
    if (!is_nothing)
        cel_items_add(run, &items, cel_from_text(rest));
    *out = cel_from_items(run->arena, items.items, items.count);
    return true;
}

static bool split(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return split_up_to(run, arguments, -1, out);
}

static bool split_some(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return split_up_to(run, arguments, arguments[2].integer, out);
}

static bool join_with(struct cel_run *run, const struct cel_list *list, struct text separator,
                      struct cel_value *out) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    for (size_t i = 0; i < list->length; i++) {
        struct cel_value item = cel_list_item(run->arena, list, i);
        if (item.kind != CEL_STRING)
            return cel_fail(run, "join: invalid input: %s", cel_kind_name(item.kind));
        if (!cel_spend(run, 1) || !cel_spend_bytes(run, separator.length + item.text.length))
            return false;
        if (i > 0)
            buffer_add_text(&text, separator);
        buffer_add_text(&text, item.text);
    }
    *out = cel_from_buffer(run->arena, &text);
    return true;
}

static bool join(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return join_with(run, arguments[0].list, TEXT(""), out);
}

static bool join_separated(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return join_with(run, arguments[0].list, arguments[1].text, out);
}

/* An empty text stands before each character and behind the last. */
static bool replace_up_to(struct cel_run *run, const struct cel_value *arguments, int64_t limit,
                          struct cel_value *out) {
    struct text rest = arguments[0].text, old = arguments[1].text, new = arguments[2].text;
    CLEANUP_BUFFER struct buffer text = { 0 };

    if (!cel_spend_bytes(run, rest.length))
        return false;
    for (int64_t count = 0; limit < 0 || count < limit; count++) {
        size_t place = 0;
        if (old.length > 0)
            place = next_separator(rest, old);
        else if (count > 0)
            place = rest.length ? utf8_character(rest) : SIZE_MAX;
        if (place == SIZE_MAX)
            break;
        if (!cel_spend(run, 1) || !cel_spend_bytes(run, new.length))
            return false;
        buffer_add(&text, rest.data, place);
        buffer_add_text(&text, new);
        rest = behind(rest, place + old.length);
    }
    buffer_add_text(&text, rest);
    *out = cel_from_buffer(run->arena, &text);
    return true;
}

static bool replace(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return replace_up_to(run, arguments, -1, out);
}

static bool replace_some(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return replace_up_to(run, arguments, arguments[3].integer, out);
}

/* As a literal of CEL. */
static bool quote(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    static const char characters[] = "\a\b\f\n\r\t\v\\\"", letters[] = "abfnrtv\\\"";
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct text source = arguments[0].text;

    if (!cel_spend_bytes(run, source.length))
        return false;
    buffer_add_char(&text, '"');
    for (size_t i = 0; i < source.length; i++) {
        const char *found = source.data[i] ? strchr(characters, source.data[i]) : NULL;
        if (found)
            buffer_add_char(&text, '\\');
        buffer_add_char(&text, found ? letters[found - characters] : source.data[i]);
    }
    buffer_add_char(&text, '"');
    *out = cel_from_buffer(run->arena, &text);
    return true;
}

const struct cel_overload cel_text_functions[] = {
    { .name = "split", .signature = "ss", .is_member = true, .call = split },
    { .name = "split", .signature = "ssi", .is_member = true, .call = split_some },
    { .name = "join", .signature = "l", .is_member = true, .call = join },
    { .name = "join", .signature = "ls", .is_member = true, .call = join_separated },
    { .name = "replace", .signature = "sss", .is_member = true, .call = replace },
    { .name = "replace", .signature = "sssi", .is_member = true, .call = replace_some },
    { .name = "strings.quote", .signature = "s", .call = quote },
    { 0 },
};
