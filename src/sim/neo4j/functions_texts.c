/* Functions of texts. A row each. Source: Cypher Manual, string functions. */
#include "sim/neo4j/expression_node.h"

#include "base/buffer.h"
#include "sim/neo4j/server.h"

#include <math.h>

static const struct bolt_value null_value = { .type = BOLT_NULL };

/* As Java prints a double: the shortest digits that read back as the same, always with a point. */
static char *print_float(struct arena *arena, double number) {
    char *text = arena_printf(arena, "%.15g", number);

    if (isnan(number))
        return arena_strdup(arena, "NaN");
    if (isinf(number))
        return arena_strdup(arena, number > 0 ? "Infinity" : "-Infinity");
    if (strtod(text, NULL) != number)
        text = arena_printf(arena, "%.17g", number);
    return strpbrk(text, ".e") ? text : arena_printf(arena, "%s.0", text);
}

bool function_to_string(const struct evaluation *evaluation, const struct bolt_value *value,
                        struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;

    *out = null_value;
    if (value->type == BOLT_STRING)
        *out = *value;
    else if (value->type == BOLT_INTEGER)
        *out = *bolt_new_string(arena, arena_printf(arena, "%ld", (long)value->integer));
    else if (value->type == BOLT_BOOL)
        *out = *bolt_new_string(arena, value->boolean ? "true" : "false");
    else if (value->type == BOLT_FLOAT)
        *out = *bolt_new_string(arena, print_float(arena, value->number));
    else if (temporal_is(value))
        *out = *bolt_new_string(arena, temporal_print(arena, value));
    else if (value->type != BOLT_NULL)
        return evaluation_fail_type(evaluation, "toString() expects a string, number or boolean");
    return true;
}

static bool call_to_string(const struct evaluation *evaluation, const struct bolt_value *arguments,
                           size_t count, struct bolt_value *out) {
    return function_to_string(evaluation, &arguments[0], out);
}

static bool change_case(const struct evaluation *evaluation, const struct bolt_value *argument, char first,
                        char last, struct bolt_value *out) {
    *out = null_value;
    if (argument->type == BOLT_NULL)
        return true;
    if (argument->type != BOLT_STRING)
        return evaluation_fail_type(evaluation, "toLower() and toUpper() expect a string");
    *out = *bolt_new_string(evaluation->cursor->arena, argument->string);
    for (char *c = out->string; *c; c++)
        if (*c >= first && *c <= last)
            *c = (char)(*c ^ 0x20);
    return true;
}

static bool call_to_lower(const struct evaluation *evaluation, const struct bolt_value *arguments,
                          size_t count, struct bolt_value *out) {
    return change_case(evaluation, &arguments[0], 'A', 'Z', out);
}

static bool call_to_upper(const struct evaluation *evaluation, const struct bolt_value *arguments,
                          size_t count, struct bolt_value *out) {
    return change_case(evaluation, &arguments[0], 'a', 'z', out);
}

/* ---- of texts only: null stays null ---- */

static bool check_text(const struct evaluation *evaluation, const struct bolt_value *value,
                       struct bolt_value *out) {
    *out = null_value;
    return value->type == BOLT_STRING || value->type == BOLT_NULL ||
           evaluation_fail_type(evaluation, "expected a String");
}

static bool set_text(const struct evaluation *evaluation, struct text text, struct bolt_value *out) {
    *out = *bolt_new_text(evaluation->cursor->arena, text);
    return true;
}

static bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool trim(const struct evaluation *evaluation, const struct bolt_value *argument, bool left,
                 bool right, struct bolt_value *out) {
    struct text text = bolt_text(argument);

    if (!check_text(evaluation, argument, out) || argument->type == BOLT_NULL)
        return argument->type == BOLT_NULL;
    while (left && text.length && is_blank(*text.data)) {
        text.data++;
        text.length--;
    }
    while (right && text.length && is_blank(text.data[text.length - 1]))
        text.length--;
    return set_text(evaluation, text, out);
}

