/* The status of a cluster, from what was observed. Pure, all in arena. */
#pragma once

#include "controllers/cluster/outlook.h"
#include "resources/configuration.h"

/* ignored: from cluster_fields_ignored(); NULL: nothing, or not known while the spec is wrong. */
struct json *cluster_status_build(const struct observed_cluster *observed, const struct outlook *outlook,
                                  const char *ignored);

/* The spec is newer than the status: news about it (warnings) are told now, once. */
bool cluster_is_new_generation(const struct observed_cluster *observed);
/* What the spec asks for and does not get, "spec.tls, spec.storage.size (volumes stay at 1Gi)"; NULL:
 * nothing. Of a spec without errors. */
const char *cluster_fields_ignored(const struct observed_cluster *observed,
                                   const struct configuration *configuration);
