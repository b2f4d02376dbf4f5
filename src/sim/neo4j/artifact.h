/* Artifacts: what `neo4j-admin database backup` and `dump` write, and what restore, load and seeds read.
 *
 * A full artifact holds a whole store, a differential one the transactions after its parent; a dump is a full
 * one without a history of its own. A chain is a full artifact and the differential ones that follow it, each
 * beginning where the one before it ends, all in one folder. An artifact is a JSON text:
 *     {"artifact": "backup" | "dump", "version": "5.26.0", "database", "databaseId", "time": ns since 1970,
 *      "full", "compressed", "recovered", "lowest", "highest", "before", "checksum", "store": hash,
 *      "metadata": Cypher, "content", "seal"}
 * where content is a whole ledger or an array of transactions (ledger.h), or for the system database the
 * array of its commands; "before" is the checksum that the parent ends with; "seal" is a digest of all the
 * rest, so that a damaged file is told from a good one. Source: Operations Manual, back up an online
 * database; inspect the metadata of a backup file.
 */
#pragma once

#include "sim/neo4j/storage.h"

struct artifact {
    const char *file; /* its name in the folder */
    bool is_dump;
    bool is_full;
    bool is_compressed;
    bool is_recovered;
    bool is_system;
    const char *version; /* of the server that it came from */
    const char *database;
    const char *database_id;
    const char *store; /* hash of the store's identity */
    const char *metadata;
    int64_t wall_ns;
    uint64_t lowest; /* 0 and highest 0: an empty differential artifact */
    uint64_t highest;
    uint64_t after; /* the parent's last transaction; 0 for a full artifact */
    const char *before;
    const char *checksum; /* after the last transaction; of an empty one, the parent's */
    const struct json *content;
};

/* "neo4j-2026-01-31T12-00-00.backup", UTC; in arena. */
char *artifact_file_name(struct arena *arena, const char *database, int64_t wall_ns);
char *artifact_print(struct arena *arena, const struct artifact *artifact);
/* In arena. ERROR_INVALID says why it is none, or that it is damaged. */
CHECKED bool artifact_parse(struct arena *arena, const char *text, struct artifact *out_artifact,
                            struct error *err);
/* A differential one in which nothing had happened. */
bool artifact_is_empty(const struct artifact *artifact);

/* A store only ever moves to the same or to a newer version. */
bool artifact_is_later_than(const struct artifact *artifact, const struct neo4j_version *version);

struct artifact_list {
    struct artifact *items; /* newest first; those of one second by name */
    size_t count;
};

/* The good artifacts in a folder, in arena. database: a name or a glob; NULL: all. Other files and damaged
 * ones are left out, and told to skipped (appended, a line each) when it is not NULL. */
struct artifact_list artifact_list_folder(const struct storage_place *folder, struct arena *arena,
                                          const char *database, struct buffer *skipped);
/* One file. */
CHECKED bool artifact_read(const struct storage_place *file, struct arena *arena,
                           struct artifact *out_artifact, struct error *err);
/* The chain that ends with last, full artifact first, from the artifacts of its folder. ERROR_NOT_FOUND names
 * what is missing. In arena. */
CHECKED bool artifact_chain(const struct artifact_list *list, struct arena *arena,
                            const struct artifact *last, struct artifact_list *out_chain, struct error *err);
/* The artifact with the highest transaction of a database, the newest of equals: what a restore of a folder
 * takes. NULL: none. */
const struct artifact *artifact_latest(const struct artifact_list *list, const char *database);
/* *, ? and names; without regard to case, as names of databases are. */
bool artifact_glob(const char *pattern, const char *database);