static bool call_trim(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      struct bolt_value *out) {
    return trim(evaluation, &arguments[0], true, true, out);
}

static bool call_ltrim(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                       struct bolt_value *out) {
    return trim(evaluation, &arguments[0], true, false, out);
}

static bool call_rtrim(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                       struct bolt_value *out) {
    return trim(evaluation, &arguments[0], false, true, out);
}

/* Characters, not bytes: those that continue one do not count. */
static size_t skip_characters(struct text text, int64_t count) {
    size_t at = 0;

    while (at < text.length && count-- > 0) {
        at++;
        while (at < text.length && (text.data[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

static bool call_substring(const struct evaluation *evaluation, const struct bolt_value *arguments,
                           size_t count, struct bolt_value *out) {
    struct text text = bolt_text(&arguments[0]);
    int64_t start = bolt_integer(&arguments[1], -1);
    int64_t length = count > 2 ? bolt_integer(&arguments[2], -1) : INT64_MAX;

    if (!check_text(evaluation, &arguments[0], out) || arguments[0].type == BOLT_NULL)
        return arguments[0].type == BOLT_NULL;
    if (start < 0 || length < 0)
        return failure_set(evaluation->cursor->failure, evaluation->cursor->arena, FAILURE_ARGUMENT,
                           "substring() expects a start and a length that are not negative");
    size_t from = skip_characters(text, start);
    text = (struct text){ text.data + from, text.length - from };
    text.length = skip_characters(text, length);
    return set_text(evaluation, text, out);
}

static bool call_left(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      struct bolt_value *out) {
    struct text text = bolt_text(&arguments[0]);

    if (!check_text(evaluation, &arguments[0], out) || arguments[0].type == BOLT_NULL)
        return arguments[0].type == BOLT_NULL;
    text.length = skip_characters(text, bolt_integer(&arguments[1], 0));
    return set_text(evaluation, text, out);
}

static int64_t character_count(struct text text) {
    int64_t count = 0;

    for (size_t i = 0; i < text.length; i++)
        count += (text.data[i] & 0xC0) != 0x80;
    return count;
}

static bool call_right(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                       struct bolt_value *out) {
    struct text text = bolt_text(&arguments[0]);

    if (!check_text(evaluation, &arguments[0], out) || arguments[0].type == BOLT_NULL)
        return arguments[0].type == BOLT_NULL;
    int64_t wanted = bolt_integer(&arguments[1], 0), all = character_count(text);
    size_t from = wanted < all ? skip_characters(text, all - (wanted > 0 ? wanted : 0)) : 0;
    return set_text(evaluation, (struct text){ text.data + from, text.length - from }, out);
}

static bool call_char_length(const struct evaluation *evaluation, const struct bolt_value *arguments,
                             size_t count, struct bolt_value *out) {
    if (!check_text(evaluation, &arguments[0], out))
        return false;
    if (arguments[0].type == BOLT_STRING)
        *out =
            (struct bolt_value){ .type = BOLT_INTEGER, .integer = character_count(bolt_text(&arguments[0])) };
    return true;
}

static bool call_reverse(const struct evaluation *evaluation, const struct bolt_value *arguments,
                         size_t count, struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;
    struct bolt_value *list = bolt_new_list(arena);
    CLEANUP_BUFFER struct buffer reversed = { 0 };
    struct text text = bolt_text(&arguments[0]);

    if (arguments[0].type == BOLT_LIST) {
        for (uint32_t i = arguments[0].length; i > 0; i--)
            bolt_append(arena, list, &arguments[0].items[i - 1]);
        *out = *list;
        return true;
    }
    if (!check_text(evaluation, &arguments[0], out) || arguments[0].type == BOLT_NULL)
        return arguments[0].type == BOLT_NULL;
    for (size_t end = text.length, start; end > 0; end = start) {
        start = end - 1;
        while (start > 0 && (text.data[start] & 0xC0) == 0x80)
            start--;
        buffer_add(&reversed, text.data + start, end - start);
    }
    return set_text(evaluation, buffer_text(&reversed), out);
}

/* The text where a separator begins next, or its end. */
static size_t find_text(struct text text, struct text what, size_t from) {
    const char *found = what.length && from < text.length
                            ? memmem(text.data + from, text.length - from, what.data, what.length)
                            : NULL;

    return found ? (size_t)(found - text.data) : text.length;
}

static bool are_texts(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                      bool *out_has_null) {
    struct bolt_value ignored;

    *out_has_null = false;
    for (size_t i = 0; i < count; i++) {
        if (!check_text(evaluation, &arguments[i], &ignored))
            return false;
        *out_has_null = *out_has_null || arguments[i].type == BOLT_NULL;
    }
    return true;
}

static bool call_replace(const struct evaluation *evaluation, const struct bolt_value *arguments,
                         size_t count, struct bolt_value *out) {
    CLEANUP_BUFFER struct buffer result = { 0 };
    struct text text = bolt_text(&arguments[0]), what = bolt_text(&arguments[1]),
                by = bolt_text(&arguments[2]);
    bool has_null;

    *out = null_value;
    if (!are_texts(evaluation, arguments, 3, &has_null) || has_null)
        return has_null;
    for (size_t at = 0;;) {
        size_t found = find_text(text, what, at);
        buffer_add(&result, text.data + at, found - at);
        if (found == text.length)
            break;
        if (result.length + by.length > STATEMENT_BYTES_MAX)
            return failure_set(evaluation->cursor->failure, evaluation->cursor->arena,
                               FAILURE_RESULT_TOO_LARGE, "A text of more than %d bytes", STATEMENT_BYTES_MAX);
        buffer_add(&result, by.data, by.length);
        at = found + what.length;
    }
    return set_text(evaluation, buffer_text(&result), out);
}

static bool call_split(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                       struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;
    struct text text = bolt_text(&arguments[0]), by = bolt_text(&arguments[1]);
    struct bolt_value *list = bolt_new_list(arena);
    bool has_null;

    *out = null_value;
    if (!are_texts(evaluation, arguments, 2, &has_null) || has_null)
        return has_null;
    for (size_t at = 0, found; at <= text.length; at = found + by.length) {
        found = find_text(text, by, at);
        bolt_append(arena, list, bolt_new_text(arena, (struct text){ text.data + at, found - at }));
        if (found == text.length)
            break;
    }
    *out = *list;
    return true;
}

static bool call_random_uuid(const struct evaluation *evaluation, const struct bolt_value *arguments,
                             size_t count, struct bolt_value *out) {
    const struct cursor *cursor = evaluation->cursor;
    struct random_source none = { 0 };

    *out = *bolt_new_string(
        cursor->arena,
        random_uuid(cursor->process ? network_random(cursor->process->network) : &none, cursor->arena));
    return true;
}

const struct function functions_of_texts[] = {
    { "btrim", 1, 1, call_trim },
    { "char_length", 1, 1, call_char_length },
    { "character_length", 1, 1, call_char_length },
    { "left", 2, 2, call_left },
    { "lower", 1, 1, call_to_lower },
    { "ltrim", 1, 1, call_ltrim },
    { "randomUUID", 0, 0, call_random_uuid },
    { "replace", 3, 3, call_replace },
    { "reverse", 1, 1, call_reverse },
    { "right", 2, 2, call_right },
    { "rtrim", 1, 1, call_rtrim },
    { "split", 2, 2, call_split },
    { "substring", 2, 3, call_substring },
    { "toLower", 1, 1, call_to_lower },
    { "toString", 1, 1, call_to_string },
    { "toUpper", 1, 1, call_to_upper },
    { "trim", 1, 1, call_trim },
    { "upper", 1, 1, call_to_upper },
    { NULL, 0, 0, NULL },
};
