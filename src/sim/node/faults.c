#include "sim/node/faults.h"

#include "sim/node/node_internal.h"

static struct member *member_named(struct node *node, const char *name) {
    struct member *found = NULL;

    ensure(!node->is_ticking);
    for (unsigned i = 0; i < node->options.count; i++)
        if (str_equal(node->members[i].name, name))
            found = &node->members[i];
    ensure(found);
    return found;
}

static void wake(struct node *node) {
    if (node->options.wake)
        node->options.wake(node->options.wake_context);
}

/* ---- containers ---- */

bool node_kill_container(struct node *node, const char *namespace, const char *name, const char *container,
                         bool is_out_of_memory) {
    struct pod *pod;

    ensure(!node->is_ticking);
    RB_FOREACH (pod, pods, &node->pods) {
        if (pod->is_gone || !str_equal(pod->namespace, namespace) || !str_equal(pod->name, name))
            continue;
        for (size_t i = 0; i < pod->container_count; i++)
            if (str_equal(pod->containers[i].name, container))
                return container_kill(&pod->containers[i], is_out_of_memory ? "OOMKilled" : NULL);
    }
    return false;
}

/* ---- machines and kubelets ---- */

void node_set_power(struct node *node, const char *name, bool is_on) {
    struct member *member = member_named(node, name);
    struct pod *pod;

    if (member->is_off != is_on)
        return;
    member->is_off = !is_on;
    member->is_back = is_on;
    RB_FOREACH (pod, pods, &node->pods)
        if (!is_on && pod->member == member)
            pod_lose(pod);
    wake(node);
}

void node_set_kubelet(struct node *node, const char *name, bool is_connected) {
    struct member *member = member_named(node, name);

    if (member->is_cut != is_connected)
        return;
    member->is_cut = !is_connected;
    member->is_back = is_connected;
    recorder_set_silent(node_recorder(node, member), !is_connected);
    wake(node);
}

/* A reboot: all that was known of the pod is in its object. */
static void restart_pod(struct node *node, struct pod *old) {
    struct pod *pod = NULL;

    RB_REMOVE(pods, &node->pods, old);
    if (!pod_is_finished(old->object)) {
        pod = pod_new(node, old->member, old->object);
        volumes_inherit_scratches(pod, old);
        RB_INSERT(pods, &node->pods, pod);
    }
    pod_free(old);
}

/* What happened to the member's pods while it did not listen. */
static void catch_up(struct node *node, struct member *member) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct mirror_list objects = mirror_list(node->mirror, arena, &KUBE_PODS, NULL);
    struct pod *pod;

    RB_FOREACH (pod, pods, &node->pods) {
        const struct json *object = mirror_get(node->mirror, &KUBE_PODS, pod->namespace, pod->name);
        if (pod->member != member)
            continue;
        if (object && str_equal(object_uid(object), pod->uid))
            pod_update(pod, object);
        else
            pod->is_gone = true;
    }
    MIRROR_FOR_EACH(object, objects) {
        if (str_equal(json_string_at(object, "spec.nodeName", NULL), member->name))
            node_see_pod(node, object);
    }
}

void members_come_back(struct node *node) {
    for (unsigned i = 0; i < node->options.count; i++) {
        struct member *member = &node->members[i];
        struct pod *pod, *following;
        if (!member->is_back || member->is_off || member->is_cut)
            continue;
        member->is_back = false;
        member->is_registered = false;
        member->failures = 0;
        member->due_ns = node->now_ns;
        catch_up(node, member);
        RB_FOREACH_SAFE(pod, pods, &node->pods, following) {
            if (pod->member == member && pod->is_lost && !pod->is_gone)
                restart_pod(node, pod);
        }
        pods_refresh_soon(node, member);
    }
}

/* ---- disks ---- */

/* The volume of a claim that there is, or NULL. */
static struct neo4j_volume *volume_of(struct node *node, const char *namespace, const char *name) {
    const struct json *claim = mirror_get(node->mirror, &KUBE_PERSISTENT_VOLUME_CLAIMS, namespace, name);

    ensure(!node->is_ticking);
    return claim ? node_claim_volume(node, object_uid(claim)) : NULL;
}

bool node_lose_volume(struct node *node, const char *namespace, const char *claim) {
    struct neo4j_volume *volume = volume_of(node, namespace, claim);
    struct pod *pod;

    if (!volume)
        return false;
    RB_FOREACH (pod, pods, &node->pods) {
        if (!str_equal(pod->namespace, namespace))
            continue;
        for (size_t i = 0; i < pod->container_count; i++)
            if (container_mounts_claim(&pod->containers[i], claim))
                (void)container_kill(&pod->containers[i], NULL);
    }
    neo4j_volume_lose(volume);
    return true;
}

bool node_set_disk(struct node *node, const char *namespace, const char *claim, enum node_disk disk) {
    static const enum neo4j_disk disks[] = { [NODE_DISK_FINE] = NEO4J_DISK_FINE,
                                             [NODE_DISK_FULL] = NEO4J_DISK_FULL,
                                             [NODE_DISK_SLOW] = NEO4J_DISK_SLOW };
    struct neo4j_volume *volume = volume_of(node, namespace, claim);

    if (volume)
        neo4j_volume_set_disk(volume, disks[disk]);
    return volume != NULL;
}

/* ---- chance ---- */

void node_reseed(struct node *node, uint64_t seed) {
    node->options.seed = seed;
    node->random = seed;
    neo4j_network_reseed(node->network, seed);
}
