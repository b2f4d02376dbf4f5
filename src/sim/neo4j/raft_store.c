#include "sim/neo4j/raft.h"

static void forget_entries(struct raft_store *store) {
    for (uint64_t i = 0; i < store->count - store->cut; i++)
        free(store->entries[i].command);
    free(store->entries);
    store->entries = NULL;
    store->capacity = 0;
}

void raft_store_clear(struct raft_store *store) {
    forget_entries(store);
    free(store->voted_for);
    *store = (struct raft_store){ .is_full = store->is_full };
}

const struct raft_entry *raft_store_entry(const struct raft_store *store, uint64_t index) {
    return index > store->cut && index <= store->count ? &store->entries[index - store->cut - 1] : NULL;
}

void raft_store_append(struct raft_store *store, uint64_t term, const char *command) {
    uint64_t length = store->count - store->cut;

    if (length == store->capacity) {
        store->capacity = store->capacity ? store->capacity * 2 : 16;
        store->entries = xrealloc(store->entries, store->capacity * sizeof(*store->entries));
    }
    store->entries[length] = (struct raft_entry){ term, xstrdup(command) };
    store->count++;
}

void raft_store_truncate(struct raft_store *store, uint64_t count) {
    ensure(count >= store->committed);
    while (store->count > count)
        free(store->entries[--store->count - store->cut].command);
}

void raft_store_cut(struct raft_store *store, uint64_t index) {
    uint64_t gone = index - store->cut;

    ensure(index >= store->cut && index <= store->committed);
    if (!gone)
        return;
    const struct raft_entry *last = raft_store_entry(store, index);
    ensure(last);
    store->cut_term = last->term;
    for (uint64_t i = 0; i < gone; i++)
        free(store->entries[i].command);
    memmove(store->entries, store->entries + gone, (store->count - index) * sizeof(*store->entries));
    store->cut = index;
}

void raft_store_begin_after(struct raft_store *store, uint64_t index, uint64_t term) {
    ensure(index >= store->committed);
    forget_entries(store);
    store->cut = store->count = store->committed = index;
    store->cut_term = term;
}

void raft_store_bootstrap(struct raft_store *store, const char *command) {
    ensure(store->count == 0);
    store->term = 1;
    raft_store_append(store, 1, command);
    store->committed = 1;
}
