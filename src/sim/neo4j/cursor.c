#include "base/buffer.h"
#include "sim/neo4j/expression.h"

const struct token *cursor_look(const struct cursor *cursor) {
    return &cursor->tokens[cursor->at];
}

static void advance(struct cursor *cursor) {
    if (cursor_look(cursor)->type != TOKEN_END)
        cursor->at++;
}

bool cursor_is(const struct cursor *cursor, const char *keyword) {
    return cursor_look(cursor)->type == TOKEN_WORD && !strcasecmp(cursor_look(cursor)->text, keyword);
}

bool cursor_take(struct cursor *cursor, const char *keyword) {
    bool found = cursor_is(cursor, keyword);

    if (found)
        advance(cursor);
    return found;
}

bool cursor_expect(struct cursor *cursor, const char *keyword) {
    return cursor_take(cursor, keyword) || cursor_fail(cursor, keyword);
}

bool cursor_is_symbol(const struct cursor *cursor, const char *symbol) {
    return cursor_look(cursor)->type == TOKEN_SYMBOL && str_equal(cursor_look(cursor)->text, symbol);
}

bool cursor_take_symbol(struct cursor *cursor, const char *symbol) {
    bool found = cursor_is_symbol(cursor, symbol);

    if (found)
        advance(cursor);
    return found;
}

bool cursor_expect_symbol(struct cursor *cursor, const char *symbol) {
    return cursor_take_symbol(cursor, symbol) || cursor_fail(cursor, symbol);
}

bool cursor_at_end(const struct cursor *cursor) {
    return cursor_look(cursor)->type == TOKEN_END ||
           (cursor_is_symbol(cursor, ";") && cursor->tokens[cursor->at + 1].type == TOKEN_END);
}

bool cursor_fail(struct cursor *cursor, const char *expected) {
    const struct token *token = cursor_look(cursor);

    return lexer_fail(cursor->arena, cursor->statement, token->offset, cursor->failure,
                      "Invalid input '%s': expected %s", token->type == TOKEN_END ? "" : token->text,
                      expected);
}

bool cursor_fail_at(struct cursor *cursor, size_t offset, enum failure_kind kind, const char *about,
                    const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    const char *what = arena_vprintf(cursor->arena, format, arguments);
    va_end(arguments);
    return lexer_fail_as(cursor->arena, cursor->statement, offset, cursor->failure, kind, about, what);
}

bool cursor_name(struct cursor *cursor, char **out_name) {
    const struct token *token = cursor_look(cursor);

    if (token->type != TOKEN_WORD && token->type != TOKEN_NAME)
        return cursor_fail(cursor, "an identifier");
    *out_name = token->text;
    advance(cursor);
    return true;
}

const struct bolt_value *cursor_parameter(struct cursor *cursor, const char *name) {
    const struct bolt_value *value = bolt_get(cursor->parameters, name);

    if (!value)
        failure_set(cursor->failure, cursor->arena, FAILURE_PARAMETER, "Expected parameter(s): %s", name);
    return value;
}

static bool string_of_parameter(struct cursor *cursor, char **out_string) {
    const char *name = cursor_look(cursor)->text;
    const struct bolt_value *value = cursor_parameter(cursor, name);

    if (!value)
        return false;
    if (!bolt_is(value, BOLT_STRING))
        return failure_set(cursor->failure, cursor->arena, FAILURE_PARAMETER,
                           "Expected parameter $%s to have type String", name);
    *out_string = arena_strdup(cursor->arena, bolt_string(value, ""));
    advance(cursor);
    return true;
}

bool cursor_string_or_parameter(struct cursor *cursor, char **out_string) {
    const struct token *token = cursor_look(cursor);

    if (token->type == TOKEN_PARAMETER)
        return string_of_parameter(cursor, out_string);
    if (token->type != TOKEN_STRING)
        return cursor_fail(cursor, "a string or a parameter");
    *out_string = token->text;
    advance(cursor);
    return true;
}

bool cursor_name_or_parameter(struct cursor *cursor, char **out_name) {
    enum token_type type = cursor_look(cursor)->type;

    if (type == TOKEN_STRING || type == TOKEN_PARAMETER)
        return cursor_string_or_parameter(cursor, out_name);
    return cursor_name(cursor, out_name);
}

bool cursor_dotted_name(struct cursor *cursor, char **out_name) {
    CLEANUP_BUFFER struct buffer name = { 0 };
    char *part;

    if (cursor_look(cursor)->type == TOKEN_PARAMETER)
        return string_of_parameter(cursor, out_name);
    do {
        if (!cursor_name(cursor, &part))
            return false;
        buffer_printf(&name, "%s%s", name.length ? "." : "", part);
    } while (cursor_take_symbol(cursor, "."));
    *out_name = arena_strdup(cursor->arena, buffer_string(&name));
    return true;
}

bool cursor_integer(struct cursor *cursor, int64_t *out_integer) {
    const struct token *token = cursor_look(cursor);

    if (token->type == TOKEN_PARAMETER) {
        const struct bolt_value *value = cursor_parameter(cursor, token->text);
        if (!value)
            return false;
        if (!bolt_is(value, BOLT_INTEGER))
            return failure_set(cursor->failure, cursor->arena, FAILURE_PARAMETER,
                               "Expected parameter $%s to have type Integer", token->text);
        *out_integer = bolt_integer(value, 0);
    } else if (token->type == TOKEN_INTEGER) {
        *out_integer = token->integer;
    } else {
        return cursor_fail(cursor, "an integer value");
    }
    advance(cursor);
    return true;
}
