#include "sim/neo4j/authentication.h"

#include "sim/neo4j/credential.h"

enum { REMEMBERED_USERS_MAX = 1000 };

static bool configuration_lists(const struct configuration *configuration, const char *setting,
                                const char *prefix) {
    const char *value = configuration_get(configuration, setting);
    struct text rest = text_from(value ? value : "");

    while (rest.data)
        if (text_starts_with(text_trim(text_cut(&rest, ',')), prefix))
            return true;
    return false;
}

static bool is_native_enabled(const struct configuration *configuration) {
    return configuration_lists(configuration, "dbms.security.authentication_providers", "native");
}

/* Which providers take a token of a scheme. None but the native one knows anybody here. */
static bool accepts(const struct configuration *configuration, const char *scheme) {
    static const struct {
        const char *scheme;
        const char *providers[3]; /* the beginnings of their names */
    } schemes[] = {
        { "basic", { "native", "ldap", "plugin-" } },
        { "bearer", { "oidc-", NULL, NULL } },
        { "kerberos", { "plugin-", NULL, NULL } },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++)
        for (size_t k = 0; k < 3 && str_equal(schemes[i].scheme, scheme); k++)
            if (schemes[i].providers[k] &&
                configuration_lists(configuration, "dbms.security.authentication_providers",
                                    schemes[i].providers[k]))
                return true;
    return false;
}

static bool is_locked(const struct neo4j_process *process, const char *user) {
    const struct json *failed = json_get(process->failed_logins, user);
    int64_t attempts_max =
        configuration_integer(process->configuration, "dbms.security.auth_max_failed_attempts");
    int64_t lock_ns = configuration_duration_ns(process->configuration, "dbms.security.auth_lock_time");

    return attempts_max > 0 && json_integer_at(failed, "count", 0) >= attempts_max &&
           process->now_ns - json_integer_at(failed, "at", 0) < lock_ns;
}

static void remember_failure(struct neo4j_process *process, const char *user) {
    struct arena *arena = process->login_arena;
    struct json *failed;

    /* All are forgotten together before they are too many. */
    if (!process->failed_logins || json_length(process->failed_logins) >= REMEMBERED_USERS_MAX) {
        arena_reset(arena);
        process->failed_logins = json_new_object(arena);
    }
    if (!json_get(process->failed_logins, user))
        json_set_object(arena, process->failed_logins, user);
    failed = json_get(process->failed_logins, user);
    json_set_integer(arena, failed, "count", json_integer_at(failed, "count", 0) + 1);
    json_set_integer(arena, failed, "at", process->now_ns);
}

bool authenticate(struct neo4j_process *process, struct arena *arena, const char *scheme, const char *user,
                  struct text password, bool *out_must_change, struct failure *failure) {
    const struct state_user *known = state_find_user(&process->state, user);

    *out_must_change = false;
    process->state.has_native_auth_rules =
        configuration_lists(process->configuration, "dbms.security.abac.authorization_providers", "native");
    if (!configuration_bool(process->configuration, "dbms.security.auth_enabled"))
        return true;
    if (!scheme)
        return failure_set(failure, arena, FAILURE_UNAUTHORIZED,
                           "Unsupported authentication token, missing key `scheme`");
    if (!accepts(process->configuration, scheme))
        return failure_set(
            failure, arena, FAILURE_UNAUTHORIZED, "Unsupported authentication token, scheme '%s' is %s.",
            scheme, str_equal(scheme, "none") ? "only allowed when auth is disabled" : "not supported");
    if (is_locked(process, user))
        return failure_set(
            failure, arena, FAILURE_RATE_LIMIT,
            "The client has provided incorrect authentication details too many times in a row.");
    if (!known || known->is_suspended || !is_native_enabled(process->configuration) ||
        !credential_matches(known->credential, password)) {
        if (known) /* who does not exist is never locked */
            remember_failure(process, user);
        return failure_set(failure, arena, FAILURE_UNAUTHORIZED,
                           "The client is unauthorized due to authentication failure.");
    }
    if (process->failed_logins)
        json_remove(process->failed_logins, user);
    *out_must_change = known->must_change_password;
    return true;
}
