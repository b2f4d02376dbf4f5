/* Statements about databases: made, changed, started, stopped, dropped, made anew; and what WAIT answers. */
#pragma once

#include "neo4j/dialect.h"
#include "neo4j/statement.h"

enum database_creation {
    DATABASE_IF_ABSENT, /* one that is there stays as it is */
    DATABASE_REPLACE,   /* one that is there goes, with its data */
};

/* Where the first data come from: nowhere, a URI, or a server that has a store of that name. */
struct database_seed {
    const char *uri;             /* a backup or dump, or (in newer releases) a folder of them; NULL: none */
    const char *server;          /* id of the server; not together with uri; NULL: none */
    const char *config;          /* "region=eu-west-1"; NULL: none */
    const char *source_database; /* which of a folder; Cypher 25, 2025.06 */
    const char *restore_until;   /* a time, or a transaction's number: exclusive; 2025.01 */
};

/* 0 and NULL: what the DBMS has by default. */
struct database_wish {
    const char *name;
    enum database_creation creation;
    unsigned language; /* 5 or 25: the default of the database's queries; 2025.06 */
    unsigned primaries;
    unsigned secondaries; /* needs primaries */
    struct database_seed seed;
    const char *transaction_log_enrichment; /* "OFF", "DIFF", "FULL" */
    const char *store_format;               /* "block", "aligned" … */
    unsigned wait_seconds;                  /* 0: does not wait */
};

/* ERROR_INVALID names what the version lacks, or what does not go together. */
CHECKED bool database_create(struct arena *arena, const struct dialect *dialect,
                             const struct database_wish *wish, const struct administration **out,
                             struct error *err);
/* Of the wish it takes name, creation, language and wait. */
CHECKED bool database_create_composite(struct arena *arena, const struct dialect *dialect,
                                       const struct database_wish *wish, const struct administration **out,
                                       struct error *err);

/* Sharded: Neo4j 2025.12. Of the wish it takes name (of the virtual database), language, primaries and
 * secondaries (of the graph shard), seed (uri: a folder), enrichment and wait. */
struct database_shards {
    unsigned property_shards; /* never changes */
    unsigned replicas;        /* of each property shard; 0: the DBMS's default */
};
CHECKED bool database_create_sharded(struct arena *arena, const struct dialect *dialect,
                                     const struct database_wish *wish, const struct database_shards *shards,
                                     const struct administration **out, struct error *err);
CHECKED bool database_set_graph_shard_topology(struct arena *arena, const struct dialect *dialect,
                                               const char *database, unsigned primaries, unsigned secondaries,
                                               const struct administration **out, struct error *err);
CHECKED bool database_set_property_shard_topology(struct arena *arena, const struct dialect *dialect,
                                                  const char *database, unsigned replicas,
                                                  const struct administration **out, struct error *err);

/* Each a statement of its own: which kinds may be together is not documented. */
const struct administration *database_set_read_only(struct arena *arena, const char *database,
                                                    bool is_read_only);
/* Several primaries never become one (51N49). */
const struct administration *database_set_topology(struct arena *arena, const char *database,
                                                   unsigned primaries, unsigned secondaries);
/* The one option that can be changed; value NULL removes it. */
const struct administration *database_set_log_enrichment(struct arena *arena, const char *database,
                                                         const char *value);
CHECKED bool database_set_language(struct arena *arena, const struct dialect *dialect, const char *database,
                                   unsigned language, const struct administration **out, struct error *err);

const struct administration *database_start(struct arena *arena, const struct dialect *dialect,
                                            const char *database, unsigned wait_seconds);
const struct administration *database_stop(struct arena *arena, const struct dialect *dialect,
                                           const char *database, unsigned wait_seconds);

struct database_drop {
    const char *name;
    bool is_composite;
    bool drops_aliases; /* otherwise a database with aliases is not dropped (42N82) */
    bool dumps_data;    /* keeps a dump on each server; otherwise the data are gone */
    unsigned wait_seconds;
};
const struct administration *database_drop(struct arena *arena, const struct dialect *dialect,
                                           const struct database_drop *drop);

/* ---- in trouble ---- */

struct database_recreation {
    const char *database;
    /* One of two sources: servers that have the data (none: the most advanced of those that are there), or a
     * URI. */
    const char *seed_uri;
    struct text_list seeding_servers; /* ids */
    bool clears_data;                 /* starts empty: neither of them; 2025.02 */
    const char *store_format;         /* with clears_data; 2025.04 */
    unsigned primaries;               /* 0: as before */
    unsigned secondaries;
};
/* Makes a database anew from what is left of it; privileges stay, change data capture breaks. Answers before
 * it is done: old rows may still say online. Never to be repeated before the first has ended. */
CHECKED bool database_recreate(struct arena *arena, const struct dialect *dialect,
                               const struct database_recreation *recreation,
                               const struct administration **out, struct error *err);

/* Of this server only; deprecated in 2025.01, and not in Cypher 25. */
const struct administration *database_quarantine(struct arena *arena, const struct dialect *dialect,
                                                 const char *database, const char *reason);
/* What it answers, in either direction. */
struct quarantine_row {
    const char *database;
    bool is_quarantined;
    const char *result; /* the server's words, with who, when and why */
};
CHECKED bool quarantine_read(struct arena *arena, const struct neo4j_result *result,
                             struct quarantine_row *out_row, struct error *err);
/* How an unquarantined database goes on; the word in the procedure. */
#define UNQUARANTINE_OPERATIONS(X)                                                                           \
    X(KEEP_ALL, "keepStateKeepStore")                                                                        \
    X(REPLACE_STATE, "replaceStateKeepStore")                                                                \
    X(REPLACE_ALL, "replaceStateReplaceStore")
enum unquarantine_operation {
#define X(operation, word) UNQUARANTINE_##operation,
    UNQUARANTINE_OPERATIONS(X)
#undef X
};
/* Before 2025.01 a server ends its own quarantine, and keeps everything. */
CHECKED bool database_unquarantine(struct arena *arena, const struct dialect *dialect, const char *server,
                                   const char *database, enum unquarantine_operation operation,
                                   const struct administration **out, struct error *err);

/* ---- WAIT ---- */

/* state, word in the column of Cypher 5, code of the notification of Cypher 25. Source: Cypher manual,
 * "Create databases"; "GQL errors and notifications", 03N85 and 01N80 to 01N82. */
#define WAIT_STATES(X)                                                                                       \
    X(CAUGHT_UP, "CaughtUp", "Neo.ClientNotification.Cluster.ServerCaughtUp")                                \
    X(FAILED, "Failed", "Neo.ClientNotification.Cluster.ServerFailed")                                       \
    X(CATCHING_UP, "CatchingUp", "Neo.ClientNotification.Cluster.ServerCatchingUp")                          \
    X(NOT_AVAILABLE, "NotAvailable", "Neo.ClientNotification.Cluster.ServerNotAvailable")
enum wait_state {
    WAIT_UNKNOWN,
#define X(state, word, code) WAIT_##state,
    WAIT_STATES(X)
#undef X
};

/* What one server made of the statement. */
struct wait_row {
    const char *address; /* "" in Cypher 25, which says it in the message */
    enum wait_state state;
    const char *message;
};
struct wait_rows {
    struct wait_row *items;
    size_t count;
};
/* From rows or from notifications, in the server's order. Even when all have caught up, the database may be
 * offline: they have processed the order, and SHOW DATABASES says with what success. */
struct wait_rows wait_rows_read(struct arena *arena, const struct neo4j_result *result);
bool wait_is_done(const struct wait_rows *rows);
