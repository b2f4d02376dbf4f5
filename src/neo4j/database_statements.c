#include "neo4j/database_statements.h"

/* Sources: Cypher manual, "Create databases", "Alter databases", "Delete databases", "Composite databases";
 * Operations Manual, "Create a sharded property database", "Seed databases". */

/* ---- making ---- */

static void add_counted(struct statement *statement, unsigned count, const char *one, const char *many) {
    statement_add_integer(statement, count);
    statement_add(statement, count == 1 ? one : many);
}

static void add_topology(struct statement *statement, unsigned primaries, unsigned secondaries) {
    statement_add(statement, "TOPOLOGY ");
    add_counted(statement, primaries, " PRIMARY", " PRIMARIES");
    if (secondaries) {
        statement_add(statement, " ");
        add_counted(statement, secondaries, " SECONDARY", " SECONDARIES");
    }
}

static bool has_seed(const struct database_seed *seed) {
    return seed->uri || seed->server;
}

static bool check_seed(const struct dialect *dialect, const struct database_wish *wish, struct error *err) {
    const struct database_seed *seed = &wish->seed;

    if (seed->uri && seed->server)
        return error_set(err, ERROR_INVALID, "%s: a seed comes from a URI or from a server, not from both",
                         wish->name);
    if (!has_seed(seed) && (seed->config || seed->source_database || seed->restore_until))
        return error_set(err, ERROR_INVALID, "%s: options of a seed need a seed", wish->name);
    if (has_seed(seed) && wish->creation == DATABASE_REPLACE &&
        !dialect_require(dialect, FORM_REPLACE_BY_SEED, err))
        return false;
    if (seed->restore_until && !dialect_require(dialect, FORM_SEED_UNTIL, err))
        return false;
    return !seed->source_database || dialect_require(dialect, FORM_SEED_SOURCE, err);
}

/* The form that decides the language: what only one of them has, or else what a wait answers. */
static enum form form_of(const struct database_wish *wish) {
    return wish->seed.source_database ? FORM_SEED_SOURCE : FORM_WAIT;
}

static struct bolt_value *options_of(struct arena *arena, enum cypher language,
                                     const struct database_wish *wish) {
    const struct {
        const char *key;
        const char *value;
    } rows[] = {
        /* Cypher 5 demands it beside a seed; in Cypher 25 it is deprecated. */
        { "existingData", has_seed(&wish->seed) && language == CYPHER_5 ? "use" : NULL },
        { "existingDataSeedServer", wish->seed.server },
        { "seedURI", wish->seed.uri },
        { "seedConfig", wish->seed.config },
        { "seedSourceDatabase", wish->seed.source_database },
        { "seedRestoreUntil", wish->seed.restore_until },
        { "storeFormat", wish->store_format },
        { "txLogEnrichment", wish->transaction_log_enrichment },
    };
    struct bolt_value *options = bolt_new_map(arena);

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (rows[i].value)
            bolt_set_string(arena, options, rows[i].key, rows[i].value);
    return options;
}

static void add_options(struct statement *statement, const struct bolt_value *options) {
    if (!bolt_length(options))
        return;
    statement_add(statement, " OPTIONS ");
    statement_add_value(statement, "options", options);
}

static void start_creation(struct statement *statement, struct arena *arena, const struct dialect *dialect,
                           enum form form, const char *what, const struct database_wish *wish) {
    bool replaces = wish->creation == DATABASE_REPLACE;

    statement_start(statement, arena, dialect_prefix(dialect, form));
    statement_add(statement, replaces ? "CREATE OR REPLACE " : "CREATE ");
    statement_add(statement, what);
    statement_add_parameter(statement, "database", wish->name);
    statement_add(statement, replaces ? "" : " IF NOT EXISTS");
    if (wish->language) {
        statement_add(statement, " DEFAULT LANGUAGE CYPHER ");
        statement_add_integer(statement, wish->language);
    }
}

static bool check_wish(const struct dialect *dialect, const struct database_wish *wish, struct error *err) {
    if (wish->language && !dialect_require(dialect, FORM_LANGUAGE, err))
        return false;
    if (wish->secondaries && !wish->primaries)
        return error_set(err, ERROR_INVALID, "%s: a topology needs a number of primaries", wish->name);
    return check_seed(dialect, wish, err);
}

