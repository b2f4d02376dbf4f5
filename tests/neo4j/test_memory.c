#include "test.h"

#include "base/text.h"
#include "neo4j/memory.h"

#define MIB INT64_C(1048576)

TEST("shares a container's limit out between heap, page cache and transactions") {
    static const struct {
        const char *when;
        int64_t limit_mib;
        int64_t heap_mib;
        int64_t page_cache_mib;
        int64_t transactions_mib; /* all together */
        int64_t transaction_mib;  /* one */
    } rows[] = {
        { "no limit: as 2 GiB", 0, 1024, 512, 716, 256 },
        { "1 GiB", 1024, 512, 256, 358, 256 },
        { "1.5 GiB", 1536, 768, 384, 537, 256 },
        { "2 GiB", 2048, 1024, 512, 716, 256 },
        { "3 GiB", 3072, 1536, 768, 1075, 256 },
        { "4 GiB, which has to leave 512 MiB", 4096, 2389, 1194, 1672, 256 },
        { "8 GiB", 8192, 4915, 2457, 3440, 344 },
        { "16 GiB", 16384, 9830, 4915, 6881, 688 },
        { "128 GiB, where the heap ends at 31", 131072, 31744, 39321, 22220, 2222 },
        { "512 MiB, less than is sensible", 512, 256, 128, 179, 179 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct memory_plan plan =
            memory_plan(arena, &(struct memory_config){ .limit_bytes = rows[i].limit_mib * MIB });
        if (plan.heap_max_bytes / MIB != rows[i].heap_mib || plan.heap_max_bytes % MIB != 0 ||
            plan.heap_initial_bytes != plan.heap_max_bytes ||
            plan.page_cache_bytes / MIB != rows[i].page_cache_mib ||
            plan.transaction_total_max_bytes / MIB != rows[i].transactions_mib ||
            plan.transaction_max_bytes / MIB != rows[i].transaction_mib)
            fail_msg("%s: heap %lld, page cache %lld, transactions %lld, one %lld", rows[i].when,
                     (long long)(plan.heap_max_bytes / MIB), (long long)(plan.page_cache_bytes / MIB),
                     (long long)(plan.transaction_total_max_bytes / MIB),
                     (long long)(plan.transaction_max_bytes / MIB));
        if ((plan.warning != NULL) != (rows[i].limit_mib == 512))
            fail_msg("%s: %s", rows[i].when, plan.warning ? plan.warning : "no warning");
    }
}

TEST("follows the sizes that the user gave, both heap sizes together") {
    static const struct {
        const char *when;
        struct memory_config config;
        const char *heap_initial;
        const char *heap_max;
        const char *page_cache;
        const char *warns; /* part of the warning, or NULL */
    } rows[] = {
        { "largest heap: first heap and page cache follow", { .heap_max = "1g" }, "1g", "1g", "512m", NULL },
        { "largest heap and page cache",
          { .heap_max = "1g", .page_cache = "256m" },
          "1g",
          "1g",
          "256m",
          NULL },
        { "both heaps", { .heap_initial = "512m", .heap_max = "1g" }, "512m", "1g", "512m", NULL },
        { "first heap below ours", { .heap_initial = "256m" }, "256m", "1g", "512m", NULL },
        { "first heap above ours", { .heap_initial = "1200m" }, "1200m", "1200m", "512m", NULL },
        { "first heap above the largest",
          { .heap_initial = "2g", .heap_max = "1g" },
          "2g",
          "1g",
          "512m",
          "the JVM will not start" },
        { "page cache alone", { .page_cache = "300m" }, "1g", "1g", "300m", NULL },
        { "more than there is", { .heap_max = "3g" }, "3g", "3g", "1536m", "leave less than 256m" },
        { "no size", { .heap_max = "lots", .page_cache = "-1g" }, "1g", "1g", "512m", NULL },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct memory_config config = rows[i].config;
        config.limit_bytes = 2048 * MIB;
        struct memory_plan plan = memory_plan(arena, &config);
        const char *initial = memory_format(arena, plan.heap_initial_bytes);
        const char *max = memory_format(arena, plan.heap_max_bytes);
        const char *cache = memory_format(arena, plan.page_cache_bytes);
        if (!str_equal(initial, rows[i].heap_initial) || !str_equal(max, rows[i].heap_max) ||
            !str_equal(cache, rows[i].page_cache))
            fail_msg("%s: %s, %s, %s", rows[i].when, initial, max, cache);
        if ((plan.warning != NULL) != (rows[i].warns != NULL) ||
            (plan.warning && !strstr(plan.warning, rows[i].warns)))
            fail_msg("%s: %s", rows[i].when, plan.warning ? plan.warning : "no warning");
    }
}

TEST("follows the user in what transactions may use") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct memory_plan plan = memory_plan(
        arena, &(struct memory_config){ .transaction_total_max = "100m", .transaction_max = "50m" });

    assert_int_equal(plan.transaction_total_max_bytes, 100 * MIB);
    assert_int_equal(plan.transaction_max_bytes, 50 * MIB);
    plan = memory_plan(arena, &(struct memory_config){ .transaction_total_max = "100m" });
    assert_int_equal(plan.transaction_max_bytes, 100 * MIB);
}

TEST("prints sizes by the largest unit without a fraction") {
    static const struct {
        int64_t bytes;
        const char *printed;
    } rows[] = {
        { 0, "0" },
        { 1, "1" },
        { 100, "100" },
        { 10240, "10k" },
        { 512 * MIB, "512m" },
        { 1536 * MIB, "1536m" },
        { 2048 * MIB, "2g" },
        { 1048576 * MIB, "1024g" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        assert_string_equal(memory_format(arena, rows[i].bytes), rows[i].printed);
    }
}
