#include "sim/api_collector.h"

#include "sim/component/tree.h"

#include <sys/queue.h>

/* Garbage: dependents whose owners are gone.
 *
 * The collector follows the store's history and keeps a graph: who owns whom, by uid. An object all of whose
 * owners are gone goes, too; one that is deleted in the foreground waits for those that it blocks on; one
 * that is orphaned lets its dependents go first. After: k8s.io/kubernetes, pkg/controller/garbagecollector.
 */

static const int64_t event_scan_ns = 60 * NANOSECONDS_PER_SECOND;

struct owner {
    char *uid;
    bool blocks; /* blockOwnerDeletion */
};

struct node {
    RB_ENTRY(node) by_uid;
    TAILQ_ENTRY(node) in_queue;
    char *uid;
    char *collection;
    char *key;
    struct owner *owners;
    size_t owner_count;
    bool is_queued;
    bool is_deleting;
    bool is_foreground; /* deleting, with its dependents first */
    bool is_orphaning;
};

/* One dependent of one owner. */
struct edge {
    RB_ENTRY(edge) node;
    const char *owner; /* uid; belongs to the dependent */
    struct node *dependent;
};

static int node_compare(const struct node *a, const struct node *b) {
    return strcmp(a->uid, b->uid);
}
RB_HEAD(nodes, node);
TREE_GENERATE(nodes, node, by_uid, node_compare)

/* By owner, then by the dependent's uid, so that simulations replay. An edge without dependent is before all.
 */
static int edge_compare(const struct edge *a, const struct edge *b) {
    int order = strcmp(a->owner, b->owner);
    return order ? order
                 : strcmp(a->dependent ? a->dependent->uid : "", b->dependent ? b->dependent->uid : "");
}
RB_HEAD(edges, edge);
TREE_GENERATE(edges, edge, node, edge_compare)

struct api_collector {
    struct api *api;
    struct nodes nodes;
    struct edges edges;
    TAILQ_HEAD(, node) queue;
    int64_t version;
    bool has_ending; /* namespaces or definitions that are being deleted */
    int64_t next_scan;
};

struct api_collector *api_collector_new(struct api *api) {
    struct api_collector *collector = XNEW(struct api_collector);
    collector->api = api;
    RB_INIT(&collector->nodes);
    RB_INIT(&collector->edges);
    TAILQ_INIT(&collector->queue);
    return collector;
}

/* ---- the graph ---- */

static struct node *find_node(struct api_collector *collector, const char *uid) {
    struct node like = { .uid = (char *)(uintptr_t)uid };
    return RB_FIND(nodes, &collector->nodes, &like);
}

static struct edge *first_edge(struct api_collector *collector, const char *owner) {
    struct edge like = { .owner = owner };
    struct edge *edge = RB_NFIND(edges, &collector->edges, &like);
    return edge && str_equal(edge->owner, owner) ? edge : NULL;
}

static struct edge *next_edge(struct api_collector *collector, struct edge *edge) {
    struct edge *next = RB_NEXT(edges, &collector->edges, edge);
    return next && str_equal(next->owner, edge->owner) ? next : NULL;
}

static void enqueue(struct api_collector *collector, struct node *node) {
    if (!node || node->is_queued)
        return;
    node->is_queued = true;
    TAILQ_INSERT_TAIL(&collector->queue, node, in_queue);
}

static void enqueue_dependents(struct api_collector *collector, const char *uid) {
    for (struct edge *edge = first_edge(collector, uid); edge; edge = next_edge(collector, edge))
        enqueue(collector, edge->dependent);
}

static void clear_owners(struct api_collector *collector, struct node *node) {
    for (size_t i = 0; i < node->owner_count; i++) {
        struct edge like = { .owner = node->owners[i].uid, .dependent = node };
        struct edge *edge = RB_FIND(edges, &collector->edges, &like);
        enqueue(collector, find_node(collector, node->owners[i].uid));
        if (edge) {
            RB_REMOVE(edges, &collector->edges, edge);
            free(edge);
        }
    }
    for (size_t i = 0; i < node->owner_count; i++)
        free(node->owners[i].uid);
    free(node->owners);
    node->owners = NULL;
    node->owner_count = 0;
}

