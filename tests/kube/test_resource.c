#include "test.h"

#include "kube/resource.h"

TEST("finds a resource by apiVersion and kind, and only as both say") {
    assert_ptr_equal(kube_resource_of_kind("v1", "Pod"), &KUBE_PODS);
    assert_ptr_equal(kube_resource_of_kind("apps/v1", "StatefulSet"), &KUBE_STATEFUL_SETS);
    assert_ptr_equal(kube_resource_of_kind("neo4j.neo4j.com/v1alpha1", "Neo4jEnterpriseCluster"),
                     &KUBE_NEO4J_ENTERPRISE_CLUSTERS);
    assert_null(kube_resource_of_kind("apps/v1", "Pod"));
    assert_null(kube_resource_of_kind("app/v1", "StatefulSet"));
    assert_null(kube_resource_of_kind("apps/v1beta1", "StatefulSet"));
    assert_null(kube_resource_of_kind("appsXv1", "StatefulSet"));
    assert_null(kube_resource_of_kind("v1", NULL));
    assert_null(kube_resource_of_kind(NULL, "Pod"));
}

TEST("finds every row of the table by its own words, and has none twice") {
    static const struct kube_resource *const all[] = {
#define X(name, ...) &KUBE_##name,
        KUBE_RESOURCES(X)
#undef X
    };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
        assert_ptr_equal(kube_resource_of_kind(kube_resource_api_version(arena, all[i]), all[i]->kind),
                         all[i]);
}

TEST("writes paths, with names that can't leave their place") {
    static const struct {
        const struct kube_resource *resource;
        const char *namespace;
        const char *name;
        const char *subresource;
        const char *path;
    } rows[] = {
        { &KUBE_PODS, "a", "b", "eviction", "/api/v1/namespaces/a/pods/b/eviction" },
        { &KUBE_PODS, NULL, NULL, NULL, "/api/v1/pods" },
        { &KUBE_NODES, "ignored", "n", NULL, "/api/v1/nodes/n" },
        { &KUBE_STATEFUL_SETS, "a", "b", "status", "/apis/apps/v1/namespaces/a/statefulsets/b/status" },
        { &KUBE_PODS, "a/b", "../x?y#z", NULL, "/api/v1/namespaces/a%2Fb/pods/..%2Fx%3Fy%23z" },
        { &KUBE_PODS, "a", "\xc3\xa4", NULL, "/api/v1/namespaces/a/pods/%C3%A4" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer path = { 0 };
        kube_resource_path(&path, rows[i].resource, rows[i].namespace, rows[i].name, rows[i].subresource);
        assert_string_equal(buffer_string(&path), rows[i].path);
    }
}
