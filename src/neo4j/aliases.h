/* Aliases: other names of databases, here or in another DBMS. */
#pragma once

#include "neo4j/dialect.h"
#include "neo4j/statement.h"

struct alias_wish {
    const char *name;   /* "sales", or "composite.sales" for a constituent of a composite database */
    const char *target; /* database; of a remote alias the name it has there */
    /* A remote one; NULL: a local one. Credentials are kept under dbms.security.keystore. */
    const char *url; /* "neo4j+s://other:7687" */
    const char *user;
    const struct secret_text *password;
    bool forwards_credentials;           /* those of whoever asks, instead of user and password; 2026.01 */
    const struct bolt_value *driver;     /* map: settings of the driver; NULL: none */
    unsigned language;                   /* remote only; 5 or 25; 0: as there; 2025.06 */
    const struct bolt_value *properties; /* map; NULL: none */
};

CHECKED bool alias_create(struct arena *arena, const struct dialect *dialect, const struct alias_wish *wish,
                          const struct administration **out, struct error *err);
/* The target and whatever else the wish has. A remote alias becomes no local one, nor the other way round. */
CHECKED bool alias_alter(struct arena *arena, const struct dialect *dialect, const struct alias_wish *wish,
                         const struct administration **out, struct error *err);
const struct administration *alias_drop(struct arena *arena, const char *name);

extern const char aliases_query[]; /* SHOW ALIASES FOR DATABASE YIELD * */

struct alias_row {
    const char *name;
    const char *composite; /* that it belongs to, "" for none */
    const char *database;  /* target; "" when the user may not see it */
    bool is_remote;
    const char *location;                /* "local", "remote" */
    const char *url;                     /* "" for a local one */
    const char *user;                    /* "" for a local one, and where credentials are forwarded */
    const struct bolt_value *driver;     /* map, or NULL */
    const struct bolt_value *properties; /* map, or NULL */
    const char *default_language;        /* "" for a local one, and before 2025.06 */
};
struct alias_rows {
    struct alias_row *items;
    size_t count;
};
CHECKED bool aliases_read(struct arena *arena, const struct neo4j_result *result, struct alias_rows *out_rows,
                          struct error *err);
