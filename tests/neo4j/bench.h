/* Typed administration on a bench: simulated servers of a version, a dialect for them, and what the last
 * statement has come to. */
#pragma once

#include "test.h"

#include "simulated.h"

#include "neo4j/databases.h"
#include "neo4j/servers.h"

enum { SERVERS = 3, SETTLE_MS = 30000, VERSIONS = 3 };

struct bench {
    struct simulated *cluster;
    struct arena *arena;
    struct dialect dialect;
    const struct administration *statement; /* for functions that make one through a pointer */
    struct neo4j_result result;
    struct error err;
};

/* Three servers that form a cluster, of 5.26.0, 2025.12.0 or 2026.08.0 (the last in Cypher 25); a fourth is
 * free. settings: pairs of a variable of the container and its value, ended by NULL; NULL: none. */
struct bench bench_of(size_t version, bool has_free_server);
struct bench bench_with(size_t version, bool has_free_server, const char *const *settings);
void bench_clear(struct bench *bench);

/* Runs it and fails the test when the outcome is another one. */
void bench_run(struct bench *bench, const struct administration *administration, enum outcome wanted);
struct neo4j_result *bench_ask(struct bench *bench, const char *query);
struct server_rows bench_show_servers(struct bench *bench);
struct database_rows bench_show_databases(struct bench *bench);

/* The same of what a function makes; bench.statement and bench.err are what it fills. */
#define RUN_MADE(bench, made, wanted)                                                                        \
    do {                                                                                                     \
        if (!(made))                                                                                         \
            fail_msg("%s", (bench)->err.text);                                                               \
        bench_run((bench), (bench)->statement, (wanted));                                                    \
    } while (0)
