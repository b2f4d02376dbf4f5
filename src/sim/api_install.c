#include "sim/api_internal.h"

/* What every cluster has from its first moment. */

void api_furnish_namespace(struct api *api, const char *namespace) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *account = json_new_object(arena);

    json_set_string(arena, json_set_object(arena, account, "metadata"), "name", "default");
    (void)api_do_own(api, arena, API_CREATE, "", "serviceaccounts", namespace, NULL, account, NULL);
    if (!api->authority_pem)
        return;
    struct json *config = json_new_object(arena);
    json_set_string(arena, json_set_object(arena, config, "metadata"), "name", "kube-root-ca.crt");
    json_set_string(arena, json_set_object(arena, config, "data"), "ca.crt", api->authority_pem);
    (void)api_do_own(api, arena, API_CREATE, "", "configmaps", namespace, NULL, config, NULL);
}

static void create(struct api *api, struct arena *arena, const char *plural, const char *text) {
    struct json *object = NULL;
    bool done =
        json_parse(arena, text_from(text), NULL, &object, NULL) &&
        api_do_own(api, arena, API_CREATE, "rbac.authorization.k8s.io", plural, NULL, NULL, object, NULL);
    ensure(done);
}

/* The one role that every cluster's administrators have. */
static void install_roles(struct api *api, struct arena *arena) {
    create(
        api, arena, "clusterroles",
        "{\"metadata\":{\"name\":\"cluster-admin\"},\"rules\":[{\"apiGroups\":[\"*\"],\"resources\":[\"*\"],"
        "\"verbs\":[\"*\"]},{\"nonResourceURLs\":[\"*\"],\"verbs\":[\"*\"]}]}");
    create(
        api, arena, "clusterrolebindings",
        "{\"metadata\":{\"name\":\"cluster-admin\"},\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\","
        "\"kind\":\"ClusterRole\",\"name\":\"cluster-admin\"},\"subjects\":[{\"apiGroup\":"
        "\"rbac.authorization.k8s.io\",\"kind\":\"Group\",\"name\":\"system:masters\"}]}");
}

void api_install(struct api *api) {
    static const char *const namespaces[] = { "default", "kube-system", "kube-public", "kube-node-lease" };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(namespaces); i++) {
        struct json *namespace = json_new_object(arena);
        json_set_string(arena, json_set_object(arena, namespace, "metadata"), "name", namespaces[i]);
        bool done = api_do_own(api, arena, API_CREATE, "", "namespaces", NULL, NULL, namespace, NULL);
        ensure(done);
    }
    install_roles(api, arena);
}
