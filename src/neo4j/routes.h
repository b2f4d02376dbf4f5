/* Routes: the routing tables of a cluster, one for each database, as long as they are valid.
 *
 * A table comes from a server (ROUTE) and says who takes reads, who writes, and who can be asked for the next
 * table, by advertised addresses "name:port". What turns out wrong is taken out, so that the table is asked
 * for again when nobody is left. Safe for any number of threads. After: the official drivers' routing.
 * Source: Neo4j Bolt documentation, ROUTE.
 */
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "bolt/value.h"
#include "neo4j/rows.h"

/* Tables, and servers of a role, that are kept; the oldest table goes first. */
enum { ROUTES_TABLES_MAX = 100, ROUTES_SERVERS_MAX = 100 };
/* How long a table is valid at most, whatever it says. */
enum { ROUTES_TTL_SECONDS_MAX = 24 * 60 * 60 };

enum route_role { ROUTE_ROUTER, ROUTE_READER, ROUTE_WRITER };
enum { ROUTE_ROLES = 3 };

struct routes;

struct routes *routes_new(const struct clock *clock);
void routes_free(struct routes *routes);
DEFINE_CLEANUP(struct routes, routes_free);

/* Keeps the table that a server gave for a database (NULL: the home database) in place of an older one.
 * ERROR_PROTOCOL when it makes no sense. */
CHECKED bool routes_keep(struct routes *routes, const char *database, const struct bolt_value *table,
                         struct error *err);
/* Whether there is a table that is still valid. */
bool routes_has(struct routes *routes, const char *database);
/* The next server of the role, in turn, in arena; NULL: there is none, or no valid table. */
const char *routes_pick(struct routes *routes, const char *database, enum route_role role,
                        struct arena *arena);
/* All servers of the role, also of a table that is not valid any more; in arena. */
struct text_list routes_list(struct routes *routes, const char *database, enum route_role role,
                             struct arena *arena);
/* Takes a server out of one role of one table, or out of all of all. */
void routes_drop_role(struct routes *routes, const char *database, enum route_role role, const char *server);
void routes_drop_server(struct routes *routes, const char *server);
/* The next statement asks for the table again. */
void routes_expire(struct routes *routes, const char *database);

/* "name:port" or "[::1]:7687": *out_host borrowed, without brackets. False when it is neither. */
CHECKED bool route_parse(const char *server, struct text *out_host, uint16_t *out_port);
