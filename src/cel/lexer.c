#include "cel/lexer.h"

#include <ctype.h>

static const char *const punctuation[] = {
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/",
    "%",  "!",  "?",  ":",  ".",  ",",  "(", ")", "[", "]", "{", "}",
};

static const char *const reserved[] = {
    "as",  "break", "const", "continue", "else",      "false",  "for",  "function", "if",   "import", "in",
    "let", "loop",  "null",  "package",  "namespace", "return", "true", "var",      "void", "while",
};

bool cel_is_reserved(struct text name) {
    for (size_t i = 0; i < ARRAY_LENGTH(reserved); i++)
        if (name.length && name.data[0] == reserved[i][0] && text_is(name, reserved[i]))
            return true;
    return false;
}

static bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

static bool is_name_start(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           character == '_';
}

static char at(const struct cel_lexer *lexer, size_t offset) {
    size_t position = lexer->position + offset;

    return position < lexer->source.length ? lexer->source.data[position] : '\0';
}

static struct text rest_of(const struct cel_lexer *lexer) {
    return (struct text){ lexer->source.data + lexer->position, lexer->source.length - lexer->position };
}

const char *cel_place(struct arena *arena, struct text source, size_t position) {
    size_t line = 1, column = 1;

    for (size_t i = 0; i < position && i < source.length; i++) {
        bool is_continuation = ((unsigned char)source.data[i] & 0xC0) == 0x80;
        column += !is_continuation;
        if (source.data[i] == '\n') {
            line++;
            column = 1;
        }
    }
    return line == 1 ? arena_printf(arena, "column %zu", column)
                     : arena_printf(arena, "line %zu, column %zu", line, column);
}

static bool fail(struct cel_lexer *lexer, const char *why, struct error *err) {
    return error_set(err, ERROR_INVALID, "%s: %s", cel_place(lexer->arena, lexer->source, lexer->position),
                     why);
}

static void skip_blanks(struct cel_lexer *lexer) {
    for (;;) {
        char character = at(lexer, 0);
        if (character == ' ' || character == '\t' || character == '\n' || character == '\f' ||
            character == '\r')
            lexer->position++;
        else if (character == '/' && at(lexer, 1) == '/')
            while (lexer->position < lexer->source.length && at(lexer, 0) != '\n')
                lexer->position++;
        else
            return;
    }
}

static bool read_hexadecimal(struct text digits, uint64_t *out_value) {
    uint64_t value = 0;

    for (size_t i = 0; i < digits.length; i++) {
        char character = (char)tolower((unsigned char)digits.data[i]);
        unsigned digit = (unsigned)(is_digit(character) ? character - '0' : character - 'a' + 10);
        if (value > UINT64_MAX >> 4)
            return false;
        value = value << 4 | digit;
    }
    *out_value = value;
    return digits.length > 0;
}

/* The length of a number: 0x…, or digits with a fraction and an exponent. */
static size_t number_length(const struct cel_lexer *lexer, bool *out_is_double) {
    size_t length = 0;

    *out_is_double = false;
    if (at(lexer, 0) == '0' && at(lexer, 1) == 'x' && isxdigit((unsigned char)at(lexer, 2))) {
        for (length = 2; isxdigit((unsigned char)at(lexer, length));)
            length++;
        return length;
    }
    while (is_digit(at(lexer, length)))
        length++;
    if (at(lexer, length) == '.' && is_digit(at(lexer, length + 1))) {
        *out_is_double = true;
        for (length++; is_digit(at(lexer, length));)
            length++;
    }
    char exponent = at(lexer, length);
    size_t sign = at(lexer, length + 1) == '+' || at(lexer, length + 1) == '-';
    if ((exponent == 'e' || exponent == 'E') && is_digit(at(lexer, length + 1 + sign))) {
        *out_is_double = true;
        for (length += 2 + sign; is_digit(at(lexer, length));)
            length++;
    }
    return length;
}

static bool read_double(struct text text, bool is_negative, struct cel_value *out_value) {
    double size;

    if (!parse_double(text, &size))
        return false;
    *out_value = cel_from_double(is_negative ? -size : size);
    return true;
}

static bool read_integer(struct text text, bool is_negative, bool is_unsigned, struct cel_value *out_value) {
    bool is_hexadecimal = text_starts_with(text, "0x");
    struct text digits = is_hexadecimal ? (struct text){ text.data + 2, text.length - 2 } : text;
    uint64_t limit = is_unsigned ? UINT64_MAX : (uint64_t)INT64_MAX + is_negative, size;

    if (!(is_hexadecimal ? read_hexadecimal(digits, &size) : parse_uint64(digits, &size)) || size > limit)
        return false;
    *out_value = is_unsigned ? cel_from_uint(size) : cel_from_int((int64_t)(is_negative ? -size : size));
    return true;
}

