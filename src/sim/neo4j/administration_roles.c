/* Roles: CREATE, RENAME and DROP ROLE, and who has them. Rules: Operations Manual, manage roles; immutable
 * roles and privileges. */
#include "sim/neo4j/administration.h"
#include "sim/neo4j/security_state.h"

#include <ctype.h>

static bool auth_is_disabled(const struct administration_view *view) {
    return !configuration_bool(view->configuration, "dbms.security.auth_enabled");
}

static bool check_name(const struct administration_view *view, const char *name, struct failure *failure) {
    bool is_good = isalpha((unsigned char)name[0]) != 0;

    if (!*name)
        return failure_set(failure, view->arena, FAILURE_ARGUMENT, "The provided role name is empty.");
    for (const char *c = name; *c; c++)
        is_good = is_good && (isalnum((unsigned char)*c) || *c == '_');
    return is_good || failure_set(failure, view->arena, FAILURE_ARGUMENT,
                                  "Role name '%s' contains illegal characters. Use simple ascii characters, "
                                  "numbers and underscores.",
                                  name);
}

static bool check_not_reserved(const struct administration_view *view, const char *name, const char *verb,
                               struct failure *failure) {
    return !str_equal(name, ROLE_PUBLIC) ||
           failure_set(failure, view->arena, FAILURE_ARGUMENT,
                       "Failed to %s the specified role '%s': '%s' is a reserved role.", verb, name, name);
}

static bool forbid(const struct administration_view *view, struct failure *failure, const char *text) {
    return failure_set(failure, view->arena, FAILURE_FORBIDDEN, "%s", text);
}

/* ---- CREATE ROLE ---- */

/* Immutable privileges are not copied into ordinary roles, and immutable roles have no others. */
static bool check_copy(const struct administration_view *view, const char *of, bool is_immutable,
                       struct failure *failure) {
    const struct state_role *role = state_find_role(view->state, of);

    if (!role)
        return failure_set(failure, view->arena, FAILURE_NO_SUCH_ROLE,
                           "Failed to create a role as copy of '%s': Role does not exist.", of);
    for (size_t i = 0; i < role->privilege_count; i++) {
        if (is_immutable && !role->privileges[i].is_immutable)
            return failure_set(
                failure, view->arena, FAILURE_FORBIDDEN,
                "'%s' cannot be copied to an immutable role because '%s' has one or more "
                "non-immutable privileges. Immutable roles can only contain immutable "
                "privileges. Use `SHOW ROLE %s PRIVILEGES AS COMMANDS YIELD *` to inspect %s's "
                "privileges.",
                of, of, of, of);
        if (!is_immutable && role->privileges[i].is_immutable)
            return failure_set(
                failure, view->arena, FAILURE_FORBIDDEN,
                "'%s' cannot be copied because it has one or more immutable privileges assigned "
                "to it and immutable privileges cannot be copied. Use `SHOW ROLE %s PRIVILEGES "
                "AS COMMANDS YIELD *` to inspect %s's privileges.",
                of, of, of);
    }
    return true;
}

static bool check_room(const struct administration_view *view, const char *name, const char *copy_of,
                       struct failure *failure) {
    const struct state_role *copied = copy_of ? state_find_role(view->state, copy_of) : NULL;
    size_t more = copied ? copied->privilege_count : 0;

    if (view->state->role_count < STATE_ROLES_MAX &&
        state_privilege_count(view->state) + more <= STATE_PRIVILEGES_MAX)
        return true;
    return failure_set(
        failure, view->arena, FAILURE_ARGUMENT,
        "Failed to create the specified role '%s': more than %d roles or %d privileges are not "
        "simulated.",
        name, STATE_ROLES_MAX, STATE_PRIVILEGES_MAX);
}

