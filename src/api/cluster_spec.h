/* What a cluster's spec comes to, where more than one field says it. All take a spec with defaults set and
 * answer in arena. */
#pragma once

#include "api/cluster.h"

/* Servers at most: ordinals are below it. Source: topology.servers in crds/cluster.yaml. */
enum { CLUSTER_SERVERS_MAX = 20 };

/* "neo4j:5.26.0-enterprise" */
char *cluster_image_reference(struct arena *arena, const struct cluster_spec *spec);
/* [{name: …}]: image.pullSecrets and imagePullSecrets, each once, in that order. NULL: none. */
struct json *cluster_image_pull_secrets(struct arena *arena, const struct cluster_spec *spec);
/* "NONE", "PRIMARY" or "SECONDARY": what the server of this ordinal may host at first. serverRoles wins over
 * serverModeConstraint; with topology.secondaries the last ordinals are SECONDARY. */
const char *cluster_mode_constraint(const struct cluster_spec *spec, int ordinal);
/* The pod's and the neo4j container's security context: what the spec says, laid over the defaults, which
 * satisfy the restricted Pod Security Standard. Never NULL. */
struct json *cluster_pod_security_context(struct arena *arena, const struct cluster_spec *spec);
struct json *cluster_container_security_context(struct arena *arena, const struct cluster_spec *spec);
