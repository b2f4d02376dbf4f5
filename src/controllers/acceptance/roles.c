#include "controllers/acceptance/roles.h"

#include "controllers/acceptance/targets.h"

static bool inherits_from(const struct json *role, const char *name) {
    JSON_FOR_EACH_ITEM (parent, json_at(role, "spec.inheritsFrom"))
        if (str_equal(json_string(parent, ""), name))
            return true;
    return false;
}

/* The roles of one target in one namespace. */
static struct json *roles_of_target(struct cache *cache, struct arena *arena, const struct json *role) {
    const char *target = target_of_cluster_ref(arena, role).name;
    const struct cache_query query = { .resource = &KUBE_NEO4J_ROLES,
                                       .namespace = json_string_at(role, "metadata.namespace", "") };
    struct json *roles = json_new_array(arena);

    JSON_FOR_EACH_ITEM (other, cache_list(cache, arena, &query))
        if (str_equal(target_of_cluster_ref(arena, other).name, target))
            json_append(arena, roles, other);
    return roles;
}

/* All that inherit from `role`, over others or not: {name: the name of the role that it has it from}. Holds
 * the role itself if it is in a circle. */
static struct json *heirs_of(struct arena *arena, const struct json *roles, const char *role) {
    struct json *heirs = json_new_object(arena);
    struct json *to_visit = json_new_array(arena);

    json_append_string(arena, to_visit, role);
    /* The array grows while it is walked. */
    for (size_t i = 0; i < json_length(to_visit); i++) {
        const char *parent = json_item(to_visit, i)->string;
        JSON_FOR_EACH_ITEM (candidate, roles) {
            const char *name = role_name_of(candidate);
            if (!inherits_from(candidate, parent) || json_get(heirs, name))
                continue;
            json_set_string(arena, heirs, name, parent);
            json_append_string(arena, to_visit, name);
        }
    }
    return heirs;
}

void acceptance_judge_role_circle(struct pass *pass, struct acceptance *seen) {
    const char *role = role_name_of(seen->object);
    CLEANUP_BUFFER struct buffer circle = { 0 };

    if (!json_length(json_at(seen->object, "spec.inheritsFrom")))
        return;
    const struct json *heirs =
        heirs_of(pass->arena, roles_of_target(pass->cache, pass->arena, seen->object), role);
    const char *parent = json_string_at(heirs, role, NULL);
    if (!parent)
        return;
    buffer_printf(&circle, "%s from %s", role, parent);
    for (const char *name = parent; !str_equal(name, role);) {
        name = json_string(json_get(heirs, name), role);
        buffer_printf(&circle, ", that from %s", name);
    }
    acceptance_refuse(seen, "RO5", FIELD_INVALID, "spec.inheritsFrom", json_new_string(pass->arena, parent),
                      "closes a circle (%s); remove one of its links", buffer_string(&circle));
}

void acceptance_map_roles(struct cache *cache, const struct json *changed, struct key_sink *sink) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *roles = roles_of_target(cache, arena, changed);
    const struct json *heirs = heirs_of(arena, roles, role_name_of(changed));

    acceptance_map_rivals(cache, changed, sink);
    JSON_FOR_EACH_ITEM (role, roles)
        if (json_get(heirs, role_name_of(role)))
            key_sink_add(sink, json_string_at(role, "metadata.namespace", ""),
                         json_string_at(role, "metadata.name", ""));
}
