#include "sim/component/object.h"
#include "sim/node/faults.h"
#include "sim/workloads/cluster.h"
#include "test.h"

#define PODS &KUBE_PODS

static const char pod_format[] =
    "{apiVersion: v1, kind: Pod, metadata: {name: %s}, spec: {enableServiceLinks: false, %s containers: "
    "[{name: neo4j, image: 'neo4j:5.26.0-enterprise', env: [{name: NEO4J_ACCEPT_LICENSE_AGREEMENT, value: "
    "'yes'}, {name: NEO4J_AUTH, value: neo4j/a-long-password}, {name: NEO4J_dbms_cluster_discovery_version, "
    "value: V2_ONLY}, {name: NEO4J_dbms_cluster_minimum__initial__system__primaries__count, value: '1'}], "
    "readinessProbe: {tcpSocket: {port: 7687}, periodSeconds: 1}, %s}, {name: aside, image: "
    "'neo4j/neo4j-admin:5.26.0-enterprise'}]}}";

static const char claim[] =
    "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: "
    "[ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}";

/* A server that starts again waits for an election, though it is alone. */
enum { ELECTED_MS = 12000 };

/* A ready server, with its data on a claim. */
static struct cluster *with_server(void) {
    struct cluster *cluster = cluster_new(true);

    cluster_run(cluster, 100);
    cluster_apply(cluster, claim);
    cluster_apply(cluster, arena_printf(cluster->arena, pod_format, "db",
                                        "volumes: [{name: d, persistentVolumeClaim: {claimName: data}}],",
                                        "volumeMounts: [{name: d, mountPath: /data}]"));
    cluster_run(cluster, 5000);
    assert_int_equal(json_length(cluster->opened), 2);
    return cluster;
}

static const char *text(struct cluster *cluster, const char *path) {
    return cluster_text(cluster, PODS, "db", path);
}

static const char *status(struct cluster *cluster, const char *path) {
    return text(cluster, arena_printf(cluster->arena, "status.containerStatuses.0.%s", path));
}

static bool is_ready(struct cluster *cluster) {
    return pod_is_ready(cluster_get(cluster, PODS, "db"));
}

/* The identity of the server that runs, from its log. */
static const char *identity(struct cluster *cluster) {
    static const char before[] = "This instance is ServerId{";
    struct api_logs logs = node_logs(cluster->node);
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct api_log_call call = { .namespace = "default", .pod = "db", .container = "neo4j" };
    uint64_t offset = 0;
    bool has_ended;

    assert_true(logs.read(logs.context, &call, &offset, &out, &has_ended, NULL));
    const char *found = strstr(buffer_string(&out), before);
    assert_non_null(found);
    return arena_strndup(cluster->arena, found + strlen(before), 8);
}

static const char *renewed(struct cluster *cluster, const char *member) {
    struct json *lease;

    assert_true(
        kube_get(cluster->kube, cluster->arena, &KUBE_LEASES, "kube-node-lease", member, &lease, NULL));
    return json_string_at(lease, "spec.renewTime", "");
}

/* ---- containers ---- */

TEST("a container that is killed ends with 137 and is started again, then backed off from") {
    static const struct {
        bool is_out_of_memory;
        const char *reason;
    } rows[] = { { false, "Error" }, { true, "OOMKilled" } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
        assert_true(node_kill_container(cluster->node, "default", "db", "neo4j", rows[i].is_out_of_memory));
        assert_false(node_kill_container(cluster->node, "default", "db", "neo4j", false));
        cluster_run(cluster, 0);
        assert_string_equal(status(cluster, "lastState.terminated.exitCode"), "137");
        assert_string_equal(status(cluster, "lastState.terminated.reason"), rows[i].reason);
        assert_string_equal(status(cluster, "restartCount"), "1");
        assert_false(is_ready(cluster));
        cluster_run(cluster, ELECTED_MS);
        assert_true(is_ready(cluster));
        assert_true(node_kill_container(cluster->node, "default", "db", "neo4j", false));
        cluster_run(cluster, 0);
        assert_string_equal(status(cluster, "state.waiting.reason"), "CrashLoopBackOff");
        assert_false(node_kill_container(cluster->node, "default", "db", "neo4j", false));
        cluster_run(cluster, 10000 + ELECTED_MS);
        assert_true(is_ready(cluster));
    }
}

