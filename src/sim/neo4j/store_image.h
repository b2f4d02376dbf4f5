/* Store image: a store put together from artifacts, and put into a volume.
 *
 * The replay of a chain checks that each artifact goes on where the one before it ended. It can stop early:
 * before a transaction, or at the last one that was committed before a time.
 */
#pragma once

#include "sim/neo4j/artifact.h"
#include "sim/neo4j/ledger.h"

/* What --restore-until and seedRestoreUntil say. */
struct restore_until {
    bool is_set;
    uint64_t transaction; /* exclusive; 0: not by number */
    int64_t wall_ns;      /* exclusive */
};

/* "123", "2021-09-11 10:15:30" or "2021-09-11T10:15:30Z". */
CHECKED bool restore_until_parse(const char *text, struct restore_until *out_until);

/* The ledger that a chain (full artifact first) comes to. ERROR_INVALID: it is no chain, or until is not
 * reached. */
CHECKED bool store_image_replay(const struct artifact_list *chain, const struct restore_until *until,
                                struct ledger **out_ledger, struct error *err);
/* The commands of the system database that a chain comes to, in arena. */
struct json *store_image_commands(const struct artifact_list *chain, struct arena *arena);
