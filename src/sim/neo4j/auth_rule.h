/* Auth rules: conditions in Cypher that give roles to users. Source: Operations Manual, attribute-based
 * access control (2026.03). */
#pragma once

#include "sim/neo4j/failure.h"
#include "sim/neo4j/security_state.h"

/* False when it does not, is disabled, or its condition fails or is not about true and false. */
bool auth_rule_holds(const struct cluster_state *state, const struct state_auth_rule *rule,
                     const struct state_user *user);
