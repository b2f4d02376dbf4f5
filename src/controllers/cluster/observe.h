/* What a pass over a Neo4jEnterpriseCluster sees: the spec beside the objects and the servers that there are.
 *
 * Made by cluster_observe() from the cache and the ports, read by plans. All in the arena of the pass.
 */
#pragma once

#include "api/cluster.h"
#include "controllers/engine.h"
#include "neo4j/databases.h"
#include "neo4j/servers.h"
#include "resources/cluster_objects.h"
#include "schema/field_error.h"

/* Something that keeps a pod or a claim from working, with what a person can do about it. reason NULL:
 * nothing. */
struct trouble {
    const char *reason; /* as in conditions and events: "ImagePullFailed" */
    const char *message;
};

struct observed_pod {
    const char *name;
    const char *uid;
    const char *address; /* NULL while it has none */
    const char *node;
    int ordinal;
    bool is_ready;
    bool is_deleting;
    bool is_outdated; /* made from an older template than the StatefulSet's */
    bool can_start;   /* false: it can't run until something changes, so replacing it takes nothing away */
    bool has_begun;   /* a container of it runs or has run */
    struct trouble trouble;
    const struct server_row *server; /* the row of SHOW SERVERS, NULL when unknown */
    const struct json *object;
};

enum admin_secret_state { ADMIN_SECRET_USABLE, ADMIN_SECRET_TO_MAKE, ADMIN_SECRET_UNUSABLE };

struct observed_cluster {
    struct arena *arena;
    int64_t now_ns;
    const struct json *object;
    struct cluster_identity identity;
    int64_t generation;
    const struct cluster_spec *spec; /* with defaults */
    const struct json *status;       /* the live one, or NULL */
    bool is_formed;                  /* it has been a cluster once: status.clusterID is known */

    struct field_errors errors;
    struct field_errors warnings;
    const struct json *fields_without_effect; /* array of dotted paths */
    struct field_errors unchangeable;         /* what the spec asks for that can't change any more */

    enum admin_secret_state admin_secret;
    struct trouble admin_secret_trouble;

    const struct json *server_set;     /* live, or NULL */
    const struct json *client_service; /* live, or NULL */
    struct observed_pod *pods;         /* by ordinal */
    size_t pod_count;
    const struct json *claims; /* array: live claims of the servers */
    struct trouble claim_trouble;

    bool neo4j_answered;
    struct error neo4j_error;     /* of the last pod asked, when none answered */
    unsigned neo4j_retry_seconds; /* none is dialled before: each was out of reach again and again */
    struct neo4j_target target;   /* the pod that answered, as admin: for statements */
    struct secret_text password;
    struct server_rows servers;
    struct database_rows databases;
    const char *cluster_id; /* NULL: not asked or not known */
};

/* controller.observe */
const void *cluster_observe(struct pass *pass, struct error *err);
