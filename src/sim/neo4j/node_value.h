/* Node values: how the rows of a statement speak of entries.
 *
 * Inside a statement a node is a reference, a structure with the id only: two of one entry are equal, and
 * what is read through one is the entry as the statement has it by then. What a client gets is made at the
 * end.
 */
#pragma once

#include "sim/neo4j/expression.h"
#include "sim/neo4j/transaction.h"

struct bolt_value node_value_new(struct arena *arena, int64_t id);
bool node_value_is(const struct bolt_value *value);
int64_t node_value_id(const struct bolt_value *node);
/* {"id", "labels", "properties"} in arena; NULL and a failure when it was deleted. */
struct json *node_value_entry(struct cursor *cursor, struct arena *arena, const struct bolt_value *node);
/* null when it has none of that name. False: the node was deleted. */
bool node_value_property(struct cursor *cursor, const struct bolt_value *node, const char *key,
                         struct bolt_value *out);
/* As a map, in the cursor's arena. */
struct bolt_value *node_value_properties(struct cursor *cursor, const struct json *entry);
char *node_value_element_id(struct cursor *cursor, int64_t id);
/* The value with whole nodes in place of the references in it. In the cursor's arena. */
struct bolt_value node_value_expand(struct cursor *cursor, const struct bolt_value *value);
/* Whether a value from outside holds nodes, relationships or paths, which no client can give. */
bool node_value_is_within(const struct bolt_value *value);