TEST("a container that is no server is killed, too; one that there is not is not") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();

    assert_true(node_kill_container(cluster->node, "default", "db", "aside", false));
    cluster_run(cluster, 100);
    assert_string_equal(text(cluster, "status.containerStatuses.1.restartCount"), "1");
    assert_string_equal(status(cluster, "restartCount"), "0");
    assert_false(node_kill_container(cluster->node, "default", "db", "nobody", false));
    assert_false(node_kill_container(cluster->node, "default", "nobody", "neo4j", false));
    assert_false(node_kill_container(cluster->node, "elsewhere", "db", "neo4j", false));
}

/* ---- machines ---- */

TEST("a machine without power says nothing, and restarts its pods when it is back") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
    const char *member = text(cluster, "spec.nodeName"), *uid = text(cluster, "metadata.uid");
    const char *address = text(cluster, "status.podIP"), *server = identity(cluster);

    node_set_power(cluster->node, member, false);
    assert_int_equal(json_length(cluster->opened), 0);
    const char *last = renewed(cluster, member);
    cluster_run(cluster, 30000);
    assert_string_equal(renewed(cluster, member), last);
    assert_true(is_ready(cluster)); /* nobody has said otherwise */
    assert_string_equal(status(cluster, "restartCount"), "0");
    assert_false(node_kill_container(cluster->node, "default", "db", "neo4j", false));

    node_set_power(cluster->node, member, true);
    cluster_run(cluster, 50);
    assert_string_not_equal(renewed(cluster, member), last);
    assert_false(is_ready(cluster));
    cluster_run(cluster, ELECTED_MS);
    assert_true(is_ready(cluster));
    assert_string_equal(text(cluster, "metadata.uid"), uid);
    assert_string_not_equal(text(cluster, "status.podIP"), address);
    assert_string_equal(status(cluster, "restartCount"), "1");
    assert_string_equal(text(cluster, "status.containerStatuses.1.restartCount"), "1");
    assert_string_equal(status(cluster, "lastState.terminated.exitCode"), "255");
    assert_string_equal(status(cluster, "lastState.terminated.reason"), "Unknown");
    assert_string_equal(identity(cluster), server);
    assert_int_equal(json_length(cluster->opened), 2);
}

TEST("power that comes back at once is a reboot all the same") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
    const char *member = text(cluster, "spec.nodeName");

    node_set_power(cluster->node, member, false);
    node_set_power(cluster->node, member, true);
    node_set_power(cluster->node, member, true);
    cluster_run(cluster, ELECTED_MS);
    assert_string_equal(status(cluster, "restartCount"), "1");
    assert_true(is_ready(cluster));
}

TEST("a pod that is deleted while its machine is off stays until the machine is back") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
    const char *member = text(cluster, "spec.nodeName");

    node_set_power(cluster->node, member, false);
    cluster_delete(cluster, PODS, "db");
    cluster_run(cluster, 120000);
    assert_non_null(cluster_get(cluster, PODS, "db"));
    node_set_power(cluster->node, member, true);
    cluster_run(cluster, 100);
    assert_null(cluster_get(cluster, PODS, "db"));
}

TEST("a pod that is deleted by force while its machine is off is gone, and does not come back") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
    const char *member = text(cluster, "spec.nodeName");

    node_set_power(cluster->node, member, false);
    cluster_finish_deletion(cluster, "db");
    cluster_run(cluster, 1000);
    node_set_power(cluster->node, member, true);
    cluster_run(cluster, 5000);
    assert_null(cluster_get(cluster, PODS, "db"));
    assert_int_equal(json_length(cluster->opened), 0);
}

TEST("an emptyDir outlives a reboot, one in memory does not") {
    static const struct {
        const char *medium;
        bool is_kept;
    } rows[] = { { "", true }, { "medium: Memory", false } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = cluster_new(true);
        cluster_run(cluster, 100);
        cluster_apply(cluster,
                      arena_printf(cluster->arena, pod_format, "db",
                                   arena_printf(cluster->arena, "volumes: [{name: d, emptyDir: {%s}}],",
                                                rows[i].medium),
                                   "volumeMounts: [{name: d, mountPath: /data}]"));
        cluster_run(cluster, 5000);
        const char *before = identity(cluster);
        node_set_power(cluster->node, text(cluster, "spec.nodeName"), false);
        node_set_power(cluster->node, text(cluster, "spec.nodeName"), true);
        cluster_run(cluster, 5000);
        assert_int_equal(str_equal(identity(cluster), before), rows[i].is_kept);
    }
}

