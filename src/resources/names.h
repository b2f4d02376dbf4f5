/* Names of the objects that belong to a cluster, and of its servers. All in arena.
 * They are the names that users' scripts and the existing operator know; changing one would orphan its
 * objects.
 */
#pragma once

#include "base/arena.h"

enum {
    PORT_BOLT = 7687,
    PORT_HTTP = 7474,
    PORT_HTTPS = 7473,
    PORT_CLUSTER = 6000,
    PORT_RAFT = 7000,
    PORT_ROUTING = 7688,
    PORT_BACKUP = 6362,
};

/* A StatefulSet's name and "-" with a hash of 10 characters become the value of a label (63) of its pods. */
enum { NAME_CLUSTER_BYTES_MAX = 63 - 11 - (int)sizeof("-server") + 1 };

#define NAME_CONTAINER            "neo4j"
#define NAME_DATA_CLAIM           "data"
#define NAME_DEFAULT_ADMIN_SECRET "neo4j-admin-secret"

const char *name_server_set(struct arena *arena, const char *cluster);         /* {cluster}-server */
const char *name_pod(struct arena *arena, const char *cluster, int ordinal);   /* {cluster}-server-{i} */
const char *name_claim(struct arena *arena, const char *cluster, int ordinal); /* data-{cluster}-server-{i} */
const char *name_headless(struct arena *arena, const char *cluster);
const char *name_internals(struct arena *arena, const char *cluster);
const char *name_client(struct arena *arena, const char *cluster);
const char *name_configuration(struct arena *arena, const char *cluster);
/* The ServiceAccount, Role and RoleBinding of the pods. */
const char *name_discovery(struct arena *arena, const char *cluster);
/* {pod}.{cluster}-headless.{namespace}.svc.cluster.local: what servers call one another, and what
 * certificates are for. */
const char *name_pod_host(struct arena *arena, const char *cluster, const char *namespace, int ordinal);
/* {service}.{namespace}.svc.cluster.local */
const char *name_service_host(struct arena *arena, const char *service, const char *namespace);
/* The ordinal at the end of a pod's name, or -1. */
int name_ordinal(const char *pod);
