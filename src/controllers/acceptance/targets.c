#include "controllers/acceptance/targets.h"

/* The first of two fields that is set: a field, and another name of it. NULL: neither. */
static const char *either(const struct json *object, const char *field, const char *alias,
                          const char **out_field) {
    const char *value = json_string_at(object, field, NULL);

    *out_field = value || !json_string_at(object, alias, NULL) ? field : alias;
    return value ? value : json_string_at(object, alias, NULL);
}

static struct acceptance_target named(const struct json *object, const char *field, const char *alias) {
    struct acceptance_target target = { 0 };

    target.name = either(object, field, alias, &target.field);
    return target;
}

struct acceptance_target target_of_cluster_ref(struct arena *arena, const struct json *object) {
    (void)arena;
    return named(object, "spec.clusterRef", "spec.clusterName");
}

struct acceptance_target target_of_restore(struct arena *arena, const struct json *object) {
    (void)arena;
    return named(object, "spec.targetCluster", "spec.clusterRef");
}

struct acceptance_target target_of_backup(struct arena *arena, const struct json *object) {
    bool is_database = str_equal(json_string_at(object, "spec.target.kind", ""), "Database");
    const char *field = is_database ? "spec.target.clusterRef" : "spec.target.name";

    (void)arena;
    return (struct acceptance_target){ .field = field,
                                       .name = json_string_at(object, field, NULL),
                                       .namespace = json_string_at(object, "spec.target.namespace", NULL) };
}

/* ---- claims ---- */

static const char *claim(struct arena *arena, const struct json *object, const char *what, const char *name) {
    const char *target = target_of_cluster_ref(arena, object).name;

    return str_empty(name) || str_empty(target) ? NULL
                                                : arena_printf(arena, "%s %s of %s", what, name, target);
}

/* Neo4j knows databases without regard to case. */
static const char *lower_case(struct arena *arena, const char *string) {
    char *lower = arena_strdup(arena, string ? string : "");

    for (char *at = lower; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at |= 0x20;
    return lower;
}

const char *claim_of_database(struct arena *arena, const struct json *object) {
    const char *field;

    return claim(arena, object, "database",
                 lower_case(arena, either(object, "spec.name", "spec.databaseName", &field)));
}

const char *claim_of_plugin(struct arena *arena, const struct json *object) {
    return claim(arena, object, "plug-in", json_string_at(object, "spec.name", NULL));
}

const char *claim_of_user(struct arena *arena, const struct json *object) {
    return claim(arena, object, "user",
                 json_string_at(object, "spec.username", json_string_at(object, "metadata.name", NULL)));
}

const char *role_name_of(const struct json *object) {
    const char *field;
    const char *name = either(object, "spec.name", "spec.roleName", &field);

    return name ? name : json_string_at(object, "metadata.name", "");
}

const char *claim_of_role(struct arena *arena, const struct json *object) {
    return claim(arena, object, "role", role_name_of(object));
}