bool database_create(struct arena *arena, const struct dialect *dialect, const struct database_wish *wish,
                     const struct administration **out, struct error *err) {
    struct statement statement;
    enum form form = form_of(wish);

    if (!check_wish(dialect, wish, err))
        return false;
    start_creation(&statement, arena, dialect, form, "DATABASE ", wish);
    if (wish->primaries) {
        statement_add(&statement, " ");
        add_topology(&statement, wish->primaries, wish->secondaries);
    }
    add_options(&statement, options_of(arena, dialect_language(dialect, form), wish));
    statement_add_wait(&statement, wish->wait_seconds);
    *out = statement_end(&statement, EFFECT_MAKES);
    return true;
}

bool database_create_composite(struct arena *arena, const struct dialect *dialect,
                               const struct database_wish *wish, const struct administration **out,
                               struct error *err) {
    struct statement statement;

    if (wish->language && !dialect_require(dialect, FORM_LANGUAGE, err))
        return false;
    start_creation(&statement, arena, dialect, FORM_WAIT, "COMPOSITE DATABASE ", wish);
    statement_add_wait(&statement, wish->wait_seconds);
    *out = statement_end(&statement, EFFECT_MAKES);
    return true;
}

/* ---- sharded ---- */

static bool check_sharded(const struct dialect *dialect, const struct database_wish *wish,
                          const struct database_shards *shards, struct error *err) {
    if (!dialect_require(dialect, FORM_SHARDED, err) || !check_wish(dialect, wish, err))
        return false;
    if (!shards->property_shards)
        return error_set(err, ERROR_INVALID, "%s: a sharded database needs a number of property shards",
                         wish->name);
    if (wish->creation == DATABASE_REPLACE || wish->seed.server || wish->store_format)
        return error_set(err, ERROR_INVALID,
                         "%s: a sharded database can't replace one, nor have a store format or a server as "
                         "its seed",
                         wish->name);
    return true;
}

bool database_create_sharded(struct arena *arena, const struct dialect *dialect,
                             const struct database_wish *wish, const struct database_shards *shards,
                             const struct administration **out, struct error *err) {
    struct statement statement;

    if (!check_sharded(dialect, wish, shards, err))
        return false;
    start_creation(&statement, arena, dialect, FORM_SHARDED, "DATABASE ", wish);
    if (wish->primaries) {
        statement_add(&statement, " GRAPH SHARD { ");
        add_topology(&statement, wish->primaries, wish->secondaries);
        statement_add(&statement, " }");
    }
    statement_add(&statement, " PROPERTY SHARDS { COUNT ");
    statement_add_integer(&statement, shards->property_shards);
    if (shards->replicas) {
        statement_add(&statement, " TOPOLOGY ");
        add_counted(&statement, shards->replicas, " REPLICA", " REPLICAS");
    }
    statement_add(&statement, " }");
    add_options(&statement, options_of(arena, CYPHER_25, wish));
    statement_add_wait(&statement, wish->wait_seconds);
    *out = statement_end(&statement, EFFECT_MAKES);
    return true;
}

static void start_alteration(struct statement *statement, struct arena *arena, const char *prefix,
                             const char *database, const char *words) {
    statement_start(statement, arena, prefix);
    statement_add(statement, "ALTER DATABASE ");
    statement_add_parameter(statement, "database", database);
    statement_add(statement, words);
}

bool database_set_graph_shard_topology(struct arena *arena, const struct dialect *dialect,
                                       const char *database, unsigned primaries, unsigned secondaries,
                                       const struct administration **out, struct error *err) {
    struct statement statement;

    if (!dialect_require(dialect, FORM_SHARDED, err))
        return false;
    start_alteration(&statement, arena, dialect_prefix(dialect, FORM_SHARDED), database,
                     " SET GRAPH SHARD { SET ");
    add_topology(&statement, primaries, secondaries);
    statement_add(&statement, " }");
    *out = statement_end(&statement, EFFECT_CHANGES);
    return true;
}

