/* The tokens of a statement about privileges. Inside of privileges.h's implementation only. */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

enum token_type {
    TOKEN_END,
    TOKEN_WORD,   /* a keyword or a name without quotes */
    TOKEN_NAME,   /* `name` */
    TOKEN_STRING, /* 'text' or "text" */
    TOKEN_NUMBER,
    TOKEN_SYMBOL, /* "(", "<=" … */
};

struct token {
    enum token_type type;
    const char *text; /* without quotes and escapes */
    size_t begin;     /* bytes of the statement, from 0 */
    size_t end;
};

struct tokens {
    struct token *items; /* the last is TOKEN_END */
    size_t count;        /* without it */
};

/* In arena. ERROR_INVALID for bytes that are no UTF-8, quotes that do not end and escapes that are none. */
CHECKED bool tokens_read(struct arena *arena, const char *text, struct tokens *out_tokens, struct error *err);
/* Whether it is that keyword, in any case. */
bool token_is_word(const struct token *token, const char *word);
bool token_is_symbol(const struct token *token, const char *symbol);
/* As Cypher: with backticks where there could be doubt. */
void token_write_name(struct buffer *out, const char *name);
/* One that is part of a pattern, in the one spelling it has here. */
void token_write(struct buffer *out, const struct token *token);

struct privilege_kind;
/* How many tokens a spelling of the privilege takes, as many as possible; -1 when none of them is its. */
int privilege_kind_fit(const struct privilege_kind *kind, const struct token *token);
