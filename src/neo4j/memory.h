/* Memory of a server: how a container's limit is shared out between heap, page cache and the rest. */
#pragma once

#include "base/arena.h"

enum { MEMORY_DEFAULT_LIMIT_MIB = 2048 };

struct memory_config {
    int64_t limit_bytes; /* of the container; 0: MEMORY_DEFAULT_LIMIT_MIB */
    /* What the user's configuration says, as neo4j.conf writes it ("2G", "512m"); NULL: nothing. */
    const char *heap_initial;
    const char *heap_max;
    const char *page_cache;
    const char *transaction_total_max; /* dbms.memory.transaction.total.max */
    const char *transaction_max;       /* db.memory.transaction.max */
};

struct memory_plan {
    int64_t heap_initial_bytes;
    int64_t heap_max_bytes;
    int64_t page_cache_bytes;
    int64_t transaction_total_max_bytes;
    int64_t transaction_max_bytes;
    /* NULL, or what is wrong with the sum in a sentence for people, in arena. */
    const char *warning;
};

/* Never fails: a text of the user that is no size is left out of the sums, as if it were not there. */
struct memory_plan memory_plan(struct arena *arena, const struct memory_config *config);

/* "1536m", "2g", "100": the largest unit without a fraction, in arena. */
char *memory_format(struct arena *arena, int64_t bytes);
