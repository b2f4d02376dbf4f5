#include "test.h"

#include "cli/meant_kind.h"

TEST("apiVersion and kind that are nearly ours are named with what was meant") {
    static const struct {
        const char *version, *kind;
        bool is_ours, is_judged;
        const char *problem; /* a part of the messages; "" for none */
    } rows[] = {
        { API_GROUP "/v1alpha1", "Neo4jEnterpriseCluster", true, true, "" },
        { "neo4j.com/v1alpha1", "Neo4jEnterpriseCluster", true, true, "write neo4j.neo4j.com/v1alpha1" },
        { "v1", "Neo4jEnterpriseCluster", true, false, "write neo4j.neo4j.com/v1alpha1" },
        { "", "Neo4jEnterpriseCluster", true, true,
          "apiVersion: Required value: write neo4j.neo4j.com/v1alpha1" },
        { API_GROUP "/v1beta1", "Neo4jEnterpriseCluster", true, false,
          "this operator serves neo4j.neo4j.com/v1alpha1" },
        { API_GROUP, "Neo4jEnterpriseCluster", true, false, "this operator serves" },
        { API_GROUP "/v1alpha1", "Neo4jEnterpriseClustr", true, false,
          "did you mean Neo4jEnterpriseCluster?" },
        { API_GROUP "/v1alpha1", "neo4jenterprisecluster", true, false,
          "did you mean Neo4jEnterpriseCluster?" },
        { API_GROUP "/v1alpha1", "Pod", true, false, "the kinds of neo4j.neo4j.com are " },
        { API_GROUP "/v1alpha1", "", true, false, "kind: Required value: one of " },
        { "neo4j.com/v1alpha1", "Neo4jEnterpriseClusters", true, false,
          "Its apiVersion is neo4j.neo4j.com/v1alpha1" },
        { "neo4j.com/v1alpha1", "Pod", false, false, "" },
        { "v1", "Pod", false, false, "" },
        { "v1", "Neo4jEnterpriseClusters", false, false, "" },
        { "", "", false, false, "" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct field_errors errors = { .arena = arena };
        struct json *object = json_new_object(arena);
        json_set_string(arena, object, "apiVersion", rows[i].version);
        json_set_string(arena, object, "kind", rows[i].kind);
        struct meant_kind meant = meant_kind_of(object, &errors);
        const char *message = field_errors_message(&errors);
        if (meant.is_ours != rows[i].is_ours || (meant.kind != NULL) != rows[i].is_judged ||
            errors.count != (*rows[i].problem ? 1 : 0) || !strstr(message, rows[i].problem))
            fail_msg("%s, %s: %s", rows[i].version, rows[i].kind, message);
    }
}
