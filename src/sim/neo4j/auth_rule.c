#include "sim/neo4j/auth_rule.h"

#include "sim/neo4j/expression.h"

static bool evaluate(struct cursor *cursor) {
    struct expression *expression;
    struct scope scope = { 0 };
    struct bolt_value value;

    return expression_parse(cursor, &expression) && cursor_at_end(cursor) &&
           expression_evaluate(cursor, expression, &scope, NULL, 0, &value) && bolt_bool(&value, false);
}

bool auth_rule_holds(const struct cluster_state *state, const struct state_auth_rule *rule,
                     const struct state_user *user) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *tags = bolt_new_list(arena);
    struct failure failure = { 0 };
    struct token *tokens;

    if (!rule->is_enabled || !state->has_native_auth_rules ||
        !lexer_read(arena, text_from(rule->condition), &tokens, &failure))
        return false;
    for (size_t i = 0; i < user->tags.count; i++)
        bolt_append_string(arena, tags, user->tags.items[i]);
    struct cursor cursor = { .arena = arena,
                             .statement = text_from(rule->condition),
                             .tokens = tokens,
                             .failure = &failure,
                             .user_tags = tags };
    return evaluate(&cursor);
}
