/* Lexer: the text of a Cypher statement as tokens. */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "sim/neo4j/failure.h"

enum { STATEMENT_BYTES_MAX = 1024 * 1024, STATEMENT_TOKENS_MAX = 100000 };

enum token_type {
    TOKEN_END,
    TOKEN_WORD,   /* a name or a keyword */
    TOKEN_NAME,   /* `a name` */
    TOKEN_STRING, /* 'text', "text" */
    TOKEN_INTEGER,
    TOKEN_FLOAT,
    TOKEN_PARAMETER, /* $name */
    TOKEN_SYMBOL,    /* one or two characters: ( ) , <= <> .. */
};

struct token {
    enum token_type type;
    size_t offset; /* of its first byte */
    char *text;    /* decoded: without quotes and the $ */
    int64_t integer;
    double number;
};

/* *out_tokens ends with TOKEN_END; in arena. */
bool lexer_read(struct arena *arena, struct text statement, struct token **out_tokens,
                struct failure *failure);
/* A SyntaxError with line, column and the line itself. Always false. */
bool lexer_fail(struct arena *arena, struct text statement, size_t offset, struct failure *failure,
                const char *format, ...) PRINTF_LIKE(5, 6);
/* The same of another kind; about is as in struct failure, of the status and its cause. */
bool lexer_fail_as(struct arena *arena, struct text statement, size_t offset, struct failure *failure,
                   enum failure_kind kind, const char *about, const char *what);
