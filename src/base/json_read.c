/* Reading JSON text.
 *
 * Recursive descent over the bytes, once. The children of a container are collected on a stack beside the
 * recursion and copied into the arena, as one exact block, when the container ends; each value is written
 * where it is copied from, once. Strings without escapes, which are nearly all, are copied straight from the
 * text.
 */
#include "base/json.h"

#include "base/json_index.h"

#include <endian.h>

enum { STACK_BYTES_FIRST = 8192 };

/* Where the reader is: the way from the root, for the path of a key that comes twice. */
struct place {
    const struct place *outer;
    const char *key; /* NULL in an array */
    uint32_t key_length;
    uint32_t index;
};

struct reader {
    const unsigned char *at;
    const unsigned char *end;
    const unsigned char *start;
    struct arena *arena;
    bool skip_managed_fields;
    bool is_skipping; /* what is read is checked, but nothing is built of it */
    const char **out_duplicate;
    const char *problem; /* what is wrong at `at` */

    struct buffer unescaped;
    char *stack;
    size_t stack_used;
    size_t stack_size;
    char stack_first[STACK_BYTES_FIRST];
};

static bool fail(struct reader *reader, const unsigned char *at, const char *problem) {
    reader->at = at;
    reader->problem = problem;
    return false;
}

/* ---- the stack of children ---- */

static void grow_stack(struct reader *reader) {
    char *larger = xmalloc(reader->stack_size * 2);

    memcpy(larger, reader->stack, reader->stack_used);
    if (reader->stack != reader->stack_first)
        free(reader->stack);
    reader->stack = larger;
    reader->stack_size *= 2;
}

static inline void *push(struct reader *reader, size_t size) {
    if (reader->stack_used + size > reader->stack_size)
        grow_stack(reader);
    void *top = reader->stack + reader->stack_used;
    reader->stack_used += size;
    return top;
}

static inline void push_value(struct reader *reader, struct json value) {
    if (!reader->is_skipping)
        *(struct json *)push(reader, sizeof(value)) = value;
}

/* The first half of a member; its value is pushed behind it, and both are a struct json_member. */
struct member_head {
    const char *key;
    uint32_t key_length;
};
static_assert(offsetof(struct json_member, key) == offsetof(struct member_head, key) &&
                  offsetof(struct json_member, value) == sizeof(struct member_head),
              "the halves of a member lie side by side");

/* Takes what was pushed since base off the stack, as one block. */
static void *pop_block(struct reader *reader, size_t base) {
    size_t size = reader->stack_used - base;

    reader->stack_used = base;
    return size ? memcpy(arena_alloc_unset(reader->arena, size), reader->stack + base, size) : NULL;
}

/* ---- tokens ---- */

