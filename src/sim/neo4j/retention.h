/* Retention: how many transactions a database's log keeps behind its checkpoint, for differential backups and
 * for members that come late.
 *
 * "keep_all" or "true"; "keep_none" or "false"; "<number> <unit>" with the units files, size, txs, entries,
 * hours, days, the number with k, M or G; and "<number> days|hours <size>", where both limits hold.
 * Source: Operations Manual, transaction logging, configure transaction log retention policy.
 */
#pragma once

#include "sim/neo4j/raft.h"

struct retention {
    int64_t bytes;        /* -1: as many as there are */
    int64_t transactions; /* -1: as many as there are */
    int64_t age_ns;       /* -1: as old as they get */
};

CHECKED bool retention_parse(struct text policy, struct retention *out_retention);
/* The last entry of the log that need not be kept; at most upto, and not before what is cut already. */
uint64_t retention_cut(const struct retention *retention, const struct raft_store *log, uint64_t upto,
                       int64_t wall_ns);
