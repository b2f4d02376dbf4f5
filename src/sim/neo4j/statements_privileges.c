/* GRANT, DENY and REVOKE: of privileges, and of roles. Source: Operations Manual, manage privileges; manage
 * roles. */
#include "base/buffer.h"
#include "sim/neo4j/privilege_parse.h"

static const struct cluster_state *state_of(const struct statement *statement) {
    return &statement->process->state;
}

/* ---- roles of users and of auth rules ---- */

/* ROLE or ROLES, and not the privilege ROLE MANAGEMENT. */
static bool is_about_roles(const struct cursor *cursor) {
    const struct token *tokens = &cursor->tokens[cursor->at];

    if (!cursor_is(cursor, "ROLE") && !cursor_is(cursor, "ROLES"))
        return false;
    return !(tokens[1].type == TOKEN_WORD && !strcasecmp(tokens[1].text, "MANAGEMENT") &&
             tokens[2].type == TOKEN_WORD && !strcasecmp(tokens[2].text, "ON"));
}

/* The list of roles of a user or auth rule; NULL: there is none of that name. */
static const struct name_list *roles_of(const struct statement *statement, bool of_rules, const char *name) {
    if (of_rules) {
        const struct state_auth_rule *rule = state_find_auth_rule(state_of(statement), name);
        return rule ? &rule->roles : NULL;
    }
    const struct state_user *user = state_find_user(state_of(statement), name);
    return user ? &user->roles : NULL;
}

/* "GRANT ROLE a TO b", as notifications name it. */
static const char *membership_command(struct statement *statement, bool is_grant, bool of_rules,
                                      const char *role, const char *member) {
    return arena_printf(statement->arena, "%s ROLE %s %s %s%s", is_grant ? "GRANT" : "REVOKE",
                        privilege_quote_if_needed(statement->arena, role), is_grant ? "TO" : "FROM",
                        of_rules ? "AUTH RULE " : "", privilege_quote_if_needed(statement->arena, member));
}

/* What a grant would say that is there already; what it can't do is told by the leader. */
static void look_at_grant(struct statement *statement, bool of_rules, const char *role, const char *member) {
    const struct name_list *roles = roles_of(statement, of_rules, member);

    if (!roles || str_equal(role, ROLE_PUBLIC))
        return;
    if (!name_list_has(roles, role))
        statement->updates++;
    else
        statement_notify(statement, NOTIFICATION_ROLE_ALREADY_ASSIGNED,
                         membership_command(statement, true, of_rules, role, member),
                         of_rules ? "auth rule" : "user");
}

/* What is missing is an error in Cypher 25, and a notification in Cypher 5. */
static bool look_at_missing(struct statement *statement, const char *command, enum failure_kind kind,
                            const char *what) {
    if (statement->language == 25)
        return statement_fail(statement, kind, "%s %s Make sure nothing is misspelled.", command, what);
    statement_notify(statement, NOTIFICATION_IMPOSSIBLE_REVOKE, command, what);
    return true;
}

static bool look_at_revoke(struct statement *statement, bool of_rules, const char *role, const char *member) {
    const struct name_list *roles = roles_of(statement, of_rules, member);
    const char *command = membership_command(statement, false, of_rules, role, member);

    if (str_equal(role, ROLE_PUBLIC))
        return statement_fail(statement, FAILURE_ARGUMENT,
                              "Failed to revoke role '%s' from %s '%s': '%s' is a reserved role.", role,
                              of_rules ? "auth rule" : "user", member, role);
    if (!state_find_role(state_of(statement), role))
        return look_at_missing(statement, command, FAILURE_NO_SUCH_ROLE, "Role does not exist.");
    if (!roles)
        return look_at_missing(statement, command,
                               of_rules ? FAILURE_NO_SUCH_AUTH_RULE : FAILURE_NO_SUCH_USER,
                               of_rules ? "Auth rule does not exist." : "User does not exist.");
    if (name_list_has(roles, role))
        statement->updates++;
    else
        statement_notify(statement, NOTIFICATION_ROLE_NOT_ASSIGNED, command, of_rules ? "auth rule" : "user");
    return true;
}

static bool look_at_memberships(struct statement *statement, bool is_grant, bool of_rules) {
    const struct json *members = json_get(statement->write, of_rules ? "authRules" : "users");

    statement->updates = 0;
    JSON_FOR_EACH_ITEM (member, members)
        JSON_FOR_EACH_ITEM (role, json_get(statement->write, "roles")) {
            if (is_grant)
                look_at_grant(statement, of_rules, json_string(role, ""), json_string(member, ""));
            else if (!look_at_revoke(statement, of_rules, json_string(role, ""), json_string(member, "")))
                return false;
        }
    return true;
}

