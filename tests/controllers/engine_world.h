/* The real engine, cache and cluster controller in virtual time, on one thread, over the simulated API server
 * and its controllers. The test plays the kubelet and Neo4j: pods become ready when `kubelet_works`, servers
 * answer when `neo4j_works`.
 */
#pragma once

#include "../sim/workloads/cluster.h"
#include "controllers/engine.h"

/* The kube port of the operator: counts calls, and lets one of them fail. */
struct faulty_kube {
    struct kube kube; /* first */
    struct kube *real;
    size_t calls;
    size_t fail_at;     /* the number of the call that fails, from 1; 0: none */
    bool is_after;      /* it fails after it took effect */
    const char *refuse; /* calls and new watches for this plural are forbidden; NULL: none */
    size_t writes;
    struct arena *arena;
    struct json *used; /* {"patch services": true …}: the permissions that the calls and watches needed */
};

/* The Neo4j port: every server that has a ready pod is Enabled and Available. */
struct scripted_neo4j {
    struct neo4j neo4j; /* first */
    struct engine_world *world;
    enum error_kind failure;           /* of every call, when not ERROR_NONE */
    enum error_kind statement_failure; /* of those that are no looks */
    size_t logins;                     /* calls that reached a server */
    size_t statements;                 /* that were no looks */
};

struct engine_world {
    struct cluster *cluster;
    struct faulty_kube kube;
    struct scripted_neo4j neo4j;
    struct events *events;
    struct engine *engine;
    struct judge *judge;
    bool kubelet_works;
    bool watches_are_held; /* the operator sees nothing new */
};

/* Of our kinds the API server knows Neo4jEnterpriseCluster only. */
struct engine_world *engine_world_new(void);
void engine_world_free(struct engine_world *world);
DEFINE_CLEANUP(struct engine_world, engine_world_free);

/* Installs the shipped definition of a kind. */
void engine_world_define(struct engine_world *world, const char *kind);
/* Replaces the definition of a kind by one of an operator that knew no rules: any object is stored as it is.
 */
void engine_world_open(struct engine_world *world, const char *kind);
/* A new operator process: nothing in memory, all watches list anew. */
void engine_world_restart(struct engine_world *world);
/* Lets everything happen that is due within the next milliseconds of virtual time. */
void engine_world_run(struct engine_world *world, int64_t ms);
/* How often the object "collection default/name" was created; of all objects the most often created, when
 * name is NULL. */
size_t engine_world_created(struct engine_world *world, const char *collection, const char *name);
/* Cluster graph: 3 servers. */
extern const char engine_world_manifest[];
struct json *engine_world_cluster(struct engine_world *world);
/* status.phase of cluster graph; "" when there is none. */
const char *engine_world_phase(struct engine_world *world);
/* The Ready condition's field of cluster graph: "reason", "message", "status". */
const char *engine_world_ready(struct engine_world *world, const char *field);
