/* Cluster state: one server's copy of what the system database says: servers, databases, users, settings.
 *
 * It is made by applying the committed commands of the system database's log in order, so copies on different
 * servers are equal once they are at the same index, and a copy may lag. Commands are JSON objects with "op";
 * who makes and who applies them is in the administration_*.c files, one for each family of statements.
 */
#pragma once

#include "base/json.h"

/* Of servers those that are dropped do not count; they are remembered, so that they can't come back. */
enum { STATE_SERVERS_MAX = 64, STATE_DROPPED_MAX = 256, STATE_USERS_MAX = 10000, STATE_ALIASES_MAX = 1000 };

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

/* A server's copy of a database. What it is to be and what it is in the database's group differ while a
 * database moves: placement.c brings them together. */
struct state_allocation {
    char *server_id;
    bool is_secondary; /* to be */
    bool is_voter;     /* of the group, now */
    bool is_leaving;   /* goes once the others have the data */
};

enum database_kind {
    DATABASE_STANDARD,
    DATABASE_COMPOSITE, /* has no store: it is wherever a server is */
    DATABASE_SHARDED,   /* likewise: its shards are databases of their own */
    DATABASE_GRAPH_SHARD,
    DATABASE_PROPERTY_SHARD,
};
/* "standard", "composite" … as SHOW DATABASES has it. */
const char *database_kind_name(enum database_kind kind);

/* A database that a server must not run. */
struct state_quarantine {
    char *server_id;
    char *message; /* "By neo4j at 2026-01-01T…: No reason given" */
};

struct state_database {
    char *name;
    char *id; /* UUID; another one after the database was recreated */
    enum database_kind kind;
    char *parent; /* of a shard: the sharded database; "" */
    char *seed; /* JSON text, where the first store comes from: {uri, config …} or {server, database}; "" */
    uint64_t epoch; /* counts the changes of allocations */
    struct state_quarantine *quarantines;
    size_t quarantine_count;
    bool is_online; /* requested */
    bool is_read_only;
    int64_t primaries;
    int64_t secondaries;
    int64_t replicas; /* of a property shard; of a sharded database: of each of its property shards */
    struct state_allocation *allocations; /* primaries first */
    size_t allocation_count;
    int64_t created_wall_ns;
    int64_t started_wall_ns; /* 0: never */
    int64_t stopped_wall_ns; /* 0: never */
    char *language;          /* "CYPHER 5" */
    char *options;           /* JSON text */
};

/* Another name for a database, here or (url) in another DBMS. */
struct state_alias {
    char *name;      /* with the composite database's name before it, when it is a constituent: "comp.a" */
    char *composite; /* "": none */
    char *target;
    char *url;        /* "": local */
    char *user;       /* "": none */
    char *driver;     /* JSON text, {} for none */
    char *properties; /* JSON text, {} for none */
    char *language;   /* "CYPHER 5" */
};

/* An external auth provider of a user, and who the user is there. */
struct state_auth {
    char *provider;
    char *id;
};

struct state_user {
    char *name;
    char *credential; /* see credential.h; "": no native auth */
    bool must_change_password;
    bool is_suspended;
    char *home;             /* "": the default database */
    struct name_list roles; /* without PUBLIC */
    struct state_auth *auths;
    size_t auth_count;
    struct name_list tags;
};

/* See security_state.h. */
struct state_role;
struct state_auth_rule;

struct cluster_state {
    char *cluster_id; /* NULL: nothing applied yet */
    int64_t created_wall_ns;
    /* Founded by one server: others get copies of the system database, but never vote on it. The way from one
     * to several leads over a dump of it (Operations Manual, from single to cluster). */
    bool is_single;
    int64_t system_primaries_min; /* DROP SERVER leaves that many */
    char *default_database;
    bool enables_free_servers;
    int64_t default_primaries;
    int64_t default_secondaries;
    int64_t default_replicas;     /* of property shards */
    struct state_server *servers; /* in the order of joining */
    size_t server_count;
    struct state_database *databases; /* by name; without system */
    size_t database_count;
    struct state_alias *aliases; /* by name */
    size_t alias_count;
    struct state_user *users; /* by name */
    size_t user_count;
    struct state_role *roles; /* by name */
    size_t role_count;
    struct state_auth_rule *auth_rules; /* by name */
    size_t auth_rule_count;
    /* Of this server's configuration, not of the system database: auth rules may look at users' tags. */
    bool has_native_auth_rules;
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
struct state_allocation *state_find_allocation(const struct state_database *database, const char *server_id);
/* Whether it has stores and a group; composite and sharded databases have none. */
bool state_has_store(const struct state_database *database);
/* Makes [{server, secondary}] what the database is to have. Servers that are new begin without a vote, and
 * those that are not named any more leave later. */
void state_set_allocations(struct state_database *database, const struct json *allocations);
void state_remove_allocation(struct state_database *database, struct state_allocation *allocation);
/* Removes the mark when message is NULL. */
void state_set_quarantine(struct state_database *database, const char *server_id, const char *message);
const struct state_quarantine *state_find_quarantine(const struct state_database *database,
                                                     const char *server_id);

/* Names are case-insensitive. */
struct state_alias *state_find_alias(const struct cluster_state *state, const char *name);
struct state_alias *state_add_alias(struct cluster_state *state, const char *name);
void state_remove_alias(struct cluster_state *state, struct state_alias *alias);
/* By its name or by that of a local alias. */
struct state_database *state_resolve_database(const struct cluster_state *state, const char *name);

struct state_user *state_find_user(const struct cluster_state *state, const char *name);
struct state_user *state_add_user(struct cluster_state *state, const char *name);
void state_remove_user(struct cluster_state *state, struct state_user *user);
void state_rename_user(struct cluster_state *state, const char *from, const char *to);
/* id NULL: the user has this provider no longer. */
void state_set_auth(struct state_user *user, const char *provider, const char *id);

/* Frees the old string, copies the new. */
void state_set_string(char **place, const char *value);