static bool change_memberships(struct statement *statement, bool is_grant) {
    struct cursor *cursor = &statement->cursor;
    struct json *roles, *members;

    cursor->at++; /* ROLE or ROLES */
    statement_write(statement, is_grant ? "grant-roles" : "revoke-roles");
    statement_need(statement, is_grant ? PRIVILEGE_ASSIGN_ROLE : PRIVILEGE_REMOVE_ROLE);
    if (!statement_names(statement, &roles) || !cursor_expect(cursor, is_grant ? "TO" : "FROM"))
        return false;
    const struct token *next = cursor_look(cursor) + 1;
    bool of_rules = statement_has_auth_rules(statement) && cursor_is(cursor, "AUTH") &&
                    next->type == TOKEN_WORD && !strncasecmp(next->text, "RULE", strlen("RULE"));
    cursor->at += of_rules ? 2 : 0;
    if (!statement_names(statement, &members))
        return false;
    if (json_length(roles) * json_length(members) > PRIVILEGE_PIECES_MAX)
        return statement_fail(statement, FAILURE_ARGUMENT,
                              "The statement names more than %d memberships, which is all that is simulated.",
                              PRIVILEGE_PIECES_MAX);
    json_set(statement->arena, statement->write, "roles", roles);
    json_set(statement->arena, statement->write, of_rules ? "authRules" : "users", members);
    return look_at_memberships(statement, is_grant, of_rules);
}

/* ---- privileges ---- */

/* A privilege is on what an alias stands for. */
static bool read_privileges(struct statement *statement, struct privilege_list *privileges) {
    if (!privilege_parse(statement, privileges))
        return false;
    for (size_t i = 0; i < privileges->count; i++) {
        struct privilege *privilege = &privileges->items[i];
        const struct state_database *database =
            privilege->database ? state_resolve_database(state_of(statement), privilege->database) : NULL;
        if (database)
            privilege->database = arena_strdup(statement->arena, database->name);
    }
    return true;
}

/* Adds pieces to the request. */
static void add_pieces(struct statement *statement, const struct privilege_list *privileges, bool is_denied,
                       bool is_immutable) {
    struct json *pieces = json_get(statement->write, "privileges");

    if (!pieces)
        pieces = json_set_array(statement->arena, statement->write, "privileges");
    for (size_t i = 0; i < privileges->count; i++) {
        struct privilege privilege = privileges->items[i];
        privilege.is_denied = is_denied;
        privilege.is_immutable = is_immutable;
        json_append(statement->arena, pieces, privilege_to_json(statement->arena, &privilege));
    }
}

static bool read_roles(struct statement *statement, const char *preposition,
                       const struct privilege_list *privileges) {
    struct json *roles;

    if (!cursor_expect(&statement->cursor, preposition) || !statement_names(statement, &roles))
        return false;
    if (json_length(roles) * privileges->count > PRIVILEGE_PIECES_MAX)
        return statement_fail(statement, FAILURE_ARGUMENT,
                              "The statement names more than %d privileges, which is all that is simulated.",
                              PRIVILEGE_PIECES_MAX);
    json_set(statement->arena, statement->write, "roles", roles);
    return true;
}

static void look_at_assignment(struct statement *statement, const char *role_name,
                               const struct privilege *privilege) {
    const struct state_role *role = state_find_role(state_of(statement), role_name);

    if (!role)
        return;
    if (!role_has_privilege(role, privilege)) {
        statement->updates++;
        return;
    }
    const char *command = privilege_command(statement->arena, privilege,
                                            privilege_quote_if_needed(statement->arena, role_name));
    statement_notify(statement, NOTIFICATION_PRIVILEGE_ALREADY_ASSIGNED, command, NULL);
}

static bool assign(struct statement *statement, bool is_denied) {
    struct privilege_list privileges;
    bool is_immutable = cursor_take(&statement->cursor, "IMMUTABLE");
    struct privilege privilege;

    statement_write(statement, "assign-privileges");
    statement_need(statement, PRIVILEGE_ASSIGN_PRIVILEGE);
    if (!read_privileges(statement, &privileges) || !read_roles(statement, "TO", &privileges))
        return false;
    add_pieces(statement, &privileges, is_denied, is_immutable);
    statement->updates = 0;
    JSON_FOR_EACH_ITEM (role, json_get(statement->write, "roles"))
        JSON_FOR_EACH_ITEM (piece, json_get(statement->write, "privileges"))
            if (privilege_from_json(piece, &privilege))
                look_at_assignment(statement, json_string(role, ""), &privilege);
    return true;
}

