/* Cluster state: one server's copy of what the system database says: servers, databases, users, settings.
 *
 * It is made by applying the committed commands of the system database's log in order, so copies on different
 * servers are equal once they are at the same index, and a copy may lag. Commands are JSON objects with "op";
 * who makes and who applies them is in the administration_*.c files, one for each family of statements.
 */
#pragma once

#include "base/json.h"

enum { STATE_SERVERS_MAX = 64, STATE_USERS_MAX = 10000 };

/* A list of names; items are owned. */
struct name_list {
    char **items;
    size_t count;
};

void name_list_set(struct name_list *list, const struct json *names);
void name_list_clear(struct name_list *list);
bool name_list_has(const struct name_list *list, const char *name);

enum server_state {
    SERVER_FREE,
    SERVER_ENABLED,
    SERVER_CORDONED,
    SERVER_DEALLOCATING,
    SERVER_DEALLOCATED,
    SERVER_DROPPED,
};
/* "Free", "Enabled" … */
const char *server_state_name(enum server_state state);

/* Strings are owned; "" where nothing is known. */
struct state_server {
    char *id;
    char *name; /* the id until renamed */
    enum server_state state;
    bool is_system_secondary; /* server.cluster.system_database_mode */
    char *mode_constraint;    /* "NONE", "PRIMARY", "SECONDARY" */
    struct name_list tags;
    struct name_list allowed;
    struct name_list denied;
    /* What the server said about itself when it last came. */
    char *descriptor; /* JSON text, see descriptor.h */
};

struct state_allocation {
    char *server_id;
    bool is_secondary;
};

struct state_database {
    char *name;
    char *id;       /* UUID */
    bool is_online; /* requested */
    bool is_read_only;
    int64_t primaries;
    int64_t secondaries;
    struct state_allocation *allocations; /* primaries first */
    size_t allocation_count;
    int64_t created_wall_ns;
    int64_t started_wall_ns; /* 0: never */
    int64_t stopped_wall_ns; /* 0: never */
    char *language;          /* "CYPHER 5" */
    char *options;           /* JSON text */
};

struct state_user {
    char *name;
    char *credential; /* see credential.h */
    bool must_change_password;
    bool is_suspended;
    char *home;             /* "": the default database */
    struct name_list roles; /* without PUBLIC */
};

struct cluster_state {
    char *cluster_id; /* NULL: nothing applied yet */
    int64_t created_wall_ns;
    /* Founded by one server: others get copies of the system database, but never vote on it. The way from one
     * to several leads over a dump of it (Operations Manual, from single to cluster). */
    bool is_single;
    char *default_database;
    bool enables_free_servers;
    int64_t default_primaries;
    int64_t default_secondaries;
    struct state_server *servers; /* in the order of joining */
    size_t server_count;
    struct state_database *databases; /* by name; without system */
    size_t database_count;
    struct state_user *users; /* by name */
    size_t user_count;
};

void cluster_state_clear(struct cluster_state *state);

struct state_server *state_find_server(const struct cluster_state *state, const char *id);
/* By name or id. */
struct state_server *state_find_server_named(const struct cluster_state *state, const char *name);
/* Whether the server holds a primary of the system database, and thus votes; the others hold secondaries. */
bool state_votes_on_system(const struct cluster_state *state, const struct state_server *server);
struct state_server *state_add_server(struct cluster_state *state, const char *id);
void state_remove_server(struct cluster_state *state, struct state_server *server);

/* Names are case-insensitive. */
struct state_database *state_find_database(const struct cluster_state *state, const char *name);
struct state_database *state_find_database_id(const struct cluster_state *state, const char *id);
struct state_database *state_add_database(struct cluster_state *state, const char *name);
void state_remove_database(struct cluster_state *state, struct state_database *database);
const struct state_allocation *state_find_allocation(const struct state_database *database,
                                                     const char *server_id);

struct state_user *state_find_user(const struct cluster_state *state, const char *name);
struct state_user *state_add_user(struct cluster_state *state, const char *name);
void state_remove_user(struct cluster_state *state, struct state_user *user);

/* Frees the old string, copies the new. */
void state_set_string(char **place, const char *value);