static void set_owners(struct api_collector *collector, struct node *node, const struct json *references) {
    clear_owners(collector, node);
    node->owners = xcalloc(json_length(references), sizeof(*node->owners));
    JSON_FOR_EACH_ITEM (reference, references) {
        struct owner *owner = &node->owners[node->owner_count++];
        struct edge *edge = XNEW(struct edge);
        owner->uid = xstrdup(json_string_at(reference, "uid", ""));
        owner->blocks = json_bool_at(reference, "blockOwnerDeletion", false);
        edge->owner = owner->uid;
        edge->dependent = node;
        if (RB_INSERT(edges, &collector->edges, edge))
            free(edge);
    }
}

static void node_free(struct api_collector *collector, struct node *node) {
    clear_owners(collector, node);
    RB_REMOVE(nodes, &collector->nodes, node);
    if (node->is_queued)
        TAILQ_REMOVE(&collector->queue, node, in_queue);
    free(node->uid);
    free(node->collection);
    free(node->key);
    free(node);
}

void api_collector_free(struct api_collector *collector) {
    struct node *node;
    if (!collector)
        return;
    while ((node = RB_MIN(nodes, &collector->nodes)))
        node_free(collector, node);
    free(collector);
}

static struct node *ensure_node(struct api_collector *collector, const char *uid, const char *collection,
                                const char *key) {
    struct node *node = find_node(collector, uid);
    if (!node) {
        node = XNEW(struct node);
        node->uid = xstrdup(uid);
        node->collection = xstrdup(collection);
        node->key = xstrdup(key);
        RB_INSERT(nodes, &collector->nodes, node);
    }
    return node;
}

/* ---- what happened ---- */

static void observe_object(struct api_collector *collector, const char *collection, const char *key,
                           const struct json *object) {
    struct node *node = ensure_node(collector, json_string_at(object, "metadata.uid", ""), collection, key);

    set_owners(collector, node, json_at(object, "metadata.ownerReferences"));
    node->is_deleting = json_at(object, "metadata.deletionTimestamp") != NULL;
    node->is_foreground = node->is_deleting && collector_has_finalizer(object, "foregroundDeletion");
    node->is_orphaning = node->is_deleting && collector_has_finalizer(object, "orphan");
    if (node->is_deleting && collector_ends_slowly(collection))
        collector->has_ending = true;
    if (node->owner_count || node->is_foreground || node->is_orphaning)
        enqueue(collector, node);
}

static void observe_event(struct api_collector *collector, const struct store_event *event) {
    struct node *node;

    if (str_equal(event->collection, "events"))
        return;
    CLEANUP_POINTER(store_object_unref)
    const struct store_object *stored = store_object(collector->api->store, event->value);
    const struct json *object = stored->json;
    if (event->type != STORE_DELETED) {
        observe_object(collector, event->collection, event->value->key, object);
        return;
    }
    enqueue_dependents(collector, json_string_at(object, "metadata.uid", ""));
    node = find_node(collector, json_string_at(object, "metadata.uid", ""));
    if (node)
        node_free(collector, node);
}

/* The history does not reach back to what was seen last: everything is looked at. */
static void observe_all(struct api_collector *collector) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    size_t count;
    const struct api_resource **rows = api_list_resources(collector->api, arena, &count);

    for (size_t i = 0; i < count; i++) {
        struct store_list list = store_list(collector->api->store, arena, rows[i]->collection, NULL);
        for (size_t j = 0; j < list.count; j++)
            observe_object(collector, rows[i]->collection, list.items[j]->key,
                           store_value_parse(arena, list.items[j]));
    }
    collector->version = store_version(collector->api->store);
}

static bool observe(struct api_collector *collector) {
    int64_t before = collector->version;
    struct store_event event;

    if (!store_remembers(collector->api->store, collector->version))
        observe_all(collector);
    while (store_event_after(collector->api->store, collector->version, &event)) {
        collector->version = event.version;
        observe_event(collector, &event);
    }
    return collector->version != before;
}

/* ---- what to do about it ---- */

static struct json *load(struct api_collector *collector, struct arena *arena, const struct node *node) {
    const struct store_value *value = store_get(collector->api->store, node->collection, node->key);
    struct json *object = value ? store_value_parse(arena, value) : NULL;
    return str_equal(json_string_at(object, "metadata.uid", ""), node->uid) ? object : NULL;
}