static bool plan_create(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const char *name = json_string_at(request, "role", "");
    const char *copy_of = json_string_at(request, "copyOf", NULL);
    bool is_immutable = json_bool_at(request, "immutable", false);
    bool replaces = json_bool_at(request, "orReplace", false);
    const struct state_role *existing = state_find_role(view->state, name);

    if (!check_name(view, name, failure) ||
        !check_not_reserved(view, name, replaces ? "replace" : "create", failure))
        return false;
    if (is_immutable && !auth_is_disabled(view))
        return forbid(
            view, failure,
            "Immutable roles cannot be created. Try creating the role without the IMMUTABLE keyword.");
    if (existing && json_bool_at(request, "ifNotExists", false))
        return true;
    if (existing && !replaces)
        return failure_set(failure, view->arena, FAILURE_ROLE_EXISTS,
                           "Failed to create the specified role '%s': Role already exists.", name);
    if (existing && existing->is_immutable && !auth_is_disabled(view))
        return forbid(view, failure,
                      "Immutable roles cannot be replaced. Use `SHOW ROLES YIELD *` to see which roles are "
                      "immutable.");
    if ((copy_of && !check_copy(view, copy_of, is_immutable, failure)) ||
        !check_room(view, name, copy_of, failure))
        return false;
    *out_command = json_copy(view->arena, request);
    return true;
}

static void apply_create(struct cluster_state *state, const struct json *command) {
    const char *name = json_string_at(command, "role", "");
    const char *copy_of = json_string_at(command, "copyOf", NULL);
    struct state_role *existing = state_find_role(state, name);

    if (copy_of && str_equal(copy_of, name))
        return; /* a role that replaces itself by its copy */
    if (existing)
        state_remove_role(state, existing);
    struct state_role *role = state_add_role(state, name);
    role->is_immutable = json_bool_at(command, "immutable", false);
    const struct state_role *copied = copy_of ? state_find_role(state, copy_of) : NULL;
    for (size_t i = 0; copied && i < copied->privilege_count; i++)
        role_add_privilege(role, &copied->privileges[i]);
}

/* ---- RENAME and DROP ROLE ---- */

static bool plan_rename(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const char *from = json_string_at(request, "role", ""), *to = json_string_at(request, "name", "");
    const struct state_role *role = state_find_role(view->state, from);

    if (!role && json_bool_at(request, "ifExists", false))
        return true;
    if (!role)
        return failure_set(failure, view->arena, FAILURE_NO_SUCH_ROLE,
                           "Failed to rename the specified role '%s' to '%s': The role '%s' does not exist.",
                           from, to, from);
    if (!check_name(view, to, failure) || !check_not_reserved(view, from, "rename", failure))
        return false;
    if (role->is_immutable && !auth_is_disabled(view))
        return forbid(view, failure,
                      "Immutable roles cannot be renamed. Use `SHOW ROLES YIELD *` to see which roles are "
                      "immutable.");
    if (state_find_role(view->state, to))
        return failure_set(failure, view->arena, FAILURE_ROLE_EXISTS,
                           "Failed to rename the specified role '%s' to '%s': Role '%s' already exists.",
                           from, to, to);
    *out_command = json_copy(view->arena, request);
    return true;
}

static void apply_rename(struct cluster_state *state, const struct json *command) {
    state_rename_role(state, json_string_at(command, "role", ""), json_string_at(command, "name", ""));
}

static bool plan_drop(const struct administration_view *view, const struct json *request,
                      struct json **out_command, struct failure *failure) {
    const char *name = json_string_at(request, "role", "");
    const struct state_role *role = state_find_role(view->state, name);

    if (!check_not_reserved(view, name, "delete", failure))
        return false;
    if (!role && json_bool_at(request, "ifExists", false))
        return true;
    if (!role)
        return failure_set(failure, view->arena, FAILURE_NO_SUCH_ROLE,
                           "Failed to delete the specified role '%s': Role does not exist.", name);
    if (role->is_immutable && !auth_is_disabled(view))
        return forbid(view, failure,
                      "Immutable roles cannot be dropped. Use `SHOW ROLES YIELD *` to see which roles are "
                      "immutable.");
    *out_command = json_copy(view->arena, request);
    return true;
}

static void apply_drop(struct cluster_state *state, const struct json *command) {
    struct state_role *role = state_find_role(state, json_string_at(command, "role", ""));

    if (role)
        state_remove_role(state, role);
}

/* ---- GRANT ROLE and REVOKE ROLE ---- */

