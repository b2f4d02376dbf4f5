#include "test.h"
#include "world.h"

#include "sim/neo4j/http.h"

#include <stdio.h>

static struct world *with_servers(const char *image, unsigned servers, const char *const (*variables)[2]) {
    struct world *world = world_new(3);

    world_prepare(world, image, servers);
    for (unsigned i = 0; i < servers; i++) {
        world_set_env(world, i, "NEO4J_server_metrics_prometheus_enabled", "true");
        world_set_env(world, i, "NEO4J_server_metrics_prometheus_endpoint", "0.0.0.0:2004");
        for (size_t k = 0; variables && variables[k][0]; k++)
            world_set_env(world, i, variables[k][0], variables[k][1]);
        world_start(world, i);
    }
    assert_true(world_run_until_open(world, servers, 60000));
    world_run(world, 60000);
    return world;
}

static const char *scrape(struct world *world, unsigned server) {
    struct neo4j_http_request request = { .port = 2004, .path = "/metrics" };
    struct neo4j_http_response response;

    neo4j_http_answer(world->servers[server].process, world->arena, world->now_ns, &request, &response);
    assert_int_equal(response.status, 200);
    const char *text = arena_strdup(world->arena, buffer_string(&response.body));
    buffer_clear(&response.body);
    return text;
}

/* The value of a metric, NaN when it is not there. */
static double value_of(const char *text, const char *name) {
    CLEANUP_FREE char *line = xprintf("\n%s ", name);
    const char *at = strstr(text, line);
    char number[64];
    double value;

    if (!at)
        return __builtin_nan("");
    snprintf(number, sizeof(number), "%.*s", (int)strcspn(at + strlen(line), "\n"), at + strlen(line));
    assert_true(parse_double(text_from(number), &value));
    return value;
}

static void expect_no(const char *text, const char *word) {
    if (strstr(text, word))
        print_message("%s is there:\n%s", word, text);
    assert_null(strstr(text, word));
}

TEST("the default filter lets through what it names, in the form of a real scrape") {
    CLEANUP_POINTER(world_free) struct world *world = with_servers("neo4j:5.26.0-enterprise", 1, NULL);
    static const char *const lines[] = {
        "# HELP neo4j_dbms_bolt_connections_opened_total Generated from Dropwizard metric import "
        "(metric=neo4j.dbms.bolt.connections_opened, type=",
        "# TYPE neo4j_dbms_bolt_connections_opened_total counter\nneo4j_dbms_bolt_connections_opened_total "
        "0.0\n",
        "# TYPE neo4j_database_neo4j_store_size_total gauge\nneo4j_database_neo4j_store_size_total "
        "921600.0\n",
        "neo4j_database_neo4j_transaction_last_committed_tx_id_total 1.0\n",
        "neo4j_dbms_pool_bolt_free 9.223372036854776E18\n",
        "# TYPE neo4j_database_neo4j_db_query_execution_latency_millis summary\n"
        "neo4j_database_neo4j_db_query_execution_latency_millis{quantile=\"0.5\",} 0.0\n",
        "neo4j_database_system_check_point_total_time_total 0.0\n",
    };
    static const char *const absent[] = {
        "_bucket",         "_sum",     "raft_term",        "memberset", "state_count",
        "store_size_full", "heap_max", "neo4j_count_node", "evictions"
    };
    const char *text = scrape(world, 0);

    assert_true(neo4j_process_listens(world->servers[0].process, 2004));
    for (size_t i = 0; i < ARRAY_LENGTH(lines); i++)
        if (!strstr(text, lines[i]))
            fail_msg("no '%s' in:\n%s", lines[i], text);
    for (size_t i = 0; i < ARRAY_LENGTH(absent); i++)
        expect_no(text, absent[i]);
    assert_int_equal(world_ask(world, 0, false, "neo4j", "RETURN 1 AS one", NULL).row_count, 1);
    assert_non_null(world_ask(world, 0, false, "neo4j", "RETURN nonsense", NULL).code);
    text = scrape(world, 0);
    assert_true(value_of(text, "neo4j_dbms_bolt_connections_opened_total") == 2);
    assert_true(value_of(text, "neo4j_dbms_bolt_connections_closed_total") == 2);
    assert_true(value_of(text, "neo4j_database_neo4j_db_query_execution_success_total") == 1);
    assert_true(value_of(text, "neo4j_database_neo4j_db_query_execution_failure_total") == 1);
}

TEST("filters, a prefix and switches of the configuration decide what is there") {
    static const char *const all[][2] = { { "NEO4J_server_metrics_filter", "*" },
                                          { "NEO4J_server_metrics_deny__filter", "*.vm.*,*page_cache*" },
                                          { "NEO4J_server_metrics_prefix", "shop.one" },
                                          { NULL, NULL } };
    CLEANUP_POINTER(world_free) struct world *world = with_servers("neo4j:2025.10.1-enterprise", 1, all);
    const char *text = scrape(world, 0);

    assert_true(value_of(text, "shop_one_dbms_db_state_count_hosted") == 2);
    assert_true(value_of(text, "shop_one_database_neo4j_neo4j_count_node") == 0);
    assert_non_null(strstr(text, "(metric=shop.one.dbms.db.state.count.hosted, "));
    assert_non_null(strstr(text, "shop_one_database_neo4j_store_size_full 921600.0"));
    expect_no(text, "store_size_total");
    expect_no(text, "_vm_");
    expect_no(text, "page_cache");
    world_kill(world, 0);
    world_set_env(world, 0, "NEO4J_server_metrics_enabled", "false");
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 60000));
    assert_false(neo4j_process_listens(world->servers[0].process, 2004));
}

TEST("one member of a cluster leads each database, as all of them say together") {
    CLEANUP_POINTER(world_free) struct world *world = with_servers("neo4j:2026.08.0-enterprise", 3, NULL);
    double leaders = 0;

    assert_null(
        world_ask(world, 0, true, "system", "CREATE DATABASE `a-b.c` TOPOLOGY 3 PRIMARIES", NULL).code);
    world_run(world, 30000);
    for (unsigned i = 0; i < 3; i++) {
        const char *text = scrape(world, i);
        leaders += value_of(text, "neo4j_database_a_b_c_cluster_raft_is_leader");
        assert_true(value_of(text, "neo4j_database_system_cluster_raft_commit_index") > 0);
    }
    assert_true(leaders == 1);
    assert_null(world_ask(world, 0, true, "system", "STOP DATABASE `a-b.c`", NULL).code);
    world_run(world, 10000);
    expect_no(scrape(world, 0), "a_b_c");
}
