#include "neo4j/privilege_tokens.h"

#include "neo4j/quote.h"

#include <strings.h>

struct reader {
    struct arena *arena;
    const char *text;
    size_t at;
    struct tokens tokens;
};

static bool is_word_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || (unsigned char)byte >= 0x80;
}

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

static void add(struct reader *reader, enum token_type type, size_t begin, const char *text) {
    reader->tokens.items[reader->tokens.count++] =
        (struct token){ .type = type, .text = text, .begin = begin, .end = reader->at };
}

static char *copy_from(const struct reader *reader, size_t begin) {
    return arena_strndup(reader->arena, reader->text + begin, reader->at - begin);
}

/* ---- quotes ---- */

static void add_utf8(struct buffer *out, unsigned code) {
    if (code < 0x80) {
        buffer_add_char(out, (char)code);
    } else if (code < 0x800) {
        buffer_add_char(out, (char)(0xC0 | code >> 6));
        buffer_add_char(out, (char)(0x80 | (code & 0x3F)));
    } else {
        buffer_add_char(out, (char)(0xE0 | code >> 12));
        buffer_add_char(out, (char)(0x80 | (code >> 6 & 0x3F)));
        buffer_add_char(out, (char)(0x80 | (code & 0x3F)));
    }
}

/* The four digits after \u. Surrogates, NUL and what would end the quotes are refused: the two languages of
 * Cypher read them in different ways. */
static bool add_unicode(struct reader *reader, struct buffer *out, char quote) {
    unsigned code = 0;

    for (int i = 0; i < 4; i++) {
        char digit = reader->text[reader->at];
        const char *digits = "0123456789abcdef";
        const char *found = digit ? strchr(digits, digit | 0x20) : NULL;
        if (!found || (!is_digit(digit) && digit < 'A'))
            return false;
        code = code * 16 + (unsigned)(found - digits);
        reader->at++;
    }
    if (code == 0 || code == (unsigned)quote || (code >= 0xD800 && code <= 0xDFFF))
        return false;
    add_utf8(out, code);
    return true;
}

/* What follows a backslash. Names know only \u, and otherwise mean the backslash itself. */
static bool add_escape(struct reader *reader, struct buffer *out, char quote) {
    static const char from[] = "\\'\"bfnrt";
    static const char to[] = "\\'\"\b\f\n\r\t";
    char escape = reader->text[reader->at];
    const char *found = escape ? strchr(from, escape) : NULL;

    if (escape == 'u') {
        reader->at++;
        return add_unicode(reader, out, quote);
    }
    if (quote == '`') {
        buffer_add_char(out, '\\');
        return true;
    }
    if (!found)
        return false;
    buffer_add_char(out, to[found - from]);
    reader->at++;
    return true;
}

static bool read_quoted(struct reader *reader, struct error *err) {
    size_t begin = reader->at;
    char quote = reader->text[reader->at++];
    CLEANUP_BUFFER struct buffer out = { 0 };

    for (;;) {
        char byte = reader->text[reader->at];
        if (!byte)
            return error_set(err, ERROR_INVALID, "at character %zu: the quote %c does not end", begin + 1,
                             quote);
        reader->at++;
        if (byte == '\\') {
            if (!add_escape(reader, &out, quote))
                return error_set(err, ERROR_INVALID, "at character %zu: this is no escape that can be used",
                                 reader->at);
        } else if (byte != quote) {
            buffer_add_char(&out, byte);
        } else if (quote == '`' && reader->text[reader->at] == '`') {
            buffer_add_char(&out, '`');
            reader->at++;
        } else {
            break;
        }
    }
    if (quote == '`' && !out.length)
        return error_set(err, ERROR_INVALID, "at character %zu: a name can't be empty", begin + 1);
    add(reader, quote == '`' ? TOKEN_NAME : TOKEN_STRING, begin,
        arena_strdup(reader->arena, buffer_string(&out)));
    return true;
}

/* ---- the rest ---- */

static void read_word(struct reader *reader) {
    size_t begin = reader->at;

    while (is_word_byte(reader->text[reader->at]))
        reader->at++;
    add(reader, TOKEN_WORD, begin, copy_from(reader, begin));
}

