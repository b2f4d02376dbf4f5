/* Statements of administration, as they are written: words, parameters, and quoted names where Cypher takes
 * no parameter. Also what they do, from which follows which refusals mean that all is well already.
 *
 *     struct statement statement;
 *     statement_start(&statement, arena, "DROP USER ");
 *     statement_add_parameter(&statement, "user", name);
 *     statement_add(&statement, " IF EXISTS");
 *     return statement_end(&statement, EFFECT_REMOVES);
 */
#pragma once

#include "base/buffer.h"
#include "base/secret.h"
#include "neo4j/failures.h"
#include "neo4j/rows.h"

enum effect {
    EFFECT_READS,
    EFFECT_MAKES,   /* what is there already is fine */
    EFFECT_REMOVES, /* what is not there is fine */
    EFFECT_CHANGES, /* what is so already is fine */
};

/* All in the arena it was written in. */
struct administration {
    struct neo4j_statement statement; /* for the system database; may be forwarded to its leader */
    enum effect effect;
};

/* Being written. */
struct statement {
    struct arena *arena;
    struct buffer text;
    struct bolt_value *parameters;
};

void statement_start(struct statement *statement, struct arena *arena, const char *words);
/* Words of our own, never a value. */
void statement_add(struct statement *statement, const char *words);
void statement_add_integer(struct statement *statement, int64_t integer);
/* $key, with the value as a parameter; a key that is taken gets a number behind it. */
void statement_add_parameter(struct statement *statement, const char *key, const char *value);
void statement_add_value(struct statement *statement, const char *key, const struct bolt_value *value);
void statement_add_secret(struct statement *statement, const char *key, const struct secret_text *secret);
/* For places where Cypher takes no parameter: `name` and 'text'. */
void statement_add_name(struct statement *statement, const char *name);
void statement_add_text(struct statement *statement, const char *text);
/* 'a', 'b' */
void statement_add_texts(struct statement *statement, const struct text_list *texts);
/* $key, $key2 … or `a`, `b` */
void statement_add_parameters(struct statement *statement, const char *key, const struct text_list *values);
/* WAIT n SECONDS, when seconds is not 0. */
void statement_add_wait(struct statement *statement, unsigned seconds);
/* In the arena; the writer is empty afterwards. Never NULL. */
const struct administration *statement_end(struct statement *statement, enum effect effect);
/* The same for what concerns only the server that is asked: it must not be forwarded. */
const struct administration *statement_end_here(struct statement *statement, enum effect effect);
/* One that is nothing but words. */
const struct administration *statement_of(struct arena *arena, const char *words, enum effect effect);
/* A list of strings, for a parameter. */
struct bolt_value *statement_list(struct arena *arena, const struct text_list *texts);

/* ---- what an answer means ---- */

enum outcome {
    OUTCOME_DONE,
    OUTCOME_NOTHING_TO_DO, /* it was so already: refused as such, or a notification says so */
    OUTCOME_FAILED,
};

/* is_done: what neo4j_run() returned. */
enum outcome outcome_of(enum effect effect, bool is_done, const struct neo4j_result *result);
/* Whether the result has a notification, of either shape, with this code. */
bool result_has_notification(const struct neo4j_result *result, const char *code);
