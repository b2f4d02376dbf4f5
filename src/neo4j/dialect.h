/* What a version of Neo4j can be told, and in which language: one table for all administration.
 *
 * Up to 2025.05 there is one Cypher. From 2025.06 on there are Cypher 5 and Cypher 25, one of them is the
 * server's default, and a statement may begin with CYPHER 5 or CYPHER 25. What means different things in them
 * is always written with that beginning, so that the server's default decides nothing.
 * Sources: Operations Manual and Cypher manual, by section in dialect.c.
 */
#pragma once

#include "base/error.h"
#include "settings/version.h"

enum cypher { CYPHER_5, CYPHER_25 };

/* Of the servers that statements are for: all of a cluster must know what is said. */
struct dialect {
    struct version version;
    enum cypher language; /* where both would do; a version that has no Cypher 25 gets Cypher 5 */
};

enum form_language {
    FORM_ANY,        /* means the same in both languages: nothing is written in front */
    FORM_OF_DIALECT, /* in both, but answers or demands differ */
    FORM_ONLY_5,
    FORM_ONLY_25,
};

/* form, first version, first version without it (0: none), language, what people call it */
#define FORMS(X)                                                                                             \
    X(PLAIN, 5, 26, 0, 0, FORM_ANY, "administration")                                                        \
    X(WAIT, 5, 26, 0, 0, FORM_OF_DIALECT, "WAIT")                                                            \
    X(REVOKE, 5, 26, 0, 0, FORM_OF_DIALECT, "REVOKE")                                                        \
    X(LANGUAGE, 2025, 6, 0, 0, FORM_OF_DIALECT, "DEFAULT LANGUAGE of a database")                            \
    X(REPLACE_BY_SEED, 2025, 1, 0, 0, FORM_OF_DIALECT, "CREATE OR REPLACE DATABASE with a seed")             \
    X(SEED_UNTIL, 2025, 1, 0, 0, FORM_OF_DIALECT, "option seedRestoreUntil")                                 \
    X(SEED_SOURCE, 2025, 6, 0, 0, FORM_ONLY_25, "option seedSourceDatabase")                                 \
    X(SHARDED, 2025, 12, 0, 0, FORM_ONLY_25, "sharded database")                                             \
    X(SHARD_REPLICAS, 2025, 12, 0, 0, FORM_ONLY_25, "default number of property shard replicas")             \
    X(CLUSTER_RECREATE, 5, 24, 2025, 4, FORM_ANY, "procedure dbms.cluster.recreateDatabase")                 \
    X(RECREATE, 2025, 4, 0, 0, FORM_ANY, "procedure dbms.recreateDatabase")                                  \
    X(RECREATE_CLEARED, 2025, 2, 0, 0, FORM_ANY, "recreation option clearData")                              \
    X(RECREATE_FORMAT, 2025, 4, 0, 0, FORM_ANY, "recreation option storeFormat")                             \
    X(QUARANTINE, 5, 26, 0, 0, FORM_ONLY_5, "procedure dbms.quarantineDatabase")                             \
    X(UNQUARANTINE, 2025, 1, 0, 0, FORM_ANY, "procedure dbms.unquarantineDatabase")                          \
    X(ALIAS_LANGUAGE, 2025, 6, 0, 0, FORM_ANY, "DEFAULT LANGUAGE of an alias")                               \
    X(ALIAS_FORWARDING, 2026, 1, 0, 0, FORM_ANY, "OIDC CREDENTIAL FORWARDING of an alias")                   \
    X(RELOAD_TLS, 2025, 3, 0, 0, FORM_ANY, "procedure dbms.security.reloadTLS")                              \
    X(AUTH_RULES, 2026, 3, 0, 0, FORM_ONLY_25, "auth rule")                                                  \
    X(DISCOVERY_STATE, 5, 26, 2025, 1, FORM_ANY, "procedure dbms.cluster.showParallelDiscoveryState")        \
    X(DATABASE_LANGUAGE_PRIVILEGE, 2025, 6, 0, 0, FORM_ANY, "privilege SET DATABASE DEFAULT LANGUAGE")       \
    X(AUTH_RULE_PRIVILEGES, 2026, 3, 0, 0, FORM_ONLY_25, "privilege on auth rules")

enum form {
#define X(form, since_major, since_minor, until_major, until_minor, language, words) FORM_##form,
    FORMS(X)
#undef X
};

bool dialect_has(const struct dialect *dialect, enum form form);
/* ERROR_INVALID: "Neo4j 5.26.0 has no auth rule; that exists from 2026.03 on". */
CHECKED bool dialect_require(const struct dialect *dialect, enum form form, struct error *err);
/* The language in which a form is written. */
enum cypher dialect_language(const struct dialect *dialect, enum form form);
/* What such a statement begins with: "", "CYPHER 5 " or "CYPHER 25 "; static. */
const char *dialect_prefix(const struct dialect *dialect, enum form form);
