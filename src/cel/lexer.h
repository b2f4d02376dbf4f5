/* Tokens of an expression.
 * Source: the CEL language definition, "Syntax"; CEL.g4 of cel-go. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "cel/value.h"

enum cel_token_kind {
    CEL_TOKEN_END,
    CEL_TOKEN_NAME,        /* text */
    CEL_TOKEN_LITERAL,     /* literal: any but true, false and null, which are names */
    CEL_TOKEN_PUNCTUATION, /* text: an operator, a bracket, a comma */
};

struct cel_token {
    enum cel_token_kind kind;
    struct text text;
    struct cel_value literal;
    size_t position;
};

/* Where the lexer is; source must be well-formed UTF-8. */
struct cel_lexer {
    struct arena *arena;
    struct text source;
    size_t position;
};

/* The next token; literals in arena. INT64_MIN can only be written as a negation: is_negative says that a '-'
 * was before the number, and makes it part of it. */
CHECKED bool cel_lexer_next(struct cel_lexer *lexer, bool is_negative, struct cel_token *out_token,
                            struct error *err);

/* Words that are no names. A field that has such a name is written escaped: __namespace__. */
bool cel_is_reserved(struct text word);

/* "column 5": of a byte in the source, or "line 2, column 5". In arena. */
const char *cel_place(struct arena *arena, struct text source, size_t position);

/* The literal of a string or bytes, from its prefix to its last quote. For the lexer. */
CHECKED bool cel_unquote(struct arena *arena, struct text literal, struct cel_value *out_value,
                         const char **out_why);
