/* Ledger: what a simulated user database holds in place of a graph: entries, each a node without
 * relationships, with labels and properties.
 *
 * A database is its ledger after every committed transaction has been applied in order. A transaction is one
 * command of the database's raft group; its number is one more than that of the one before it, from 1, the
 * empty store. Besides the entries a ledger keeps a checksum over all transactions that led to it, so that
 * two copies, a backup and its source, or a database before and after a crash can be told to have one
 * history. Properties are booleans, integers, floats, strings and lists of these: other values are refused
 * before they become a transaction.
 *
 * A ledger is written down in two ways, both JSON. Whole:
 *     {"store": "…", "transaction": 7, "checksum": "…", "next": 5, "entries": [{"id", "labels",
 * "properties"}]} and as single transactions:
 *     {"transaction": 7, "before": "…", "checksum": "…", "wall": ns, "changes": [{"op", …}]}
 * where "before" is the checksum of transaction 6. Both are what stores on volumes, copies for other servers
 * and backup artifacts consist of. "store" names the history's beginning: a copy or a backup keeps it.
 */
#pragma once

#include "base/error.h"
#include "base/json.h"

enum { LEDGER_ENTRIES_MAX = 1000000, LEDGER_CHECKSUM_BYTES = 17 };

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
size_t ledger_entry_count(const struct ledger *ledger);

/* The next transaction, from its changes; its wall time is of the one who committed it. In arena. Applies it,
 * too: the result is what a log keeps. */
struct json *ledger_commit(struct ledger *ledger, struct arena *arena, const struct json *changes,
                           int64_t wall_ns);
/* Applies what ledger_commit() made elsewhere. ERROR_INVALID when it is not the next of this history. */
CHECKED bool ledger_apply(struct ledger *ledger, const struct json *transaction, struct error *err);

/* The whole. In arena. */
struct json *ledger_write(const struct ledger *ledger, struct arena *arena);
/* ERROR_INVALID when it is not what ledger_write() wrote. */
CHECKED bool ledger_read(const struct json *whole, struct ledger **out_ledger, struct error *err);
