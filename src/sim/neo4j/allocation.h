/* Allocation: which servers are to hold a database.
 *
 * What a database has is kept where it can be, so that as little as possible is copied; what is missing goes
 * to the servers that hold least. A server's mode constraint and its allowed and denied databases are kept
 * to; cordoned servers keep what they have, get nothing new and are the first to lose; servers that can't be
 * reached are taken last. Source: Operations Manual, managing databases in a cluster; managing servers.
 */
#pragma once

#include "sim/neo4j/administration.h"

/* One server, as it stands while databases are allocated one after the other. */
struct candidate {
    const struct state_server *server;
    size_t hosted; /* databases, with those that were just allocated to it */
    bool is_available;
    bool is_excluded; /* gets nothing, and loses what it has */
    bool is_taken;    /* by the database that is allocated now */
};

struct allocator {
    const struct administration_view *view;
    struct candidate *candidates; /* in the order of joining */
    size_t count;
};

struct allocator allocator_new(const struct administration_view *view);
struct candidate *allocator_find(const struct allocator *allocator, const char *server_id);

/* What a database is to have. */
struct allocation_wish {
    const char *name;                     /* of the database, as allowed and denied databases have it */
    const struct state_database *current; /* NULL: it is new */
    int64_t primaries;
    int64_t secondaries;
    const char *first; /* a server that must be the first primary, or NULL */
};

/* Whether the server could take the database in this mode. */
bool allocator_may_host(const struct candidate *candidate, const struct allocation_wish *wish,
                        bool as_secondary);
/* Whether the server is still one for this database in this mode; also true where it can't be told, since the
 * server is not one that is allocated to. */
bool allocator_may_stay(const struct allocator *allocator, const struct state_database *database,
                        const struct state_allocation *allocation);
/* [{server, secondary}] in arena, primaries first; shorter than wished when there are not enough servers. */
struct json *allocator_place(struct allocator *allocator, const struct allocation_wish *wish);
/* How many of them are primaries, or secondaries. */
int64_t allocation_count(const struct json *allocations, bool secondaries);
bool allocation_is_complete(const struct allocation_wish *wish, const struct json *allocations);
/* Appends to rows what has to be moved: {database, from, to, secondary}. */
void allocation_add_moves(struct arena *arena, struct json *rows, const struct state_database *database,
                          const struct json *allocations);
/* Whether the allocations differ from what the database is to have already. */
bool allocation_changes(const struct state_database *database, const struct json *allocations);
/* "DatabaseId{3fe1a59b[foo]}", in arena. */
char *allocation_database_id(struct arena *arena, const struct state_database *database);
