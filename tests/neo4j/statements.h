/* What the tests of statements share: versions, lists, a password. */
#pragma once

#include "neo4j/dialect.h"
#include "neo4j/rows.h"

/* Of 5.26, of 2025.12 in Cypher 5, of 2026.08 in Cypher 25. */
enum { DIALECTS = 3 };

static inline struct dialect dialect_of(size_t index) {
    return (struct dialect){ .version = version_parse(index == 0   ? "5.26.0"
                                                      : index == 1 ? "2025.12.0"
                                                                   : "2026.08.0"),
                             .language = index == 2 ? CYPHER_25 : CYPHER_5 };
}

static inline struct text_list list(const char **items, size_t count) {
    return (struct text_list){ items, count };
}
#define LIST(...)                                                                                            \
    list((const char *[]){ __VA_ARGS__ }, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *))

static struct secret_text secret = { .bytes = (char[]){ "pass" }, .length = 4 };
