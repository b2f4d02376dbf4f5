#include "test.h"

#include "bolt/value_json.h"
#include "neo4j/cluster_pool.h"
#include "neo4j/routes.h"

struct manual_clock {
    struct clock clock;
    int64_t now_ns;
};

static int64_t manual_now(const struct clock *clock) {
    return ((const struct manual_clock *)clock)->now_ns;
}

static struct manual_clock manual_clock(void) {
    return (struct manual_clock){ .clock = { .wall = manual_now, .monotonic = manual_now }, .now_ns = 1 };
}

static const struct bolt_value *value(struct arena *arena, const char *json_text) {
    struct json *json = NULL;

    if (!json_parse(arena, text_from(json_text), NULL, &json, NULL))
        fail_msg("not JSON: %s", json_text);
    return bolt_from_json(arena, json);
}

static const char table[] = "{\"ttl\":300,\"db\":\"neo4j\",\"servers\":["
                            "{\"addresses\":[\"a:7687\",\"b:7687\",\"c:7687\"],\"role\":\"ROUTE\"},"
                            "{\"addresses\":[\"b:7687\",\"c:7687\"],\"role\":\"READ\"},"
                            "{\"addresses\":[\"a:7687\"],\"role\":\"WRITE\"},"
                            "{\"addresses\":[\"x:1\"],\"role\":\"WITNESS\"}]}";

static void keep(struct routes *routes, struct arena *arena, const char *database, const char *json) {
    struct error err = { 0 };

    if (!routes_keep(routes, database, value(arena, json), &err))
        fail_msg("%s", err.text);
}

TEST("gives the servers of a role in turn, for each database its own") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct manual_clock clock = manual_clock();
    CLEANUP_POINTER(routes_free) struct routes *routes = routes_new(&clock.clock);

    assert_null(routes_pick(routes, "neo4j", ROUTE_READER, arena));
    keep(routes, arena, "neo4j", table);
    assert_string_equal(routes_pick(routes, "neo4j", ROUTE_READER, arena), "b:7687");
    assert_string_equal(routes_pick(routes, "neo4j", ROUTE_READER, arena), "c:7687");
    assert_string_equal(routes_pick(routes, "neo4j", ROUTE_READER, arena), "b:7687");
    assert_string_equal(routes_pick(routes, "neo4j", ROUTE_WRITER, arena), "a:7687");
    assert_int_equal(routes_list(routes, "neo4j", ROUTE_ROUTER, arena).count, 3);
    assert_false(routes_has(routes, "other"));
    assert_false(routes_has(routes, NULL));
    keep(routes, arena, NULL, table);
    assert_true(routes_has(routes, NULL));
}

TEST("a table is over after its time, and a new one takes its place") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct manual_clock clock = manual_clock();
    CLEANUP_POINTER(routes_free) struct routes *routes = routes_new(&clock.clock);

    keep(routes, arena, "neo4j", table);
    clock.now_ns += 300 * NANOSECONDS_PER_SECOND - 1;
    assert_true(routes_has(routes, "neo4j"));
    clock.now_ns++;
    assert_false(routes_has(routes, "neo4j"));
    assert_null(routes_pick(routes, "neo4j", ROUTE_READER, arena));
    /* Those who could be asked for the next table are still known. */
    assert_int_equal(routes_list(routes, "neo4j", ROUTE_ROUTER, arena).count, 3);
    keep(routes, arena, "neo4j", "{\"ttl\":0,\"servers\":[{\"addresses\":[\"d:1\"],\"role\":\"WRITE\"}]}");
    assert_string_equal(routes_pick(routes, "neo4j", ROUTE_WRITER, arena), "d:1");
    keep(routes, arena, "neo4j", table);
    routes_expire(routes, "neo4j");
    assert_false(routes_has(routes, "neo4j"));
}

TEST("takes servers out of one role, and out of everything") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct manual_clock clock = manual_clock();
    CLEANUP_POINTER(routes_free) struct routes *routes = routes_new(&clock.clock);

    keep(routes, arena, "neo4j", table);
    keep(routes, arena, "other", table);
    routes_drop_role(routes, "neo4j", ROUTE_WRITER, "a:7687");
    assert_null(routes_pick(routes, "neo4j", ROUTE_WRITER, arena));
    assert_string_equal(routes_pick(routes, "other", ROUTE_WRITER, arena), "a:7687");
    assert_int_equal(routes_list(routes, "neo4j", ROUTE_ROUTER, arena).count, 3);
    routes_drop_server(routes, "b:7687");
    for (int i = 0; i < 3; i++)
        assert_string_equal(routes_pick(routes, "other", ROUTE_READER, arena), "c:7687");
    assert_int_equal(routes_list(routes, "neo4j", ROUTE_ROUTER, arena).count, 2);
}

