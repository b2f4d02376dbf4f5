#include "sim/neo4j/authorization.h"

#include "base/buffer.h"
#include "sim/neo4j/auth_rule.h"

#include <fnmatch.h>

/* ---- does a privilege speak of the object ---- */

/* Aliases stand for what they are of. */
static const char *real_name(const struct cluster_state *state, const char *database) {
    const struct state_database *known = state_resolve_database(state, database);

    return known ? known->name : database;
}

static bool is_in_scope(const struct cluster_state *state, const struct state_user *user,
                        const struct privilege *privilege, const char *database) {
    switch (privilege->scope) {
    case PRIVILEGE_ON_ALL:
        return true;
    case PRIVILEGE_ON_HOME:
        return database &&
               !strcasecmp(real_name(state, *user->home ? user->home : state->default_database), database);
    case PRIVILEGE_ON_NAMED:
        return database && !strcasecmp(privilege->database, database);
    }
    return false;
}

static bool is_star(const char *name) {
    return !name || str_equal(name, "*");
}

/* What is asked about some property or label is granted by a privilege on any, and denied by one on all. */
static bool covers_resource(const struct privilege *privilege, const struct privilege_object *object) {
    bool is_about_finding = object->action == PRIVILEGE_TRAVERSE;

    if (is_star(privilege->resource))
        return true;
    if (is_about_finding)
        return !privilege->is_denied; /* DENY MATCH {p} hides the property, not the node */
    return object->property ? str_equal(privilege->resource, object->property) : !privilege->is_denied;
}

static bool covers_label(const struct privilege *privilege, const struct privilege_object *object) {
    if (is_star(privilege->name))
        return true;
    if (!object->labels)
        return !privilege->is_denied;
    for (size_t i = 0; i < object->label_count; i++)
        if (str_equal(privilege->name, object->labels[i]))
            return true;
    return false;
}

static bool covers_segment(const struct privilege *privilege, const struct privilege_object *object) {
    switch (privilege->segment) {
    case PRIVILEGE_SEGMENT_NONE:
    case PRIVILEGE_SEGMENT_ALL_DATA:
    case PRIVILEGE_SEGMENT_CIDR:
        return true;
    case PRIVILEGE_SEGMENT_NODE:
        return covers_label(privilege, object);
    case PRIVILEGE_SEGMENT_RELATIONSHIP:
        return false; /* there are none */
    case PRIVILEGE_SEGMENT_PATTERN:
        return !privilege->is_denied; /* its condition is not looked at */
    case PRIVILEGE_SEGMENT_USER:
    case PRIVILEGE_SEGMENT_PROCEDURE:
    case PRIVILEGE_SEGMENT_FUNCTION:
    case PRIVILEGE_SEGMENT_SETTING:
        break;
    }
    return is_star(privilege->name) ||
           (object->name ? fnmatch(privilege->name, object->name, 0) == 0 : !privilege->is_denied);
}

static bool covers(const struct cluster_state *state, const struct state_user *user,
                   const struct privilege *privilege, const struct privilege_object *object) {
    return privilege_action_includes(privilege->action, object->action) &&
           is_in_scope(state, user, privilege, object->database) && covers_resource(privilege, object) &&
           covers_segment(privilege, object);
}

/* ---- the roles of a user ---- */

static void visit_roles(const struct cluster_state *state, const struct state_user *user,
                        void (*visit)(void *context, const char *role), void *context) {
    if (!user || user->is_suspended)
        return;
    visit(context, ROLE_PUBLIC);
    for (size_t i = 0; i < user->roles.count; i++)
        visit(context, user->roles.items[i]);
    for (size_t i = 0; i < state->auth_rule_count; i++) {
        const struct state_auth_rule *rule = &state->auth_rules[i];
        if (!rule->roles.count || !auth_rule_holds(state, rule, user))
            continue;
        for (size_t k = 0; k < rule->roles.count; k++)
            visit(context, rule->roles.items[k]);
    }
}

struct search {
    const struct cluster_state *state;
    const struct state_user *user;
    const struct privilege_object *object;
    bool is_granted, is_denied;
};

static void search_role(void *context, const char *name) {
    struct search *search = context;
    const struct state_role *role = state_find_role(search->state, name);

    for (size_t i = 0; role && i < role->privilege_count; i++) {
        const struct privilege *privilege = &role->privileges[i];
        if (!covers(search->state, search->user, privilege, search->object))
            continue;
        if (privilege->is_denied)
            search->is_denied = true;
        else
            search->is_granted = true;
    }
}

enum permission privilege_permission(const struct cluster_state *state, const char *name,
                                     const struct privilege_object *object) {
    struct privilege_object real = *object;
    struct search search = { state, state_find_user(state, name), &real, false, false };

    if (!*name)
        return PERMISSION_GRANTED;
    if (object->database)
        real.database = real_name(state, object->database);
    visit_roles(state, search.user, search_role, &search);
    return search.is_denied    ? PERMISSION_DENIED
           : search.is_granted ? PERMISSION_GRANTED
                               : PERMISSION_NOT_GRANTED;
}

