/* Users: CREATE, ALTER, RENAME and DROP USER, ALTER CURRENT USER.
 *
 * Passwords do not come here: the server that was asked turns them into credentials and compares old and new
 * against its own copy. Rules: Operations Manual, manage users; user auth providers. */
#include "sim/neo4j/administration.h"
#include "sim/neo4j/security_state.h"

enum { USER_TAGS_MAX = 100 };

/* Printable ASCII without commas, colons and blanks. */
static bool check_name(const struct administration_view *view, const char *name, struct failure *failure) {
    if (!*name)
        return failure_set(failure, view->arena, FAILURE_ARGUMENT, "The provided username is empty.");
    for (const char *c = name; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == ',' || *c == ':')
            return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                               "Username '%s' contains illegal characters. Use ascii characters that are not "
                               "',', ':' or whitespaces.",
                               name);
    return true;
}

/* ---- what commands change ---- */

static void change_auths(struct state_user *user, const struct json *command) {
    if (json_bool_at(command, "removeAllAuth", false)) {
        state_set_string(&user->credential, "");
        while (user->auth_count)
            state_set_auth(user, user->auths[0].provider, NULL);
    }
    JSON_FOR_EACH_ITEM (provider, json_get(command, "removeAuth")) {
        if (str_equal(json_string(provider, ""), "native"))
            state_set_string(&user->credential, "");
        else
            state_set_auth(user, json_string(provider, ""), NULL);
    }
    JSON_FOR_EACH_MEMBER (auth, json_get(command, "auth"))
        state_set_auth(user, auth->key, json_string(&auth->value, ""));
}

static void change_tags(struct state_user *user, const struct json *command) {
    if (json_get(command, "tags"))
        name_list_set(&user->tags, json_get(command, "tags"));
    JSON_FOR_EACH_ITEM (tag, json_get(command, "addTags"))
        name_list_add(&user->tags, json_string(tag, ""));
    JSON_FOR_EACH_ITEM (tag, json_get(command, "removeTags"))
        name_list_remove(&user->tags, json_string(tag, ""));
}

static void change(struct state_user *user, const struct json *command) {
    change_auths(user, command);
    change_tags(user, command);
    if (json_get(command, "credential")) {
        if (!*user->credential) /* the first one, as of a new user */
            user->must_change_password = true;
        state_set_string(&user->credential, json_string_at(command, "credential", ""));
    }
    user->must_change_password = json_bool_at(command, "mustChange", user->must_change_password);
    if (!*user->credential)
        user->must_change_password = false;
    user->is_suspended = json_bool_at(command, "suspended", user->is_suspended);
    if (json_get(command, "home"))
        state_set_string(&user->home, json_string_at(command, "home", ""));
}

/* ---- CREATE USER ---- */

