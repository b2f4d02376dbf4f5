/* Where databases lie: moving them between servers, and what cluster procedures say of servers. */
#pragma once

#include "neo4j/dialect.h"
#include "neo4j/statement.h"

/* ---- moving ---- */

/* Spreads all databases anew. */
const struct administration *allocation_rebalance(struct arena *arena, bool is_dry_run);
/* One database, to where a new one would go. */
const struct administration *allocation_move_database(struct arena *arena, const char *database,
                                                      bool is_dry_run);
/* At most so many, those that help most. */
const struct administration *allocation_move_some(struct arena *arena, int64_t count, bool is_dry_run);
/* One database away from a server, which stays in use: the reversible way to empty a server that is cordoned.
 */
const struct administration *allocation_remove_database(struct arena *arena, const char *server,
                                                        const char *database, bool is_dry_run);
const struct administration *allocation_remove_some(struct arena *arena, const char *server, int64_t count,
                                                    bool is_dry_run);

/* What a dry run would move. Names may be ids: a server that was never renamed is called by its id. */
struct allocation_row {
    const char *database;
    const char *from_name;
    const char *from_id;
    const char *to_name; /* "" when it would only go away */
    const char *to_id;
    const char *mode; /* "primary", "secondary" */
};
struct allocation_rows {
    struct allocation_row *items;
    size_t count;
};
CHECKED bool allocation_read(struct arena *arena, const struct neo4j_result *result,
                             struct allocation_rows *out_rows, struct error *err);

/* ---- defaults of the DBMS ---- */

/* For databases that are made without a topology. shard_replicas 0: leaves that default alone; else Neo4j
 * 2025.12. */
CHECKED bool allocation_set_defaults(struct arena *arena, const struct dialect *dialect, int64_t primaries,
                                     int64_t secondaries, int64_t shard_replicas,
                                     const struct administration **out, struct error *err);
const struct administration *allocation_set_automatic_enabling(struct arena *arena, bool is_automatic);
/* Before 2025.04 the old default database must be stopped first (52N12). */
const struct administration *allocation_set_default_database(struct arena *arena, const char *database);

/* CALL dbms.showTopologyGraphConfig(): one row. */
struct topology_config {
    const char *allocator;
    int64_t default_primaries;
    int64_t default_secondaries;
    int64_t default_shard_replicas; /* null before 2025.12 */
    const char *default_database;
    bool enables_free_servers;
};
extern const char topology_config_query[];
CHECKED bool topology_config_read(struct arena *arena, const struct neo4j_result *result,
                                  struct topology_config *out_config, struct error *err);

/* ---- how servers do ---- */

/* CALL dbms.cluster.statusCheck(): writes an entry into the raft log of each database and looks who gets it.
 * To be asked of a server that hosts a primary. databases: empty for all that have more than one primary
 * there. timeout_ms 0: the server's own second. */
const struct administration *status_check(struct arena *arena, const struct text_list *databases,
                                          int64_t timeout_ms);
struct status_check_row {
    const char *database;
    const char *server_id; /* "" in the row of a database that the asked server can't check */
    const char *server_name;
    const char *address;
    bool is_replicating;       /* of the database: the same in all of its rows */
    const char *member_status; /* "APPLYING", "REPLICATING", "UNAVAILABLE" */
    const char *leader_id;     /* whom this member takes for the leader; "" for nobody */
    int64_t leader_term;       /* of contradicting members the one with the highest is right */
    bool is_requester;
    const char *problem; /* "" for none */
};
struct status_check_rows {
    struct status_check_row *items;
    size_t count;
};
CHECKED bool status_check_read(struct arena *arena, const struct neo4j_result *result,
                               struct status_check_rows *out_rows, struct error *err);
/* Whether there is a row of the database, and it replicates. */
bool status_check_is_good(const struct status_check_rows *rows, const char *database);

/* CALL dbms.cluster.checkConnectivity(): from the asked server to all others. */
const struct administration *connectivity_check(struct arena *arena);
struct connectivity_row {
    const char *server_id;
    const char *name;
    const char *address;
    const char *mode_constraint;
    const char *port_name; /* "CLUSTER", "RAFT", "INTRA_BOLT" */
    const char *port_address;
    const char *result; /* the server's words */
};
struct connectivity_rows {
    struct connectivity_row *items;
    size_t count;
};
CHECKED bool connectivity_read(struct arena *arena, const struct neo4j_result *result,
                               struct connectivity_rows *out_rows, struct error *err);

/* CALL dbms.cluster.protocols(): connections inside of the cluster. */
extern const char protocols_query[];
struct protocol_row {
    const char *orientation; /* "inbound", "outbound" */
    const char *remote_address;
    const char *protocol; /* "raft", "catchup" … */
    int64_t version;
    const char *modifiers;
};
struct protocol_rows {
    struct protocol_row *items;
    size_t count;
};
CHECKED bool protocols_read(struct arena *arena, const struct neo4j_result *result,
                            struct protocol_rows *out_rows, struct error *err);

/* Lets the secondaries of a database rest (and not, again): for the server that is asked. */
const struct administration *allocation_pause_replication(struct arena *arena, const char *database,
                                                          bool is_paused);

/* 5.26 only: whether both generations of discovery see the same servers, before the second becomes the only
 * one. */
CHECKED bool discovery_state(struct arena *arena, const struct dialect *dialect,
                             const struct administration **out, struct error *err);
struct discovery_state_row {
    const char *mode;       /* "V1_ONLY", "V1_OVER_V2", "V2_OVER_V1", "V2_ONLY" */
    const char *comparison; /* the server's words */
    int64_t v1_servers;
    int64_t v2_servers;
};
CHECKED bool discovery_state_read(struct arena *arena, const struct neo4j_result *result,
                                  struct discovery_state_row *out_row, struct error *err);
