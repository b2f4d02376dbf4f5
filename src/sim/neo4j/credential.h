/* Credentials of native users, as the system database keeps them: never the password, a salted hash of it.
 *
 * "<version>,<hash>,<salt>", both hexadecimal, as SET ENCRYPTED PASSWORD takes it: SHA-256 of salt and
 * password, once (version 0) or 1024 times (version 1, which new ones have). Source: Operations Manual,
 * manage users. */
#pragma once

#include "base/secret.h"
#include "base/text.h"
#include "sim/neo4j/random.h"

/* In arena. */
char *credential_new(struct arena *arena, struct random_source *random, struct text password);
/* What SET ENCRYPTED PASSWORD was given, in arena; NULL when it is no credential. */
char *credential_from_encrypted(struct arena *arena, const char *text);
bool credential_matches(const char *credential, struct text password);
