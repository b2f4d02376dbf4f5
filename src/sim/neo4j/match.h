/* Patterns of nodes: (n:Label {key: value} WHERE …), read, and looked for in the entries of a database. */
#pragma once

#include "sim/neo4j/statement.h"

enum { PATTERN_NODES_MAX = 16 };

struct node_pattern {
    const char *variable;          /* NULL: anonymous */
    struct expression *labels;     /* NULL: any */
    struct expression *properties; /* a map; NULL: any */
    struct expression *condition;  /* NULL: none */
};

/* One node, in parentheses; a relationship behind it is refused by name. */
bool pattern_read(struct statement *statement, struct node_pattern *out_pattern);
/* The map of its properties for a row; *out null when it has none. */
bool pattern_properties(struct statement *statement, const struct node_pattern *pattern,
                        const struct scope *scope, struct bolt_value *const *row, struct bolt_value *out);
/* Whether an entry is one that the user finds, and has the labels and the properties. */
bool pattern_fits(const struct cursor *cursor, const struct node_pattern *pattern, const struct json *entry,
                  const struct bolt_value *properties);

/* MATCH: what comes after the word. */
bool match_clause(struct statement *statement, bool is_optional);
