/* Servers of a cluster: rows of SHOW SERVERS, and the statements that change them. */
#pragma once

#include "neo4j/dialect.h"
#include "neo4j/statement.h"

/* state, text in SHOW SERVERS */
#define SERVER_STATES(X)                                                                                     \
    X(FREE, "Free")                                                                                          \
    X(ENABLED, "Enabled")                                                                                    \
    X(CORDONED, "Cordoned")                                                                                  \
    X(DEALLOCATING, "Deallocating")                                                                          \
    X(DEALLOCATED, "Deallocated")                                                                            \
    X(DROPPED, "Dropped")

enum server_state {
    SERVER_STATE_UNKNOWN,
#define X(state, text) SERVER_##state,
    SERVER_STATES(X)
#undef X
};

enum mode_constraint { MODE_NONE, MODE_PRIMARY, MODE_SECONDARY };

/* One row. Texts that the server left out are "". */
struct server_row {
    const char *id;      /* stable for the life of the data volume: the only key */
    const char *name;    /* the id until renamed */
    const char *address; /* advertised Bolt host:port; "" when the server is not known to be there */
    const char *http_address;
    const char *https_address;
    enum server_state state;
    const char *state_text;
    bool is_available;
    const char *health_text;
    struct text_list hosting;
    struct text_list requested_hosting;
    struct text_list tags;
    struct text_list allowed_databases;
    struct text_list denied_databases;
    enum mode_constraint mode_constraint; /* MODE_NONE also when it is not known */
    const char *mode_text;
    const char *version;
};

struct server_rows {
    struct server_row *items;
    size_t count;
};

extern const char servers_query[]; /* SHOW SERVERS YIELD * */

/* Rows in arena, sorted by id. ERROR_PROTOCOL when a row has no serverId or state. */
CHECKED bool servers_read(struct arena *arena, const struct neo4j_result *result,
                          struct server_rows *out_rows, struct error *err);
/* By id, or NULL. */
const struct server_row *servers_by_id(const struct server_rows *rows, const char *id);
/* By the host of the advertised Bolt address, or NULL. One that is available comes before one that is not: a
 * host that lost its volume is a server anew, and the one that it was stays listed. */
const struct server_row *servers_by_host(const struct server_rows *rows, const char *host);

const char *server_state_text(enum server_state state);
/* "NONE", "PRIMARY", "SECONDARY" */
const char *mode_constraint_text(enum mode_constraint constraint);
CHECKED bool mode_constraint_parse(const char *text, enum mode_constraint *out_constraint);

struct server_options {
    enum mode_constraint mode_constraint;
    struct text_list allowed_databases; /* not together with denied_databases */
    struct text_list denied_databases;
    struct text_list tags;
};

/* Statements. server is a name or an id; ids are safer, since names move. */

/* Free or Cordoned becomes Enabled; NULL options: those of its configuration. */
const struct administration *server_enable(struct arena *arena, const char *server,
                                           const struct server_options *options);
/* Sets all options: what options leaves out is reset. */
const struct administration *server_set_options(struct arena *arena, const char *server,
                                                const struct server_options *options);
const struct administration *server_rename(struct arena *arena, const char *server, const char *new_name);
/* Enabled becomes Cordoned. The way back is server_enable(). */
const struct administration *server_cordon(struct arena *arena, const char *server);
/* Moves all databases away and never comes back from that. is_dry_run: only answers what would move
 * (allocation.h). */
const struct administration *server_deallocate(struct arena *arena, const struct text_list *servers,
                                               bool is_dry_run);
/* Of a server that hosts nothing but system. */
const struct administration *server_drop(struct arena *arena, const char *server);
