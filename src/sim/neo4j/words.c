#include "sim/neo4j/words.h"

static bool is_word(const struct token *token, struct text alternatives) {
    while (alternatives.data) {
        struct text word = text_cut(&alternatives, '|');
        if (token->type == TOKEN_WORD && strlen(token->text) == word.length &&
            !strncasecmp(token->text, word.data, word.length))
            return true;
    }
    return false;
}

size_t words_match(const struct cursor *cursor, const char *words) {
    struct text rest = text_from(words);
    struct cursor ahead = *cursor;

    while (rest.data) {
        struct text word = text_cut(&rest, ' ');
        bool is_optional = word.length && word.data[word.length - 1] == '?';
        word.length -= is_optional;
        if (is_word(cursor_look(&ahead), word))
            ahead.at++;
        else if (!is_optional)
            return 0;
    }
    return ahead.at - cursor->at;
}
