#include "test.h"

#include "sim/neo4j/retention.h"

TEST("policies of retention are read as the manual writes them, and others are none") {
    static const struct {
        const char *policy;
        bool is_good;
        struct retention retention;
    } rows[] = {
        { "keep_all", true, { -1, -1, -1 } },
        { "true", true, { -1, -1, -1 } },
        { "keep_none", true, { -1, 0, -1 } },
        { "10 files", true, { 10 * INT64_C(268435456), -1, -1 } },
        { "100M size", true, { 100 * INT64_C(1048576), -1, -1 } },
        { "50k txs", true, { -1, 51200, -1 } },
        { "7 entries", true, { -1, 7, -1 } },
        { "12 hours", true, { -1, -1, 12 * INT64_C(3600000000000) } },
        { "2 days 2G", true, { INT64_C(2147483648), -1, 48 * INT64_C(3600000000000) } },
        { "", false, { 0, 0, 0 } },
        { "days", false, { 0, 0, 0 } },
        { "2 weeks", false, { 0, 0, 0 } },
        { "-1 days", false, { 0, 0, 0 } },
        { "10 files 2G", false, { 0, 0, 0 } },
        { "2 days x", false, { 0, 0, 0 } },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct retention retention = { 0 };
        if (retention_parse(text_from(rows[i].policy), &retention) != rows[i].is_good)
            fail_msg("'%s'", rows[i].policy);
        assert_memory_equal(&retention, &rows[i].retention, sizeof(retention));
    }
}

TEST("entries are cut off behind the checkpoint, when they are too many, too large or too old") {
    static const struct {
        struct retention retention;
        uint64_t upto;
        uint64_t cut;
    } rows[] = {
        { { -1, -1, -1 }, 8, 0 },  { { -1, 0, -1 }, 8, 8 },    { { -1, 3, -1 }, 10, 7 },
        { { -1, 3, -1 }, 5, 5 },   { { -1, 100, -1 }, 10, 0 }, { { 0, -1, -1 }, 10, 10 },
        { { -1, -1, 45 }, 10, 5 }, { { -1, -1, 0 }, 10, 9 },   { { -1, -1, 1000 }, 10, 0 },
    };
    struct raft_store log = { 0 };

    for (unsigned i = 1; i <= 10; i++) { /* one every 10 nanoseconds */
        CLEANUP_FREE char *command = xprintf("{\"wall\":%u}", i * 10);
        raft_store_append(&log, 1, command);
        log.committed = i;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        assert_int_equal(retention_cut(&rows[i].retention, &log, rows[i].upto, 100), rows[i].cut);
    raft_store_clear(&log);
}
