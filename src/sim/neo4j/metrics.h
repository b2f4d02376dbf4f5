/* Metrics: what a server says at its Prometheus endpoint.
 *
 * One row for each metric: its dotted name, its type, since when, and where its value comes from. Databases
 * stand in the names, as the real ones do, and have metrics only while they run on this server. The filters
 * of the configuration decide by globs over the dotted names what is there at all. Source: Operations Manual,
 * metrics reference; the form is that of a scrape of a real server.
 */
#pragma once

#include "sim/neo4j/http.h"

void metrics_answer(struct neo4j_process *process, struct arena *arena,
                    struct neo4j_http_response *out_response);
/* A query of a session has ended. database: its name. */
void metrics_count_query(struct neo4j_process *process, const char *database, bool is_success);
