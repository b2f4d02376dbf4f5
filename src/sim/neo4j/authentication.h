/* Authentication: who logs in, by this server's own copy of the users. */
#pragma once

#include "sim/neo4j/server.h"

/* Native users; after dbms.security.auth_max_failed_attempts wrong passwords a user is locked for
 * dbms.security.auth_lock_time. *out_must_change: the password is right but expired. */
bool authenticate(struct neo4j_process *process, struct arena *arena, const char *scheme, const char *user,
                  struct text password, bool *out_must_change, struct failure *failure);
