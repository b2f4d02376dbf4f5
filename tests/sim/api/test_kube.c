#include "sim/kube.h"

#include "server.h"
#include "test.h"

/* What a watcher was told: "LISTED a, synced, ADDED b". */
struct told {
    struct buffer text;
};

static void on_event(void *context, enum kube_event event, const struct json *object) {
    static const char *const names[] = { "LISTED", "ADDED", "MODIFIED", "DELETED" };
    struct told *told = context;
    assert_null(json_at(object, "metadata.managedFields"));
    assert_string_equal(json_string_at(object, "kind", ""), "ConfigMap");
    buffer_printf(&told->text, "%s%s %s", told->text.length ? ", " : "", names[event],
                  json_string_at(object, "metadata.name", ""));
}

static void on_listed(void *context) {
    struct told *told = context;
    buffer_printf(&told->text, "%ssynced", told->text.length ? ", " : "");
}

static void on_failed(void *context, const struct error *err) {
    struct told *told = context;
    buffer_printf(&told->text, "%sfailed", told->text.length ? ", " : "");
}

static const char *deliver(struct kube *kube, struct told *told) {
    buffer_reset(&told->text);
    (void)sim_kube_deliver(kube);
    return buffer_string(&told->text);
}

static int watch(struct kube *kube, struct told *told, const struct kube_resource *resource,
                 const char *labels) {
    return kube->watch(kube,
                       &(struct kube_watch){ .resource = resource,
                                             .namespace = "default",
                                             .label_selector = labels,
                                             .watcher = { told, on_event, on_listed, on_failed, NULL } });
}

static struct json *config_map(struct arena *arena, const char *name) {
    struct json *object = json_new_object(arena);
    json_set_string(arena, object, "apiVersion", "v1");
    json_set_string(arena, object, "kind", "ConfigMap");
    struct json *metadata = json_set_object(arena, object, "metadata");
    json_set_string(arena, metadata, "name", name);
    json_set_string(arena, metadata, "namespace", "default");
    json_set_string(arena, json_set_object(arena, metadata, "labels"), "k", "v");
    return object;
}

TEST("tells watchers nothing before delivery, and then everything in order") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    CLEANUP_POINTER(sim_kube_free) struct kube *kube = sim_kube_new(server->api, NULL, "test/1");
    struct told told = { 0 };
    struct error err = { 0 };
    int id;

    assert_true(kube_apply(kube, server->arena, "me", config_map(server->arena, "a"), NULL, &err));
    id = watch(kube, &told, &KUBE_CONFIG_MAPS, "k");
    assert_int_equal(told.text.length, 0);
    assert_string_equal(deliver(kube, &told), "LISTED a, synced");
    assert_string_equal(deliver(kube, &told), "");
    assert_true(kube_apply(kube, server->arena, "me", config_map(server->arena, "b"), NULL, &err));
    assert_true(kube_delete(kube, &KUBE_CONFIG_MAPS, "default", "a", NULL, KUBE_BACKGROUND, &err));
    assert_string_equal(deliver(kube, &told), "ADDED b, DELETED a");
    sim_kube_disconnect(kube);
    assert_string_equal(deliver(kube, &told), "LISTED b, synced");
    kube->stop_watch(kube, id);
    assert_true(kube_apply(kube, server->arena, "me", config_map(server->arena, "c"), NULL, &err));
    assert_string_equal(deliver(kube, &told), "");
    buffer_clear(&told.text);
}

TEST("lists again when the history was cut") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    CLEANUP_POINTER(sim_kube_free) struct kube *kube = sim_kube_new(server->api, NULL, "test/1");
    struct told told = { 0 };
    struct error err = { 0 };

    watch(kube, &told, &KUBE_CONFIG_MAPS, "k");
    assert_string_equal(deliver(kube, &told), "synced");
    assert_true(kube_apply(kube, server->arena, "me", config_map(server->arena, "a"), NULL, &err));
    store_compact(api_store(server->api), store_version(api_store(server->api)));
    assert_string_equal(deliver(kube, &told), "");
    assert_string_equal(deliver(kube, &told), "LISTED a, synced");
    buffer_clear(&told.text);
}

TEST("says once that a resource is not served, and starts when it is") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    CLEANUP_POINTER(sim_kube_free) struct kube *kube = sim_kube_new(server->api, NULL, "test/1");
    struct told told = { 0 };

    watch(kube, &told, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, NULL);
    assert_string_equal(deliver(kube, &told), "failed");
    assert_string_equal(deliver(kube, &told), "");
    server_expect(
        server, 201, "POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        "{metadata: {name: neo4jenterpriseclusters.neo4j.neo4j.com}, spec: {group: neo4j.neo4j.com, scope: "
        "Namespaced, names: {plural: neo4jenterpriseclusters, kind: Neo4jEnterpriseCluster}, versions: "
        "[{name: "
        "v1alpha1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}");
    assert_string_equal(deliver(kube, &told), "synced");
    buffer_clear(&told.text);
}

TEST("translates refusals into kinds of errors") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    CLEANUP_POINTER(sim_kube_free) struct kube *kube = sim_kube_new(server->api, NULL, "test/1");
    struct json *object = config_map(server->arena, "a");
    struct error err = { 0 };

    assert_true(kube_create(kube, server->arena, object, &object, &err));
    assert_false(kube_create(kube, server->arena, config_map(server->arena, "a"), NULL, &err));
    assert_int_equal(err.kind, ERROR_ALREADY_EXISTS);
    assert_false(kube_create(kube, server->arena, config_map(server->arena, "A_"), NULL, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_false(kube_delete(kube, &KUBE_CONFIG_MAPS, "default", "a", "other-uid", KUBE_BACKGROUND, &err));
    assert_int_equal(err.kind, ERROR_CONFLICT);
    struct json *found = object;
    assert_true(kube_get(kube, server->arena, &KUBE_CONFIG_MAPS, "default", "nope", &found, &err));
    assert_null(found);
}
