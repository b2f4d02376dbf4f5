#include "sim/neo4j/raft.h"

void raft_store_clear(struct raft_store *store) {
    for (uint64_t i = 0; i < store->count; i++)
        free(store->entries[i].command);
    free(store->entries);
    free(store->voted_for);
    *store = (struct raft_store){ 0 };
}

void raft_store_append(struct raft_store *store, uint64_t term, const char *command) {
    if (store->count == store->capacity) {
        store->capacity = store->capacity ? store->capacity * 2 : 16;
        store->entries = xrealloc(store->entries, store->capacity * sizeof(*store->entries));
    }
    store->entries[store->count++] = (struct raft_entry){ term, xstrdup(command) };
}

void raft_store_truncate(struct raft_store *store, uint64_t count) {
    ensure(count >= store->committed);
    while (store->count > count)
        free(store->entries[--store->count].command);
}

void raft_store_bootstrap(struct raft_store *store, const char *command) {
    ensure(store->count == 0);
    store->term = 1;
    raft_store_append(store, 1, command);
    store->committed = 1;
}
