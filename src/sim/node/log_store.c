#include "sim/node/log_store.h"

#include "base/time.h"
#include "sim/node/node.h"

struct log_store {
    struct buffer text;
    uint64_t dropped; /* bytes before text */
    bool has_ended;
};

struct log_store *log_store_new(void) {
    return XNEW(struct log_store);
}

void log_store_free(struct log_store *store) {
    if (!store)
        return;
    buffer_clear(&store->text);
    free(store);
}

/* Whole lines from the front, a quarter of the room at once, so that it is not done for each line. */
static void drop_oldest(struct log_store *store) {
    if (store->text.length <= NODE_LOG_BYTES_MAX)
        return;
    size_t least = NODE_LOG_BYTES_MAX / 4;
    const char *end = memchr(store->text.data + least, '\n', store->text.length - least);
    size_t length = end ? (size_t)(end + 1 - store->text.data) : store->text.length;
    buffer_consume(&store->text, length);
    store->dropped += length;
}

void log_store_add(struct log_store *store, int64_t wall_ns, const char *line) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    char *stamp = time_format_micro(arena, wall_ns);
    stamp[strlen(stamp) - 1] = '\0'; /* the Z: three more digits come first */
    buffer_printf(&store->text, "%s000Z %s\n", stamp, line);
    drop_oldest(store);
}

void log_store_end(struct log_store *store) {
    store->has_ended = true;
}

void log_store_read(const struct log_store *store, uint64_t *offset, struct buffer *out, bool *out_ended) {
    uint64_t from = *offset > store->dropped ? *offset - store->dropped : 0;
    if (from < store->text.length)
        buffer_add(out, store->text.data + from, store->text.length - (size_t)from);
    *offset = store->dropped + store->text.length;
    *out_ended = store->has_ended;
}
