#include "sim/store_object.h"

#include "sim/component/tree.h"

struct entry {
    RB_ENTRY(entry) node;
    const char *key; /* of value, or of a look-up */
    const struct store_value *value;
};
RB_HEAD(entries, entry);

static int entry_compare(const struct entry *a, const struct entry *b) {
    return strcmp(a->key, b->key);
}
TREE_GENERATE(entries, entry, node, entry_compare)

struct collection {
    RB_ENTRY(collection) node;
    const char *name;
    struct entries entries;
    size_t count;
};
RB_HEAD(collections, collection);

static int collection_compare(const struct collection *a, const struct collection *b) {
    return strcmp(a->name, b->name);
}
TREE_GENERATE(collections, collection, node, collection_compare)

struct store {
    struct collections collections;
    int64_t version;

    /* The history: a ring of events, oldest at first. */
    struct store_event *events;
    size_t capacity; /* a power of two */
    size_t first;
    size_t count;
    size_t bytes;
    int64_t forgotten; /* the version of the newest event that was dropped */
    struct store_limits limits;

    struct store_objects objects;
};

struct store *store_new(const struct store_limits *limits) {
    struct store *store = XNEW(struct store);
    RB_INIT(&store->collections);
    if (limits)
        store->limits = *limits;
    if (!store->limits.history_events_max)
        store->limits.history_events_max = STORE_HISTORY_EVENTS_MAX;
    if (!store->limits.history_bytes_max)
        store->limits.history_bytes_max = STORE_HISTORY_BYTES_MAX;
    return store;
}

/* ---- values ---- */

const struct store_value *store_value_ref(const struct store_value *value) {
    ((struct store_value *)(uintptr_t)value)->references++;
    return value;
}

void store_value_unref(const struct store_value *value) {
    struct store_value *mutable = (struct store_value *)(uintptr_t)value;
    if (!mutable)
        return;
    ensure(mutable->references > 0);
    if (--mutable->references == 0)
        free(mutable);
}

/* One block: the struct, the key, the bytes. */
static const struct store_value *value_new(const char *key, int64_t version, const struct buffer *bytes) {
    size_t key_size = strlen(key) + 1;
    struct store_value *value = xmalloc(sizeof(*value) + key_size + bytes->length + 1);
    char *place = (char *)(value + 1);

    memcpy(place, key, key_size);
    memcpy(place + key_size, buffer_string(bytes), bytes->length + 1);
    *value = (struct store_value){
        .references = 1,
        .version = version,
        .key = place,
        .bytes = { place + key_size, bytes->length },
    };
    return value;
}

struct json *store_value_parse(struct arena *arena, const struct store_value *value) {
    struct json *object = NULL;
    struct error err = { 0 };
    bool parsed = json_parse(arena, value->bytes, NULL, &object, &err);
    ensure(parsed);
    return object;
}

const struct store_object *store_object(struct store *store, const struct store_value *value) {
    return store_objects_get(&store->objects, value);
}

/* ---- history ---- */

static struct store_event *event_at(const struct store *store, size_t index) {
    return &store->events[(store->first + index) & (store->capacity - 1)];
}

static void forget_oldest(struct store *store) {
    struct store_event *oldest = event_at(store, 0);
    store->forgotten = oldest->version;
    store->bytes -= oldest->value->bytes.length;
    store_value_unref(oldest->value);
    store_value_unref(oldest->previous);
    store->first = (store->first + 1) & (store->capacity - 1);
    store->count--;
}

static void make_room(struct store *store) {
    size_t wider = store->capacity ? store->capacity * 2 : 256;
    struct store_event *events;

    if (store->count < store->capacity)
        return;
    events = xcalloc(wider, sizeof(*events));
    for (size_t i = 0; i < store->count; i++)
        events[i] = *event_at(store, i);
    free(store->events);
    store->events = events;
    store->capacity = wider;
    store->first = 0;
}

/* Takes over the references of both values. */
static void record(struct store *store, enum store_event_type type, const char *collection,
                   const struct store_value *value, const struct store_value *previous) {
    make_room(store);
    store->count++;
    *event_at(store, store->count - 1) = (struct store_event){ .version = value->version,
                                                               .type = type,
                                                               .collection = collection,
                                                               .value = value,
                                                               .previous = previous };
    store->bytes += value->bytes.length;
    while (store->count > 1 && (store->count > store->limits.history_events_max ||
                                store->bytes > store->limits.history_bytes_max))
        forget_oldest(store);
}

