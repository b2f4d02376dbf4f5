#include "neo4j/statement.h"

#include "neo4j/quote.h"

void statement_start(struct statement *statement, struct arena *arena, const char *words) {
    *statement = (struct statement){ .arena = arena, .parameters = bolt_new_map(arena) };
    statement_add(statement, words);
}

void statement_add(struct statement *statement, const char *words) {
    buffer_add_string(&statement->text, words);
}

void statement_add_integer(struct statement *statement, int64_t integer) {
    buffer_printf(&statement->text, "%lld", (long long)integer);
}

void statement_add_value(struct statement *statement, const char *key, const struct bolt_value *value) {
    const char *free_key = key;

    for (unsigned i = 2; bolt_get(statement->parameters, free_key); i++)
        free_key = arena_printf(statement->arena, "%s%u", key, i);
    bolt_set(statement->arena, statement->parameters, free_key, value);
    buffer_printf(&statement->text, "$%s", free_key);
}

void statement_add_parameter(struct statement *statement, const char *key, const char *value) {
    statement_add_value(statement, key, bolt_new_string(statement->arena, value));
}

void statement_add_secret(struct statement *statement, const char *key, const struct secret_text *secret) {
    statement_add_value(statement, key,
                        bolt_new_text(statement->arena, (struct text){ secret->bytes, secret->length }));
}

void statement_add_name(struct statement *statement, const char *name) {
    quote_name(&statement->text, name);
}

void statement_add_text(struct statement *statement, const char *text) {
    quote_string(&statement->text, text);
}

void statement_add_texts(struct statement *statement, const struct text_list *texts) {
    for (size_t i = 0; i < texts->count; i++) {
        statement_add(statement, i ? ", " : "");
        statement_add_text(statement, texts->items[i]);
    }
}

void statement_add_parameters(struct statement *statement, const char *key, const struct text_list *values) {
    for (size_t i = 0; i < values->count; i++) {
        statement_add(statement, i ? ", " : "");
        statement_add_parameter(statement, key, values->items[i]);
    }
}

void statement_add_wait(struct statement *statement, unsigned seconds) {
    if (seconds)
        buffer_printf(&statement->text, " WAIT %u SECONDS", seconds);
}

static const struct administration *end(struct statement *statement, enum effect effect, bool is_routed) {
    struct administration *administration = ARENA_NEW(statement->arena, struct administration);

    *administration = (struct administration){
        .statement = { .text = arena_strdup(statement->arena, buffer_string(&statement->text)),
                       .parameters = bolt_length(statement->parameters) ? statement->parameters : NULL,
                       .database = "system",
                       .access = effect == EFFECT_READS ? NEO4J_READ : NEO4J_WRITE,
                       .is_routed = is_routed },
        .effect = effect,
    };
    buffer_clear(&statement->text);
    return administration;
}

const struct administration *statement_end(struct statement *statement, enum effect effect) {
    return end(statement, effect, true);
}

const struct administration *statement_end_here(struct statement *statement, enum effect effect) {
    return end(statement, effect, false);
}

const struct administration *statement_of(struct arena *arena, const char *words, enum effect effect) {
    struct statement statement;

    statement_start(&statement, arena, words);
    return statement_end(&statement, effect);
}

struct bolt_value *statement_list(struct arena *arena, const struct text_list *texts) {
    struct bolt_value *list = bolt_new_list(arena);

    for (size_t i = 0; i < texts->count; i++)
        bolt_append_string(arena, list, texts->items[i]);
    return list;
}

/* ---- what an answer means ---- */

/* Notifications that say that nothing had to be done. Source: "GQL errors and notifications", 00N70 to 00N84.
 */
static const char *const nothing_to_do[] = {
    "Neo.ClientNotification.Cluster.NoDatabasesReallocated",
    "Neo.ClientNotification.Cluster.RequestedTopologyMatchedCurrentTopology",
    "Neo.ClientNotification.Cluster.ServerAlreadyCordoned",
    "Neo.ClientNotification.Cluster.ServerAlreadyEnabled",
    "Neo.ClientNotification.Security.CommandHasNoEffect",
    "Neo.ClientNotification.Security.ImpossibleRevokeCommand",
};

bool result_has_notification(const struct neo4j_result *result, const char *code) {
    BOLT_FOR_EACH_ITEM(item, bolt_get(&result->summary, "notifications"))
    if (str_equal(bolt_string(bolt_get(item, "code"), NULL), code))
        return true;
    BOLT_FOR_EACH_ITEM(item, bolt_get(&result->summary, "statuses"))
    if (str_equal(bolt_string(bolt_get(item, "neo4j_code"), NULL), code))
        return true;
    return false;
}

static bool is_fine(enum effect effect, enum failure_class class) {
    switch (effect) {
    case EFFECT_MAKES:
        return class == FAILURE_ALREADY_THERE;
    case EFFECT_REMOVES:
        return class == FAILURE_NOT_THERE;
    case EFFECT_CHANGES:
        return class == FAILURE_UNCHANGED;
    case EFFECT_READS:
        return false;
    }
    return false;
}

enum outcome outcome_of(enum effect effect, bool is_done, const struct neo4j_result *result) {
    if (!is_done)
        return is_fine(effect, failure_class_of(&result->failure)) ? OUTCOME_NOTHING_TO_DO : OUTCOME_FAILED;
    for (size_t i = 0; i < ARRAY_LENGTH(nothing_to_do); i++)
        if (result_has_notification(result, nothing_to_do[i]))
            return OUTCOME_NOTHING_TO_DO;
    return OUTCOME_DONE;
}
