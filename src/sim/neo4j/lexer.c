#include "sim/neo4j/lexer.h"

#include "base/buffer.h"

#include <ctype.h>
#include <errno.h>

struct lexer {
    struct arena *arena;
    struct text statement;
    size_t at;
    struct failure *failure;
};

bool lexer_fail_as(struct arena *arena, struct text statement, size_t offset, struct failure *failure,
                   enum failure_kind kind, const char *about, const char *what) {
    size_t line = 1, line_start = 0;

    offset = offset > statement.length ? statement.length : offset;
    for (size_t i = 0; i < offset; i++)
        if (statement.data[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    const char *end = memchr(statement.data + line_start, '\n', statement.length - line_start);
    size_t length = end ? (size_t)(end - statement.data) - line_start : statement.length - line_start;
    return failure_set_about(failure, arena, kind, about, about,
                             "%s (line %zu, column %zu (offset: %zu))\n\"%.*s\"\n%*s^", what, line,
                             offset - line_start + 1, offset, (int)length, statement.data + line_start,
                             (int)(offset - line_start + 1), "");
}

bool lexer_fail(struct arena *arena, struct text statement, size_t offset, struct failure *failure,
                const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    const char *what = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return lexer_fail_as(arena, statement, offset, failure, FAILURE_SYNTAX, NULL, what);
}

static int peek(const struct lexer *lexer, size_t ahead) {
    return lexer->at + ahead < lexer->statement.length
               ? (unsigned char)lexer->statement.data[lexer->at + ahead]
               : -1;
}

static bool skip_comment(struct lexer *lexer) {
    if (peek(lexer, 0) == '/' && peek(lexer, 1) == '/') {
        while (peek(lexer, 0) >= 0 && peek(lexer, 0) != '\n')
            lexer->at++;
        return true;
    }
    if (peek(lexer, 0) == '/' && peek(lexer, 1) == '*') {
        lexer->at += 2;
        while (peek(lexer, 0) >= 0 && !(peek(lexer, 0) == '*' && peek(lexer, 1) == '/'))
            lexer->at++;
        /* One that is not closed lasts to the end. */
        lexer->at += peek(lexer, 0) >= 0 ? 2 : 0;
        return true;
    }
    return false;
}

static void skip_space(struct lexer *lexer) {
    do
        while (peek(lexer, 0) >= 0 && isspace(peek(lexer, 0)))
            lexer->at++;
    while (skip_comment(lexer));
}

static bool is_name_start(int c) {
    return c == '_' || c >= 0x80 || (c >= 0 && isalpha(c));
}

static bool is_name_part(int c) {
    return is_name_start(c) || (c >= 0 && isdigit(c));
}

static void read_word(struct lexer *lexer, struct token *token) {
    size_t start = lexer->at;

    while (is_name_part(peek(lexer, 0)))
        lexer->at++;
    token->text = arena_strndup(lexer->arena, lexer->statement.data + start, lexer->at - start);
}

/* Up to the quote; a doubled quote stands for one where escapes are not known (names). */
static bool read_quoted(struct lexer *lexer, struct token *token, int quote, bool has_escapes) {
    static const char escapes[][2] = { { 'n', '\n' }, { 't', '\t' },  { 'r', '\r' },  { 'b', '\b' },
                                       { 'f', '\f' }, { '\\', '\\' }, { '\'', '\'' }, { '"', '"' } };
    CLEANUP_BUFFER struct buffer text = { 0 };
    int c;

    for (lexer->at++;; lexer->at++) {
        c = peek(lexer, 0);
        if (c < 0)
            return lexer_fail_as(lexer->arena, lexer->statement, token->offset, lexer->failure,
                                 FAILURE_STRING_LITERAL, NULL,
                                 "Failed to parse string literal. The query must contain an even number of "
                                 "non-escaped quotes.");
        if (c == quote && !has_escapes && peek(lexer, 1) == quote)
            lexer->at++;
        else if (c == quote)
            break;
        else if (c == '\\' && has_escapes) {
            size_t i = 0;
            while (i < ARRAY_LENGTH(escapes) && escapes[i][0] != peek(lexer, 1))
                i++;
            if (i == ARRAY_LENGTH(escapes))
                return lexer_fail(lexer->arena, lexer->statement, lexer->at, lexer->failure,
                                  "Invalid escape in a string literal");
            c = escapes[i][1];
            lexer->at++;
        }
        buffer_add_char(&text, (char)c);
    }
    lexer->at++;
    token->text = arena_strdup(lexer->arena, buffer_string(&text));
    return true;
}

static bool fail_number(struct lexer *lexer, size_t start, const char *digits, const char *what) {
    return lexer_fail_as(lexer->arena, lexer->statement, start, lexer->failure, FAILURE_NUMBER_TOO_LARGE,
                         digits, what);
}

/* 0x1F, 0o17: true when there is one; false and no failure when there is none. */
static bool read_prefixed(struct lexer *lexer, struct token *token) {
    bool is_hexadecimal = peek(lexer, 1) == 'x' || peek(lexer, 1) == 'X';
    size_t start = lexer->at;
    char *end;

    if (peek(lexer, 0) != '0' || (!is_hexadecimal && peek(lexer, 1) != 'o') || !isxdigit(peek(lexer, 2)))
        return false;
    for (lexer->at += 2; peek(lexer, 0) >= 0 && isxdigit(peek(lexer, 0));)
        lexer->at++;
    token->type = TOKEN_INTEGER;
    token->text = arena_strndup(lexer->arena, lexer->statement.data + start, lexer->at - start);
    errno = 0;
    token->integer = strtoll(token->text + 2, &end, is_hexadecimal ? 16 : 8);
    if (!errno && !*end)
        return true;
    if (errno == ERANGE)
        return fail_number(lexer, start, token->text, "integer is too large");
    lexer->at = start;
    return false;
}

static bool read_number(struct lexer *lexer, struct token *token) {
    size_t start = lexer->at;
    bool is_float = false;

    if (read_prefixed(lexer, token))
        return true;
    if (lexer->failure->kind)
        return false;
    while (peek(lexer, 0) >= 0 && isdigit(peek(lexer, 0)))
        lexer->at++;
    if (peek(lexer, 0) == '.' && peek(lexer, 1) >= 0 && isdigit(peek(lexer, 1))) {
        is_float = true;
        for (lexer->at++; peek(lexer, 0) >= 0 && isdigit(peek(lexer, 0));)
            lexer->at++;
    }
    if (peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') {
        is_float = true;
        lexer->at++;
        if (peek(lexer, 0) == '-' || peek(lexer, 0) == '+')
            lexer->at++;
        while (peek(lexer, 0) >= 0 && isdigit(peek(lexer, 0)))
            lexer->at++;
    }
    struct text digits = { lexer->statement.data + start, lexer->at - start };
    token->type = is_float ? TOKEN_FLOAT : TOKEN_INTEGER;
    token->text = arena_strndup(lexer->arena, digits.data, digits.length);
    if (is_float ? parse_double(digits, &token->number) : parse_int64(digits, &token->integer))
        return true;
    return fail_number(lexer, start, token->text,
                       is_float ? "floating point number is too large" : "integer is too large");
}

static void read_symbol(struct lexer *lexer, struct token *token) {
    static const char *const pairs[] = { "<=", ">=", "<>", "!=", "=~", "..", "+=", "||", "->", "<-" };
    size_t length = 1;

    for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++)
        if (peek(lexer, 0) == pairs[i][0] && peek(lexer, 1) == pairs[i][1])
            length = 2;
    token->text = arena_strndup(lexer->arena, lexer->statement.data + lexer->at, length);
    lexer->at += length;
}

static bool read_parameter(struct lexer *lexer, struct token *token) {
    lexer->at++;
    if (peek(lexer, 0) == '`')
        return read_quoted(lexer, token, '`', false);
    read_word(lexer, token);
    if (*token->text)
        return true;
    while (peek(lexer, 0) >= 0 && isdigit(peek(lexer, 0))) /* $0 */
        lexer->at++;
    token->text =
        arena_strndup(lexer->arena, lexer->statement.data + token->offset + 1, lexer->at - token->offset - 1);
    return *token->text || lexer_fail(lexer->arena, lexer->statement, token->offset, lexer->failure,
                                      "Invalid input '$': expected a parameter");
}

static bool read_token(struct lexer *lexer, struct token *token) {
    int c;

    skip_space(lexer);
    c = peek(lexer, 0);
    token->offset = lexer->at;
    token->text = arena_strdup(lexer->arena, "");
    if (c < 0) {
        token->type = TOKEN_END;
        return true;
    }
    if (c == '\'' || c == '"') {
        token->type = TOKEN_STRING;
        return read_quoted(lexer, token, c, true);
    }
    if (c == '`') {
        token->type = TOKEN_NAME;
        return read_quoted(lexer, token, c, false);
    }
    if (c == '$') {
        token->type = TOKEN_PARAMETER;
        return read_parameter(lexer, token);
    }
    if (isdigit(c))
        return read_number(lexer, token);
    token->type = is_name_start(c) ? TOKEN_WORD : TOKEN_SYMBOL;
    if (token->type == TOKEN_WORD)
        read_word(lexer, token);
    else
        read_symbol(lexer, token);
    return true;
}

bool lexer_read(struct arena *arena, struct text statement, struct token **out_tokens,
                struct failure *failure) {
    struct lexer lexer = { .arena = arena, .statement = statement, .failure = failure };
    size_t capacity = 32, count = 0;
    struct token *tokens;

    if (statement.length > STATEMENT_BYTES_MAX)
        return failure_set(failure, arena, FAILURE_SYNTAX, "The statement is longer than %d bytes",
                           STATEMENT_BYTES_MAX);
    tokens = ARENA_ARRAY(arena, struct token, capacity);
    do {
        if (count == capacity) {
            struct token *more = ARENA_ARRAY(arena, struct token, capacity * 2);
            memcpy(more, tokens, count * sizeof(*tokens));
            tokens = more;
            capacity *= 2;
        }
        if (count == STATEMENT_TOKENS_MAX)
            return lexer_fail(arena, statement, lexer.at, failure, "The statement has too many tokens");
        if (!read_token(&lexer, &tokens[count]))
            return false;
    } while (tokens[count++].type != TOKEN_END);
    *out_tokens = tokens;
    return true;
}
