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

enum { DATABASE_COUNT_UNKNOWN = -1 };

struct database_row {
    const char *name;
    const char *type;        /* "system", "standard", "composite" … */
    const char *access;      /* "read-write", "read-only" */
    const char *database_id; /* "" unless online */
    const char *server_id;
    const char *address; /* "" when the server is not available */
    enum database_role role;
    bool is_writer;
    const char *requested_status; /* "online", "offline" */
    const char *current_status;   /* "online", "offline", "starting", "store copying" … */
    bool is_online;               /* current status */
    const char *status_message;
    bool is_default;
    bool is_home;
    /* DATABASE_COUNT_UNKNOWN when null, as for system. */
    int64_t current_primaries;
    int64_t current_secondaries;
    int64_t requested_primaries;
    int64_t requested_secondaries;
    int64_t creation_wall_ns; /* 0: not known */
    int64_t last_start_wall_ns;
    const char *store;
    int64_t last_committed_transaction; /* -1 when null */
    int64_t replication_lag;            /* 0 or negative: transactions behind the writer */
    struct text_list aliases;
    struct text_list constituents;
    const char *default_language; /* "" before 2025.06 */
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
