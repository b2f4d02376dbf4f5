/* Ledger: what a simulated user database holds in place of a graph: entries, each a node without
 * relationships, with labels and properties.
 *
 * A database is its ledger after every committed transaction has been applied in order. A transaction is one
 * command of the database's raft group; its number is one more than that of the one before it, from 1, the
 * empty store. Besides the entries a ledger keeps a checksum over all transactions that led to it, so that
 * two copies, a backup and its source, or a database before and after a crash can be told to have one
 * history. What a property may be, and how it is written, is in property.h; the ledger does not look inside.
 *
 * A ledger is written down in two ways, both JSON. Whole:
 *     {"store": "…", "transaction": 7, "checksum": "…", "wall": ns, "next": 5,
 *      "entries": [{"id", "labels", "properties"}], "schema": [{"name", …}]}
 * and as single transactions:
 *     {"transaction": 7, "before": "…", "checksum": "…", "wall": ns, "changes": [change …]}
 * where "before" is the checksum of transaction 6, and a change is one of
 *     {"op": "put", "id", "labels", "properties"}     an entry, new or in place of the old one
 *     {"op": "delete", "id"}
 *     {"op": "put-schema", "name", …}                 an index or a constraint
 *     {"op": "delete-schema", "name"}
 * Both are what stores on volumes, copies for other servers and backup artifacts consist of. "store" names
 * the history's beginning: a copy or a backup keeps it.
 */
#pragma once

#include "base/error.h"
#include "base/json.h"

enum {
    LEDGER_ENTRIES_MAX = 1000000,
    LEDGER_BYTES_MAX = 16 * 1024 * 1024, /* of all entries as text: a copy has to fit into one message */
    LEDGER_SCHEMA_MAX = 1000,
    LEDGER_CHECKSUM_BYTES = 17,
    TRANSACTION_BYTES_MAX = 4 * 1024 * 1024,
};

struct ledger;

/* Empty, at transaction 1. store: the name of its history. */
struct ledger *ledger_new(const char *store);
void ledger_free(struct ledger *ledger);
DEFINE_CLEANUP(struct ledger, ledger_free);

const char *ledger_store(const struct ledger *ledger);
/* Of the last transaction that was applied. */
uint64_t ledger_transaction(const struct ledger *ledger);
/* Hexadecimal; borrowed until the next change. */
const char *ledger_checksum(const struct ledger *ledger);
/* When the last transaction was committed; 0 for the empty store. */
int64_t ledger_wall(const struct ledger *ledger);
size_t ledger_entry_count(const struct ledger *ledger);
/* Of all entries as text. */
size_t ledger_bytes(const struct ledger *ledger);
/* No entry has had this id or a higher one. */
int64_t ledger_next_id(const struct ledger *ledger);

/* {"id", "labels", "properties"}, in arena; NULL when there is none. */
struct json *ledger_entry(const struct ledger *ledger, struct arena *arena, int64_t id);
/* The lowest id that is not below from, or -1: entries are visited in the order of their ids. */
int64_t ledger_entry_from(const struct ledger *ledger, int64_t from);
/* Indexes and constraints in the order of their names; borrowed until the next change. */
const struct json *ledger_schema(const struct ledger *ledger);

/* The transaction with this number, after one with the checksum before. In arena. */
struct json *ledger_make(struct arena *arena, uint64_t transaction, const char *before,
                         const struct json *changes, int64_t wall_ns);
/* The next transaction, from its changes; its wall time is of the one who committed it. In arena. Applies it,
 * too: the result is what a log keeps. The changes are the caller's own and thus well-formed. */
struct json *ledger_commit(struct ledger *ledger, struct arena *arena, const struct json *changes,
                           int64_t wall_ns);
/* Applies what ledger_make() or ledger_commit() made elsewhere. ERROR_INVALID, and nothing changed, when it
 * is not the next of this history. */
CHECKED bool ledger_apply(struct ledger *ledger, const struct json *transaction, struct error *err);

/* The whole. In arena. */
struct json *ledger_write(const struct ledger *ledger, struct arena *arena);
/* ERROR_INVALID when it is not what ledger_write() wrote. */
CHECKED bool ledger_read(const struct json *whole, struct ledger **out_ledger, struct error *err);
