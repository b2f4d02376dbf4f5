/* Reading privileges in statements: "READ {a, b} ON GRAPHS x, y NODES L" becomes one piece for each graph,
 * property and label. Source: Operations Manual, manage privileges. */
#pragma once

#include "sim/neo4j/privilege.h"
#include "sim/neo4j/statement.h"

enum { PRIVILEGE_PIECES_MAX = 10000 };

struct privilege_list {
    struct privilege *items; /* in the statement's arena */
    size_t count;
};

/* What stands between GRANT, DENY or REVOKE and TO or FROM. */
bool privilege_parse(struct statement *statement, struct privilege_list *out_privileges);
/* Behind FOR: "(n:A|B) WHERE n.p = 1", as commands show it; in arena. */
bool privilege_parse_pattern(struct statement *statement, char **out_pattern);
