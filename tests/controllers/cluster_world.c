#include "cluster_world.h"

#include "api/decode.h"
#include "api/defaults.h"
#include "api/judge.h"
#include "base/yaml.h"
#include "test.h"

struct json *cluster_world_parse(struct arena *arena, const char *yaml) {
    struct json *documents = NULL;
    struct error err = { 0 };

    if (!yaml_parse(arena, text_from(yaml), &documents, &err))
        fail_msg("%s", err.text);
    return json_item(documents, 0);
}

struct observed_cluster *cluster_world(struct arena *arena, const char *spec_yaml) {
    struct observed_cluster *observed = ARENA_NEW(arena, struct observed_cluster);
    struct json *object =
        cluster_world_parse(arena, "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, "
                                   "metadata: {name: graph, namespace: default, uid: u-1, generation: 1}}");
    static struct judge *judge; /* compiling the definition takes longer than a test */

    if (!judge)
        judge = judge_new();
    json_set(arena, object, "spec", cluster_world_parse(arena, spec_yaml));
    struct verdict verdict = judge_stored(judge, arena, api_kind_find("Neo4jEnterpriseCluster"), object);
    struct cluster_spec *spec =
        api_decode(arena, &cluster_spec_object, json_get(object, "spec"), "spec", &verdict.errors);
    cluster_spec_set_defaults(arena, spec);
    *observed = (struct observed_cluster){
        .arena = arena,
        .object = object,
        .identity = { "graph", "default", "u-1" },
        .generation = 1,
        .spec = spec,
        .errors = verdict.errors,
        .warnings = verdict.warnings,
        .unchangeable = { .arena = arena },
        .fields_without_effect = json_new_array(arena),
    };
    return observed;
}

void cluster_world_pods(struct observed_cluster *observed, size_t pods, size_t serving) {
    struct arena *arena = observed->arena;

    observed->server_set = cluster_world_parse(
        arena, arena_printf(arena, "{spec: {replicas: %zu}, status: {replicas: %zu}}", pods, pods));
    observed->pods = ARENA_ARRAY(arena, struct observed_pod, pods);
    observed->pod_count = pods;
    observed->servers.items = ARENA_ARRAY(arena, struct server_row, pods);
    observed->servers.count = pods;
    for (size_t i = 0; i < pods; i++) {
        struct server_row *row = &observed->servers.items[i];
        const char *name = arena_printf(arena, "graph-server-%zu", i);
        *row = (struct server_row){ .id = arena_printf(arena, "id-%zu", i),
                                    .name = name,
                                    .state = i < serving ? SERVER_ENABLED : SERVER_FREE,
                                    .state_text = i < serving ? "Enabled" : "Free",
                                    .is_available = true,
                                    .health_text = "Available",
                                    .version = "5.26.0" };
        observed->pods[i] = (struct observed_pod){
            .name = name,
            .uid = name,
            .address = "10.0.0.1",
            .ordinal = (int)i,
            .is_ready = true,
            .can_start = true,
            .has_begun = true,
            .server = row,
            .object = cluster_world_parse(
                arena,
                arena_printf(arena, "{metadata: {name: %s, uid: %s}, status: {phase: Running}}", name, name)),
        };
    }
    observed->neo4j_answered = true;
    observed->cluster_id = "cluster-1";
}

void cluster_world_databases(struct observed_cluster *observed, const char *status) {
    static const char *const names[] = { "neo4j", "system" };

    observed->databases.items = ARENA_ARRAY(observed->arena, struct database_row, ARRAY_LENGTH(names));
    observed->databases.count = ARRAY_LENGTH(names);
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        observed->databases.items[i] = (struct database_row){ .name = names[i],
                                                              .requested_status = "online",
                                                              .current_status = status,
                                                              .is_online = str_equal(status, "online"),
                                                              .status_message = "",
                                                              .is_default = i == 0 };
}