/* The index of the first event after version. */
static size_t event_index_after(const struct store *store, int64_t version) {
    size_t low = 0, high = store->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (event_at(store, middle)->version <= version)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool store_event_after(const struct store *store, int64_t version, struct store_event *out_event) {
    size_t index = event_index_after(store, version);
    ensure(store_remembers(store, version));
    if (index == store->count)
        return false;
    *out_event = *event_at(store, index);
    return true;
}

bool store_remembers(const struct store *store, int64_t version) {
    return version >= store->forgotten;
}

void store_compact(struct store *store, int64_t version) {
    while (store->count && event_at(store, 0)->version <= version)
        forget_oldest(store);
    if (version > store->forgotten)
        store->forgotten = version < store->version ? version : store->version;
}

void store_free(struct store *store) {
    struct collection *collection;

    if (!store)
        return;
    store_objects_clear(&store->objects);
    while (store->count)
        forget_oldest(store);
    free(store->events);
    while ((collection = RB_MIN(collections, &store->collections))) {
        struct entry *entry;
        RB_REMOVE(collections, &store->collections, collection);
        while ((entry = RB_MIN(entries, &collection->entries))) {
            RB_REMOVE(entries, &collection->entries, entry);
            store_value_unref(entry->value);
            free(entry);
        }
        free((char *)(uintptr_t)collection->name);
        free(collection);
    }
    free(store);
}

/* ---- reading ---- */

int64_t store_version(const struct store *store) {
    return store->version;
}

int64_t store_advance(struct store *store) {
    return ++store->version;
}

char *store_key(struct arena *arena, const char *namespace, const char *name) {
    return str_empty(namespace) ? arena_strdup(arena, name) : arena_printf(arena, "%s/%s", namespace, name);
}

static struct collection *find_collection(const struct store *store, const char *name) {
    struct collection like = { .name = name };
    return RB_FIND(collections, (struct collections *)(uintptr_t)&store->collections, &like);
}

static struct collection *ensure_collection(struct store *store, const char *name) {
    struct collection *collection = find_collection(store, name);
    if (!collection) {
        collection = XNEW(struct collection);
        collection->name = xstrdup(name);
        RB_INIT(&collection->entries);
        RB_INSERT(collections, &store->collections, collection);
    }
    return collection;
}

static struct entry *find_entry(const struct collection *collection, const char *key) {
    struct entry like = { .key = key };
    return collection ? RB_FIND(entries, (struct entries *)(uintptr_t)&collection->entries, &like) : NULL;
}

const struct store_value *store_get(const struct store *store, const char *collection, const char *key) {
    struct entry *entry = find_entry(find_collection(store, collection), key);
    return entry ? entry->value : NULL;
}

size_t store_count(const struct store *store, const char *collection) {
    const struct collection *found = find_collection(store, collection);
    return found ? found->count : 0;
}

struct store_list store_list(const struct store *store, struct arena *arena, const char *collection,
                             const char *prefix) {
    struct collection *found = find_collection(store, collection);
    struct store_list list = { 0 };
    struct entry like = { .key = prefix ? prefix : "" };

    if (!found)
        return list;
    list.items = ARENA_ARRAY(arena, const struct store_value *, found->count);
    for (struct entry *entry = RB_NFIND(entries, &found->entries, &like);
         entry && str_starts_with(entry->key, like.key); entry = RB_NEXT(entries, &found->entries, entry))
        list.items[list.count++] = entry->value;
    return list;
}

/* Where key is in the list, or where it belongs. */
static size_t list_place(const struct store_list *list, const char *key) {
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(list->items[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Takes one event back. The list has room for one more. */
static void undo_event(struct store_list *list, const struct store_event *event) {
    size_t place = list_place(list, event->value->key);
    const struct store_value **at = &list->items[place];

    if (event->type == STORE_CHANGED) {
        *at = event->previous;
    } else if (event->type == STORE_CREATED) {
        list->count--;
        memmove(at, at + 1, (list->count - place) * sizeof(*at));
    } else {
        memmove(at + 1, at, (list->count - place) * sizeof(*at));
        list->count++;
        *at = event->previous;
    }
}

bool store_list_at(const struct store *store, struct arena *arena, const char *collection, const char *prefix,
                   int64_t version, struct store_list *out_list) {
    struct store_list current = store_list(store, arena, collection, prefix), list = { 0 };
    size_t later;

    if (!store_remembers(store, version))
        return false;
    later = event_index_after(store, version);
    list.count = current.count;
    list.items = ARENA_ARRAY(arena, const struct store_value *, current.count + store->count - later + 1);
    for (size_t i = 0; i < current.count; i++)
        list.items[i] = current.items[i];
    for (size_t i = store->count; i > later; i--) {
        const struct store_event *event = event_at(store, i - 1);
        if (str_equal(event->collection, collection) &&
            str_starts_with(event->value->key, prefix ? prefix : ""))
            undo_event(&list, event);
    }
    *out_list = list;
    return true;
}

/* ---- writing ---- */

/* Numbers the write and puts the number into the object. */
static const struct store_value *next_value(struct store *store, const char *key, struct arena *arena,
                                            struct json *object) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    int64_t version = store_advance(store);

    json_set_string(arena, json_ensure_object(arena, object, "metadata"), "resourceVersion",
                    arena_printf(arena, "%lld", (long long)version));
    json_sort(object);
    json_write(&bytes, object, NULL);
    return value_new(key, version, &bytes);
}

const struct store_value *store_put(struct store *store, const char *collection, const char *key,
                                    struct arena *arena, struct json *object) {
    struct collection *into = ensure_collection(store, collection);
    struct entry *entry = find_entry(into, key);
    const struct store_value *value = next_value(store, key, arena, object);

    if (entry) {
        record(store, STORE_CHANGED, into->name, store_value_ref(value), entry->value);
        entry->value = value;
        entry->key = value->key;
        return value;
    }
    entry = XNEW(struct entry);
    entry->value = value;
    entry->key = value->key;
    RB_INSERT(entries, &into->entries, entry);
    into->count++;
    record(store, STORE_CREATED, into->name, store_value_ref(value), NULL);
    return value;
}

void store_delete(struct store *store, const char *collection, const char *key, struct arena *arena,
                  struct json *object) {
    struct collection *from = find_collection(store, collection);
    struct entry *entry = find_entry(from, key);

    ensure(entry);
    RB_REMOVE(entries, &from->entries, entry);
    from->count--;
    record(store, STORE_DELETED, from->name, next_value(store, entry->value->key, arena, object),
           entry->value);
    free(entry);
}