TEST("refuses tables that make no sense") {
    static const char *const rows[] = {
        "[]",
        "{}",
        "{\"ttl\":300}",
        "{\"ttl\":-1,\"servers\":[]}",
        "{\"ttl\":\"300\",\"servers\":[]}",
        "{\"ttl\":300,\"servers\":{}}",
        "{\"ttl\":300,\"servers\":[{\"role\":\"WRITE\"}]}",
        "{\"ttl\":300,\"servers\":[{\"addresses\":\"a:1\",\"role\":\"WRITE\"}]}",
        "{\"ttl\":300,\"servers\":[{\"addresses\":[1],\"role\":\"WRITE\"}]}",
        "{\"ttl\":300,\"servers\":[{\"addresses\":[\"a\"],\"role\":\"WRITE\"}]}",
        "{\"ttl\":300,\"servers\":[{\"addresses\":[\"a:1\",\"b:x\"],\"role\":\"READ\"}]}",
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct manual_clock clock = manual_clock();
    CLEANUP_POINTER(routes_free) struct routes *routes = routes_new(&clock.clock);

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct error err = { 0 };
        if (routes_keep(routes, "neo4j", value(arena, rows[i]), &err) || err.kind != ERROR_PROTOCOL)
            fail_msg("%s", rows[i]);
    }
    assert_false(routes_keep(routes, "neo4j", NULL, NULL));
    assert_false(routes_has(routes, "neo4j"));
}

TEST("keeps no more tables and servers than the limits") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer many = { 0 };
    struct manual_clock clock = manual_clock();
    CLEANUP_POINTER(routes_free) struct routes *routes = routes_new(&clock.clock);

    for (int i = 0; i <= ROUTES_TABLES_MAX; i++)
        keep(routes, arena, arena_printf(arena, "db%d", i), table);
    assert_false(routes_has(routes, "db0"));
    assert_true(routes_has(routes, "db1"));
    buffer_add_string(&many,
                      "{\"ttl\":9223372036854775807,\"servers\":[{\"role\":\"READ\",\"addresses\":[\"a:1\"");
    for (int i = 0; i < 2 * ROUTES_SERVERS_MAX; i++)
        buffer_add_string(&many, ",\"a:1\"");
    buffer_add_string(&many, "]}]}");
    keep(routes, arena, "many", buffer_string(&many));
    assert_int_equal(routes_list(routes, "many", ROUTE_READER, arena).count, ROUTES_SERVERS_MAX);
    clock.now_ns += ROUTES_TTL_SECONDS_MAX * NANOSECONDS_PER_SECOND;
    assert_false(routes_has(routes, "many"));
}

TEST("reads advertised addresses") {
    static const struct {
        const char *server;
        const char *host; /* NULL: none */
        uint16_t port;
    } rows[] = {
        { "graph-0.graph:7687", "graph-0.graph", 7687 },
        { "10.0.0.1:1", "10.0.0.1", 1 },
        { "[::1]:65535", "::1", 65535 },
        { "::1:7687", NULL, 0 },
        { "graph-0", NULL, 0 },
        { ":7687", NULL, 0 },
        { "[]:7687", NULL, 0 },
        { "a:0", NULL, 0 },
        { "a:65536", NULL, 0 },
        { "a:7687 ", NULL, 0 },
        { "", NULL, 0 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct text host = { 0 };
        uint16_t port = 0;
        bool is_one = route_parse(rows[i].server, &host, &port);
        if (is_one != (rows[i].host != NULL) || port != rows[i].port ||
            (is_one && !text_is(host, rows[i].host)))
            fail_msg("'%s'", rows[i].server);
    }
}

/* ---- the pools of clusters ---- */

TEST("keeps a pool for each cluster while it is used, and for a while after") {
    struct manual_clock clock = manual_clock();
    struct cluster_pools *pools = cluster_pools_new(&clock.clock);
    const struct neo4j_target one = { .cluster = "ns/one", .address = "10.0.0.1" };
    const struct neo4j_target same = { .cluster = "ns/one", .address = "10.0.0.2" };
    const struct neo4j_target alone = { .address = "10.0.0.1" };
    const struct neo4j_target alone_by_port = { .address = "10.0.0.1", .port = NEO4J_PORT };

    struct cluster_pool *first = cluster_pools_hold(pools, &one);
    assert_ptr_equal(cluster_pools_hold(pools, &same), first);
    struct cluster_pool *other = cluster_pools_hold(pools, &alone);
    assert_ptr_not_equal(other, first);
    assert_ptr_equal(cluster_pools_hold(pools, &alone_by_port), other);
    cluster_pools_release(pools, other);
    cluster_pools_release(pools, other);
    cluster_pools_release(pools, first);
    struct routes *routes = first->routes;
    CLEANUP_ARENA struct arena *arena = arena_new();
    keep(routes, arena, "neo4j", table);
    /* Held: it stays however long that lasts. */
    clock.now_ns += 10 * CLUSTER_POOL_KEPT_SECONDS * NANOSECONDS_PER_SECOND;
    assert_ptr_equal(cluster_pools_hold(pools, &one), first);
    cluster_pools_release(pools, first);
    cluster_pools_release(pools, first);
    clock.now_ns += CLUSTER_POOL_KEPT_SECONDS * NANOSECONDS_PER_SECOND - 1;
    cluster_pools_release(pools, cluster_pools_hold(pools, &alone));
    routes_expire(routes, "neo4j"); /* still there: the sanitizer would tell */
    clock.now_ns++;
    cluster_pools_release(pools, cluster_pools_hold(pools, &alone));
    first = cluster_pools_hold(pools, &one);
    assert_int_equal(routes_list(first->routes, "neo4j", ROUTE_ROUTER, arena).count, 0);
    cluster_pools_release(pools, first);
    cluster_pools_free(pools);
}
