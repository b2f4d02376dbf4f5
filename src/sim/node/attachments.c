/* Attachments: the volume of a claim is on one node at a time, unless the claim says ReadWriteMany or
 * ReadOnlyMany.
 *
 * A kubelet gives a volume back when the last pod there that uses it has gone. From a node that is not heard
 * of the volume is taken after six minutes, or at once when the node was declared out of service; what still
 * runs there has lost its disk. Until then a pod elsewhere waits, with FailedAttachVolume.
 * After: Kubernetes, pkg/controller/volume/attachdetach (reconciler: force detach; util: Multi-Attach error);
 * documentation, "Persistent Volumes" (access modes), "Node Shutdowns" (non-graceful node shutdown).
 */
#include "sim/node/node_internal.h"

static const int64_t force_detach_ns = 360 * NANOSECONDS_PER_SECOND;

static bool is_shared(const struct json *claim) {
    JSON_FOR_EACH_ITEM (mode, json_at(claim, "spec.accessModes")) {
        if (str_equal(json_string(mode, ""), "ReadWriteMany") ||
            str_equal(json_string(mode, ""), "ReadOnlyMany"))
            return true;
    }
    return false;
}

static bool pod_uses(const struct pod *pod, const struct json *claim) {
    if (!str_equal(pod->namespace, object_namespace(claim)))
        return false;
    JSON_FOR_EACH_ITEM (volume, json_at(pod->object, "spec.volumes")) {
        if (str_equal(json_string_at(volume, "persistentVolumeClaim.claimName", NULL), object_name(claim)))
            return true;
    }
    return false;
}

static bool is_in_use(struct node *node, const struct member *member, const struct json *claim) {
    struct pod *pod;

    RB_FOREACH (pod, pods, &node->pods)
        if (pod->member == member && !pod->is_gone && pod->step < POD_STOPPED && pod->step != POD_FINISHED &&
            pod_uses(pod, claim))
            return true;
    return false;
}

static bool is_out_of_service(const struct node *node, const struct member *member) {
    const struct json *object = mirror_get(node->mirror, &KUBE_NODES, NULL, member->name);

    JSON_FOR_EACH_ITEM (taint, json_at(object, "spec.taints")) {
        if (str_equal(json_string_at(taint, "key", NULL), "node.kubernetes.io/out-of-service"))
            return true;
    }
    return false;
}

/* Whether the node gives the volume back, or it is taken from it. */
static bool lets_go(struct node *node, struct claim_volume *volume, const struct json *claim) {
    const struct member *member = volume->attached;

    if (!member->is_off && !member->is_cut)
        return !is_in_use(node, member, claim);
    if (is_out_of_service(node, member))
        return true;
    if (!volume->wanted_ns)
        volume->wanted_ns = node->now_ns;
    return node->now_ns >= volume->wanted_ns + force_detach_ns;
}

/* Servers that are cut off from the API server may still run there. */
static void detach(struct node *node, struct claim_volume *volume, const struct json *claim) {
    struct pod *pod;

    RB_FOREACH (pod, pods, &node->pods) {
        if (pod->member != volume->attached || !pod_uses(pod, claim))
            continue;
        for (size_t i = 0; i < pod->container_count; i++)
            if (container_mounts_claim(&pod->containers[i], object_name(claim)))
                (void)container_kill(&pod->containers[i], NULL);
    }
    volume->attached = NULL;
}

bool volume_attach(struct pod *pod, const struct json *claim, struct error *err) {
    struct claim_volume *volume = node_claim(pod->node, object_uid(claim));

    if (is_shared(claim) || volume->attached == pod->member)
        return true;
    if (volume->attached && !lets_go(pod->node, volume, claim))
        return error_set(err, ERROR_CONFLICT,
                         "Multi-Attach error for volume \"%s\" Volume is already exclusively attached to one "
                         "node and can't be attached to another",
                         json_string_at(claim, "spec.volumeName", ""));
    if (volume->attached)
        detach(pod->node, volume, claim);
    volume->attached = pod->member;
    volume->wanted_ns = 0;
    return true;
}

bool volume_is_attached(const struct pod *pod, const struct json *claim, struct error *err) {
    const struct claim_volume *volume = node_claim(pod->node, object_uid(claim));

    return is_shared(claim) || volume->attached == pod->member ||
           error_set(err, ERROR_CONFLICT, "volume \"%s\" is not attached to node \"%s\"",
                     json_string_at(claim, "spec.volumeName", ""), pod->member->name);
}