/* ---- REVOKE of privileges ---- */

struct revoking {
    bool granted, denied; /* which ones go */
    bool immutable_only;
};

/* Of one piece and role: counts what goes, and says when nothing does. */
static bool look_at_removal(struct statement *statement, const char *role_name, struct privilege privilege,
                            const struct revoking *revoking) {
    const struct state_role *role = state_find_role(state_of(statement), role_name);
    const char *quoted = privilege_quote_if_needed(statement->arena, role_name);
    bool was_there = false;

    for (unsigned variant = 0; role && variant < 4; variant++) {
        privilege.is_denied = variant & 1;
        privilege.is_immutable = (variant & 2) != 0;
        bool is_meant = (privilege.is_denied ? revoking->denied : revoking->granted) &&
                        (privilege.is_immutable || !revoking->immutable_only);
        bool has = is_meant && role_has_privilege(role, &privilege);
        statement->updates += has;
        was_there = was_there || has;
    }
    privilege.is_denied = !revoking->granted;
    privilege.is_immutable = revoking->immutable_only;
    const char *command = was_there ? NULL : privilege_revoke_command(statement->arena, &privilege, quoted);
    if (!role)
        return look_at_missing(statement, command, FAILURE_NO_SUCH_ROLE, "Role does not exist.");
    if (privilege.database && !str_equal(privilege.database, "system") &&
        !state_find_database(state_of(statement), privilege.database))
        return look_at_missing(
            statement, command ? command : "REVOKE", FAILURE_UNKNOWN_GRAPH,
            arena_printf(statement->arena, "Database '%s' does not exist.", privilege.database));
    if (!was_there)
        statement_notify(statement, NOTIFICATION_PRIVILEGE_NOT_ASSIGNED, command, NULL);
    return true;
}

static bool read_revoking(struct statement *statement, struct revoking *revoking) {
    struct cursor *cursor = &statement->cursor;

    revoking->immutable_only = cursor_take(cursor, "IMMUTABLE");
    revoking->granted = cursor_take(cursor, "GRANT");
    revoking->denied = !revoking->granted && cursor_take(cursor, "DENY");
    if (!revoking->granted && !revoking->denied)
        revoking->granted = revoking->denied = true;
    return true;
}

static bool remove_privileges(struct statement *statement) {
    struct privilege_list privileges;
    struct revoking revoking;

    statement_write(statement, "remove-privileges");
    statement_need(statement, PRIVILEGE_REMOVE_PRIVILEGE);
    if (!read_revoking(statement, &revoking) || !read_privileges(statement, &privileges) ||
        !read_roles(statement, "FROM", &privileges))
        return false;
    for (unsigned variant = 0; variant < 4; variant++) {
        bool is_denied = variant & 1, is_immutable = (variant & 2) != 0;
        if ((is_denied ? revoking.denied : revoking.granted) && (is_immutable || !revoking.immutable_only))
            add_pieces(statement, &privileges, is_denied, is_immutable);
    }
    statement->updates = 0;
    JSON_FOR_EACH_ITEM (role, json_get(statement->write, "roles"))
        for (size_t i = 0; i < privileges.count; i++)
            if (!look_at_removal(statement, json_string(role, ""), privileges.items[i], &revoking))
                return false;
    return true;
}

/* ---- */

static bool grant(struct statement *statement) {
    return is_about_roles(&statement->cursor) ? change_memberships(statement, true)
                                              : assign(statement, false);
}

static bool deny(struct statement *statement) {
    return assign(statement, true);
}

static bool revoke(struct statement *statement) {
    return is_about_roles(&statement->cursor) ? change_memberships(statement, false)
                                              : remove_privileges(statement);
}

const struct statement_form statements_of_privileges[] = {
    { "GRANT", grant, .is_administration = true },
    { "DENY", deny, .is_administration = true },
    { "REVOKE", revoke, .is_administration = true },
    { "SHOW PRIVILEGE|PRIVILEGES", privileges_show_all, .is_administration = true },
    { "SHOW ALL PRIVILEGE|PRIVILEGES", privileges_show_all, .is_administration = true },
    { "SHOW SUPPORTED PRIVILEGE|PRIVILEGES", privileges_show_supported, .is_administration = true },
    { NULL, NULL, false, false },
};
