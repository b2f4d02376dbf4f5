/* TLS of a simulated process: which policies it has loaded, for the sockets that sandbox/ puts in front of
 * it. */
#pragma once

#include "sim/neo4j/process.h"
#include "sim/neo4j/tls_policy.h"

/* What Bolt's clients may or must speak: server.bolt.tls_level. */
enum tls_level { TLS_LEVEL_DISABLED, TLS_LEVEL_OPTIONAL, TLS_LEVEL_REQUIRED };
enum tls_level neo4j_process_bolt_tls_level(const struct neo4j_process *process);

/* The policy that is loaded, or NULL: off. Valid until the process ticks; *out_generation grows when it is
 * another. */
const struct tls_policy *neo4j_process_tls(const struct neo4j_process *process, enum tls_scope scope,
                                           unsigned *out_generation);