static bool take_number(struct cel_lexer *lexer, bool is_negative, struct cel_token *token,
                        struct error *err) {
    bool is_double;
    size_t length = number_length(lexer, &is_double);
    struct text text = { lexer->source.data + lexer->position, length };
    bool is_unsigned = !is_double && (at(lexer, length) == 'u' || at(lexer, length) == 'U');
    size_t end = length + is_unsigned;

    if (is_name_start(at(lexer, end)) || is_digit(at(lexer, end)))
        return fail(lexer, "a number runs into a name", err);
    if (is_unsigned && is_negative)
        return fail(lexer, "a uint has no sign", err);
    if (!(is_double ? read_double(text, is_negative, &token->literal)
                    : read_integer(text, is_negative, is_unsigned, &token->literal)))
        return fail(lexer, "the number is out of range", err);
    token->kind = CEL_TOKEN_LITERAL;
    lexer->position += end;
    return true;
}

/* The length of a prefix of quotes (r, b, br in either case) when a quote follows; SIZE_MAX otherwise. */
static size_t quote_prefix(const struct cel_lexer *lexer) {
    size_t length = 0;

    if (tolower((unsigned char)at(lexer, length)) == 'b')
        length++;
    if (tolower((unsigned char)at(lexer, length)) == 'r')
        length++;
    return at(lexer, length) == '"' || at(lexer, length) == '\'' ? length : SIZE_MAX;
}

static bool take_quoted(struct cel_lexer *lexer, size_t prefix, struct cel_token *token, struct error *err) {
    bool is_raw = prefix > 0 && tolower((unsigned char)at(lexer, prefix - 1)) == 'r';
    char quote = at(lexer, prefix);
    size_t quotes = at(lexer, prefix + 1) == quote && at(lexer, prefix + 2) == quote ? 3 : 1;
    size_t length = prefix + quotes, closing = 0;
    const char *why = NULL;

    for (; closing < quotes; length++) {
        if (lexer->position + length >= lexer->source.length)
            return fail(lexer, "the string has no end", err);
        char character = at(lexer, length);
        if (quotes == 1 && (character == '\n' || character == '\r'))
            return fail(lexer, "the string has no end on its line; \"\"\" may span lines", err);
        if (character == '\\' && !is_raw) {
            length++;
            closing = 0;
        } else {
            closing = character == quote ? closing + 1 : 0;
        }
    }
    struct text literal = { lexer->source.data + lexer->position, length };
    if (!cel_unquote(lexer->arena, literal, &token->literal, &why))
        return fail(lexer, why, err);
    token->kind = CEL_TOKEN_LITERAL;
    lexer->position += length;
    return true;
}

static bool take_punctuation(struct cel_lexer *lexer, struct cel_token *token, struct error *err) {
    for (size_t i = 0; i < ARRAY_LENGTH(punctuation); i++)
        if (punctuation[i][0] == at(lexer, 0) && text_starts_with(rest_of(lexer), punctuation[i])) {
            token->kind = CEL_TOKEN_PUNCTUATION;
            token->text = text_from(punctuation[i]);
            lexer->position += token->text.length;
            return true;
        }
    return fail(lexer, "there is no such operator", err);
}

bool cel_lexer_next(struct cel_lexer *lexer, bool is_negative, struct cel_token *out_token,
                    struct error *err) {
    skip_blanks(lexer);
    *out_token = (struct cel_token){ .kind = CEL_TOKEN_END, .position = lexer->position };
    if (lexer->position == lexer->source.length)
        return true;
    size_t prefix = quote_prefix(lexer);
    if (prefix != SIZE_MAX)
        return take_quoted(lexer, prefix, out_token, err);
    if (is_digit(at(lexer, 0)) || (at(lexer, 0) == '.' && is_digit(at(lexer, 1))))
        return take_number(lexer, is_negative, out_token, err);
    if (!is_name_start(at(lexer, 0)))
        return take_punctuation(lexer, out_token, err);
    size_t length = 1;
    while (is_name_start(at(lexer, length)) || is_digit(at(lexer, length)))
        length++;
    out_token->kind = CEL_TOKEN_NAME;
    out_token->text = (struct text){ lexer->source.data + lexer->position, length };
    lexer->position += length;
    return true;
}
