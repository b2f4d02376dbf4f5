#include "sim/neo4j/security_state.h"

#include <string.h>

/* ---- names ---- */

void name_list_add(struct name_list *list, const char *name) {
    size_t at = 0;

    while (at < list->count && strcmp(list->items[at], name) < 0)
        at++;
    if (at < list->count && str_equal(list->items[at], name))
        return;
    list->items = xrealloc(list->items, (list->count + 1) * sizeof(char *));
    memmove(&list->items[at + 1], &list->items[at], (list->count - at) * sizeof(char *));
    list->items[at] = xstrdup(name);
    list->count++;
}

void name_list_remove(struct name_list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i], name)) {
            free(list->items[i]);
            list->count--;
            memmove(&list->items[i], &list->items[i + 1], (list->count - i) * sizeof(char *));
            return;
        }
}

/* ---- roles ---- */

/* Where a role of that name is, or would be. */
static size_t role_place(const struct cluster_state *state, const char *name) {
    size_t low = 0, high = state->role_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(state->roles[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct state_role *state_find_role(const struct cluster_state *state, const char *name) {
    size_t place = role_place(state, name);

    return place < state->role_count && str_equal(state->roles[place].name, name) ? &state->roles[place]
                                                                                  : NULL;
}

static struct state_role *insert_role(struct cluster_state *state, const char *name) {
    size_t place = role_place(state, name);

    state->roles = xrealloc(state->roles, (state->role_count + 1) * sizeof(*state->roles));
    memmove(&state->roles[place + 1], &state->roles[place],
            (state->role_count - place) * sizeof(*state->roles));
    state->role_count++;
    return &state->roles[place];
}

struct state_role *state_add_role(struct cluster_state *state, const char *name) {
    struct state_role *role = insert_role(state, name);

    *role = (struct state_role){ .name = xstrdup(name) };
    return role;
}

static void role_clear(struct state_role *role) {
    for (size_t i = 0; i < role->privilege_count; i++)
        privilege_clear(&role->privileges[i]);
    free(role->privileges);
    free(role->name);
    *role = (struct state_role){ 0 };
}

/* Takes it out of the array, and leaves it to the caller. */
static struct state_role take_role(struct cluster_state *state, struct state_role *role) {
    struct state_role taken = *role;
    size_t place = (size_t)(role - state->roles);

    state->role_count--;
    memmove(role, role + 1, (state->role_count - place) * sizeof(*role));
    return taken;
}

void state_remove_role(struct cluster_state *state, struct state_role *role) {
    struct state_role gone = take_role(state, role);

    for (size_t i = 0; i < state->user_count; i++)
        name_list_remove(&state->users[i].roles, gone.name);
    for (size_t i = 0; i < state->auth_rule_count; i++)
        name_list_remove(&state->auth_rules[i].roles, gone.name);
    role_clear(&gone);
}

static void rename_in(struct name_list *list, const char *from, const char *to) {
    if (!name_list_has(list, from))
        return;
    name_list_remove(list, from);
    name_list_add(list, to);
}

void state_rename_role(struct cluster_state *state, const char *from, const char *to) {
    struct state_role *role = state_find_role(state, from);

    if (!role)
        return;
    struct state_role renamed = take_role(state, role);
    state_set_string(&renamed.name, to);
    *insert_role(state, to) = renamed;
    for (size_t i = 0; i < state->user_count; i++)
        rename_in(&state->users[i].roles, from, to);
    for (size_t i = 0; i < state->auth_rule_count; i++)
        rename_in(&state->auth_rules[i].roles, from, to);
}

/* ---- privileges ---- */

static size_t privilege_place(const struct state_role *role, const struct privilege *privilege) {
    size_t low = 0, high = role->privilege_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (privilege_compare(&role->privileges[middle], privilege) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool role_has_privilege(const struct state_role *role, const struct privilege *privilege) {
    size_t place = privilege_place(role, privilege);

    return place < role->privilege_count && privilege_compare(&role->privileges[place], privilege) == 0;
}

void role_add_privilege(struct state_role *role, const struct privilege *privilege) {
    size_t place = privilege_place(role, privilege);

    if (role_has_privilege(role, privilege))
        return;
    if (role->privilege_count == role->privilege_capacity) {
        role->privilege_capacity = role->privilege_capacity ? role->privilege_capacity * 2 : 8;
        role->privileges = xrealloc(role->privileges, role->privilege_capacity * sizeof(*role->privileges));
    }
    memmove(&role->privileges[place + 1], &role->privileges[place],
            (role->privilege_count - place) * sizeof(*role->privileges));
    role->privileges[place] = privilege_copy(privilege);
    role->privilege_count++;
}

static void remove_at(struct state_role *role, size_t place) {
    privilege_clear(&role->privileges[place]);
    role->privilege_count--;
    memmove(&role->privileges[place], &role->privileges[place + 1],
            (role->privilege_count - place) * sizeof(*role->privileges));
}

void role_remove_privilege(struct state_role *role, const struct privilege *privilege) {
    if (role_has_privilege(role, privilege))
        remove_at(role, privilege_place(role, privilege));
}

size_t state_privilege_count(const struct cluster_state *state) {
    size_t count = 0;

    for (size_t i = 0; i < state->role_count; i++)
        count += state->roles[i].privilege_count;
    return count;
}

void state_forget_privileges_on(struct cluster_state *state, const char *database) {
    for (size_t i = 0; i < state->role_count; i++) {
        struct state_role *role = &state->roles[i];
        for (size_t k = role->privilege_count; k > 0; k--) {
            const struct privilege *privilege = &role->privileges[k - 1];
            if (privilege->scope == PRIVILEGE_ON_NAMED && !strcasecmp(privilege->database, database))
                remove_at(role, k - 1);
        }
    }
}

/* ---- auth rules ---- */

struct state_auth_rule *state_find_auth_rule(const struct cluster_state *state, const char *name) {
    for (size_t i = 0; i < state->auth_rule_count; i++)
        if (str_equal(state->auth_rules[i].name, name))
            return &state->auth_rules[i];
    return NULL;
}

struct state_auth_rule *state_add_auth_rule(struct cluster_state *state, const char *name) {
    size_t at = 0;

    while (at < state->auth_rule_count && strcmp(state->auth_rules[at].name, name) < 0)
        at++;
    state->auth_rules =
        xrealloc(state->auth_rules, (state->auth_rule_count + 1) * sizeof(*state->auth_rules));
    memmove(&state->auth_rules[at + 1], &state->auth_rules[at],
            (state->auth_rule_count - at) * sizeof(*state->auth_rules));
    state->auth_rule_count++;
    state->auth_rules[at] =
        (struct state_auth_rule){ .name = xstrdup(name), .condition = xstrdup("false"), .is_enabled = true };
    return &state->auth_rules[at];
}

static void auth_rule_clear(struct state_auth_rule *rule) {
    free(rule->name);
    free(rule->condition);
    name_list_clear(&rule->roles);
}

void state_remove_auth_rule(struct cluster_state *state, struct state_auth_rule *rule) {
    size_t at = (size_t)(rule - state->auth_rules);

    auth_rule_clear(rule);
    state->auth_rule_count--;
    memmove(rule, rule + 1, (state->auth_rule_count - at) * sizeof(*rule));
}

bool state_is_role_of_auth_rule(const struct cluster_state *state, const char *role) {
    for (size_t i = 0; i < state->auth_rule_count; i++)
        if (name_list_has(&state->auth_rules[i].roles, role))
            return true;
    return false;
}

/* ---- the whole ---- */

/* Operations Manual, built-in roles: each but PUBLIC has what the one before it has, and more. */
enum {
    READER = 1,
    EDITOR = 2,
    PUBLISHER = 4,
    ARCHITECT = 8,
    ADMIN = 16,
    PUBLIC = 32,
    FROM_ARCHITECT = ARCHITECT | ADMIN,
    FROM_PUBLISHER = PUBLISHER | FROM_ARCHITECT,
    FROM_EDITOR = EDITOR | FROM_PUBLISHER,
    FROM_READER = READER | FROM_EDITOR,
};

static const struct built_in {
    unsigned roles;
    struct privilege privilege;
} built_in_privileges[] = {
    { PUBLIC, { PRIVILEGE_ACCESS, .scope = PRIVILEGE_ON_HOME } },
    { PUBLIC, { PRIVILEGE_EXECUTE_FUNCTION, .segment = PRIVILEGE_SEGMENT_FUNCTION, .name = "*" } },
    { PUBLIC, { PRIVILEGE_EXECUTE_PROCEDURE, .segment = PRIVILEGE_SEGMENT_PROCEDURE, .name = "*" } },
    { PUBLIC | ADMIN, { PRIVILEGE_LOAD, .segment = PRIVILEGE_SEGMENT_ALL_DATA } },
    { FROM_READER, { PRIVILEGE_ACCESS } },
    { FROM_READER, { PRIVILEGE_MATCH, .segment = PRIVILEGE_SEGMENT_NODE, .resource = "*", .name = "*" } },
    { FROM_READER,
      { PRIVILEGE_MATCH, .segment = PRIVILEGE_SEGMENT_RELATIONSHIP, .resource = "*", .name = "*" } },
    { FROM_READER, { PRIVILEGE_SHOW_CONSTRAINT } },
    { FROM_READER, { PRIVILEGE_SHOW_INDEX } },
    { FROM_EDITOR, { PRIVILEGE_WRITE } },
    { FROM_PUBLISHER, { PRIVILEGE_NAME_MANAGEMENT } },
    { FROM_ARCHITECT, { PRIVILEGE_CONSTRAINT_MANAGEMENT } },
    { FROM_ARCHITECT, { PRIVILEGE_INDEX_MANAGEMENT } },
    { ADMIN, { PRIVILEGE_ALL_DBMS } },
    { ADMIN, { PRIVILEGE_START } },
    { ADMIN, { PRIVILEGE_STOP } },
    { ADMIN, { PRIVILEGE_TRANSACTION_MANAGEMENT, .segment = PRIVILEGE_SEGMENT_USER, .name = "*" } },
};

void security_state_init(struct cluster_state *state) {
    static const struct {
        const char *name;
        unsigned bit;
    } roles[] = {
        { "reader", READER },       { "editor", EDITOR }, { "publisher", PUBLISHER },
        { "architect", ARCHITECT }, { "admin", ADMIN },   { ROLE_PUBLIC, PUBLIC },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(roles); i++) {
        struct state_role *role = state_add_role(state, roles[i].name);
        for (size_t k = 0; k < ARRAY_LENGTH(built_in_privileges); k++)
            if (built_in_privileges[k].roles & roles[i].bit)
                role_add_privilege(role, &built_in_privileges[k].privilege);
    }
}

void security_state_clear(struct cluster_state *state) {
    for (size_t i = 0; i < state->role_count; i++)
        role_clear(&state->roles[i]);
    for (size_t i = 0; i < state->auth_rule_count; i++)
        auth_rule_clear(&state->auth_rules[i]);
    free(state->roles);
    free(state->auth_rules);
}
