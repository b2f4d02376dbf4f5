#include "resources/cluster_objects.h"
#include "resources/labels.h"
#include "resources/names.h"
#include "test.h"

TEST("the ordinal of a pod is the number at the end of its name") {
    static const struct {
        const char *pod;
        int ordinal;
    } rows[] = {
        { "graph-server-0", 0 },
        { "graph-server-12", 12 },
        { "a-b-c-3", 3 },
        { "graph-server-", -1 },
        { "graph", -1 },
        { "graph-server-x", -1 },
        { NULL, -1 },
        { "graph-server-99999999999", -1 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (name_ordinal(rows[i].pod) != rows[i].ordinal)
            fail_msg("%s: %d", rows[i].pod, name_ordinal(rows[i].pod));
}

TEST("a server's host name is the pod's in the headless Service") {
    CLEANUP_ARENA struct arena *arena = arena_new();

    assert_string_equal(name_pod_host(arena, "graph", "prod", 2),
                        "graph-server-2.graph-headless.prod.svc.cluster.local");
}

TEST("the user's labels never replace those by which the operator finds its objects") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *extra = json_new_object(arena);

    json_set_string(arena, extra, LABEL_CLUSTER, "other");
    json_set_string(arena, extra, "team", "graph");
    struct json *labels = labels_pod(arena, "graph", "5.26.0-enterprise", extra);
    assert_string_equal(json_string(json_get(labels, LABEL_CLUSTER), ""), "graph");
    assert_string_equal(json_string(json_get(labels, "team"), ""), "graph");
    JSON_FOR_EACH_MEMBER (member, labels_selector(arena, "graph"))
        assert_true(json_equal(&member->value, json_get(labels, member->key)));
}

TEST("a password that is made up is long, starts with a letter and never comes twice") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *before = "";

    for (int i = 0; i < 200; i++) {
        const char *password = admin_password_new(arena);
        assert_int_equal(strlen(password), 24);
        assert_true((password[0] | 32) >= 'a' && (password[0] | 32) <= 'z');
        assert_int_equal(strspn(password, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
                         24);
        assert_string_not_equal(password, before);
        before = password;
    }
}

TEST("the longest name of a cluster leaves room for what Kubernetes makes of it") {
    enum { LABEL_BYTES_MAX = 63, REVISION_BYTES_MAX = sizeof("-0123456789") - 1 };
    CLEANUP_ARENA struct arena *arena = arena_new();
    char name[NAME_CLUSTER_BYTES_MAX + 1];

    memset(name, 'a', NAME_CLUSTER_BYTES_MAX);
    name[NAME_CLUSTER_BYTES_MAX] = '\0';
    assert_int_equal(strlen(name_server_set(arena, name)) + REVISION_BYTES_MAX, LABEL_BYTES_MAX);
    assert_true(strlen(name_pod(arena, name, 19)) <= LABEL_BYTES_MAX);
    assert_true(strlen(name_internals(arena, name)) <= LABEL_BYTES_MAX);
}