/* Whose roles change: a user's or, by "authRules", an auth rule's. NULL: there is none of that name. */
static struct name_list *roles_of(const struct cluster_state *state, const struct json *command,
                                  const char *member) {
    if (json_get(command, "authRules")) {
        struct state_auth_rule *rule = state_find_auth_rule(state, member);
        return rule ? &rule->roles : NULL;
    }
    struct state_user *user = state_find_user(state, member);
    return user ? &user->roles : NULL;
}

static const struct json *members(const struct json *command) {
    const struct json *rules = json_get(command, "authRules");

    return rules ? rules : json_get(command, "users");
}

static bool has_denied_privilege(const struct state_role *role) {
    for (size_t i = 0; i < role->privilege_count; i++)
        if (role->privileges[i].is_denied)
            return true;
    return false;
}

static bool check_pair(const struct administration_view *view, const struct json *request, const char *role,
                       const char *member, struct failure *failure) {
    bool is_rule = json_get(request, "authRules") != NULL;
    const char *what = is_rule ? "auth rule" : "user";
    const struct state_role *known = state_find_role(view->state, role);

    if (!known)
        return failure_set(failure, view->arena, FAILURE_NO_SUCH_ROLE,
                           "Failed to grant role '%s' to %s '%s': Role does not exist.", role, what, member);
    if (!roles_of(view->state, request, member))
        return failure_set(failure, view->arena, is_rule ? FAILURE_NO_SUCH_AUTH_RULE : FAILURE_NO_SUCH_USER,
                           "Failed to grant role '%s' to %s '%s': %s does not exist.", role, what, member,
                           is_rule ? "Auth rule" : "User");
    if (is_rule && has_denied_privilege(known))
        return failure_set(
            failure, view->arena, FAILURE_ARGUMENT,
            "Failed to grant role '%s' to auth rule '%s': Roles with denied privileges cannot be "
            "granted to an auth rule.",
            role, member);
    return true;
}

static bool plan_grant(const struct administration_view *view, const struct json *request,
                       struct json **out_command, struct failure *failure) {
    bool changes = false;

    JSON_FOR_EACH_ITEM (member, members(request))
        JSON_FOR_EACH_ITEM (role, json_get(request, "roles")) {
            const char *name = json_string(role, "");
            if (!check_pair(view, request, name, json_string(member, ""), failure))
                return false;
            changes =
                changes || (!str_equal(name, ROLE_PUBLIC) &&
                            !name_list_has(roles_of(view->state, request, json_string(member, "")), name));
        }
    if (changes)
        *out_command = json_copy(view->arena, request);
    return true;
}

static void apply_grant(struct cluster_state *state, const struct json *command) {
    JSON_FOR_EACH_ITEM (member, members(command)) {
        struct name_list *roles = roles_of(state, command, json_string(member, ""));
        JSON_FOR_EACH_ITEM (role, json_get(command, "roles"))
            if (roles && state_find_role(state, json_string(role, "")) &&
                !str_equal(json_string(role, ""), ROLE_PUBLIC))
                name_list_add(roles, json_string(role, ""));
    }
}

/* Roles and members that are not there are left out: the server that was asked has said so. */
static bool plan_revoke(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    JSON_FOR_EACH_ITEM (member, members(request)) {
        const struct name_list *roles = roles_of(view->state, request, json_string(member, ""));
        JSON_FOR_EACH_ITEM (role, json_get(request, "roles"))
            if (roles && name_list_has(roles, json_string(role, "")))
                *out_command = json_copy(view->arena, request);
    }
    return true;
}

static void apply_revoke(struct cluster_state *state, const struct json *command) {
    JSON_FOR_EACH_ITEM (member, members(command)) {
        struct name_list *roles = roles_of(state, command, json_string(member, ""));
        JSON_FOR_EACH_ITEM (role, json_get(command, "roles"))
            if (roles)
                name_list_remove(roles, json_string(role, ""));
    }
}

const struct administration_operation administration_of_roles[] = {
    { "create-role", plan_create, apply_create },  { "rename-role", plan_rename, apply_rename },
    { "drop-role", plan_drop, apply_drop },        { "grant-roles", plan_grant, apply_grant },
    { "revoke-roles", plan_revoke, apply_revoke }, { NULL, NULL, NULL },
};
