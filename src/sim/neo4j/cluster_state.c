#include "sim/neo4j/security_state.h"

#include <string.h>

void name_list_clear(struct name_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct name_list){ 0 };
}

void name_list_set(struct name_list *list, const struct json *names) {
    struct name_list fresh = { 0 };

    fresh.items = xcalloc(json_length(names) + 1, sizeof(char *));
    JSON_FOR_EACH_ITEM (name, names)
        fresh.items[fresh.count++] = xstrdup(json_string(name, ""));
    name_list_clear(list);
    *list = fresh;
}

bool name_list_has(const struct name_list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->items[i], name))
            return true;
    return false;
}

const char *server_state_name(enum server_state state) {
    static const char *const names[] = { [SERVER_FREE] = "Free",
                                         [SERVER_ENABLED] = "Enabled",
                                         [SERVER_CORDONED] = "Cordoned",
                                         [SERVER_DEALLOCATING] = "Deallocating",
                                         [SERVER_DEALLOCATED] = "Deallocated",
                                         [SERVER_DROPPED] = "Dropped" };
    return names[state];
}

void state_set_string(char **place, const char *value) {
    char *copy = value ? xstrdup(value) : NULL;

    free(*place);
    *place = copy;
}

/* ---- arrays ---- */

/* Room for one more at index; what was there moves up. Zeroed. */
static void *array_insert(void **array, size_t *count, size_t size, size_t index) {
    char *items = xrealloc(*array, (*count + 1) * size);

    *array = items;
    memmove(items + (index + 1) * size, items + index * size, (*count - index) * size);
    memset(items + index * size, 0, size);
    (*count)++;
    return items + index * size;
}

static void array_remove(void *array, size_t *count, size_t size, size_t index) {
    char *items = array;

    (*count)--;
    memmove(items + index * size, items + (index + 1) * size, (*count - index) * size);
}

/* ---- servers ---- */

struct state_server *state_find_server(const struct cluster_state *state, const char *id) {
    for (size_t i = 0; i < state->server_count; i++)
        if (str_equal(state->servers[i].id, id))
            return &state->servers[i];
    return NULL;
}

struct state_server *state_find_server_named(const struct cluster_state *state, const char *name) {
    for (size_t i = 0; i < state->server_count; i++)
        if (str_equal(state->servers[i].name, name))
            return &state->servers[i];
    return state_find_server(state, name);
}

bool state_votes_on_system(const struct cluster_state *state, const struct state_server *server) {
    bool is_founder = server == &state->servers[0];

    return server->state != SERVER_FREE && server->state != SERVER_DROPPED && !server->is_system_secondary &&
           (is_founder || !state->is_single);
}

struct state_server *state_add_server(struct cluster_state *state, const char *id) {
    void *array = state->servers;
    struct state_server *server =
        array_insert(&array, &state->server_count, sizeof(*server), state->server_count);

    state->servers = array;
    server->id = xstrdup(id);
    server->name = xstrdup(id);
    server->mode_constraint = xstrdup("NONE");
    server->descriptor = xstrdup("{}");
    return server;
}

static void server_clear(struct state_server *server) {
    free(server->id);
    free(server->name);
    free(server->mode_constraint);
    free(server->descriptor);
    name_list_clear(&server->tags);
    name_list_clear(&server->allowed);
    name_list_clear(&server->denied);
}

void state_remove_server(struct cluster_state *state, struct state_server *server) {
    server_clear(server);
    array_remove(state->servers, &state->server_count, sizeof(*server), (size_t)(server - state->servers));
}

/* ---- databases ---- */

struct state_database *state_find_database(const struct cluster_state *state, const char *name) {
    for (size_t i = 0; i < state->database_count; i++)
        if (!strcasecmp(state->databases[i].name, name))
            return &state->databases[i];
    return NULL;
}

struct state_database *state_find_database_id(const struct cluster_state *state, const char *id) {
    for (size_t i = 0; i < state->database_count; i++)
        if (str_equal(state->databases[i].id, id))
            return &state->databases[i];
    return NULL;
}

struct state_database *state_add_database(struct cluster_state *state, const char *name) {
    void *array = state->databases;
    size_t index = 0;

    while (index < state->database_count && strcmp(state->databases[index].name, name) < 0)
        index++;
    struct state_database *database = array_insert(&array, &state->database_count, sizeof(*database), index);
    state->databases = array;
    database->name = xstrdup(name);
    database->id = xstrdup("");
    database->parent = xstrdup("");
    database->seed = xstrdup("");
    database->language = xstrdup("CYPHER 5");
    database->options = xstrdup("{}");
    return database;
}