bool privilege_allows(const struct cluster_state *state, const char *user, enum privilege_action action,
                      const char *database) {
    struct privilege_object object = { .action = action, .database = database };

    return privilege_permission(state, user, &object) == PERMISSION_GRANTED;
}

bool privilege_allows_procedure(const struct cluster_state *state, const char *user, const char *procedure,
                                bool is_admin) {
    struct privilege_object plain = { .action = PRIVILEGE_EXECUTE_PROCEDURE, .name = procedure };
    struct privilege_object boosted = { .action = PRIVILEGE_EXECUTE_BOOSTED_PROCEDURE, .name = procedure };
    struct privilege_object admin = { .action = PRIVILEGE_EXECUTE_ADMIN_PROCEDURES };
    enum permission can_plain = privilege_permission(state, user, &plain);
    enum permission can_boosted = privilege_permission(state, user, &boosted);
    enum permission can_admin = privilege_permission(state, user, &admin);

    /* A granted EXECUTE BOOSTED is a granted EXECUTE, but a denied one leaves the plain one be. */
    if (!is_admin)
        return can_plain != PERMISSION_DENIED &&
               (can_plain == PERMISSION_GRANTED || can_boosted == PERMISSION_GRANTED);
    /* Any denied execute privilege denies an admin procedure. */
    return can_plain != PERMISSION_DENIED && can_boosted != PERMISSION_DENIED &&
           can_admin != PERMISSION_DENIED &&
           (can_boosted == PERMISSION_GRANTED || can_admin == PERMISSION_GRANTED);
}

bool privilege_allows_function(const struct cluster_state *state, const char *user, const char *function) {
    struct privilege_object plain = { .action = PRIVILEGE_EXECUTE_FUNCTION, .name = function };
    struct privilege_object boosted = { .action = PRIVILEGE_EXECUTE_BOOSTED_FUNCTION, .name = function };
    enum permission can_plain = privilege_permission(state, user, &plain);

    return can_plain != PERMISSION_DENIED &&
           (can_plain == PERMISSION_GRANTED ||
            privilege_permission(state, user, &boosted) == PERMISSION_GRANTED);
}

struct role_collection {
    struct arena *arena;
    struct json *roles;
};

static void collect_role(void *context, const char *name) {
    struct role_collection *collection = context;

    JSON_FOR_EACH_ITEM (role, collection->roles)
        if (str_equal(json_string(role, ""), name))
            return;
    json_append_string(collection->arena, collection->roles, name);
}

static int compare_names(const void *a, const void *b) {
    return strcmp(json_string(a, ""), json_string(b, ""));
}

struct json *authorization_roles(const struct cluster_state *state, struct arena *arena, const char *name) {
    struct role_collection collection = { arena, json_new_array(arena) };

    visit_roles(state, state_find_user(state, name), collect_role, &collection);
    if (collection.roles->length)
        qsort(collection.roles->items, collection.roles->length, sizeof(struct json), compare_names);
    return collection.roles;
}

/* ---- refusing ---- */

bool authorization_forbid(const struct cluster_state *state, struct arena *arena, const char *user,
                          struct failure *failure, const char *what, ...) {
    CLEANUP_BUFFER struct buffer roles = { 0 };
    va_list arguments;

    va_start(arguments, what);
    const char *thing = arena_vprintf(arena, what, arguments);
    va_end(arguments);
    JSON_FOR_EACH_ITEM (role, authorization_roles(state, arena, user))
        buffer_printf(&roles, "%s%s", roles.length ? ", " : "", json_string(role, ""));
    return failure_set(failure, arena, FAILURE_FORBIDDEN, "%s for user '%s' with roles [%s].", thing, user,
                       buffer_string(&roles));
}

bool authorization_access(const struct cluster_state *state, struct arena *arena, const char *user,
                          const char *database, struct failure *failure) {
    if (!strcasecmp(database, "system") || privilege_allows(state, user, PRIVILEGE_ACCESS, database))
        return true;
    return authorization_forbid(state, arena, user, failure, "ACCESS on database '%s' is not allowed",
                                database);
}

bool authorization_lists_database(const struct cluster_state *state, const char *user, const char *database) {
    static const enum privilege_action managing[] = { PRIVILEGE_CREATE_DATABASE, PRIVILEGE_DROP_DATABASE,
                                                      PRIVILEGE_ALTER_DATABASE,
                                                      PRIVILEGE_SET_DATABASE_ACCESS };

    if (!strcasecmp(database, "system") || privilege_allows(state, user, PRIVILEGE_ACCESS, database))
        return true;
    for (size_t i = 0; i < ARRAY_LENGTH(managing); i++)
        if (privilege_allows(state, user, managing[i], NULL))
            return true;
    return false;
}