/* The references without those to uid; NULL for uid: without those to owners that are gone or going first. */
static void drop_owners(struct api_collector *collector, struct arena *arena, const struct node *node,
                        const char *uid) {
    struct json *object = load(collector, arena, node);
    struct json *rest = json_new_array(arena);
    JSON_FOR_EACH_ITEM (reference, json_at(object, "metadata.ownerReferences")) {
        const char *owner_uid = json_string_at(reference, "uid", "");
        const struct node *owner = find_node(collector, owner_uid);
        if (uid ? !str_equal(owner_uid, uid) : owner && !owner->is_foreground)
            json_append(arena, rest, reference);
    }
    if (object)
        collector_update_metadata(collector->api, arena, node->collection, node->key, object,
                                  "ownerReferences", rest);
}

static void orphan_dependents(struct api_collector *collector, struct arena *arena, const struct node *node,
                              const struct json *object) {
    for (struct edge *edge = first_edge(collector, node->uid); edge; edge = next_edge(collector, edge))
        drop_owners(collector, arena, edge->dependent, node->uid);
    collector_remove_finalizer(collector->api, arena, node->collection, node->key, object, "orphan");
}

static bool blocks(const struct node *dependent, const char *owner) {
    for (size_t i = 0; i < dependent->owner_count; i++)
        if (str_equal(dependent->owners[i].uid, owner) && dependent->owners[i].blocks)
            return true;
    return false;
}

static void delete_dependents_first(struct api_collector *collector, struct arena *arena,
                                    const struct node *node, const struct json *object) {
    bool is_blocked = false;
    for (struct edge *edge = first_edge(collector, node->uid); edge; edge = next_edge(collector, edge)) {
        is_blocked = is_blocked || blocks(edge->dependent, node->uid);
        if (!edge->dependent->is_deleting)
            enqueue(collector, edge->dependent);
    }
    if (!is_blocked)
        collector_remove_finalizer(collector->api, arena, node->collection, node->key, object,
                                   "foregroundDeletion");
}

static void judge_owners(struct api_collector *collector, struct arena *arena, const struct node *node,
                         const struct json *object) {
    size_t solid = 0, waiting = 0;

    for (size_t i = 0; i < node->owner_count; i++) {
        const struct node *owner = find_node(collector, node->owners[i].uid);
        if (owner && owner->is_foreground)
            waiting++;
        else if (owner)
            solid++;
    }
    if (solid == node->owner_count || node->is_deleting)
        return;
    if (solid)
        drop_owners(collector, arena, node, NULL);
    else if (waiting && first_edge(collector, node->uid))
        collector_delete(collector->api, arena, node->collection, node->key, "Foreground", node->uid);
    else
        collector_delete(collector->api, arena, node->collection, node->key,
                         collector_has_finalizer(object, "orphan")               ? "Orphan"
                         : collector_has_finalizer(object, "foregroundDeletion") ? "Foreground"
                                                                                 : "Background",
                         node->uid);
}

static void process(struct api_collector *collector, const struct node *node) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *object = load(collector, arena, node);

    if (!object)
        return;
    if (node->is_orphaning)
        orphan_dependents(collector, arena, node, object);
    else if (node->is_foreground)
        delete_dependents_first(collector, arena, node, object);
    else if (node->owner_count)
        judge_owners(collector, arena, node, object);
}

bool api_collector_tick(struct api_collector *collector) {
    int64_t now = clock_monotonic(collector->api->clock);
    bool has_news = observe(collector);
    struct node *node;

    if (now >= collector->next_scan) {
        int64_t next_ns = collector_forget_events(collector->api);
        collector->next_scan = now + (next_ns > event_scan_ns ? next_ns : event_scan_ns);
    }
    while ((node = TAILQ_FIRST(&collector->queue))) {
        TAILQ_REMOVE(&collector->queue, node, in_queue);
        node->is_queued = false;
        process(collector, node);
        has_news = observe(collector) || has_news;
    }
    if (collector->has_ending && has_news)
        collector->has_ending = !collector_end_slow_ones(collector->api);
    return store_version(collector->api->store) != collector->version;
}

int64_t api_tick(struct api *api) {
    if (api_collector_tick(api->collector))
        return clock_monotonic(api->clock);
    return store_count(api->store, "events") ? api->collector->next_scan : INT64_MAX;
}
