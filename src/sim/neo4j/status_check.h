/* dbms.cluster.statusCheck, which writes and waits; see status_check.c. */
#pragma once

#include "sim/neo4j/statement.h"

enum { STATUS_CHECKS_MAX = 256 };

/* Has the statement wait for the answer, whose rows go into its table. names: of databases; empty: all. */
void status_check_begin(struct statement *statement, const struct json *names, int64_t timeout_ms);
/* Another primary asks the leader for an entry. */
void status_check_receive(struct neo4j_process *process, const struct network_message *envelope,
                          const struct json *message);