static bool plan_create(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const char *name = json_string_at(request, "user", "");
    const struct state_user *existing = state_find_user(view->state, name);

    if (!check_name(view, name, failure))
        return false;
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

static void apply_create(struct cluster_state *state, const struct json *command) {
    const char *name = json_string_at(command, "user", "");
    struct state_user *user = state_find_user(state, name);

    if (user)
        state_remove_user(state, user);
    change(state_add_user(state, name), command);
}

/* ---- ALTER USER ---- */

static bool plan_existing(const struct administration_view *view, const struct json *request,
                          struct json **out_command, struct failure *failure, const char *verb) {
    const char *name = json_string_at(request, "user", "");

    if (!state_find_user(view->state, name)) {
        if (json_bool_at(request, "ifExists", false))
            return true;
        return failure_set(failure, view->arena, FAILURE_NO_SUCH_USER,
                           "Failed to %s the specified user '%s': User does not exist.", verb, name);
    }
    *out_command = json_copy(view->arena, request);
    return true;
}

/* What the user would be with the change; a user needs a way to log in, unless it is suspended. */
static bool check_outcome(const struct administration_view *view, const struct json *request,
                          struct failure *failure) {
    const struct state_user *user = state_find_user(view->state, json_string_at(request, "user", ""));
    struct cluster_state copy = { 0 };
    struct state_user *after = state_add_user(&copy, user->name);
    bool had_native = *user->credential != 0;

    state_set_string(&after->credential, user->credential);
    after->is_suspended = user->is_suspended;
    for (size_t i = 0; i < user->auth_count; i++)
        state_set_auth(after, user->auths[i].provider, user->auths[i].id);
    for (size_t i = 0; i < user->tags.count; i++)
        name_list_add(&after->tags, user->tags.items[i]);
    change(after, request);
    bool has_none = !*after->credential && !after->auth_count;
    bool has_too_many_tags = after->tags.count > USER_TAGS_MAX;
    bool lacks_password = json_bool_at(request, "touchesNative", false) && !*after->credential;
    cluster_state_clear(&copy);
    if (lacks_password && !had_native)
        return failure_set(failure, view->arena, FAILURE_MISSING_AUTH_CLAUSE,
                           "Clause `SET PASSWORD` is mandatory for auth provider `native`.");
    if (has_none && !user->is_suspended && !json_bool_at(request, "suspended", false))
        return failure_set(
            failure, view->arena, FAILURE_ARGUMENT,
            "User has no auth provider. Add at least one auth provider for the user or consider "
            "suspending them.");
    return !has_too_many_tags ||
           failure_set(failure, view->arena, FAILURE_ARGUMENT,
                       "A user with more than %d tags is not simulated.", USER_TAGS_MAX);
}

static bool plan_alter(const struct administration_view *view, const struct json *request,
                       struct json **out_command, struct failure *failure) {
    return plan_existing(view, request, out_command, failure, "alter") &&
           (!*out_command || check_outcome(view, request, failure));
}

static void apply_alter(struct cluster_state *state, const struct json *command) {
    struct state_user *user = state_find_user(state, json_string_at(command, "user", ""));

    if (user)
        change(user, command);
}

/* ---- RENAME and DROP USER ---- */

static bool plan_rename(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    const char *from = json_string_at(request, "user", ""), *to = json_string_at(request, "name", "");

    if (!state_find_user(view->state, from)) {
        if (json_bool_at(request, "ifExists", false))
            return true;
        return failure_set(failure, view->arena, FAILURE_NO_SUCH_USER,
                           "Failed to rename the specified user '%s' to '%s': The user '%s' does not exist.",
                           from, to, from);
    }
    if (!check_name(view, to, failure))
        return false;
    if (state_find_user(view->state, to))
        return failure_set(failure, view->arena, FAILURE_USER_EXISTS,
                           "Failed to rename the specified user '%s' to '%s': User '%s' already exists.",
                           from, to, to);
    *out_command = json_copy(view->arena, request);
    return true;
}

static void apply_rename(struct cluster_state *state, const struct json *command) {
    state_rename_user(state, json_string_at(command, "user", ""), json_string_at(command, "name", ""));
}

/* ---- ALTER USERS: tags of several ---- */

static bool plan_alter_all(const struct administration_view *view, const struct json *request,
                           struct json **out_command, struct failure *failure) {
    JSON_FOR_EACH_ITEM (user, json_get(request, "users")) {
        struct json *one = json_copy(view->arena, request);
        json_set(view->arena, one, "user", user);
        if (!plan_alter(view, one, out_command, failure))
            return false;
    }
    *out_command = json_copy(view->arena, request);
    return true;
}

static void apply_alter_all(struct cluster_state *state, const struct json *command) {
    JSON_FOR_EACH_ITEM (name, json_get(command, "users")) {
        struct state_user *user = state_find_user(state, json_string(name, ""));
        if (user)
            change_tags(user, command);
    }
}

static bool plan_drop(const struct administration_view *view, const struct json *request,
                      struct json **out_command, struct failure *failure) {
    return plan_existing(view, request, out_command, failure, "delete");
}

static void apply_drop(struct cluster_state *state, const struct json *command) {
    struct state_user *user = state_find_user(state, json_string_at(command, "user", ""));

    if (user)
        state_remove_user(state, user);
}

const struct administration_operation administration_of_users[] = {
    { "create-user", plan_create, apply_create },
    { "alter-user", plan_alter, apply_alter },
    { "alter-users", plan_alter_all, apply_alter_all },
    { "rename-user", plan_rename, apply_rename },
    { "drop-user", plan_drop, apply_drop },
    { NULL, NULL, NULL },
};
