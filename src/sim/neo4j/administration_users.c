/* Users: CREATE, ALTER and DROP USER, ALTER CURRENT USER.
 *
 * Passwords do not come here: the server that was asked turns them into credentials and compares old and new
 * against its own copy. Rules: Operations Manual, manage users. */
#include "sim/neo4j/administration.h"

static bool plan_create(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const char *name = json_string_at(request, "user", "");
    const struct state_user *existing = state_find_user(view->state, name);

    if (existing && json_bool_at(request, "ifNotExists", false))
        return true;
    if (existing && !json_bool_at(request, "orReplace", false))
        return failure_set(failure, view->arena, FAILURE_USER_EXISTS,
                           "Failed to create the specified user '%s': User already exists.", name);
    if (!existing && view->state->user_count >= STATE_USERS_MAX)
        return failure_set(
            failure, view->arena, FAILURE_ARGUMENT,
            "Failed to create the specified user '%s': there are %d users already, which is all "
            "that is simulated.",
            name, STATE_USERS_MAX);
    *out_command = json_copy(view->arena, request);
    return true;
}

static void change(struct state_user *user, const struct json *command) {
    if (json_get(command, "credential"))
        state_set_string(&user->credential, json_string_at(command, "credential", ""));
    user->must_change_password = json_bool_at(command, "mustChange", user->must_change_password);
    user->is_suspended = json_bool_at(command, "suspended", user->is_suspended);
    if (json_get(command, "home"))
        state_set_string(&user->home, json_string_at(command, "home", ""));
}

static void apply_create(struct cluster_state *state, const struct json *command) {
    const char *name = json_string_at(command, "user", "");
    struct state_user *user = state_find_user(state, name);

    if (user)
        state_remove_user(state, user);
    change(state_add_user(state, name), command);
}

static bool plan_existing(const struct administration_view *view, const struct json *request,
                          struct json **out_command, struct failure *failure) {
    const char *name = json_string_at(request, "user", "");

    if (!state_find_user(view->state, name)) {
        if (json_bool_at(request, "ifExists", false))
            return true;
        return failure_set(failure, view->arena, FAILURE_NO_SUCH_USER,
                           "Failed to change the specified user '%s': User does not exist.", name);
    }
    *out_command = json_copy(view->arena, request);
    return true;
}

static void apply_alter(struct cluster_state *state, const struct json *command) {
    struct state_user *user = state_find_user(state, json_string_at(command, "user", ""));

    if (user)
        change(user, command);
}

static void apply_drop(struct cluster_state *state, const struct json *command) {
    struct state_user *user = state_find_user(state, json_string_at(command, "user", ""));

    if (user)
        state_remove_user(state, user);
}

const struct administration_operation administration_of_users[] = {
    { "create-user", plan_create, apply_create },
    { "alter-user", plan_existing, apply_alter },
    { "drop-user", plan_existing, apply_drop },
    { NULL, NULL, NULL },
};