bool database_set_property_shard_topology(struct arena *arena, const struct dialect *dialect,
                                          const char *database, unsigned replicas,
                                          const struct administration **out, struct error *err) {
    struct statement statement;

    if (!dialect_require(dialect, FORM_SHARDED, err))
        return false;
    start_alteration(&statement, arena, dialect_prefix(dialect, FORM_SHARDED), database,
                     " SET PROPERTY SHARDS { SET TOPOLOGY ");
    add_counted(&statement, replicas, " REPLICA", " REPLICAS");
    statement_add(&statement, " }");
    *out = statement_end(&statement, EFFECT_CHANGES);
    return true;
}

/* ---- changing ---- */

const struct administration *database_set_read_only(struct arena *arena, const char *database,
                                                    bool is_read_only) {
    struct statement statement;

    start_alteration(&statement, arena, "", database,
                     is_read_only ? " SET ACCESS READ ONLY" : " SET ACCESS READ WRITE");
    return statement_end(&statement, EFFECT_CHANGES);
}

const struct administration *database_set_topology(struct arena *arena, const char *database,
                                                   unsigned primaries, unsigned secondaries) {
    struct statement statement;

    start_alteration(&statement, arena, "", database, " SET ");
    add_topology(&statement, primaries, secondaries);
    return statement_end(&statement, EFFECT_CHANGES);
}

const struct administration *database_set_log_enrichment(struct arena *arena, const char *database,
                                                         const char *value) {
    struct statement statement;

    start_alteration(&statement, arena, "", database,
                     value ? " SET OPTION txLogEnrichment " : " REMOVE OPTION txLogEnrichment");
    if (value)
        statement_add_text(&statement, value);
    return statement_end(&statement, EFFECT_CHANGES);
}

bool database_set_language(struct arena *arena, const struct dialect *dialect, const char *database,
                           unsigned language, const struct administration **out, struct error *err) {
    struct statement statement;

    if (!dialect_require(dialect, FORM_LANGUAGE, err))
        return false;
    start_alteration(&statement, arena, dialect_prefix(dialect, FORM_LANGUAGE), database,
                     " SET DEFAULT LANGUAGE CYPHER ");
    statement_add_integer(&statement, language);
    *out = statement_end(&statement, EFFECT_CHANGES);
    return true;
}

static const struct administration *switch_state(struct arena *arena, const struct dialect *dialect,
                                                 const char *words, const char *database,
                                                 unsigned wait_seconds) {
    struct statement statement;

    statement_start(&statement, arena, wait_seconds ? dialect_prefix(dialect, FORM_WAIT) : "");
    statement_add(&statement, words);
    statement_add_parameter(&statement, "database", database);
    statement_add_wait(&statement, wait_seconds);
    return statement_end(&statement, EFFECT_CHANGES);
}

const struct administration *database_start(struct arena *arena, const struct dialect *dialect,
                                            const char *database, unsigned wait_seconds) {
    return switch_state(arena, dialect, "START DATABASE ", database, wait_seconds);
}

const struct administration *database_stop(struct arena *arena, const struct dialect *dialect,
                                           const char *database, unsigned wait_seconds) {
    return switch_state(arena, dialect, "STOP DATABASE ", database, wait_seconds);
}

const struct administration *database_drop(struct arena *arena, const struct dialect *dialect,
                                           const struct database_drop *drop) {
    struct statement statement;

    statement_start(&statement, arena, drop->wait_seconds ? dialect_prefix(dialect, FORM_WAIT) : "");
    statement_add(&statement, drop->is_composite ? "DROP COMPOSITE DATABASE " : "DROP DATABASE ");
    statement_add_parameter(&statement, "database", drop->name);
    statement_add(&statement, " IF EXISTS");
    statement_add(&statement, drop->drops_aliases ? " CASCADE ALIASES" : " RESTRICT");
    if (!drop->is_composite)
        statement_add(&statement, drop->dumps_data ? " DUMP DATA" : " DESTROY DATA");
    statement_add_wait(&statement, drop->wait_seconds);
    return statement_end(&statement, EFFECT_REMOVES);
}
