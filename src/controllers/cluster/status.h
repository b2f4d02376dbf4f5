/* The status of a cluster, from what was observed. Pure, all in arena. */
#pragma once

#include "controllers/cluster/outlook.h"

struct json *cluster_status_build(const struct observed_cluster *observed, const struct outlook *outlook);

/* The spec is newer than the status: news about it (warnings) are told now, once. */
bool cluster_is_new_generation(const struct observed_cluster *observed);
/* What the spec asks for and this version does not do, "spec.tls, spec.service.ingress"; NULL: nothing. */
const char *cluster_fields_ignored(struct arena *arena, const struct observed_cluster *observed);
