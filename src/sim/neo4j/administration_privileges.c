/* Privileges: GRANT, DENY and REVOKE. Requests hold the pieces and the roles that get or lose each of them.
 * Rules: Operations Manual, manage privileges; immutable roles and privileges. */
#include "sim/neo4j/administration.h"
#include "sim/neo4j/security_state.h"

static bool auth_is_disabled(const struct administration_view *view) {
    return !configuration_bool(view->configuration, "dbms.security.auth_enabled");
}

static bool check_role(const struct administration_view *view, const struct privilege *privilege,
                       const char *name, struct failure *failure) {
    const struct state_role *role = state_find_role(view->state, name);
    const char *what = privilege_kind(privilege->action)->text;

    if (!role)
        return failure_set(failure, view->arena, FAILURE_NO_SUCH_ROLE,
                           "Failed to %s %s privilege to role '%s': Role does not exist.",
                           privilege->is_denied ? "deny" : "grant", what, name);
    if (role->is_immutable && !privilege->is_immutable)
        return failure_set(failure, view->arena, FAILURE_FORBIDDEN,
                           "Only immutable privileges can be assigned to an immutable role. Try `GRANT/DENY "
                           "IMMUTABLE` instead.");
    if (privilege->is_denied && state_is_role_of_auth_rule(view->state, name))
        return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                           "Failed to deny %s privilege to role '%s': Privileges may not be denied to a role "
                           "that has been assigned to an auth rule.",
                           what, name);
    return true;
}

static bool check_privilege(const struct administration_view *view, const struct privilege *privilege,
                            const char *role, struct failure *failure) {
    if (privilege->is_immutable && !auth_is_disabled(view))
        return failure_set(failure, view->arena, FAILURE_FORBIDDEN,
                           privilege->is_denied ? "Immutable privileges cannot be denied. Try denying the "
                                                  "privilege without the IMMUTABLE keyword."
                                                : "Immutable privileges cannot be granted. Try granting the "
                                                  "privilege without the IMMUTABLE keyword.");
    if (privilege->database && !str_equal(privilege->database, "system") &&
        !state_find_database(view->state, privilege->database))
        return failure_set(failure, view->arena, FAILURE_UNKNOWN_GRAPH,
                           "Failed to %s %s privilege to role '%s': Database '%s' does not exist.",
                           privilege->is_denied ? "deny" : "grant", privilege_kind(privilege->action)->text,
                           role, privilege->database);
    return true;
}

/* Calls visit for each role and piece of a request or command; false as soon as it answers false. */
struct walk {
    bool (*visit)(void *context, const char *role, const struct privilege *privilege);
    void *context;
};

static bool walk(const struct json *command, const struct walk *walk) {
    struct privilege privilege;

    JSON_FOR_EACH_ITEM (role, json_get(command, "roles"))
        JSON_FOR_EACH_ITEM (piece, json_get(command, "privileges"))
            if (privilege_from_json(piece, &privilege) &&
                !walk->visit(walk->context, json_string(role, ""), &privilege))
                return false;
    return true;
}

struct planning {
    const struct administration_view *view;
    struct failure *failure;
    size_t changes;
};

/* ---- GRANT and DENY ---- */

static bool plan_one_assignment(void *context, const char *role, const struct privilege *privilege) {
    struct planning *planning = context;

    if (!check_role(planning->view, privilege, role, planning->failure) ||
        !check_privilege(planning->view, privilege, role, planning->failure))
        return false;
    planning->changes += !role_has_privilege(state_find_role(planning->view->state, role), privilege);
    return true;
}

static bool plan_assign(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    struct planning planning = { view, failure, 0 };

    if (!walk(request, &(struct walk){ plan_one_assignment, &planning }))
        return false;
    if (state_privilege_count(view->state) + planning.changes > STATE_PRIVILEGES_MAX)
        return failure_set(failure, view->arena, FAILURE_ARGUMENT,
                           "Failed to assign privileges: more than %d are not simulated.",
                           STATE_PRIVILEGES_MAX);
    if (planning.changes)
        *out_command = json_copy(view->arena, request);
    return true;
}

static bool assign_one(void *context, const char *role, const struct privilege *privilege) {
    struct state_role *known = state_find_role(context, role);

    if (known)
        role_add_privilege(known, privilege);
    return true;
}

static void apply_assign(struct cluster_state *state, const struct json *command) {
    (void)walk(command, &(struct walk){ assign_one, state });
}

/* ---- REVOKE: what is not there is left out; the server that was asked has said so ---- */

static bool plan_one_removal(void *context, const char *role, const struct privilege *privilege) {
    struct planning *planning = context;
    const struct state_role *known = state_find_role(planning->view->state, role);
    bool has = known && role_has_privilege(known, privilege);

    if (has && privilege->is_immutable && !auth_is_disabled(planning->view))
        return failure_set(planning->failure, planning->view->arena, FAILURE_FORBIDDEN,
                           "Immutable privileges cannot be revoked. Use `SHOW ROLE %s PRIVILEGES AS COMMANDS "
                           "YIELD *` to inspect %s's privileges.",
                           role, role);
    planning->changes += has;
    return true;
}

static bool plan_remove(const struct administration_view *view, const struct json *request,
                        struct json **out_command, struct failure *failure) {
    struct planning planning = { view, failure, 0 };

    if (!walk(request, &(struct walk){ plan_one_removal, &planning }))
        return false;
    if (planning.changes)
        *out_command = json_copy(view->arena, request);
    return true;
}

static bool remove_one(void *context, const char *role, const struct privilege *privilege) {
    struct state_role *known = state_find_role(context, role);

    if (known)
        role_remove_privilege(known, privilege);
    return true;
}

static void apply_remove(struct cluster_state *state, const struct json *command) {
    (void)walk(command, &(struct walk){ remove_one, state });
}

const struct administration_operation administration_of_privileges[] = {
    { "assign-privileges", plan_assign, apply_assign },
    { "remove-privileges", plan_remove, apply_remove },
    { NULL, NULL, NULL },
};
