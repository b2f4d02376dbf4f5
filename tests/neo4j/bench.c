#include "bench.h"

static const struct {
    const char *version;
    enum cypher language;
} versions[VERSIONS] = { { "5.26.0", CYPHER_5 }, { "2025.12.0", CYPHER_5 }, { "2026.08.0", CYPHER_25 } };

struct bench bench_with(size_t version, bool has_free_server, const char *const *settings) {
    struct bench bench = { .arena = arena_new() };
    const char *image = arena_printf(bench.arena, "neo4j:%s-enterprise", versions[version].version);

    bench.dialect = (struct dialect){ .version = version_parse(versions[version].version),
                                      .language = versions[version].language };
    bench.cluster = simulated_new(image, SERVERS, has_free_server, settings);
    assert_non_null(bench.cluster);
    return bench;
}

struct bench bench_of(size_t version, bool has_free_server) {
    return bench_with(version, has_free_server, NULL);
}

void bench_clear(struct bench *bench) {
    simulated_free(bench->cluster);
    arena_free(bench->arena);
}

static enum outcome outcome_after(struct bench *bench, const struct administration *administration) {
    bool is_done = simulated_run(bench->cluster, &administration->statement, &bench->result);

    return outcome_of(administration->effect, is_done, &bench->result);
}

void bench_run(struct bench *bench, const struct administration *administration, enum outcome wanted) {
    enum outcome outcome = outcome_after(bench, administration);

    if (outcome != wanted)
        fail_msg("%s on %u.%u: outcome %d, %s: %s", administration->statement.text,
                 bench->dialect.version.major, bench->dialect.version.minor, outcome,
                 bench->result.failure.code, bench->result.failure.message);
}

struct neo4j_result *bench_ask(struct bench *bench, const char *query) {
    bench_run(bench, statement_of(bench->arena, query, EFFECT_READS), OUTCOME_DONE);
    return &bench->result;
}

struct server_rows bench_show_servers(struct bench *bench) {
    struct server_rows rows = { 0 };

    assert_true(servers_read(bench->arena, bench_ask(bench, servers_query), &rows, &bench->err));
    return rows;
}

struct database_rows bench_show_databases(struct bench *bench) {
    struct database_rows rows = { 0 };

    assert_true(databases_read(bench->arena, bench_ask(bench, databases_query), &rows, &bench->err));
    return rows;
}
