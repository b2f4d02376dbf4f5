/* Plug-ins: what the jars that NEO4J_PLUGINS installs bring to Cypher.
 *
 * Only some of their procedures and functions are there: those that tell whether a plug-in works, and which.
 * Licence files are not read: one that is there is good.
 */
#pragma once

#include "sim/neo4j/server.h"

/* Whether the plug-in is installed and the name on the allowlist, without which it is not loaded. */
bool plugin_brings(const struct neo4j_process *process, const char *plugin, const char *name);
