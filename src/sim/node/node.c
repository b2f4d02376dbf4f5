#include "sim/node/node_internal.h"

#include "base/encoding.h"

static const struct kube_resource *const watched[] = {
    &KUBE_PODS,     &KUBE_CONFIG_MAPS,     &KUBE_SECRETS, &KUBE_PERSISTENT_VOLUME_CLAIMS,
    &KUBE_SERVICES, &KUBE_ENDPOINT_SLICES, &KUBE_NODES,
};

static const char *const zones[] = { "us-east-1a", "us-east-1b", "us-east-1c" };

int pod_compare(const struct pod *a, const struct pod *b) {
    int order = strcmp(a->namespace, b->namespace);
    order = order ? order : strcmp(a->name, b->name);
    return order ? order : strcmp(a->uid, b->uid);
}
RB_GENERATE(pods, pod, entry, pod_compare)

static int volume_compare(const struct claim_volume *a, const struct claim_volume *b) {
    return strcmp(a->claim_uid, b->claim_uid);
}
TREE_GENERATE(claim_volumes, claim_volume, entry, volume_compare)

/* ---- life cycle ---- */

static void on_arrival(void *context) {
    struct node *node = context;
    if (node->options.wake)
        node->options.wake(node->options.wake_context);
}

/* A client has asked a process for something. What processes tell one another comes up in the network's own
 * tick, which says itself when the next one is due. */
static void on_process_wake(void *context, struct neo4j_process *process, int64_t at_ns) {
    struct node *node = context;
    if (!node->is_ticking)
        on_arrival(node);
}

static void init_member(struct node *node, unsigned i) {
    struct member *member = &node->members[i];
    const char *name = node->options.name ? node->options.name : "sandbox";
    member->name = node->options.count == 1 ? xstrdup(name) : xprintf("%s-%u", name, i);
    member->zone = xstrdup(zones[i % ARRAY_LENGTH(zones)]);
    member->address = xprintf("10.0.%u.%u", i / 250, i % 250 + 1);
    member->images = json_new_object(node->arena);
    node->recorders[i] = recorder_new(node->kube, node->options.clock, "kubelet", member->name);
}

bool node_new(struct kube *kube, const struct node_options *options, struct node **out_node,
              struct error *err) {
    struct node *node = XNEW(struct node);
    *node = (struct node){ .kube = kube,
                           .options = *options,
                           .arena = arena_new(),
                           .answers_arena = arena_new(),
                           .random = options->seed };
    RB_INIT(&node->pods);
    RB_INIT(&node->volumes);
    RB_INIT(&node->answers);
    if (options->count < 1 || options->count > NODE_COUNT_MAX ||
        !node_parse_range(node, options->pod_range, err)) {
        if (options->count < 1 || options->count > NODE_COUNT_MAX)
            error_set(err, ERROR_INVALID, "%u nodes: choose 1 to %d", options->count, NODE_COUNT_MAX);
        arena_free(node->arena);
        arena_free(node->answers_arena);
        free(node);
        return false;
    }
    node->options.name = options->name ? arena_strdup(node->arena, options->name) : NULL;
    for (unsigned i = 0; i < options->count; i++)
        init_member(node, i);

    struct neo4j_resolver resolver = node_resolver(node);
    node->network = neo4j_network_new(&resolver, options->seed);
    for (size_t i = 0; i < options->bucket_count; i++)
        neo4j_network_make_bucket(node->network, options->buckets[i]);
    neo4j_network_set_wall_offset(node->network,
                                  clock_wall(options->clock) - clock_monotonic(options->clock));
    neo4j_network_on_wake(node->network, on_process_wake, node);
    node->mirror = mirror_new(kube);
    mirror_set_wake(node->mirror, on_arrival, node);
    for (size_t i = 0; i < ARRAY_LENGTH(watched); i++)
        mirror_watch(node->mirror, watched[i]);
    *out_node = node;
    return true;
}

static void free_volume(struct node *node, struct claim_volume *volume) {
    RB_REMOVE(claim_volumes, &node->volumes, volume);
    neo4j_volume_free(volume->volume);
    free(volume->claim_uid);
    free(volume);
}

