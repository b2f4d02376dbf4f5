/* A cluster as a plan sees it, for tests: three pods that serve, from which each test takes something away.
 */
#pragma once

#include "controllers/cluster/observe.h"

/* The first document of the text; fails the test when it is none. */
struct json *cluster_world_parse(struct arena *arena, const char *yaml);
struct observed_cluster *cluster_world(struct arena *arena, const char *spec_yaml);
/* Pods and servers: `pods` pods that are ready, of which `serving` are Enabled and Available. */
void cluster_world_pods(struct observed_cluster *observed, size_t pods, size_t serving);
/* SHOW DATABASES: system and neo4j with this status. */
void cluster_world_databases(struct observed_cluster *observed, const char *status);
