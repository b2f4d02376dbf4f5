#include "controllers/cluster/observe.h"

#include "api/defaults.h"
#include "api/effects.h"
#include "api/judge.h"
#include "controllers/cluster/admin_secret.h"
#include "controllers/cluster/change.h"
#include "controllers/cluster/claims.h"
#include "controllers/cluster/pods.h"
#include "controllers/memo.h"
#include "neo4j/info.h"
#include "resources/labels.h"
#include "resources/names.h"

/* A server that does not answer a look is asked again in the next pass. All servers together get LOOK_ALL_MS
 * for one statement, so that a cluster that is cut off keeps no worker for long. */
enum { LOOK_ALL_MS = 10000, LOOK_MS_MIN = 1000, LOOK_MS_MAX = 5000 };

static void observe_spec(struct pass *pass, struct observed_cluster *observed) {
    struct verdict verdict = memo_judge(pass->memo, pass->judge, pass->arena,
                                        api_kind_find(pass->controller->resource->kind), pass->object);

    observed->errors = verdict.errors;
    observed->warnings = verdict.warnings;
    observed->unchangeable = (struct field_errors){ .arena = pass->arena };
    struct cluster_spec *spec = api_decode(pass->arena, &cluster_spec_object,
                                           json_get(verdict.object, "spec"), "spec", &observed->errors);
    cluster_spec_set_defaults(pass->arena, spec);
    observed->spec = spec;
    observed->fields_without_effect = cluster_fields_without_effect(pass->arena, pass->object);
}

static int compare_pods(const void *a, const void *b) {
    return ((const struct observed_pod *)a)->ordinal - ((const struct observed_pod *)b)->ordinal;
}

static void observe_objects(struct pass *pass, struct observed_cluster *observed) {
    const char *cluster = observed->identity.name;

    observed->server_set = cache_get(pass->cache, pass->arena, &KUBE_STATEFUL_SETS, pass->namespace,
                                     name_server_set(pass->arena, cluster));
    observed->client_service = cache_get(pass->cache, pass->arena, &KUBE_SERVICES, pass->namespace,
                                         name_client(pass->arena, cluster));
    observed->claims = cache_list(pass->cache, pass->arena,
                                  &(struct cache_query){ .resource = &KUBE_PERSISTENT_VOLUME_CLAIMS,
                                                         .namespace = pass->namespace,
                                                         .label_key = LABEL_CLUSTER,
                                                         .label_value = cluster });
    const struct json *classes =
        claims_wait(observed->claims)
            ? cache_list(pass->cache, pass->arena, &(struct cache_query){ .resource = &KUBE_STORAGE_CLASSES })
            : NULL;
    observed->claim_trouble = claims_trouble(pass->arena, observed->claims, classes);

    /* By the StatefulSet's uid: pods of a set that was deleted are not this cluster's. */
    const char *uid = json_string_at(observed->server_set, "metadata.uid", NULL);
    const struct json *pods =
        uid ? cache_list(pass->cache, pass->arena,
                         &(struct cache_query){
                             .resource = &KUBE_PODS, .namespace = pass->namespace, .owner_uid = uid })
            : NULL;
    observed->pods = ARENA_ARRAY(pass->arena, struct observed_pod, json_length(pods) + 1);
    JSON_FOR_EACH_ITEM (pod, pods)
        observed->pods[observed->pod_count++] =
            pod_observe(pass->arena, pod, json_string_at(observed->server_set, "status.updateRevision", ""));
    qsort(observed->pods, observed->pod_count, sizeof(*observed->pods), compare_pods);
}

/* ---- Neo4j ---- */

struct look {
    struct pass *pass;
    const struct neo4j_target *target;
    int timeout_ms; /* of each statement */
};

static bool ask(const struct look *look, const char *query, struct neo4j_result *result, struct error *err) {
    return neo4j_run(
        look->pass->neo4j, look->target,
        &(struct neo4j_statement){
            .text = query, .database = "system", .access = NEO4J_READ, .timeout_ms = look->timeout_ms },
        look->pass->arena, result, err);
}

/* All of what one server says, or nothing: halves of two servers would make no whole. */
static bool look_at(const struct look *look, struct observed_cluster *observed, struct error *err) {
    struct arena *arena = look->pass->arena;
    struct neo4j_result result;
    struct server_rows servers;
    struct database_rows databases;
    struct info_dbms dbms;

    if (!ask(look, servers_query, &result, err) || !servers_read(arena, &result, &servers, err))
        return false;
    if (!ask(look, databases_query, &result, err) || !databases_read(arena, &result, &databases, err))
        return false;
    if (!ask(look, info_dbms_query, &result, err) || !info_read_dbms(arena, &result, &dbms, err))
        return false;
    observed->servers = servers;
    observed->databases = databases;
    observed->cluster_id = dbms.id;
    return true;
}