static void remove_pod(struct node *node, struct pod *pod) {
    RB_REMOVE(pods, &node->pods, pod);
    pod_free(pod);
}

void node_free(struct node *node) {
    struct pod *pod;
    struct claim_volume *volume;
    if (!node)
        return;
    mirror_free(node->mirror);
    while ((pod = RB_MIN(pods, &node->pods)))
        remove_pod(node, pod);
    neo4j_network_free(node->network);
    while ((volume = RB_MIN(claim_volumes, &node->volumes)))
        free_volume(node, volume);
    for (unsigned i = 0; i < node->options.count; i++) {
        recorder_free(node->recorders[i]);
        free(node->members[i].name);
        free(node->members[i].zone);
        free(node->members[i].address);
    }
    arena_free(node->arena);
    arena_free(node->answers_arena);
    free(node);
}

/* ---- what the parts ask for ---- */

struct neo4j_network *node_network(struct node *node) {
    return node->network;
}

struct recorder *node_recorder(struct node *node, const struct member *member) {
    return node->recorders[member - node->members];
}

void node_new_id(struct node *node, char *out) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *text = arena_printf(arena, "%llu/%s/%llu", (unsigned long long)node->options.seed,
                                    node->members[0].name, (unsigned long long)node->random++);
    const char *digits = sha256_hex(arena, text, strlen(text), 64);
    memcpy(out, digits, 65);
}

struct claim_volume *node_claim(struct node *node, const char *claim_uid) {
    struct claim_volume like = { .claim_uid = (char *)(uintptr_t)claim_uid };
    struct claim_volume *volume = RB_FIND(claim_volumes, &node->volumes, &like);
    if (!volume) {
        volume = XNEW(struct claim_volume);
        volume->claim_uid = xstrdup(claim_uid);
        volume->volume = neo4j_volume_new();
        RB_INSERT(claim_volumes, &node->volumes, volume);
    }
    return volume;
}

struct neo4j_volume *node_claim_volume(struct node *node, const char *claim_uid) {
    return node_claim(node, claim_uid)->volume;
}

/* ---- what happens in the API ---- */

static struct member *find_member(struct node *node, const char *name) {
    for (unsigned i = 0; i < node->options.count; i++)
        if (str_equal(node->members[i].name, name))
            return &node->members[i];
    return NULL;
}

static struct pod *find_pod(struct node *node, const struct json *object) {
    struct pod like = { .namespace = (char *)(uintptr_t)object_namespace(object),
                        .name = (char *)(uintptr_t)object_name(object),
                        .uid = (char *)(uintptr_t)object_uid(object) };
    return RB_FIND(pods, &node->pods, &like);
}

void node_see_pod(struct node *node, const struct json *object) {
    struct member *member = find_member(node, json_string_at(object, "spec.nodeName", NULL));
    struct pod *pod;

    if (!member || member->is_cut || pod_is_finished(object) || find_pod(node, object))
        return;
    pod = pod_new(node, member, object);
    RB_INSERT(pods, &node->pods, pod);
}

static void pod_changed(struct node *node, const struct json *old, const struct json *new) {
    struct pod *pod = find_pod(node, new ? new : old);
    /* A new pod of the same name may take the old one's place in one change. */
    if (old && new && !str_equal(object_uid(old), object_uid(new)))
        pod_changed(node, old, NULL);
    if (pod && pod->member->is_cut)
        return;
    if (pod && new)
        pod_update(pod, new);
    else if (pod)
        pod->is_gone = true;
    else if (new)
        node_see_pod(node, new);
}

static void on_changed(void *context, const struct kube_resource *resource, const struct json *old,
                       const struct json *new) {
    struct node *node = context;
    node->has_changed = true;
    if (resource == &KUBE_PODS)
        pod_changed(node, old, new);
    if (resource == &KUBE_SECRETS || resource == &KUBE_CONFIG_MAPS)
        pods_note_change(node, resource, old, new);
    if (resource == &KUBE_SERVICES || resource == &KUBE_ENDPOINT_SLICES)
        node_forget_answers(node);
    if (resource == &KUBE_PERSISTENT_VOLUME_CLAIMS && !new) {
        struct claim_volume like = { .claim_uid = (char *)(uintptr_t)object_uid(old) };
        struct claim_volume *volume = RB_FIND(claim_volumes, &node->volumes, &like);
        if (volume)
            free_volume(node, volume);
    }
}