static void database_clear(struct state_database *database) {
    for (size_t i = 0; i < database->allocation_count; i++)
        free(database->allocations[i].server_id);
    free(database->allocations);
    free(database->name);
    free(database->id);
    free(database->parent);
    free(database->seed);
    for (size_t i = 0; i < database->quarantine_count; i++) {
        free(database->quarantines[i].server_id);
        free(database->quarantines[i].message);
    }
    free(database->quarantines);
    free(database->language);
    free(database->options);
}

void state_remove_database(struct cluster_state *state, struct state_database *database) {
    state_forget_privileges_on(state, database->name);
    database_clear(database);
    array_remove(state->databases, &state->database_count, sizeof(*database),
                 (size_t)(database - state->databases));
}

const char *database_kind_name(enum database_kind kind) {
    static const char *const names[] = { [DATABASE_STANDARD] = "standard",
                                         [DATABASE_COMPOSITE] = "composite",
                                         [DATABASE_SHARDED] = "standard",
                                         [DATABASE_GRAPH_SHARD] = "graph shard",
                                         [DATABASE_PROPERTY_SHARD] = "property shard" };
    return names[kind];
}

bool state_has_store(const struct state_database *database) {
    return database->kind != DATABASE_COMPOSITE && database->kind != DATABASE_SHARDED;
}

/* ---- allocations ---- */

struct state_allocation *state_find_allocation(const struct state_database *database, const char *server_id) {
    for (size_t i = 0; i < database->allocation_count; i++)
        if (str_equal(database->allocations[i].server_id, server_id))
            return &database->allocations[i];
    return NULL;
}

void state_set_allocations(struct state_database *database, const struct json *allocations) {
    size_t known = database->allocation_count;

    database->epoch++;
    database->allocations = xrealloc(database->allocations,
                                     (known + json_length(allocations) + 1) * sizeof(*database->allocations));
    for (size_t i = 0; i < known; i++)
        database->allocations[i].is_leaving = true;
    JSON_FOR_EACH_ITEM (allocation, allocations) {
        const char *server = json_string_at(allocation, "server", "");
        struct state_allocation *place = state_find_allocation(database, server);
        if (!place) {
            place = &database->allocations[database->allocation_count++];
            *place = (struct state_allocation){ .server_id = xstrdup(server) };
        }
        place->is_secondary = json_bool_at(allocation, "secondary", false);
        place->is_leaving = false;
    }
}

void state_remove_allocation(struct state_database *database, struct state_allocation *allocation) {
    free(allocation->server_id);
    array_remove(database->allocations, &database->allocation_count, sizeof(*allocation),
                 (size_t)(allocation - database->allocations));
    database->epoch++;
}

/* ---- quarantine ---- */

static struct state_quarantine *find_quarantine(const struct state_database *database,
                                                const char *server_id) {
    for (size_t i = 0; i < database->quarantine_count; i++)
        if (str_equal(database->quarantines[i].server_id, server_id))
            return &database->quarantines[i];
    return NULL;
}

const struct state_quarantine *state_find_quarantine(const struct state_database *database,
                                                     const char *server_id) {
    return find_quarantine(database, server_id);
}

void state_set_quarantine(struct state_database *database, const char *server_id, const char *message) {
    struct state_quarantine *mark = find_quarantine(database, server_id);
    void *array = database->quarantines;

    if (!mark && message) {
        mark = array_insert(&array, &database->quarantine_count, sizeof(*mark), database->quarantine_count);
        database->quarantines = array;
        mark->server_id = xstrdup(server_id);
    }
    if (mark && message) {
        state_set_string(&mark->message, message);
    } else if (mark) {
        free(mark->server_id);
        free(mark->message);
        array_remove(database->quarantines, &database->quarantine_count, sizeof(*mark),
                     (size_t)(mark - database->quarantines));
    }
}

/* ---- aliases ---- */

struct state_alias *state_find_alias(const struct cluster_state *state, const char *name) {
    for (size_t i = 0; i < state->alias_count; i++)
        if (!strcasecmp(state->aliases[i].name, name))
            return &state->aliases[i];
    return NULL;
}

struct state_alias *state_add_alias(struct cluster_state *state, const char *name) {
    void *array = state->aliases;
    size_t index = 0;

