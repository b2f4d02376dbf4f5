/* The limit of a container is shared out in one direction: heap, then page cache, then what follows from the
 * heap. Source of the shares: what operators of this kind have shipped with; Operations Manual, "Memory
 * configuration", for the limits: a heap above 31 GiB loses compressed references, and is slower for it.
 */
#include "neo4j/memory.h"

#include "settings/value.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static const int64_t heap_min = 256 * MIB;
static const int64_t heap_max = 31 * GIB;
static const int64_t page_cache_min = 128 * MIB;
static const int64_t transaction_min = 256 * MIB;
/* Containers from here on have room for larger shares. */
static const int64_t large_limit = 4 * GIB;
static const int64_t small_limit = 2 * GIB;

char *memory_format(struct arena *arena, int64_t bytes) {
    static const struct {
        const char *name;
        int64_t bytes;
    } printed[] = { { "g", GIB }, { "m", MIB }, { "k", KIB } };

    for (size_t i = 0; i < ARRAY_LENGTH(printed); i++)
        if (bytes != 0 && bytes % printed[i].bytes == 0)
            return arena_printf(arena, "%lld%s", (long long)(bytes / printed[i].bytes), printed[i].name);
    return arena_printf(arena, "%lld", (long long)bytes);
}

static int64_t percent(int64_t bytes, int64_t share) {
    return bytes / MIB * share * MIB / 100;
}

static int64_t whole_mib(int64_t bytes) {
    return bytes / MIB * MIB;
}

static int64_t between(int64_t bytes, int64_t low, int64_t high) {
    return bytes < low ? low : bytes > high ? high : bytes;
}

/* What is not for heap and page cache: threads, buffers of the network, the JVM itself. */
static int64_t reserve_of(int64_t limit) {
    return limit <= small_limit ? 256 * MIB : 512 * MIB;
}

static void share_out(int64_t limit, struct memory_plan *plan) {
    int64_t available = limit - reserve_of(limit);
    int64_t heap = percent(limit, limit < large_limit ? 50 : 60);
    int64_t page_cache = percent(limit, limit < large_limit ? 25 : 30);

    if (heap + page_cache > available && available > 0) {
        double scale = (double)available / (double)(heap + page_cache);
        heap = (int64_t)((double)heap * scale);
        page_cache = (int64_t)((double)page_cache * scale);
    }
    plan->heap_max_bytes = between(whole_mib(heap), heap_min, heap_max);
    plan->page_cache_bytes = whole_mib(page_cache) < page_cache_min ? page_cache_min : whole_mib(page_cache);
}

/* A size that the user gave and that is one. */
static bool given(const char *text, int64_t *out_bytes) {
    return text && setting_parse_bytes(text_from(text), out_bytes) && *out_bytes > 0;
}

/* Both heap sizes follow from whichever the user gave: a first size above the largest stops the JVM. */
static void follow_user(const struct memory_config *config, struct memory_plan *plan) {
    int64_t initial;
    int64_t size;
    bool has_initial = given(config->heap_initial, &initial);

    if (given(config->heap_max, &size)) {
        plan->heap_max_bytes = size;
        plan->page_cache_bytes = size / 2;
    } else if (has_initial && initial > plan->heap_max_bytes) {
        plan->heap_max_bytes = initial;
    }
    plan->heap_initial_bytes = has_initial ? initial : plan->heap_max_bytes;
    if (given(config->page_cache, &size))
        plan->page_cache_bytes = size;
}

static void set_transactions(const struct memory_config *config, struct memory_plan *plan) {
    int64_t total = whole_mib(percent(plan->heap_max_bytes, 70));
    int64_t one;

    if (given(config->transaction_total_max, &one))
        total = one;
    plan->transaction_total_max_bytes = total;
    one = whole_mib(percent(total, 10));
    /* One transaction never gets more than all together. */
    plan->transaction_max_bytes = between(one < transaction_min ? transaction_min : one, 0, total);
    if (given(config->transaction_max, &one))
        plan->transaction_max_bytes = one;
}

static const char *warning_of(struct arena *arena, int64_t limit, const struct memory_plan *plan) {
    int64_t sum = plan->heap_max_bytes + plan->page_cache_bytes;

    if (plan->heap_initial_bytes > plan->heap_max_bytes)
        return arena_printf(
            arena,
            "server.memory.heap.initial_size %s is above server.memory.heap.max_size %s: the JVM "
            "will not start",
            memory_format(arena, plan->heap_initial_bytes), memory_format(arena, plan->heap_max_bytes));
    if (sum > limit - reserve_of(limit))
        return arena_printf(
            arena,
            "heap %s and page cache %s leave less than %s of the memory limit %s for everything "
            "else: the container may be killed for want of memory",
            memory_format(arena, plan->heap_max_bytes), memory_format(arena, plan->page_cache_bytes),
            memory_format(arena, reserve_of(limit)), memory_format(arena, limit));
    return NULL;
}

struct memory_plan memory_plan(struct arena *arena, const struct memory_config *config) {
    int64_t limit = config->limit_bytes > 0 ? config->limit_bytes : MEMORY_DEFAULT_LIMIT_MIB * MIB;
    struct memory_plan plan = { 0 };

    share_out(limit, &plan);
    follow_user(config, &plan);
    set_transactions(config, &plan);
    plan.warning = warning_of(arena, limit, &plan);
    return plan;
}
