#include "resources/labels.h"

struct json *labels_merge(struct arena *arena, const struct json *base, const struct json *over) {
    struct json *merged = json_is(base, JSON_OBJECT) ? json_copy(arena, base) : json_new_object(arena);

    JSON_FOR_EACH_MEMBER (member, over)
        json_set(arena, merged, member->key, json_copy(arena, &member->value));
    return merged;
}

struct json *labels_owned(struct arena *arena, const char *cluster, const char *version,
                          const struct json *extra) {
    struct json *labels = labels_merge(arena, extra, NULL);

    json_set_string(arena, labels, "app.kubernetes.io/name", "neo4j");
    json_set_string(arena, labels, "app.kubernetes.io/instance", cluster);
    if (version)
        json_set_string(arena, labels, "app.kubernetes.io/version", version);
    json_set_string(arena, labels, "app.kubernetes.io/component", "database");
    json_set_string(arena, labels, "app.kubernetes.io/part-of", "neo4j-cluster");
    json_set_string(arena, labels, LABEL_MANAGED_BY, MANAGED_BY);
    json_set_string(arena, labels, LABEL_CLUSTER, cluster);
    return labels;
}

struct json *labels_selector(struct arena *arena, const char *cluster) {
    struct json *labels = json_new_object(arena);

    json_set_string(arena, labels, LABEL_CLUSTER, cluster);
    json_set_string(arena, labels, LABEL_SERVER_NAME, "server");
    return labels;
}

struct json *labels_pod(struct arena *arena, const char *cluster, const char *version,
                        const struct json *extra) {
    struct json *labels = labels_owned(arena, cluster, version, extra);

    json_set_string(arena, labels, "app", cluster);
    json_set_string(arena, labels, "neo4j.com/clustering", "true");
    json_set_string(arena, labels, "neo4j.com/role", "server");
    return labels_merge(arena, labels, labels_selector(arena, cluster));
}

struct json *labels_claim(struct arena *arena, const char *cluster) {
    struct json *labels = json_new_object(arena);

    json_set_string(arena, labels, "app.kubernetes.io/name", "neo4j");
    json_set_string(arena, labels, "app.kubernetes.io/instance", cluster);
    json_set_string(arena, labels, LABEL_MANAGED_BY, MANAGED_BY);
    json_set_string(arena, labels, LABEL_CLUSTER, cluster);
    json_set_string(arena, labels, "neo4j.com/role", "data");
    return labels;
}
