/* Tokens of JSON text: strings, numbers and words, read one after the other. For json_read.c, and for
 * json_write.c what a plain string is.
 *
 * Set at, end and start to the text and the rest to zero, and clear unescaped at the end.
 */
#pragma once

#include "base/json.h"

#include <endian.h>

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

/* Eight bytes at once: the high bit of each byte that ends the plain part of a string (a quote, a backslash,
 * a control character, anything beyond ASCII). The usual test for a zero byte, after xor with what is looked
 * for; a borrow can mark bytes behind the first that is found, never before it. */
static inline uint64_t json_token_special(const unsigned char *bytes) {
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    word = le64toh(word);
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    return ((word - ones * 0x20) | (quote - ones) | (backslash - ones) | word) & highs;
}

CHECKED bool json_token_word(struct json_tokens *tokens, const char *word);
/* From its opening quote. *out_text is the content: a slice of the text, or of tokens->unescaped until the
 * next string; without meaning while is_skipping. */
CHECKED bool json_token_string(struct json_tokens *tokens, struct text *out_text);
/* An integer where it fits, a double otherwise. */
CHECKED bool json_token_number(struct json_tokens *tokens, struct json *out_value);

/* The problem with its line and column. Always false. */
bool json_token_report(const struct json_tokens *tokens, struct error *err);
