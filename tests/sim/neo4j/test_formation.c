#include "test.h"
#include "world.h"

static struct world *started_world(uint64_t seed, const char *image, unsigned servers) {
    struct world *world = world_new(seed);

    world_prepare(world, image, servers);
    for (unsigned i = 0; i < servers; i++)
        world_start(world, i);
    return world;
}

static void print_logs(const struct world *world, unsigned servers) {
    for (unsigned i = 0; i < servers; i++)
        print_message("server %u:\n%s\n", i, world_log(world, i));
}

static bool one_cluster(const struct world *world, unsigned servers) {
    for (unsigned i = 0; i < servers; i++)
        if (!str_equal(world->servers[i].volume->cluster_id, world->servers[0].volume->cluster_id) ||
            world->servers[i].process->state.server_count != servers)
            return false;
    return world->servers[0].volume->cluster_id != NULL;
}

TEST("servers that find each other form one cluster, of any size and any version, and serve clients") {
    static const struct {
        const char *image;
        unsigned servers;
    } rows[] = {
        { "neo4j:5.26.0-enterprise", 1 },  { "neo4j:5.26.0-enterprise", 2 },
        { "neo4j:5.26.0-enterprise", 3 },  { "neo4j:2025.01.0-enterprise", 3 },
        { "neo4j:2026.08-enterprise", 3 }, { "registry:5000/mirror/neo4j:2025.10.1-enterprise-ubi10", 5 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        for (uint64_t seed = 1; seed <= 5; seed++) {
            CLEANUP_POINTER(world_free)
            struct world *world = started_world(seed, rows[i].image, rows[i].servers);
            bool open = world_run_until_open(world, rows[i].servers, 5000);
            world_run(world, 500);
            if (!open || !one_cluster(world, rows[i].servers))
                print_logs(world, rows[i].servers);
            assert_true(open);
            assert_true(one_cluster(world, rows[i].servers));
            for (unsigned k = 0; k < rows[i].servers; k++) {
                assert_non_null(strstr(world_log(world, k), "Bolt enabled on 0.0.0.0:7687."));
                assert_non_null(strstr(world_log(world, k), "Started."));
                assert_true(neo4j_process_listens(world->servers[k].process, 7474));
            }
        }
}

TEST("the same seed gives the same run") {
    CLEANUP_POINTER(world_free) struct world *a = started_world(7, "neo4j:5.26.0-enterprise", 3);
    CLEANUP_POINTER(world_free) struct world *b = started_world(7, "neo4j:5.26.0-enterprise", 3);
    CLEANUP_POINTER(world_free) struct world *c = started_world(8, "neo4j:5.26.0-enterprise", 3);

    world_run(a, 60000);
    world_run(b, 60000);
    world_run(c, 60000);
    for (unsigned i = 0; i < 3; i++) {
        assert_string_equal(world_log(a, i), world_log(b, i));
        assert_string_not_equal(world_log(a, i), world_log(c, i));
    }
}

enum { ALL = -1 };

TEST("a setting that is wrong in the field keeps the cluster from forming, and the log says what it waits "
     "for") {
    static const struct {
        const char *what;
        const char *image; /* NULL: 5.26 */
        int server;        /* that gets the setting */
        const char *name;
        const char *value; /* NULL: removed */
        unsigned open;     /* how many of three serve clients in the end */
        const char *log;   /* of server 2 */
    } rows[] = {
        { "nothing is wrong", NULL, 0, "NEO4J_db_format", "block", 3, "Started." },
        { "one advertises a cluster address that nobody has", NULL, 0,
          "NEO4J_server_cluster_advertised__address", "nobody.graph:6000", 0,
          "2 of 3 system primaries discovered" },
        { "one advertises the cluster address of another", NULL, 0,
          "NEO4J_server_cluster_advertised__address", "server-1.graph:6000", 0,
          "2 of 3 system primaries discovered" },
        { "one advertises the wrong port", NULL, 0, "NEO4J_server_cluster_advertised__address",
          "server-0.graph:6001", 0, "2 of 3 system primaries discovered" },
        { "all advertise the container's host name, as the image does by default", NULL, ALL,
          "NEO4J_server_cluster_advertised__address", NULL, 0, "1 of 3 system primaries discovered" },
        { "all advertise raft addresses that nobody has", NULL, ALL,
          "NEO4J_server_cluster_raft_advertised__address", "nobody.graph:7000", 0, "Waiting" },
        { "the minimum is higher than the number of servers", NULL, ALL,
          "NEO4J_dbms_cluster_minimum__initial__system__primaries__count", "4", 0,
          "3 of 4 system primaries discovered" },
        { "the minimum is lower: they still form one cluster", NULL, ALL,
          "NEO4J_dbms_cluster_minimum__initial__system__primaries__count", "1", 3, "Started." },
        { "the endpoints name the raft port", NULL, ALL, "NEO4J_dbms_cluster_discovery_v2_endpoints",
          "server-0.graph:7000,server-1.graph:7000,server-2.graph:7000", 0,
          "1 of 3 system primaries discovered" },
        { "the endpoints can't be resolved", NULL, ALL, "NEO4J_dbms_cluster_discovery_v2_endpoints",
          "a.graph:6000,b.graph:6000", 0, "1 of 3 system primaries discovered" },
        { "the endpoints leave two servers out", NULL, ALL, "NEO4J_dbms_cluster_discovery_v2_endpoints",
          "server-0.graph:6000", 0, "2 of 3 system primaries discovered" },
        { "5.26 looks for V1 endpoints when V2_ONLY is not set", NULL, ALL,
          "NEO4J_dbms_cluster_discovery_version", NULL, 0, "1 of 3 system primaries discovered" },
        { "the resolver is SRV, and the name has no such records", NULL, ALL,
          "NEO4J_dbms_cluster_discovery_resolver__type", "SRV", 0, "1 of 3 system primaries discovered" },
        { "the resolver is K8S, and the API can't be asked", NULL, ALL,
          "NEO4J_dbms_cluster_discovery_resolver__type", "K8S", 0, "use LIST, DNS or SRV" },
        { "one only takes a secondary of system", NULL, 0, "NEO4J_server_cluster_system__database__mode",
          "SECONDARY", 0, "2 of 3 system primaries discovered" },
        { "one has other settings for the minimum only", NULL, 0,
          "NEO4J_dbms_cluster_minimum__initial__system__primaries__count", "2", 3, "Started." },
        { "a calendar version gets the setting of 5.26", "neo4j:2025.10.1-enterprise", ALL,
          "NEO4J_dbms_cluster_discovery_version", "V2_ONLY", 0,
          "No declared setting with name: dbms.cluster.discovery.version" },
        { "5.26 gets the setting of calendar versions", NULL, ALL, "NEO4J_dbms_cluster_endpoints",
          "server-0.graph:6000", 0, "No declared setting with name: dbms.cluster.endpoints" },
        { "a calendar version takes the old name of its endpoints", "neo4j:2025.10.1-enterprise", ALL,
          "NEO4J_dbms_cluster_discovery_v2_endpoints", "server-0.graph:6000", 3, "Started." },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(i + 1);
        unsigned open = 0;

        world_prepare(world, rows[i].image ? rows[i].image : "neo4j:5.26.0-enterprise", 3);
        for (unsigned k = 0; k < 3; k++) {
            if (rows[i].server == ALL || rows[i].server == (int)k)
                world_set_env(world, k, rows[i].name, rows[i].value);
            world_start(world, k);
        }
        world_run(world, 300000);
        for (unsigned k = 0; k < 3; k++)
            open += neo4j_process_listens(world->servers[k].process, 7687);
        if (open != rows[i].open || !strstr(world_log(world, 2), rows[i].log)) {
            print_message("%s: %u open\n", rows[i].what, open);
            print_logs(world, 3);
        }
        assert_int_equal(open, rows[i].open);
        assert_true(open == 0 || one_cluster(world, 3));
        assert_non_null(strstr(world_log(world, 2), rows[i].log));
    }
}

TEST("servers find each other by one DNS name, by SRV records, and by V1 on 5.26") {
    static const struct {
        const char *what;
        const char *resolver;
        const char *endpoints_name;
        const char *endpoints;
        const char *version;
    } rows[] = {
        { "DNS", "DNS", "NEO4J_dbms_cluster_discovery_v2_endpoints", "headless.graph:6000", "V2_ONLY" },
        { "SRV", "SRV", "NEO4J_dbms_cluster_discovery_v2_endpoints", "_tcp-cluster._tcp.headless.graph:0",
          "V2_ONLY" },
        { "V1", "LIST", "NEO4J_dbms_cluster_discovery_endpoints",
          "server-0.graph:5000,server-1.graph:5000,server-2.graph:5000", "V1_ONLY" },
        { "V1 and V2", "LIST", "NEO4J_dbms_cluster_discovery_endpoints",
          "server-0.graph:5000,server-1.graph:5000,server-2.graph:5000", "V1_OVER_V2" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(i + 1);
        struct json *addresses, *records;

        world_prepare(world, "neo4j:5.26.0-enterprise", 3);
        addresses = json_set_array(world->arena, world->names, "headless.graph");
        for (unsigned k = 0; k < 3; k++)
            json_append_string(world->arena, addresses, arena_printf(world->arena, "127.0.1.%u", k));
        records = json_set_array(world->arena, world->services, "_tcp-cluster._tcp.headless.graph");
        for (unsigned k = 0; k < 3; k++) {
            struct json *record = json_append_object(world->arena, records);
            json_set_string(world->arena, record, "target", arena_printf(world->arena, "server-%u.graph", k));
            json_set_integer(world->arena, record, "port", 6000);
        }
        for (unsigned k = 0; k < 3; k++) {
            world_set_env(world, k, "NEO4J_dbms_cluster_discovery_resolver__type", rows[i].resolver);
            world_set_env(world, k, rows[i].endpoints_name, rows[i].endpoints);
            world_set_env(world, k, "NEO4J_dbms_cluster_discovery_version", rows[i].version);
            world_set_env(world, k, "NEO4J_server_discovery_advertised__address",
                          arena_printf(world->arena, "server-%u.graph:5000", k));
            world_start(world, k);
        }
        bool open = world_run_until_open(world, 3, 5000);
        if (!open)
            print_logs(world, 3);
        assert_true(open);
        assert_true(one_cluster(world, 3));
    }
}

TEST("a cluster waits for a server that comes late, and forms then") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(3);

    world_prepare(world, "neo4j:5.26.0-enterprise", 3);
    world_start(world, 0);
    world_start(world, 1);
    world_run(world, 120000);
    assert_false(neo4j_process_listens(world->servers[0].process, 7687));
    assert_true(neo4j_process_listens(world->servers[0].process, 6000));
    world_start(world, 2);
    assert_true(world_run_until_open(world, 3, 5000));
    assert_true(one_cluster(world, 3));
}

TEST("a server that others can't reach keeps the cluster from forming until the link is whole again") {
    CLEANUP_POINTER(world_free) struct world *world = started_world(4, "neo4j:5.26.0-enterprise", 3);

    neo4j_network_cut(world->network, "*", "127.0.1.1", true);
    world_run(world, 60000);
    for (unsigned i = 0; i < 3; i++)
        assert_false(neo4j_process_listens(world->servers[i].process, 7687));
    neo4j_network_cut(world->network, "*", "127.0.1.1", false);
    assert_true(world_run_until_open(world, 3, 5000));
    assert_true(one_cluster(world, 3));
}
