/* Roles that inherit from one another: those of one target form a graph, which must have no circle (RO5). */
#pragma once

#include "controllers/acceptance/acceptance.h"

/* Refuses a role that inherits from itself over others. */
void acceptance_judge_role_circle(struct pass *pass, struct acceptance *seen);
/* Leads from a role to those that claim the same, and to all that inherit from it. */
void acceptance_map_roles(struct cache *cache, const struct json *changed, struct key_sink *sink);
