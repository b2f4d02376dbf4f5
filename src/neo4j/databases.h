/* Databases: rows of SHOW DATABASES, one for each database on each server that hosts it. */
#pragma once

#include "neo4j/rows.h"

/* role, text */
#define DATABASE_ROLES(X)                                                                                    \
    X(PRIMARY, "primary")                                                                                    \
    X(SECONDARY, "secondary")                                                                                \
    X(UNKNOWN, "unknown")                                                                                    \
    X(PROPERTY_SHARD_REPLICA, "property shard replica")

enum database_role {
    DATABASE_ROLE_NONE, /* composite databases have none */
#define X(role, text) DATABASE_##role,
    DATABASE_ROLES(X)
#undef X
};

/* Texts that are null or that the version does not know are "", numbers ROW_NO_INTEGER, times 0. */
struct database_row {
    const char *name;
    const char *type; /* "system", "standard", "composite", "graph shard", "property shard", "replica" */
    struct text_list aliases;
    const char *access;      /* "read-write", "read-only" */
    const char *database_id; /* "" unless online */
    const char *server_id;
    const char *address; /* "" when the server is not available */
    const char *role_text;
    enum database_role role;
    bool is_writer;
    const char *requested_status; /* "online", "offline" */
    const char *current_status;   /* "online", "offline", "starting", "store copying", "quarantined" … */
    bool is_online;               /* current status */
    const char *status_message;
    bool is_default;
    bool is_home; /* of the user who asks */
    int64_t current_primaries;
    int64_t current_secondaries;
    int64_t current_shard_replicas;
    int64_t requested_primaries; /* null for system, too */
    int64_t requested_secondaries;
    int64_t requested_shard_replicas;
    int64_t creation_wall_ns;
    int64_t last_start_wall_ns;
    int64_t last_stop_wall_ns;
    const char *store;                  /* "block-block-1.1"; "" unless online */
    int64_t last_committed_transaction; /* null unless online */
    int64_t replication_lag;            /* 0 or negative: transactions behind the writer */
    int64_t shard_lag;                  /* the same of a property shard behind its graph shard */
    struct text_list constituents;      /* of a composite database */
    struct text_list graph_shards;
    struct text_list property_shards;
    const char *default_language;     /* "CYPHER 5", "CYPHER 25"; "" before 2025.06 */
    const struct bolt_value *options; /* map, or NULL */
};

struct database_rows {
    struct database_row *items;
    size_t count;
};

extern const char databases_query[]; /* SHOW DATABASES YIELD * */

/* Rows in arena, sorted by name, then by server. ERROR_PROTOCOL when a row has no name or status. */
CHECKED bool databases_read(struct arena *arena, const struct neo4j_result *result,
                            struct database_rows *out_rows, struct error *err);

/* What all rows of one database say together. */
struct database_summary {
    size_t hosts;                 /* rows */
    size_t online;                /* rows that are online */
    bool has_writer;              /* some row is the writer: the database has a leader */
    const char *writer_server_id; /* NULL without writer */
    bool is_online;               /* there is a row, and all are online */
    const char *worst_status;     /* of a row that is not online; "online"; "absent" */
    const char *status_message;   /* of that row */
};
struct database_summary databases_summary(const struct database_rows *rows, const char *name);
