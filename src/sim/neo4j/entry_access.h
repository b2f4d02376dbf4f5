/* Entry access: which entries a user finds, which properties he reads, and what he may change of them.
 * What may not be found is not there, what may not be read is null; a change is refused by name.
 * Source: Operations Manual, graph and sub-graph access control. */
#pragma once

#include "sim/neo4j/authorization.h"
#include "sim/neo4j/expression.h"

/* Both of the user of the cursor's statement; of a statement without one all is seen. */
bool entry_is_visible(const struct cursor *cursor, const struct json *entry);
bool entry_shows(const struct cursor *cursor, const struct json *entry, const char *property);
/* False and a failure. labels: an array of strings; name: of the property or label that is changed, or NULL.
 */
bool entry_allows(struct cursor *cursor, enum privilege_action action, const struct json *labels,
                  const char *name);
