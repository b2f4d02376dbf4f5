/* Reading JSON text.
 *
 * Recursive descent over the bytes, once. The children of a container are collected on a stack beside the
 * recursion and copied into the arena, as one exact block, when the container ends; each value is written
 * where it is copied from, once. Strings without escapes, which are nearly all, are copied straight from the
 * text.
 */
#include "base/json.h"

#include "base/json_index.h"
#include "base/json_token.h"

enum { STACK_BYTES_FIRST = 8192 };

/* Where the reader is: the way from the root, for the path of a key that comes twice. */
struct place {
    const struct place *outer;
    const char *key; /* NULL in an array */
    uint32_t key_length;
    uint32_t index;
};

struct reader {
    struct json_tokens tokens; /* its is_skipping: nothing is built of what is read */
    struct arena *arena;
    bool skip_managed_fields;
    const char **out_duplicate;

    char *stack;
    size_t stack_used;
    size_t stack_size;
    char stack_first[STACK_BYTES_FIRST];
};

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
    if (!reader->tokens.is_skipping)
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

    if (json_token_next(&reader->tokens) != '"')
        return json_token_fail(&reader->tokens, reader->tokens.at, "expected a key in quotes");
    if (!json_token_string(&reader->tokens, &key))
        return false;
    place->key = reader->tokens.is_skipping ? key.data : arena_strndup(reader->arena, key.data, key.length);
    place->key_length = (uint32_t)key.length;
    json_token_skip_space(&reader->tokens);
    if (json_token_next(&reader->tokens) != ':')
        return json_token_fail(&reader->tokens, reader->tokens.at, "expected ':' after a key");
    reader->tokens.at++;
    return true;
}

static bool read_member(struct reader *reader, struct place *place, unsigned levels) {
    if (!read_key(reader, place))
        return false;
    if (reader->tokens.is_skipping)
        return read_value(reader, place, levels);

    if (reader->skip_managed_fields && place_is(place, "managedFields") &&
        place_is(place->outer, "metadata")) {
        reader->tokens.is_skipping = true;
        bool is_read = read_value(reader, place, levels);
        reader->tokens.is_skipping = false;
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
        return json_token_fail(&reader->tokens, reader->tokens.at, "too many levels");
    reader->tokens.at++;
    json_token_skip_space(&reader->tokens);
    if (json_token_next(&reader->tokens) == close) {
        reader->tokens.at++;
        return true;
    }
    for (;; reader->tokens.at++) {
        json_token_skip_space(&reader->tokens);
        if (is_object ? !read_member(reader, &place, levels - 1) : !read_value(reader, &place, levels - 1))
            return false;
        place.index++;
        json_token_skip_space(&reader->tokens);
        if (json_token_next(&reader->tokens) != ',')
            break;
    }
    if (json_token_next(&reader->tokens) != close)
        return json_token_fail(&reader->tokens, reader->tokens.at,
                               is_object ? "expected ',' or '}'" : "expected ',' or ']'");
    reader->tokens.at++;
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

    if (!json_token_string(&reader->tokens, &string))
        return false;
    if (!reader->tokens.is_skipping)
        push_value(reader, (struct json){
                               .type = JSON_STRING,
                               .string = arena_strndup(reader->arena, string.data, string.length),
                               .length = (uint32_t)string.length,
                           });
    return true;
}

static bool read_word(struct reader *reader, const char *word, enum json_type type) {
    if (!json_token_word(&reader->tokens, word))
        return false;
    push_value(reader, (struct json){ .type = type });
    return true;
}

static bool read_number(struct reader *reader) {
    struct json value;

    if (!json_token_number(&reader->tokens, &value))
        return false;
    push_value(reader, value);
    return true;
}

static bool read_value(struct reader *reader, const struct place *place, unsigned levels) {
    json_token_skip_space(&reader->tokens);
    switch (json_token_next(&reader->tokens)) {
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

static bool read_document(struct reader *reader) {
    if (!read_value(reader, NULL, JSON_DEPTH_MAX))
        return false;
    json_token_skip_space(&reader->tokens);
    return reader->tokens.at == reader->tokens.end ||
           json_token_fail(&reader->tokens, reader->tokens.at, "nothing may follow the value");
}

bool json_parse(struct arena *arena, struct text text, const struct json_parse_options *options,
                struct json **out_value, struct error *err) {
    struct reader reader;

    if (text.length > JSON_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "JSON of %zu bytes; at most %d are read", text.length,
                         JSON_BYTES_MAX);
    /* Not all of it is set: clearing the first part of the stack would cost as much as a small document. */
    const unsigned char *start = (const unsigned char *)(text.length ? text.data : "");
    reader.tokens = (struct json_tokens){ .at = start, .end = start + text.length, .start = start };
    reader.arena = arena;
    reader.skip_managed_fields = options && options->skip_managed_fields;
    reader.out_duplicate = options ? options->out_duplicate : NULL;
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
    buffer_clear(&reader.tokens.unescaped);
    return is_read || json_token_report(&reader.tokens, err);
}
