/* What a server says about itself and its DBMS. */
#pragma once

#include "neo4j/neo4j.h"
#include "settings/version.h"

extern const char info_components_query[];
extern const char info_dbms_query[];

struct info_kernel {
    const char *version; /* "5.26.0"; 2025.01 calls itself 5.27.x here: SHOW SERVERS knows better */
    const char *edition; /* "enterprise", "community" */
};

/* The row "Neo4j Kernel" of dbms.components(), in arena; there may be others. */
CHECKED bool info_read_kernel(struct arena *arena, const struct neo4j_result *result,
                              struct info_kernel *out_kernel, struct error *err);

struct info_dbms {
    const char *id; /* the same on all servers of a cluster, for its life */
    const char *name;
    const char *creation_date;
};
CHECKED bool info_read_dbms(struct arena *arena, const struct neo4j_result *result,
                            struct info_dbms *out_dbms, struct error *err);