/* ---- kubelets ---- */

TEST("a kubelet that is cut off lets its containers run, restarts them, and tells of it later") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
    const char *member = text(cluster, "spec.nodeName"), *address = text(cluster, "status.podIP");

    node_set_kubelet(cluster->node, member, false);
    const char *last = renewed(cluster, member);
    cluster_run(cluster, 20000);
    assert_string_equal(renewed(cluster, member), last);
    assert_int_equal(json_length(cluster->opened), 2);
    assert_true(node_kill_container(cluster->node, "default", "db", "neo4j", false));
    cluster_run(cluster, ELECTED_MS);
    assert_int_equal(json_length(cluster->opened), 2); /* it runs again */
    assert_string_equal(status(cluster, "restartCount"), "0");
    assert_null(strstr(cluster_events(cluster, "db", "Started"), "×"));
    node_set_kubelet(cluster->node, member, true);
    cluster_run(cluster, 0);
    assert_string_not_equal(renewed(cluster, member), last);
    assert_string_equal(status(cluster, "restartCount"), "1");
    assert_string_equal(text(cluster, "status.podIP"), address);
    assert_true(is_ready(cluster));
}

TEST(
    "a kubelet that is cut off ends a deleted pod when it hears of it, and what was ended by force at once") {
    static const bool by_force[] = { false, true };

    for (size_t i = 0; i < ARRAY_LENGTH(by_force); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
        const char *member = text(cluster, "spec.nodeName");
        node_set_kubelet(cluster->node, member, false);
        if (by_force[i])
            cluster_finish_deletion(cluster, "db");
        else
            cluster_delete(cluster, PODS, "db");
        cluster_run(cluster, 120000);
        assert_int_equal(json_length(cluster->opened), 2); /* a server that nobody knows of any more */
        assert_int_equal(cluster_get(cluster, PODS, "db") == NULL, by_force[i]);
        node_set_kubelet(cluster->node, member, true);
        cluster_run(cluster, 60000);
        assert_int_equal(json_length(cluster->opened), 0);
        assert_null(cluster_get(cluster, PODS, "db"));
    }
}

TEST("pods that are bound to a node whose kubelet is cut off start when it is back") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
    const char *member = text(cluster, "spec.nodeName");

    node_set_kubelet(cluster->node, member, false);
    cluster_apply(cluster, arena_printf(cluster->arena, pod_format, "late",
                                        arena_printf(cluster->arena, "nodeName: %s,", member), "tty: false"));
    cluster_run(cluster, 20000);
    assert_string_equal(cluster_text(cluster, PODS, "late", "status.phase"), "Pending");
    node_set_kubelet(cluster->node, member, true);
    cluster_run(cluster, 5000);
    assert_string_equal(cluster_text(cluster, PODS, "late", "status.phase"), "Running");
}

TEST("what others wrote about a pod while its kubelet was cut off is put right") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
    const char *member = text(cluster, "spec.nodeName");

    node_set_kubelet(cluster->node, member, false);
    cluster_set_ready(cluster, "db", false);
    assert_false(is_ready(cluster));
    node_set_kubelet(cluster->node, member, true);
    cluster_run(cluster, 10);
    assert_true(is_ready(cluster));
}

/* ---- volumes that move ---- */

/* The pod of the same name again, on another node than the member. */
static const char *again_elsewhere(struct cluster *cluster, const char *member) {
    const char *other = str_equal(member, "sandbox-0") ? "sandbox-1" : "sandbox-0";

    cluster_apply(
        cluster,
        arena_printf(cluster->arena, pod_format, "db",
                     arena_printf(cluster->arena,
                                  "nodeName: %s, volumes: [{name: d, persistentVolumeClaim: {claimName: "
                                  "data}}],",
                                  other),
                     "volumeMounts: [{name: d, mountPath: /data}]"));
    cluster_run(cluster, 1000);
    return other;
}

