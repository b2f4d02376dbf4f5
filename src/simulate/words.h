/* Words: the arguments of a deed, taken one after the other. What is missing is "" or 0. */
#pragma once

#include "base/arena.h"
#include "base/text.h"

/* The next word, in arena. */
static inline const char *words_take(struct text *words, struct arena *arena) {
    struct text word = text_cut(words, ' ');
    return arena_strndup(arena, word.length ? word.data : "", word.length);
}

/* The next word as a number from 0 to max. */
static inline int64_t words_take_number(struct text *words, int64_t max) {
    int64_t number;

    if (!parse_int64(text_cut(words, ' '), &number) || number < 0)
        return 0;
    return number < max ? number : max;
}
