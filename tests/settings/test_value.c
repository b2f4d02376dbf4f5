#include "test.h"

#include "settings/value.h"

/* Verdicts and shown values are a real server's: tests/peers/settings-check compares many more. */
TEST("takes what a server takes, and shows it alike") {
    static const struct {
        const char *name, *value, *shown; /* NULL: refused */
    } rows[] = {
        { "db.logs.query.enabled", "info", "INFO" },
        { "db.logs.query.enabled", "SOME", NULL },
        { "db.checkpoint.interval.tx", "1", "1" },
        { "db.checkpoint.interval.tx", "0", NULL },
        { "db.checkpoint.iops.limit", "99999999999", NULL },
        { "db.checkpoint.interval.volume", "1k", "1.00KiB" },
        { "db.checkpoint.interval.volume", "1023", NULL },
        { "db.tx_log.rotation.size", "1.5g", "1.50GiB" },
        { "server.memory.pagecache.size", "10 m", "10.00MiB" },
        { "server.memory.heap.max_size", "1Gi", NULL },
        { "server.memory.heap.max_size", "1T", NULL },
        { "db.memory.transaction.max", "1k", NULL },
        { "db.memory.transaction.max", "0", "0B" },
        { "server.memory.off_heap.max_cacheable_block_size", "5000", NULL },
        { "server.memory.off_heap.max_cacheable_block_size", "8k", "8.00KiB" },
        { "db.transaction.timeout", "10", "10s" },
        { "db.transaction.timeout", "1m30s", "1m30s" },
        { "db.transaction.timeout", "90", "1m30s" },
        { "db.transaction.timeout", "1.5s", NULL },
        { "db.transaction.timeout", "-1s", NULL },
        { "dbms.routing_ttl", "500ms", NULL },
        { "server.bolt.traffic_accounting_check_period", "0s", "0s" },
        { "server.bolt.traffic_accounting_check_period", "30s", NULL },
        { "dbms.cypher.statistics_divergence_threshold", "2", NULL },
        { "initial.dbms.default_database", "Graph", "Graph" },
        { "initial.dbms.default_database", "system", NULL },
        { "initial.dbms.default_database", "ab", NULL },
        { "initial.dbms.default_database", "1graph", NULL },
        { "server.bolt.listen_address", "host:7687", "host:7687" },
        { "server.bolt.listen_address", "host:port", NULL },
        { "server.bolt.advertised_address", "0.0.0.0:7687", NULL },
        { "server.default_listen_address", "host:70", NULL },
        { "server.http_enabled_modules", "BROWSER, query_api_endpoints", "BROWSER,QUERY_API_ENDPOINTS" },
        { "server.http_enabled_modules", "BROWSER,NONSENSE", NULL },
        { "db.tx_log.rotation.retention_policy", "2 days 2G", "2 days 2G" },
        { "db.tx_log.rotation.retention_policy", "often", NULL },
        { "db.temporal.timezone", "Europe/Stockholm", "Europe/Stockholm" },
        { "db.temporal.timezone", "?", NULL },
        { "server.directories.neo4j_home", "relative", NULL },
        { "server.unmanaged_extension_classes", "foo", NULL },
        { "db.tx_log.preallocate", "TRUE", "true" },
        { "db.tx_log.preallocate", "yes", NULL },
        { "dbms.cluster.raft.leader_failure_detection_window", "20s-23s", "20s-23s" },
        { "dbms.cluster.raft.leader_failure_detection_window", "23s-20s", NULL },
        { "dbms.security.keystore.password", "secret", "*******" },
    };
    struct version version = version_parse("5.26.0");

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer shown = { 0 };
        const struct setting *setting = setting_find(rows[i].name, &version);
        struct error err = { 0 };
        assert_non_null(setting);
        bool is_good = setting_check(setting, rows[i].value, &err);
        if (is_good)
            setting_write_value(setting, rows[i].value, &shown);
        if (is_good != (rows[i].shown != NULL) ||
            (is_good && !str_equal(buffer_string(&shown), rows[i].shown)))
            fail_msg("%s=%s: %s%s", rows[i].name, rows[i].value, buffer_string(&shown), err.text);
    }
}

TEST("says what a setting takes in the server's words") {
    static const char *const rows[][2] = {
        { "db.checkpoint.interval.tx", "An integer that is minimum `1`." },
        { "db.index_sampling.sample_size_limit",
          "An integer that is in the range `1048576` to `2147483647`." },
        { "initial.dbms.default_primaries_count", "An integer that is minimum `1` and is maximum `11`." },
        { "db.logs.query.enabled", "One of [OFF, INFO, VERBOSE]." },
        { "dbms.security.http_auth_allowlist", "A comma-separated list where each element is a string." },
        { "server.directories.data",
          "A path. If relative, it is resolved from server.directories.neo4j_home." },
    };
    struct version version = version_parse("5.26.0");

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_BUFFER struct buffer out = { 0 };
        setting_write_allowed(setting_find(rows[i][0], &version), &out);
        assert_string_equal(buffer_string(&out), rows[i][1]);
    }
}