TEST("a volume comes from a node that is not heard of after six minutes, and what ran there has lost it") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
    const char *member = text(cluster, "spec.nodeName"), *server = identity(cluster);

    node_set_kubelet(cluster->node, member, false);
    cluster_finish_deletion(cluster, "db");
    (void)again_elsewhere(cluster, member);
    cluster_run(cluster, 300000);
    assert_string_equal(text(cluster, "status.phase"), "Pending");
    assert_non_null(
        strstr(cluster_events(cluster, "db", "FailedAttachVolume"), "Multi-Attach error for volume"));
    assert_int_equal(json_length(cluster->opened), 2); /* the old one still runs */
    cluster_run(cluster, 200000);
    assert_true(is_ready(cluster));
    assert_int_equal(json_length(cluster->opened), 2); /* the new one does, and it alone */
    assert_string_equal(identity(cluster), server);
    node_set_kubelet(cluster->node, member, true);
    cluster_run(cluster, 60000);
    assert_int_equal(json_length(cluster->opened), 2);
    assert_true(is_ready(cluster));
}

TEST("a volume comes at once from a node that is out of service") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
    const char *member = text(cluster, "spec.nodeName"), *server = identity(cluster);

    node_set_power(cluster->node, member, false);
    cluster_patch(cluster, &KUBE_NODES, member, NULL,
                  "{spec: {taints: [{key: node.kubernetes.io/out-of-service, effect: NoExecute}]}}");
    cluster_finish_deletion(cluster, "db");
    (void)again_elsewhere(cluster, member);
    cluster_run(cluster, ELECTED_MS);
    assert_true(is_ready(cluster));
    assert_string_equal(identity(cluster), server);
}

TEST("a volume follows its pod from a node that lives without a word") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
    const char *member = text(cluster, "spec.nodeName");

    cluster_delete(cluster, PODS, "db");
    cluster_run(cluster, 60000);
    (void)again_elsewhere(cluster, member);
    cluster_run(cluster, ELECTED_MS);
    assert_true(is_ready(cluster));
    assert_string_equal(cluster_events(cluster, "db", "FailedAttachVolume"), "");
}

/* ---- disks ---- */

TEST("a server whose volume is lost starts again as another one") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
    const char *server = identity(cluster);

    assert_true(node_lose_volume(cluster->node, "default", "data"));
    cluster_run(cluster, 5000);
    assert_string_equal(status(cluster, "lastState.terminated.exitCode"), "137");
    assert_string_equal(status(cluster, "restartCount"), "1");
    assert_true(is_ready(cluster));
    assert_string_not_equal(identity(cluster), server);
    assert_string_equal(text(cluster, "status.containerStatuses.1.restartCount"), "0");
    assert_false(node_lose_volume(cluster->node, "default", "nothing"));
}

TEST("a server on a full disk does not come up again before there is room") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();

    assert_true(node_set_disk(cluster->node, "default", "data", NODE_DISK_FULL));
    cluster_run(cluster, 60000);
    assert_true(is_ready(cluster)); /* it has not written anything */
    assert_true(node_kill_container(cluster->node, "default", "db", "neo4j", false));
    cluster_run(cluster, 5000);
    assert_string_equal(status(cluster, "state.waiting.reason"), "CrashLoopBackOff");
    assert_string_equal(status(cluster, "lastState.terminated.exitCode"), "1");
    assert_true(node_set_disk(cluster->node, "default", "data", NODE_DISK_FINE));
    cluster_run(cluster, 60000);
    assert_true(is_ready(cluster));
    assert_false(node_set_disk(cluster->node, "default", "nothing", NODE_DISK_FULL));
}

TEST("a server on a slow disk takes long to come up") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();

    assert_true(node_set_disk(cluster->node, "default", "data", NODE_DISK_SLOW));
    assert_true(node_kill_container(cluster->node, "default", "db", "neo4j", false));
    cluster_run(cluster, 8000);
    assert_false(is_ready(cluster));
    cluster_run(cluster, 12000);
    assert_true(is_ready(cluster));
}

/* ---- chance ---- */

TEST("the same seed makes the same choices, another seed others") {
    static const uint64_t seeds[] = { 5, 5, 6 };
    const char *ids[3];

    for (size_t i = 0; i < ARRAY_LENGTH(seeds); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server();
        static char kept[3][64];
        node_reseed(cluster->node, seeds[i]);
        assert_true(node_lose_volume(cluster->node, "default", "data"));
        cluster_run(cluster, 5000);
        ids[i] = strcpy(kept[i], identity(cluster));
    }
    assert_string_equal(ids[0], ids[1]);
    assert_string_not_equal(ids[1], ids[2]);
}
