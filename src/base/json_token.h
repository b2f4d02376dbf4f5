/* Tokens of JSON text: strings, numbers and words, read one after the other. For json_read.c.
 *
 * Set at, end and start to the text and the rest to zero, and clear unescaped at the end.
 */
#pragma once

#include "base/json.h"

struct json_tokens {
    const unsigned char *at;
    const unsigned char *end;
    const unsigned char *start;
    const char *problem; /* what is wrong at `at`, after a function has answered false */
    bool is_skipping;    /* strings are checked, but not kept */
    struct buffer unescaped;
};

static inline bool json_token_fail(struct json_tokens *tokens, const unsigned char *at, const char *problem) {
    tokens->at = at;
    tokens->problem = problem;
    return false;
}

static inline void json_token_skip_space(struct json_tokens *tokens) {
    while (tokens->at < tokens->end &&
           (*tokens->at == ' ' || *tokens->at == '\n' || *tokens->at == '\r' || *tokens->at == '\t'))
        tokens->at++;
}

/* '\0' at the end of the text. */
static inline char json_token_next(const struct json_tokens *tokens) {
    return tokens->at < tokens->end ? (char)*tokens->at : '\0';
}

CHECKED bool json_token_word(struct json_tokens *tokens, const char *word);
/* From its opening quote. *out_text is the content: a slice of the text, or of tokens->unescaped until the
 * next string; without meaning while is_skipping. */
CHECKED bool json_token_string(struct json_tokens *tokens, struct text *out_text);
/* An integer where it fits, a double otherwise. */
CHECKED bool json_token_number(struct json_tokens *tokens, struct json *out_value);

/* The problem with its line and column. Always false. */
bool json_token_report(const struct json_tokens *tokens, struct error *err);