static inline void skip_space(struct reader *reader) {
    while (reader->at < reader->end &&
           (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\r' || *reader->at == '\t'))
        reader->at++;
}

static inline bool next_is(struct reader *reader, char character) {
    return reader->at < reader->end && *reader->at == (unsigned char)character;
}

static bool read_word(struct reader *reader, const char *word, enum json_type type) {
    size_t length = strlen(word);

    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
        return fail(reader, reader->at, "expected a value");
    reader->at += length;
    push_value(reader, (struct json){ .type = type });
    return true;
}

/* Eight bytes at once: the high bit of each byte that ends the plain part of a string (a quote, a backslash,
 * a control character, anything beyond ASCII). The usual test for a zero byte, after xor with what is looked
 * for; a borrow can mark bytes behind the first that is found, never before it. */
static inline uint64_t find_special(const unsigned char *bytes) {
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    word = le64toh(word);
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    return ((word - ones * 0x20) | (quote - ones) | (backslash - ones) | word) & highs;
}

static inline const unsigned char *skip_plain(const unsigned char *at, const unsigned char *end) {
    while (end - at >= 8) {
        uint64_t special = find_special(at);
        if (special)
            return at + __builtin_ctzll(special) / 8;
        at += 8;
    }
    while (at < end && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

static bool read_hex4(const unsigned char *at, const unsigned char *end, unsigned *out_unit) {
    unsigned unit = 0;

    if (end - at < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        unsigned char digit = at[i];
        if (digit >= '0' && digit <= '9')
            unit = unit * 16 + (digit - '0');
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
            unit = unit * 16 + (digit | 0x20) - 'a' + 10;
        else
            return false;
    }
    *out_unit = unit;
    return true;
}

/* Adds to the string that is being unescaped, unless it is left out anyway. */
static void keep(struct reader *reader, const void *bytes, size_t length) {
    if (!reader->is_skipping)
        buffer_add(&reader->unescaped, bytes, length);
}

static void keep_replacement(struct reader *reader) {
    keep(reader, "\xef\xbf\xbd", 3); /* U+FFFD */
}

static void keep_code_point(struct reader *reader, unsigned point) {
    unsigned char bytes[4];
    size_t length;

    if (point < 0x80) {
        bytes[0] = (unsigned char)point;
        length = 1;
    } else if (point < 0x800) {
        bytes[0] = (unsigned char)(0xc0 | point >> 6);
        length = 2;
    } else if (point < 0x10000) {
        bytes[0] = (unsigned char)(0xe0 | point >> 12);
        length = 3;
    } else {
        bytes[0] = (unsigned char)(0xf0 | point >> 18);
        length = 4;
    }
    for (size_t i = 1; i < length; i++)
        bytes[i] = (unsigned char)(0x80 | (point >> 6 * (length - 1 - i) & 0x3f));
    keep(reader, bytes, length);
}

/* at is behind "\u". A high surrogate takes the low one that follows; either alone becomes U+FFFD. */
static bool read_unicode_escape(struct reader *reader, const unsigned char **at) {
    unsigned unit, low;

    if (!read_hex4(*at, reader->end, &unit))
        return fail(reader, *at, "expected four hexadecimal digits after \\u");
    *at += 4;
    if (unit < 0xd800 || unit > 0xdfff) {
        keep_code_point(reader, unit);
        return true;
    }
    if (unit < 0xdc00 && reader->end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' &&
        read_hex4(*at + 2, reader->end, &low) && low >= 0xdc00 && low <= 0xdfff) {
        keep_code_point(reader, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        *at += 6;
        return true;
    }
    keep_replacement(reader);
    return true;
}

static bool read_escape(struct reader *reader, const unsigned char **at) {
    static const char short_escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

    if (*at == reader->end)
        return fail(reader, *at, "the string does not end");
    unsigned char letter = *(*at)++;
    if (letter == 'u')
        return read_unicode_escape(reader, at);
    for (const char *pair = short_escapes; *pair; pair += 2)
        if ((unsigned char)pair[0] == letter) {
            keep(reader, &pair[1], 1);
            return true;
        }
    return fail(reader, *at - 1, "unknown escape in a string");
}

/* The rest of a string that has escapes or malformed UTF-8: into reader->unescaped. */
static bool read_special_string(struct reader *reader, const unsigned char *at) {
    for (;;) {
        const unsigned char *plain = skip_plain(at, reader->end);
        keep(reader, at, (size_t)(plain - at));
        at = plain;
        if (at == reader->end)
            return fail(reader, at, "the string does not end");
        if (*at == '"')
            break;
        if (*at == '\\') {
            at++;
            if (!read_escape(reader, &at))
                return false;
        } else if (*at < 0x20) {
            return fail(reader, at, "control character in a string");
        } else {
            size_t length = utf8_character((struct text){ (const char *)at, (size_t)(reader->end - at) });
            if (length)
                keep(reader, at, length);
            else
                keep_replacement(reader);
            at += length ? length : 1;
        }
    }
    reader->at = at + 1;
    return true;
}

/* Advances over a string from its opening quote. *out_text is the content: a slice of the input, or of
 * reader->unescaped until the next string. */
static inline bool read_string(struct reader *reader, struct text *out_text) {
    const unsigned char *start = reader->at + 1, *at = start;

    for (;;) {
        at = skip_plain(at, reader->end);
        if (at < reader->end && *at == '"') {
            *out_text = (struct text){ (const char *)start, (size_t)(at - start) };
            reader->at = at + 1;
            return true;
        }
        size_t length = at < reader->end && *at >= 0x80
                            ? utf8_character((struct text){ (const char *)at, (size_t)(reader->end - at) })
                            : 0;
        if (length == 0)
            break;
        at += length;
    }
    buffer_reset(&reader->unescaped);
    keep(reader, start, (size_t)(at - start));
    if (!read_special_string(reader, at))
        return false;
    *out_text = buffer_text(&reader->unescaped);
    return true;
}

static inline const unsigned char *skip_digits(const unsigned char *at, const unsigned char *end) {
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* Finds the end of a number by JSON's grammar, which is narrower than strtod()'s. */
static bool scan_number(struct reader *reader, const unsigned char **out_end, bool *out_is_integer) {
    const unsigned char *at = reader->at, *end = reader->end, *digits;

    at += next_is(reader, '-');
    digits = at;
    at = at < end && *at == '0' ? at + 1 : skip_digits(at, end);
    if (at == digits)
        return fail(reader, at, "expected a value");
    *out_is_integer = true;
    if (at < end && *at == '.') {
        digits = ++at;
        at = skip_digits(at, end);
        if (at == digits)
            return fail(reader, at, "expected a digit after the decimal point");
        *out_is_integer = false;
    }
    if (at < end && (*at | 0x20) == 'e') {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        digits = at;
        at = skip_digits(at, end);
        if (at == digits)
            return fail(reader, at, "expected a digit in the exponent");
        *out_is_integer = false;
    }
    *out_end = at;
    return true;
}

static bool read_number(struct reader *reader) {
    const unsigned char *end;
    bool is_integer;
    struct json value = { .type = JSON_INTEGER };

    if (!scan_number(reader, &end, &is_integer))
        return false;
    struct text text = { (const char *)reader->at, (size_t)(end - reader->at) };
    if (!is_integer || !parse_int64(text, &value.integer)) {
        value.type = JSON_DOUBLE;
        if (!parse_double(text, &value.number))
            return fail(reader, reader->at, "the number is too large");
    }
    reader->at = end;
    push_value(reader, value);
    return true;
}

/* ---- containers ---- */

/* "spec.containers[0].image", as the API server names it. */
static void add_path(struct buffer *out, const struct place *place) {
    if (!place)
        return;
    add_path(out, place->outer);
    if (!place->key) {
        buffer_printf(out, "[%u]", place->index);
        return;
    }
    if (out->length)
        buffer_add_char(out, '.');
    buffer_add(out, place->key, place->key_length);
}

static void report_duplicate(struct reader *reader, const struct place *outer,
                             const struct json_member *member) {
    CLEANUP_BUFFER struct buffer path = { 0 };
    struct place place = { .outer = outer, .key = member->key, .key_length = member->key_length };

    if (!reader->out_duplicate || *reader->out_duplicate)
        return;
    add_path(&path, &place);
    *reader->out_duplicate = arena_strndup(reader->arena, path.data, path.length);
}

/* The first characters tell most keys of one length apart; there always is one, if only the NUL. */
static inline bool same_key(const struct json_member *a, const struct json_member *b) {
    return a->key_length == b->key_length && a->key[0] == b->key[0] &&
           memcmp(a->key, b->key, a->key_length) == 0;
}

/* Most objects are short or, coming from Go's maps, sorted; the rest is sorted, so that no choice of keys
 * makes this slow. */
static bool has_duplicates(const struct json_member *members, size_t length) {
    size_t sorted = 1;

    while (sorted < length && json_compare_keys(&members[sorted - 1], &members[sorted]) < 0)
        sorted++;
    if (sorted >= length)
        return false;
    if (length > JSON_INDEX_LENGTH_MIN)
        return true;
    for (size_t i = sorted; i < length; i++)
        for (size_t j = 0; j < i; j++)
            if (same_key(&members[i], &members[j]))
                return true;
    return false;
}

/* Of a key that comes twice the last value wins, in the place of the first. Returns the new length. */
static size_t merge_duplicates(struct reader *reader, const struct place *outer, struct json_member *members,
                               size_t length) {
    CLEANUP_FREE const struct json_member **index = json_index_new(members, length);
    const struct json_member *earliest = NULL, *earliest_again = NULL;
    size_t kept = 0;

    for (size_t i = 1, first = 0; i < length; i++) {
        if (json_compare_keys(index[first], index[i]) != 0) {
            first = i;
            continue;
        }
        if (!earliest_again || index[i] < earliest_again) {
            earliest = index[first];
            earliest_again = index[i];
        }
        members[index[first] - members].value = index[i]->value;
        members[index[i] - members].key = NULL;
    }
    if (earliest)
        report_duplicate(reader, outer, earliest);
    for (size_t i = 0; i < length; i++)
        if (members[i].key)
            members[kept++] = members[i];
    return kept;
}

/* Pushes the value. */
static bool read_value(struct reader *reader, const struct place *place, unsigned levels);

static inline bool place_is(const struct place *place, const char *key) {
    return place && place->key && text_is((struct text){ place->key, place->key_length }, key);
}

static bool read_key(struct reader *reader, struct place *place) {
    struct text key;

    if (!next_is(reader, '"'))
        return fail(reader, reader->at, "expected a key in quotes");
    if (!read_string(reader, &key))
        return false;
    place->key = reader->is_skipping ? key.data : arena_strndup(reader->arena, key.data, key.length);
    place->key_length = (uint32_t)key.length;
    skip_space(reader);
    if (!next_is(reader, ':'))
        return fail(reader, reader->at, "expected ':' after a key");
    reader->at++;
    return true;
}

static bool read_member(struct reader *reader, struct place *place, unsigned levels) {
    if (!read_key(reader, place))
        return false;
    if (reader->is_skipping)
        return read_value(reader, place, levels);

    if (reader->skip_managed_fields && place_is(place, "managedFields") &&
        place_is(place->outer, "metadata")) {
        reader->is_skipping = true;
        bool is_read = read_value(reader, place, levels);
        reader->is_skipping = false;
        return is_read;
    }
    struct member_head *head = push(reader, sizeof(*head));
    *head = (struct member_head){ place->key, place->key_length };
    return read_value(reader, place, levels);
}

static bool read_children(struct reader *reader, const struct place *outer, unsigned levels, bool is_object) {
    const char close = is_object ? '}' : ']';
    struct place place = { .outer = outer };

    if (levels == 0)
        return fail(reader, reader->at, "too many levels");
    reader->at++;
    skip_space(reader);
    if (next_is(reader, close)) {
        reader->at++;
        return true;
    }
    for (;; reader->at++) {
        skip_space(reader);
        if (is_object ? !read_member(reader, &place, levels - 1) : !read_value(reader, &place, levels - 1))
            return false;
        place.index++;
        skip_space(reader);
        if (!next_is(reader, ','))
            break;
    }
    if (!next_is(reader, close))
        return fail(reader, reader->at, is_object ? "expected ',' or '}'" : "expected ',' or ']'");
    reader->at++;
    return true;
}

static bool read_object(struct reader *reader, const struct place *place, unsigned levels) {
    size_t base = reader->stack_used;

    if (!read_children(reader, place, levels, true))
        return false;
    size_t length = (reader->stack_used - base) / sizeof(struct json_member);
    struct json_member *members = pop_block(reader, base);
    if (length > 1 && has_duplicates(members, length))
        length = merge_duplicates(reader, place, members, length);
    push_value(reader, (struct json){ .type = JSON_OBJECT, .members = members, .length = (uint32_t)length });
    return true;
}

static bool read_array(struct reader *reader, const struct place *place, unsigned levels) {
    size_t base = reader->stack_used;

    if (!read_children(reader, place, levels, false))
        return false;
    size_t length = (reader->stack_used - base) / sizeof(struct json);
    struct json *items = pop_block(reader, base);
    push_value(reader, (struct json){ .type = JSON_ARRAY, .items = items, .length = (uint32_t)length });
    return true;
}

static bool read_string_value(struct reader *reader) {
    struct text string;

    if (!read_string(reader, &string))
        return false;
    if (!reader->is_skipping)
        push_value(reader, (struct json){
                               .type = JSON_STRING,
                               .string = arena_strndup(reader->arena, string.data, string.length),
                               .length = (uint32_t)string.length,
                           });
    return true;
}

static bool read_value(struct reader *reader, const struct place *place, unsigned levels) {
    skip_space(reader);
    switch (reader->at < reader->end ? *reader->at : '\0') {
    case '{':
        return read_object(reader, place, levels);
    case '[':
        return read_array(reader, place, levels);
    case '"':
        return read_string_value(reader);
    case 't':
        return read_word(reader, "true", JSON_TRUE);
    case 'f':
        return read_word(reader, "false", JSON_FALSE);
    case 'n':
        return read_word(reader, "null", JSON_NULL);
    default:
        return read_number(reader);
    }
}

/* ---- the document ---- */

/* The content is not quoted: it may be that of a Secret. */
static bool report_problem(const struct reader *reader, struct error *err) {
    unsigned line = 1, column = 1;

    for (const unsigned char *at = reader->start; at < reader->at; at++) {
        if (*at == '\n') {
            line++;
            column = 1;
        } else if ((*at & 0xc0) != 0x80) {
            column++;
        }
    }
    return error_set(err, ERROR_INVALID, "JSON, line %u, column %u: %s", line, column,
                     reader->at == reader->end ? "the text ends too early" : reader->problem);
}

static bool read_document(struct reader *reader) {
    if (!read_value(reader, NULL, JSON_DEPTH_MAX))
        return false;
    skip_space(reader);
    return reader->at == reader->end || fail(reader, reader->at, "nothing may follow the value");
}

bool json_parse(struct arena *arena, struct text text, const struct json_parse_options *options,
                struct json **out_value, struct error *err) {
    struct reader reader;

    if (text.length > JSON_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "JSON of %zu bytes; at most %d are read", text.length,
                         JSON_BYTES_MAX);
    /* Not all of it is set: clearing the first part of the stack would cost as much as a small document. */
    reader.at = reader.start = (const unsigned char *)text.data;
    reader.end = reader.at + text.length;
    reader.arena = arena;
    reader.skip_managed_fields = options && options->skip_managed_fields;
    reader.is_skipping = false;
    reader.out_duplicate = options ? options->out_duplicate : NULL;
    reader.problem = NULL;
    reader.unescaped = (struct buffer){ 0 };
    reader.stack = reader.stack_first;
    reader.stack_used = 0;
    reader.stack_size = sizeof(reader.stack_first);
    if (reader.out_duplicate)
        *reader.out_duplicate = NULL;

    bool is_read = read_document(&reader);
    if (is_read)
        *out_value = pop_block(&reader, 0);
    if (reader.stack != reader.stack_first)
        free(reader.stack);
    buffer_clear(&reader.unescaped);
    return is_read || report_problem(&reader, err);
}
