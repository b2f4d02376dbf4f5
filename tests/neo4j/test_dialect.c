#include "test.h"

#include "neo4j/dialect.h"

static struct dialect dialect_of(const char *version, enum cypher language) {
    return (struct dialect){ .version = version_parse(version), .language = language };
}

TEST("each form is where the manuals say, and refused by name elsewhere") {
    static const struct {
        enum form form;
        const char *version;
        const char *refusal; /* NULL: it has it */
    } rows[] = {
        { FORM_PLAIN, "5.26.0", NULL },
        { FORM_WAIT, "2026.08.0", NULL },
        { FORM_LANGUAGE, "2025.06.0", NULL },
        { FORM_LANGUAGE, "2025.05.1",
          "Neo4j 2025.05.1 has no DEFAULT LANGUAGE of a database; that exists from 2025.06 on" },
        { FORM_SHARDED, "2025.12", NULL },
        { FORM_SHARDED, "5.26.3", "Neo4j 5.26.3 has no sharded database; that exists from 2025.12 on" },
        { FORM_CLUSTER_RECREATE, "5.26.0", NULL },
        { FORM_CLUSTER_RECREATE, "2025.03.0", NULL },
        { FORM_CLUSTER_RECREATE, "2025.04.0",
          "Neo4j 2025.04.0 has no procedure dbms.cluster.recreateDatabase; that ended with 2025.04" },
        { FORM_RECREATE, "2025.04.0", NULL },
        { FORM_RECREATE, "2025.03.0",
          "Neo4j 2025.03.0 has no procedure dbms.recreateDatabase; that exists from 2025.04 on" },
        { FORM_AUTH_RULES, "2026.03.0", NULL },
        { FORM_AUTH_RULES, "2026.02.0", "Neo4j 2026.02.0 has no auth rule; that exists from 2026.03 on" },
        { FORM_DISCOVERY_STATE, "2025.01.0",
          "Neo4j 2025.01.0 has no procedure dbms.cluster.showParallelDiscoveryState; that ended with "
          "2025.01" },
        { FORM_PLAIN, "latest", "Neo4j unknown has no administration; that exists from 5.26 on" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct dialect dialect = dialect_of(rows[i].version, CYPHER_25);
        struct error err = { 0 };
        bool has = dialect_require(&dialect, rows[i].form, &err);
        assert_int_equal(has, dialect_has(&dialect, rows[i].form));
        assert_int_equal(has, rows[i].refusal == NULL);
        assert_string_equal(err.text, rows[i].refusal ? rows[i].refusal : "");
    }
}

TEST("only versions with two languages are told which is meant, and only where it matters") {
    static const struct {
        enum form form;
        const char *version;
        enum cypher language;
        const char *prefix;
    } rows[] = {
        { FORM_PLAIN, "2026.08.0", CYPHER_25, "" },
        { FORM_WAIT, "5.26.0", CYPHER_25, "" },
        { FORM_WAIT, "2025.05.0", CYPHER_25, "" },
        { FORM_WAIT, "2025.06.0", CYPHER_25, "CYPHER 25 " },
        { FORM_WAIT, "2026.08.0", CYPHER_5, "CYPHER 5 " },
        { FORM_AUTH_RULES, "2026.08.0", CYPHER_5, "CYPHER 25 " },
        { FORM_QUARANTINE, "5.26.0", CYPHER_25, "" },
        { FORM_QUARANTINE, "2026.08.0", CYPHER_25, "CYPHER 5 " },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct dialect dialect = dialect_of(rows[i].version, rows[i].language);
        assert_string_equal(dialect_prefix(&dialect, rows[i].form), rows[i].prefix);
    }
}