static void match_servers(struct observed_cluster *observed) {
    for (size_t i = 0; i < observed->pod_count; i++) {
        struct observed_pod *pod = &observed->pods[i];
        pod->server =
            servers_by_host(&observed->servers, name_pod_host(observed->arena, observed->identity.name,
                                                              observed->identity.namespace, pod->ordinal));
    }
}

static bool accepts_connections(const struct observed_pod *pod) {
    return pod->address && pod->is_ready && !pod->is_deleting;
}

static int timeout_for_each(const struct observed_cluster *observed) {
    int ready = 0;

    for (size_t i = 0; i < observed->pod_count; i++)
        ready += accepts_connections(&observed->pods[i]);
    int timeout_ms = LOOK_ALL_MS / (ready ? ready : 1);
    return timeout_ms < LOOK_MS_MIN ? LOOK_MS_MIN : timeout_ms > LOOK_MS_MAX ? LOOK_MS_MAX : timeout_ms;
}

/* A password that one server refuses is not tried on the others: a few wrong ones lock the user, for those
 * who know the right one too. */
static bool is_refusal(const struct error *err) {
    return err->kind == ERROR_UNAUTHORIZED || err->kind == ERROR_THROTTLED;
}

/* The pods that can be dialled: who asks one may be sent on to another. */
static struct neo4j_target target_of(struct pass *pass, const struct observed_cluster *observed) {
    const char *name = observed->identity.name, *namespace = observed->identity.namespace;
    struct neo4j_server *servers = ARENA_ARRAY(pass->arena, struct neo4j_server, observed->pod_count);
    struct neo4j_target target = { .cluster = arena_printf(pass->arena, "%s/%s", namespace, name),
                                   .user = "neo4j",
                                   .password = &observed->password,
                                   .servers = servers };

    for (size_t i = 0; i < observed->pod_count; i++) {
        const struct observed_pod *pod = &observed->pods[i];
        if (accepts_connections(pod))
            servers[target.server_count++] =
                (struct neo4j_server){ .address = pod->address,
                                       .server_name =
                                           name_pod_host(pass->arena, name, namespace, pod->ordinal) };
    }
    return target;
}

/* The first pod that answers tells for all: each has its own copy of what `system` says. */
static void observe_neo4j(struct pass *pass, struct observed_cluster *observed) {
    if (observed->admin_secret != ADMIN_SECRET_USABLE)
        return;
    const struct look look = { pass, &observed->target, timeout_for_each(observed) };
    observed->target = target_of(pass, observed);
    for (size_t i = 0; i < observed->target.server_count && !observed->neo4j_answered &&
                       !is_refusal(&observed->neo4j_error);
         i++) {
        observed->target.address = observed->target.servers[i].address;
        observed->target.server_name = observed->target.servers[i].server_name;
        observed->neo4j_error = (struct error){ 0 };
        observed->neo4j_answered = look_at(&look, observed, &observed->neo4j_error);
        if (!i || observed->neo4j_error.retry_after_seconds < observed->neo4j_retry_seconds)
            observed->neo4j_retry_seconds = observed->neo4j_error.retry_after_seconds;
    }
    match_servers(observed);
}

const void *cluster_observe(struct pass *pass, struct error *err) {
    struct observed_cluster *observed = ARENA_NEW(pass->arena, struct observed_cluster);
    const struct json *status = json_get(pass->object, "status");

    *observed = (struct observed_cluster){
        .arena = pass->arena,
        .now_ns = pass->now_ns,
        .object = pass->object,
        .identity = { pass->name, pass->namespace, json_string_at(pass->object, "metadata.uid", "") },
        .generation = json_integer_at(pass->object, "metadata.generation", 0),
        .status = status,
        .is_formed = !str_empty(json_string_at(status, "clusterID", NULL)),
    };
    observe_spec(pass, observed);
    observe_objects(pass, observed);
    cluster_observe_change(observed);
    /* Deletion and a spec that is wrong need no more: neither may wait for a Secret or a server. */
    if (observed->errors.count || json_string_at(pass->object, "metadata.deletionTimestamp", NULL))
        return observed;
    if (!admin_secret_observe(pass, observed, err))
        return NULL;
    observe_neo4j(pass, observed);
    return observed;
}
