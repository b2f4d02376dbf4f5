/* Credentials of native users, as the system database keeps them: never the password, a salted hash of it. */
#pragma once

#include "base/secret.h"
#include "base/text.h"
#include "sim/neo4j/random.h"

/* In arena. */
char *credential_new(struct arena *arena, struct random_source *random, struct text password);
bool credential_matches(const char *credential, struct text password);