static void read_number(struct reader *reader) {
    size_t begin = reader->at;

    while (is_word_byte(reader->text[reader->at]) ||
           (reader->text[reader->at] == '.' && is_digit(reader->text[reader->at + 1])))
        reader->at++;
    add(reader, TOKEN_NUMBER, begin, copy_from(reader, begin));
}

static void read_symbol(struct reader *reader) {
    static const char *const pairs[] = { "<=", ">=", "<>", "=~", "->", "<-", ".." };
    size_t begin = reader->at;
    size_t length = 1;

    for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++)
        if (str_starts_with(reader->text + begin, pairs[i]))
            length = 2;
    reader->at += length;
    add(reader, TOKEN_SYMBOL, begin, copy_from(reader, begin));
}

static bool read_token(struct reader *reader, struct error *err) {
    char byte = reader->text[reader->at];

    if (byte == '`' || byte == '\'' || byte == '"')
        return read_quoted(reader, err);
    if (is_digit(byte))
        read_number(reader);
    else if (is_word_byte(byte))
        read_word(reader);
    else if ((unsigned char)byte < 0x20)
        return error_set(err, ERROR_INVALID, "at character %zu: a control character can't stand here",
                         reader->at + 1);
    else
        read_symbol(reader);
    return true;
}

bool tokens_read(struct arena *arena, const char *text, struct tokens *out_tokens, struct error *err) {
    size_t length = strlen(text);
    struct reader reader = { .arena = arena, .text = text };

    if (!text_is_utf8((struct text){ text, length }))
        return error_set(err, ERROR_INVALID, "it is no UTF-8");
    reader.tokens.items = ARENA_ARRAY(arena, struct token, length + 1);
    for (;;) {
        reader.at += strspn(text + reader.at, " \t\r\n");
        if (!text[reader.at])
            break;
        if (!read_token(&reader, err))
            return false;
    }
    reader.tokens.items[reader.tokens.count] =
        (struct token){ .type = TOKEN_END, .text = "the end", .begin = length, .end = length };
    *out_tokens = reader.tokens;
    return true;
}

bool token_is_word(const struct token *token, const char *word) {
    return token->type == TOKEN_WORD && !strcasecmp(token->text, word);
}

bool token_is_symbol(const struct token *token, const char *symbol) {
    return token->type == TOKEN_SYMBOL && str_equal(token->text, symbol);
}

/* ---- writing ---- */

/* Words that mean something where names stand in these statements. */
static bool is_special(const char *name) {
    static const char *const words[] = { "DATABASE", "DATABASES",     "DBMS",  "DEFAULT", "ELEMENT",
                                         "ELEMENTS", "FOR",           "FROM",  "GRAPH",   "GRAPHS",
                                         "HOME",     "NODE",          "NODES", "ON",      "RELATIONSHIP",
                                         "ROLE",     "RELATIONSHIPS", "ROLES", "TO",      "MANAGEMENT" };

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (!strcasecmp(words[i], name))
            return true;
    return false;
}

void token_write_name(struct buffer *out, const char *name) {
    bool is_plain = *name && !is_digit(*name) && !is_special(name);

    for (const char *byte = name; *byte && is_plain; byte++)
        is_plain = is_word_byte(*byte) && (unsigned char)*byte < 0x80;
    if (is_plain)
        buffer_add_string(out, name);
    else
        quote_name(out, name);
}

void token_write(struct buffer *out, const struct token *token) {
    static const char *const keywords[] = {
        "AND", "FALSE", "IN", "IS", "NOT", "NULL", "OR", "TRUE", "WHERE"
    };

    if (token->type == TOKEN_STRING) {
        quote_string(out, token->text);
        return;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(keywords); i++)
        if (token->type != TOKEN_SYMBOL && !strcasecmp(token->text, keywords[i])) {
            if (token->type == TOKEN_NAME)
                quote_name(out, token->text);
            else
                buffer_add_string(out, keywords[i]);
            return;
        }
    if (token->type == TOKEN_NAME)
        token_write_name(out, token->text);
    else
        buffer_add_string(out, token->text);
}
