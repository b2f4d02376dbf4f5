/* neo4j-admin server memory-recommendation: heap, page cache and the rest by what memory there is. The
 * figures between which it reckons were found by asking Community 5.26.30 and 2026.08.1. */
#include "sim/neo4j/admin.h"
#include "sim/neo4j/offline_store.h"

enum { CACHE_MIB_MIN = 8, STORE_KIB = 768 /* of an empty database */ };
#define KIB 1024.0
#define MIB (1024.0 * KIB)
#define GIB (1024.0 * MIB)

/* What is left to the operating system, and the heap, by all there is; the page cache gets what remains. */
static const struct bracket {
    double total_gib, rest_gib, heap_gib;
} brackets[] = {
    { 0.01, 0.007, 0.002 }, { 1, 0.65, 0.3 }, { 2, 1, 0.5 },    { 4, 1.5, 2 },   { 6, 2, 3 },
    { 8, 2.5, 3.5 },        { 10, 3, 4 },     { 12, 3.5, 4.5 }, { 16, 4, 5 },    { 24, 6, 8 },
    { 32, 8, 12 },          { 64, 12, 24 },   { 128, 16, 31 },  { 256, 20, 31 }, { 512, 24, 31 },
    { 1024, 30, 31 },
};

/* In whole MiB, as far between the brackets as the total. */
static double between(double low, double high, double share) {
    return (double)(int64_t)((low + (high - low) * share) * 1024) * MIB;
}

static void recommend(double total, double *out_heap, double *out_cache, double *out_rest) {
    size_t last = ARRAY_LENGTH(brackets) - 1, i = 0;
    double share;

    while (i < last && total / GIB >= brackets[i + 1].total_gib)
        i++;
    const struct bracket *low = &brackets[i], *high = &brackets[i < last ? i + 1 : last];
    share = low == high ? 0 : (total / GIB - low->total_gib) / (high->total_gib - low->total_gib);
    *out_rest = between(low->rest_gib, high->rest_gib, share);
    *out_heap = between(low->heap_gib, high->heap_gib, share);
    *out_cache = total - *out_rest - *out_heap;
    *out_cache = *out_cache < CACHE_MIB_MIN * MIB ? CACHE_MIB_MIN * MIB : *out_cache;
}

/* Rough, in a unit that the settings take: "3600m", "5g". */
static const char *size_text(struct arena *arena, double bytes) {
    static const struct {
        double unit, below;
        char letter, letter_below;
    } units[] = { { GIB, MIB, 'g', 'm' }, { MIB, KIB, 'm', 'k' } };

    for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
        if (bytes < units[i].unit)
            continue;
        double hundred = 100 * units[i].below,
               over = bytes - (double)(int64_t)(bytes / units[i].unit) * units[i].unit;
        if (over >= hundred)
            return arena_printf(arena, "%.0f%c", (double)(int64_t)(bytes / hundred + 0.5) * 100,
                                units[i].letter_below);
        return arena_printf(arena, "%.0f%c", bytes / units[i].unit, units[i].letter);
    }
    return arena_printf(arena, "%.0fk", (double)(int64_t)((bytes + KIB - 1) / KIB));
}

static const char advice[] =
    "# Tip: If the indexing storage use is high, e.g. there are many indexes or most\n"
    "# data indexed, then it might advantageous to leave more memory for the\n"
    "# operating system.\n"
    "#\n"
    "# Tip: The more concurrent transactions your workload has and the more updates\n"
    "# they do, the more heap memory you will need. However, don't allocate more\n"
    "# than 31g of heap, since this will disable pointer compression, also known as\n"
    "# \"compressed oops\", in the JVM and make less effective use of the heap.\n"
    "#\n"
    "# Tip: Setting the initial and the max heap size to the same value means the\n"
    "# JVM will never need to change the heap size. Changing the heap size otherwise\n"
    "# involves a full GC, which is desirable to avoid.\n"
    "#\n"
    "# Based on the above, the following memory settings are recommended:";

static void say_setting(struct admin *admin, const char *setting, const char *variable, const char *value) {
    if (admin_flag(admin, "--docker"))
        admin_say(admin, "%s='%s'", variable, value);
    else
        admin_say(admin, "%s=%s", setting, value);
}

static void say_settings(struct admin *admin, const char *heap, const char *cache) {
    say_setting(admin, "server.memory.heap.initial_size", "NEO4J_server_memory_heap_initial__size", heap);
    say_setting(admin, "server.memory.heap.max_size", "NEO4J_server_memory_heap_max__size", heap);
    say_setting(admin, "server.memory.pagecache.size", "NEO4J_server_memory_pagecache_size", cache);
    admin_say(admin, "#\n# It is also recommended turning out-of-memory errors into full crashes,\n"
                     "# instead of allowing a partially crashed database to continue running:");
    say_setting(admin, "server.jvm.additional", "NEO4J_server_jvm_additional", "-XX:+ExitOnOutOfMemoryError");
}

static void say_stores(struct admin *admin) {
    size_t stores = json_length(offline_store_names(admin->process->volume, admin->arena));

    admin_say(admin,
              "#\n# The numbers below have been derived based on your current databases located at: "
              "'/data/databases'.\n"
              "# They can be used as an input into more detailed memory analysis.\n"
              "# Total size of lucene indexes in all databases: 0k\n"
              "# Total size of data and native indexes in all databases: %zuk",
              stores * STORE_KIB);
}

void admin_memory_run(struct admin *admin) {
    const char *memory = admin_value(admin, "--memory");
    int64_t bytes = admin->process->container.memory_bytes;
    double heap, cache, rest;

    if (memory && !setting_parse_bytes(text_from(memory), &bytes)) {
        admin_say(admin,
                  "Invalid value for option '--memory': cannot convert '%s' to byte units "
                  "(java.lang.IllegalArgumentException: '%s' is not a valid size, must be e.g. 10, 5K, 1M, "
                  "11G (valid "
                  "multipliers are `B`, `KiB`, `KB`, `K`, `kB`, `kb`, `k`, `MiB`, `MB`, `M`, `mB`, `mb`, "
                  "`m`, `GiB`, `GB`, "
                  "`G`, `gB`, `gb`, `g`, `TiB`, `TB`, `PiB`, `PB`, `EiB`, `EB`))\n%s",
                  memory, memory,
                  admin_help_command(admin->arena, &admin->process->version, admin->arguments.command));
        admin_end(admin, ADMIN_EXIT_USAGE);
        return;
    }
    double total = bytes > 0 ? (double)bytes : 8 * GIB;
    recommend(total, &heap, &cache, &rest);
    const char *heap_text = size_text(admin->arena, heap), *cache_text = size_text(admin->arena, cache);
    admin_say(admin,
              "# Memory settings recommendation:\n#\n"
              "# Assuming the system is dedicated to running Neo4j and has %#.4g%s of memory,\n"
              "# we recommend a heap size of around %s, and a page cache of around %s,\n"
              "# and that about %s is left for the operating system, and the native memory\n"
              "# needed by Lucene and Netty.\n#\n%s",
              total < 1024 * GIB ? total / GIB : total / GIB / 1024, total < 1024 * GIB ? "GiB" : "TiB",
              heap_text, cache_text, size_text(admin->arena, rest), advice);
    say_settings(admin, heap_text, cache_text);
    say_stores(admin);
    admin_end(admin, 0);
}