    while (index < state->alias_count && strcmp(state->aliases[index].name, name) < 0)
        index++;
    struct state_alias *alias = array_insert(&array, &state->alias_count, sizeof(*alias), index);
    state->aliases = array;
    alias->name = xstrdup(name);
    alias->composite = xstrdup("");
    alias->target = xstrdup("");
    alias->url = xstrdup("");
    alias->user = xstrdup("");
    alias->driver = xstrdup("{}");
    alias->properties = xstrdup("{}");
    alias->language = xstrdup("");
    return alias;
}

static void alias_clear(struct state_alias *alias) {
    free(alias->name);
    free(alias->composite);
    free(alias->target);
    free(alias->url);
    free(alias->user);
    free(alias->driver);
    free(alias->properties);
    free(alias->language);
}

void state_remove_alias(struct cluster_state *state, struct state_alias *alias) {
    alias_clear(alias);
    array_remove(state->aliases, &state->alias_count, sizeof(*alias), (size_t)(alias - state->aliases));
}

struct state_database *state_resolve_database(const struct cluster_state *state, const char *name) {
    struct state_database *database = state_find_database(state, name);
    const struct state_alias *alias = database ? NULL : state_find_alias(state, name);

    return alias && !*alias->url ? state_find_database(state, alias->target) : database;
}

/* ---- users ---- */

/* Where a user of that name is, or would be. */
static size_t user_place(const struct cluster_state *state, const char *name) {
    size_t low = 0, high = state->user_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(state->users[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct state_user *state_find_user(const struct cluster_state *state, const char *name) {
    size_t place = user_place(state, name);

    return place < state->user_count && str_equal(state->users[place].name, name) ? &state->users[place]
                                                                                  : NULL;
}

static struct state_user *insert_user(struct cluster_state *state, const char *name) {
    void *array = state->users;
    struct state_user *user =
        array_insert(&array, &state->user_count, sizeof(*user), user_place(state, name));

    state->users = array;
    return user;
}

struct state_user *state_add_user(struct cluster_state *state, const char *name) {
    struct state_user *user = insert_user(state, name);

    user->name = xstrdup(name);
    user->credential = xstrdup("");
    user->home = xstrdup("");
    return user;
}

void state_rename_user(struct cluster_state *state, const char *from, const char *to) {
    struct state_user *user = state_find_user(state, from);

    ensure(to);
    if (!user)
        return;
    struct state_user renamed = *user;
    array_remove(state->users, &state->user_count, sizeof(*user), (size_t)(user - state->users));
    state_set_string(&renamed.name, to);
    *insert_user(state, to) = renamed;
}

void state_set_auth(struct state_user *user, const char *provider, const char *id) {
    void *array = user->auths;
    size_t at = 0;

    while (at < user->auth_count && strcmp(user->auths[at].provider, provider) < 0)
        at++;
    bool is_there = at < user->auth_count && str_equal(user->auths[at].provider, provider);
    if (is_there && id) {
        state_set_string(&user->auths[at].id, id);
    } else if (is_there) {
        free(user->auths[at].provider);
        free(user->auths[at].id);
        array_remove(user->auths, &user->auth_count, sizeof(*user->auths), at);
    } else if (id) {
        struct state_auth *auth = array_insert(&array, &user->auth_count, sizeof(*auth), at);
        user->auths = array;
        *auth = (struct state_auth){ xstrdup(provider), xstrdup(id) };
    }
}

static void user_clear(struct state_user *user) {
    for (size_t i = 0; i < user->auth_count; i++) {
        free(user->auths[i].provider);
        free(user->auths[i].id);
    }
    free(user->auths);
    free(user->name);
    free(user->credential);
    free(user->home);
    name_list_clear(&user->roles);
    name_list_clear(&user->tags);
}

void state_remove_user(struct cluster_state *state, struct state_user *user) {
    user_clear(user);
    array_remove(state->users, &state->user_count, sizeof(*user), (size_t)(user - state->users));
}

void cluster_state_clear(struct cluster_state *state) {
    for (size_t i = 0; i < state->server_count; i++)
        server_clear(&state->servers[i]);
    for (size_t i = 0; i < state->database_count; i++)
        database_clear(&state->databases[i]);
    for (size_t i = 0; i < state->user_count; i++)
        user_clear(&state->users[i]);
    for (size_t i = 0; i < state->alias_count; i++)
        alias_clear(&state->aliases[i]);
    free(state->aliases);
    security_state_clear(state);
    free(state->servers);
    free(state->databases);
    free(state->users);
    free(state->cluster_id);
    free(state->default_database);
    *state = (struct cluster_state){ 0 };
}
