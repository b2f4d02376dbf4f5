/* Administration: how the system database changes.
 *
 * A request (what a statement or a server asks for) is judged by the leader against its own copy of the state
 * and becomes a command, which is replicated and applied by every server. Both are JSON objects with "op".
 * One row for each operation; the families are in administration_servers.c, _databases.c and _users.c.
 */
#pragma once

#include "sim/neo4j/cluster_state.h"
#include "sim/neo4j/configuration.h"
#include "sim/neo4j/failure.h"
#include "sim/neo4j/notification.h"
#include "sim/neo4j/random.h"

enum { PRIMARIES_MAX = 11, SECONDARIES_MAX = 20, REPLICAS_MAX = 20, SHARDS_MAX = 1000 };

/* What the leader knows when it judges. */
struct administration_view {
    struct arena *arena;
    const struct cluster_state *state;
    const struct configuration *configuration;
    const struct neo4j_version *version;
    struct random_source *random;
    int64_t wall_ns;
    bool (*is_available)(void *context, const char *server_id);
    /* The last transaction of a server's copy of a database (by id), as far as it is known. */
    int64_t (*transaction)(void *context, const char *server_id, const char *database_id);
    void *context;
    struct json *notes; /* gets what is worth a notification (notification.h); NULL: nobody reads them */
};

struct administration_operation {
    const char *op;
    /* *out_command in the view's arena; NULL: there is nothing to change, which is no failure. */
    bool (*plan)(const struct administration_view *view, const struct json *request,
                 struct json **out_command, struct failure *failure);
    /* Must not fail: every copy has to come to the same state. */
    void (*apply)(struct cluster_state *state, const struct json *command);
};

bool administration_plan(const struct administration_view *view, const struct json *request,
                         struct json **out_command, struct failure *failure);
void administration_apply(struct cluster_state *state, const struct json *command);

/* A note for whoever asked, if anybody reads it. first: what fills the notification's hole. */
void administration_note(const struct administration_view *view, enum notification_kind kind,
                         const char *first);

/* The families' tables; each ends with a row without op. */
extern const struct administration_operation administration_of_dbms[];
extern const struct administration_operation administration_of_servers[];
extern const struct administration_operation administration_of_moves[];
extern const struct administration_operation administration_of_databases[];
extern const struct administration_operation administration_of_changed_databases[];
extern const struct administration_operation administration_of_recreation[];
extern const struct administration_operation administration_of_aliases[];
extern const struct administration_operation administration_of_users[];
extern const struct administration_operation administration_of_roles[];
extern const struct administration_operation administration_of_privileges[];
extern const struct administration_operation administration_of_auth_rules[];

/* The first command of a new system database: all servers enabled, the first user, the default database. */
struct json *administration_bootstrap(const struct administration_view *view, const char *cluster_id,
                                      const struct json *descriptors, const char *credential,
                                      bool must_change_password);

/* Chooses hosts for a database: a JSON array of {server, secondary}, primaries first. Used by bootstrap too,
 * where too few servers make it smaller instead of failing (is_best_effort). */
struct json *administration_allocate(const struct administration_view *view, const char *database,
                                     int64_t primaries, int64_t secondaries, bool is_best_effort,
                                     struct failure *failure);
/* The command that creates a database; kind as database_kind_name() has it. */
struct json *administration_create_database(const struct administration_view *view, const char *name,
                                            enum database_kind kind, int64_t primaries, int64_t secondaries,
                                            const struct json *allocations);
/* Of a new database, an alias or a composite database ("database", "alias" …), in small letters. */
bool administration_check_name(const struct administration_view *view, const char *what, const char *name,
                               struct failure *failure);
char *administration_lower_case(struct arena *arena, const char *name);
bool administration_check_topology(const struct administration_view *view, int64_t primaries,
                                   int64_t secondaries, struct failure *failure);
/* administration_options.c: the OPTIONS of a new database: *out_options are those that it keeps, *out_seed is
 * where its data comes from (NULL: it begins empty). */
bool administration_read_options(const struct administration_view *view, const struct json *request,
                                 struct json **out_options, struct json **out_seed, struct failure *failure);
bool administration_check_option(const struct administration_view *view, const char *name,
                                 const struct json *value, struct failure *failure);
