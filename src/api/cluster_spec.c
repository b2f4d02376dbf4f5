#include "api/cluster_spec.h"

enum { NEO4J_ID = 7474 };

char *cluster_image_reference(struct arena *arena, const struct cluster_spec *spec) {
    ensure(spec->image && spec->image->repo && spec->image->tag);
    return arena_printf(arena, "%s:%s", spec->image->repo, spec->image->tag);
}

static bool names_secret(const struct json *secrets, const char *name) {
    JSON_FOR_EACH_ITEM (secret, secrets) {
        if (str_equal(json_string_at(secret, "name", NULL), name))
            return true;
    }
    return false;
}

static void add_secret(struct arena *arena, struct json *secrets, const char *name) {
    if (!str_empty(name) && !names_secret(secrets, name))
        json_set_string(arena, json_append_object(arena, secrets), "name", name);
}

struct json *cluster_image_pull_secrets(struct arena *arena, const struct cluster_spec *spec) {
    struct json *secrets = json_new_array(arena);

    ensure(spec->image);
    for (size_t i = 0; i < spec->image->pull_secrets_count; i++)
        add_secret(arena, secrets, spec->image->pull_secrets[i]);
    JSON_FOR_EACH_ITEM (secret, spec->image_pull_secrets)
        add_secret(arena, secrets, json_string_at(secret, "name", NULL));
    return json_length(secrets) > 0 ? secrets : NULL;
}

const char *cluster_mode_constraint(const struct cluster_spec *spec, int ordinal) {
    const struct cluster_topology *topology = spec->topology;

    ensure(topology && ordinal >= 0);
    for (size_t i = 0; i < topology->server_roles_count; i++) {
        const struct cluster_server_role *role = &topology->server_roles[i];
        if (role->server_index == ordinal && role->mode_constraint)
            return role->mode_constraint;
    }
    if (topology->has_secondaries && ordinal >= topology->servers - topology->secondaries)
        return "SECONDARY";
    return topology->server_mode_constraint ? topology->server_mode_constraint : "NONE";
}

static void lay_over(struct arena *arena, struct json *base, const struct json *over) {
    JSON_FOR_EACH_MEMBER (member, over)
        json_set(arena, base, member->key, json_copy(arena, &member->value));
}

static void set_user(struct arena *arena, struct json *context) {
    json_set_integer(arena, context, "runAsUser", NEO4J_ID);
    json_set_integer(arena, context, "runAsGroup", NEO4J_ID);
    json_set_bool(arena, context, "runAsNonRoot", true);
}

struct json *cluster_pod_security_context(struct arena *arena, const struct cluster_spec *spec) {
    struct json *context = json_new_object(arena);

    set_user(arena, context);
    json_set_integer(arena, context, "fsGroup", NEO4J_ID);
    json_set_string(arena, context, "fsGroupChangePolicy", "OnRootMismatch");
    json_set_string(arena, json_set_object(arena, context, "seccompProfile"), "type", "RuntimeDefault");
    lay_over(arena, context, spec->pod_security_context);
    lay_over(arena, context, json_get(spec->security_context, "podSecurityContext"));
    return context;
}

struct json *cluster_container_security_context(struct arena *arena, const struct cluster_spec *spec) {
    struct json *context = json_new_object(arena);

    set_user(arena, context);
    json_set_bool(arena, context, "allowPrivilegeEscalation", false);
    json_append_string(arena, json_set_array(arena, json_set_object(arena, context, "capabilities"), "drop"),
                       "ALL");
    /* Fields of the container's context may be written directly, beside the two contexts in full. */
    lay_over(arena, context, spec->security_context);
    json_remove(context, "podSecurityContext");
    json_remove(context, "containerSecurityContext");
    lay_over(arena, context, json_get(spec->security_context, "containerSecurityContext"));
    return context;
}
