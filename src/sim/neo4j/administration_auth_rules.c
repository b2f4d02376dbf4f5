/* Auth rules: CREATE, ALTER, RENAME and DROP AUTH RULE. Rules: Operations Manual, attribute-based access
 * control. */
#include "sim/neo4j/administration.h"
#include "sim/neo4j/security_state.h"

static bool plan_create(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const char *name = json_string_at(request, "rule", "");
    const struct state_auth_rule *existing = state_find_auth_rule(view->state, name);

    if (existing && json_bool_at(request, "ifNotExists", false))
        return true;
    if (existing && !json_bool_at(request, "orReplace", false))
        return failure_set(failure, view->arena, FAILURE_AUTH_RULE_EXISTS,
                           "Failed to create the specified auth rule '%s': Auth rule already exists.", name);
    if (!existing && view->state->auth_rule_count >= STATE_AUTH_RULES_MAX)
        return failure_set(
            failure, view->arena, FAILURE_ARGUMENT,
            "Failed to create the specified auth rule '%s': there are %d already, which is all "
            "that is simulated.",
            name, STATE_AUTH_RULES_MAX);
    *out_command = json_copy(view->arena, request);
    return true;
}

static void change(struct state_auth_rule *rule, const struct json *command) {
    if (json_get(command, "condition"))
        state_set_string(&rule->condition, json_string_at(command, "condition", ""));
    rule->is_enabled = json_bool_at(command, "enabled", rule->is_enabled);
}

static void apply_create(struct cluster_state *state, const struct json *command) {
    const char *name = json_string_at(command, "rule", "");
    struct state_auth_rule *existing = state_find_auth_rule(state, name);

    if (existing)
        state_remove_auth_rule(state, existing);
    change(state_add_auth_rule(state, name), command);
}

/* verb: "alter", "delete". */
static bool plan_existing(const struct administration_view *view, const struct json *request,
                          struct json **out_command, struct failure *failure, const char *verb) {
    const char *name = json_string_at(request, "rule", "");

    if (state_find_auth_rule(view->state, name))
        *out_command = json_copy(view->arena, request);
    else if (!json_bool_at(request, "ifExists", false))
        return failure_set(failure, view->arena, FAILURE_NO_SUCH_AUTH_RULE,
                           "Failed to %s the specified auth rule '%s': Auth rule does not exist.", verb,
                           name);
    return true;
}

static bool plan_alter(const struct administration_view *view, const struct json *request,
                       struct json **out_command, struct failure *failure) {
    return plan_existing(view, request, out_command, failure, "alter");
}

static void apply_alter(struct cluster_state *state, const struct json *command) {
    struct state_auth_rule *rule = state_find_auth_rule(state, json_string_at(command, "rule", ""));

    if (rule)
        change(rule, command);
}

static bool plan_drop(const struct administration_view *view, const struct json *request,
                      struct json **out_command, struct failure *failure) {
    return plan_existing(view, request, out_command, failure, "delete");
}

static void apply_drop(struct cluster_state *state, const struct json *command) {
    struct state_auth_rule *rule = state_find_auth_rule(state, json_string_at(command, "rule", ""));

    if (rule)
        state_remove_auth_rule(state, rule);
}

static bool plan_rename(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const char *from = json_string_at(request, "rule", ""), *to = json_string_at(request, "name", "");

    if (!state_find_auth_rule(view->state, from)) {
        if (json_bool_at(request, "ifExists", false))
            return true;
        return failure_set(
            failure, view->arena, FAILURE_NO_SUCH_AUTH_RULE,
            "Failed to rename the specified auth rule '%s' to '%s': The auth rule '%s' does not "
            "exist.",
            from, to, from);
    }
    if (state_find_auth_rule(view->state, to))
        return failure_set(failure, view->arena, FAILURE_AUTH_RULE_EXISTS,
                           "Failed to rename the specified auth rule '%s' to '%s': Auth rule '%s' already "
                           "exists.",
                           from, to, to);
    *out_command = json_copy(view->arena, request);
    return true;
}

static void apply_rename(struct cluster_state *state, const struct json *command) {
    struct state_auth_rule *old = state_find_auth_rule(state, json_string_at(command, "rule", ""));

    if (!old)
        return;
    struct state_auth_rule copy = *old;
    *old = (struct state_auth_rule){ 0 };
    state_remove_auth_rule(state, old);
    struct state_auth_rule *renamed = state_add_auth_rule(state, json_string_at(command, "name", ""));
    state_set_string(&renamed->condition, copy.condition);
    renamed->is_enabled = copy.is_enabled;
    renamed->roles = copy.roles;
    free(copy.name);
    free(copy.condition);
}

const struct administration_operation administration_of_auth_rules[] = {
    { "create-auth-rule", plan_create, apply_create },
    { "alter-auth-rule", plan_alter, apply_alter },
    { "rename-auth-rule", plan_rename, apply_rename },
    { "drop-auth-rule", plan_drop, apply_drop },
    { NULL, NULL, NULL },
};
