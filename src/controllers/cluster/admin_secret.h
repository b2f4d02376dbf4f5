/* The admin Secret: the user and password with which servers start and the operator logs in. */
#pragma once

#include "controllers/cluster/observe.h"

/* Fills in observed->admin_secret, its trouble and the password. False when the Secret could not be read now.
 */
CHECKED bool admin_secret_observe(struct pass *pass, struct observed_cluster *observed, struct error *err);

/* What keeps a user and password from working, or NULL. Says nothing about the password's content beyond the
 * rule that it breaks. Source: the entry point of the Neo4j image (NEO4J_AUTH). */
const char *admin_secret_refusal(struct arena *arena, const struct secret_text *user,
                                 const struct secret_text *password, int minimum_length);