/* ---- the tick ---- */

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Most pods of a quiet world need nothing for long: they are not even looked at. */
static bool needs_tick(const struct node *node, const struct pod *pod) {
    return pod->is_stirred || pod->is_gone || node->now_ns >= pod->next_ns ||
           (pod->is_watching && node->has_changed);
}

static int64_t tick_pods(struct node *node) {
    int64_t next_ns = INT64_MAX;
    struct pod *pod, *following;
    RB_FOREACH_SAFE(pod, pods, &node->pods, following) {
        bool is_asleep = pod_is_asleep(pod);
        if (!is_asleep && needs_tick(node, pod)) {
            pod->is_stirred = false;
            pod->next_ns = pod_tick(pod);
            is_asleep = pod_is_asleep(pod);
        }
        if (pod->is_gone)
            remove_pod(node, pod);
        else if (!is_asleep)
            next_ns = earlier(next_ns, pod->next_ns);
    }
    return next_ns;
}

/* Notes which pods have a process that has exited, or begun or ended to listen. */
static bool stir_pods(struct node *node) {
    struct pod *pod;
    bool any = false;
    RB_FOREACH (pod, pods, &node->pods)
        for (size_t i = 0; i < pod->container_count; i++)
            if (container_has_news(&pod->containers[i]))
                any = pod->is_stirred = true;
    return any;
}

int64_t node_tick(struct node *node) {
    struct mirror_observer observer = { node, on_changed };
    int64_t next_ns = INT64_MAX;

    node->now_ns = clock_monotonic(node->options.clock);
    neo4j_network_set_now(node->network, node->now_ns);
    mirror_drain(node->mirror, &observer);
    if (!mirror_is_synced(node->mirror))
        return INT64_MAX;
    members_come_back(node);
    for (unsigned i = 0; i < node->options.count; i++)
        next_ns = earlier(next_ns, member_tick(node, &node->members[i]));

    node->is_ticking = true;
    next_ns = earlier(next_ns, tick_pods(node));
    next_ns = earlier(next_ns, neo4j_network_tick(node->network, node->now_ns));
    node->is_ticking = false;
    node->has_changed = false;
    return stir_pods(node) ? node->now_ns : next_ns;
}

/* ---- logs ---- */

static struct container *find_container(struct pod *pod, const char *name) {
    for (size_t i = 0; i < pod->container_count; i++)
        if (str_equal(pod->containers[i].name, name))
            return &pod->containers[i];
    return NULL;
}

static bool read_logs(void *context, const struct api_log_call *call, uint64_t *offset, struct buffer *out,
                      bool *out_ended, struct error *err) {
    struct node *node = context;
    struct container *container = NULL;
    struct pod *pod;

    RB_FOREACH (pod, pods, &node->pods)
        if (str_equal(pod->namespace, call->namespace) && str_equal(pod->name, call->pod))
            container = find_container(pod, call->container);
    if (!container)
        return error_set(err, ERROR_NOT_FOUND, "container \"%s\" of pod \"%s\" is not on this node",
                         call->container, call->pod);
    const struct member *member = container->pod->member;
    if (member->is_off || member->is_cut)
        return error_set(err, ERROR_UNAVAILABLE, "node %s can't be reached: dial tcp %s:10250: i/o timeout",
                         member->name, member->address);
    const struct log_store *log = call->previous ? container->previous_log : container->log;
    if (!log && call->previous)
        return error_set(err, ERROR_INVALID, "previous terminated container \"%s\" in pod \"%s\" not found",
                         call->container, call->pod);
    if (!log)
        return error_set(err, ERROR_INVALID, "container \"%s\" in pod \"%s\" is waiting to start: %s",
                         call->container, call->pod,
                         container->waiting_reason ? container->waiting_reason : "ContainerCreating");
    log_store_read(log, offset, out, out_ended);
    return true;
}

struct api_logs node_logs(struct node *node) {
    return (struct api_logs){ .context = node, .read = read_logs };
}
