#include "sim/workloads/cluster.h"
#include "test.h"

#define PODS &KUBE_PODS

static struct cluster *with_nodes(void) {
    struct cluster *cluster = cluster_new(true);
    cluster_run(cluster, 100);
    return cluster;
}

/* A Neo4j server of its own: it needs nobody else. */
static const char alone[] =
    "{name: NEO4J_ACCEPT_LICENSE_AGREEMENT, value: 'yes'}, {name: NEO4J_AUTH, value: "
    "neo4j/a-long-password}, {name: NEO4J_dbms_cluster_discovery_version, value: V2_ONLY}, {name: "
    "NEO4J_dbms_cluster_minimum__initial__system__primaries__count, value: '1'}";

static void apply_pod(struct cluster *cluster, const char *env, const char *container, const char *spec) {
    cluster_apply(
        cluster,
        arena_printf(
            cluster->arena,
            "{apiVersion: v1, kind: Pod, metadata: {name: db}, spec: {enableServiceLinks: false, %s "
            "containers: [{name: neo4j, image: 'neo4j:5.26.0-enterprise', env: [%s], ports: [{name: bolt, "
            "containerPort: 7687}], %s}]}}",
            spec, env, container));
}

static const char *status(struct cluster *cluster, const char *path) {
    return cluster_text(cluster, PODS, "db",
                        arena_printf(cluster->arena, "status.containerStatuses.0.%s", path));
}

static const char *log_of(struct cluster *cluster, bool previous) {
    struct api_logs logs = node_logs(cluster->node);
    struct buffer out = { 0 };
    struct error err = { 0 };
    uint64_t offset = 0;
    bool has_ended;
    struct api_log_call call = {
        .namespace = "default", .pod = "db", .container = "neo4j", .previous = previous
    };
    if (!logs.read(logs.context, &call, &offset, &out, &has_ended, &err))
        return arena_printf(cluster->arena, "error: %s", err.text);
    const char *text = arena_strdup(cluster->arena, buffer_string(&out));
    buffer_clear(&out);
    return text;
}

TEST("a server that starts is running, then started, then ready, and its socket is open") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    apply_pod(
        cluster, alone,
        "startupProbe: {tcpSocket: {port: bolt}, periodSeconds: 1, failureThreshold: 60}, readinessProbe: "
        "{tcpSocket: {port: bolt}, periodSeconds: 5}",
        "");
    cluster_run(cluster, 50);
    assert_string_equal(status(cluster, "state.waiting.reason"), "ContainerCreating");
    assert_string_equal(cluster_text(cluster, PODS, "db", "status.phase"), "Pending");
    assert_non_null(strstr(log_of(cluster, false), "waiting to start"));
    cluster_run(cluster, 450);
    assert_string_equal(cluster_text(cluster, PODS, "db", "status.phase"), "Running");
    assert_string_equal(status(cluster, "started"), "false");
    assert_string_equal(status(cluster, "ready"), "false");
    cluster_run(cluster, 3000);
    assert_string_equal(status(cluster, "started"), "true");
    assert_string_equal(status(cluster, "ready"), "true");
    assert_string_equal(status(cluster, "restartCount"), "0");
    assert_non_null(strstr(json_print(cluster->arena, cluster->opened), ":7687"));
    assert_non_null(strstr(log_of(cluster, false), "Started."));
    const char *const events[] = { "Scheduled", "Pulling", "Pulled", "Created", "Started", "Unhealthy" };
    for (size_t i = 0; i < ARRAY_LENGTH(events); i++)
        if (!*cluster_events(cluster, "db", events[i]))
            fail_msg("no event %s", events[i]);
}

TEST("a server that exits at each start is restarted at once, then after 10, 20, 40 s") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    apply_pod(cluster, "{name: NEO4J_AUTH, value: neo4j/short}", "livenessProbe: {tcpSocket: {port: bolt}}",
              "");
    cluster_run(cluster, 5000);
    assert_string_equal(status(cluster, "state.waiting.reason"), "CrashLoopBackOff");
    assert_string_equal(status(cluster, "restartCount"), "1");
    assert_string_equal(status(cluster, "lastState.terminated.reason"), "Error");
    assert_string_not_equal(status(cluster, "lastState.terminated.exitCode"), "0");
    assert_non_null(
        strstr(status(cluster, "state.waiting.message"), "back-off 10s restarting failed container=neo4j"));
    assert_non_null(
        strstr(cluster_events(cluster, "db", "BackOff"), "Back-off restarting failed container neo4j"));
    assert_string_not_equal(log_of(cluster, true), "");
    assert_string_equal(cluster_text(cluster, PODS, "db", "status.phase"), "Running");

    static const struct {
        int after_seconds;
        const char *restarts;
    } rows[] = { { 10, "2" }, { 10, "2" }, { 12, "3" }, { 30, "3" }, { 8, "4" } };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        cluster_run(cluster, rows[i].after_seconds * 1000);
        assert_string_equal(status(cluster, "restartCount"), rows[i].restarts);
    }
}

TEST("an image that does not exist is backed off from") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    cluster_apply(
        cluster, "{apiVersion: v1, kind: Pod, metadata: {name: db}, spec: {containers: [{name: neo4j, image: "
                 "'neo4j-mistyped:5.26.0-enterprise'}]}}");
    cluster_run(cluster, 1000);
    assert_string_equal(status(cluster, "state.waiting.reason"), "ImagePullBackOff");
    const char *message = status(cluster, "state.waiting.message");
    assert_true(str_starts_with(message, "Back-off pulling image \"neo4j-mistyped:5.26.0-enterprise\": "));
    assert_non_null(strstr(message, "ErrImagePull: failed to pull"));
    assert_non_null(strstr(cluster_events(cluster, "db", "Failed"), "ErrImagePull"));
    assert_non_null(strstr(cluster_events(cluster, "db", "Failed"), "not found"));
    assert_string_equal(cluster_text(cluster, PODS, "db", "status.phase"), "Pending");
    cluster_run(cluster, 300000);
    assert_non_null(strstr(cluster_events(cluster, "db", "Pulling"), "×5"));
}

TEST("a missing Secret holds the container back until it is there") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    apply_pod(cluster,
              arena_printf(cluster->arena,
                           "%s, {name: P, valueFrom: {secretKeyRef: {name: late, key: password}}}", alone),
              "livenessProbe: {tcpSocket: {port: bolt}}", "");
    cluster_run(cluster, 1000);
    assert_string_equal(status(cluster, "state.waiting.reason"), "CreateContainerConfigError");
    assert_string_equal(status(cluster, "state.waiting.message"), "secret \"late\" not found");
    assert_non_null(strstr(cluster_events(cluster, "db", "Failed"), "Error: secret \"late\" not found"));
    cluster_apply(cluster,
                  "{apiVersion: v1, kind: Secret, metadata: {name: late}, stringData: {password: x}}");
    cluster_run(cluster, 0);
    assert_string_not_equal(status(cluster, "state.running.startedAt"), "");
}

TEST("a server that does not start in time is killed by its start-up probe and starts again") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    apply_pod(cluster,
              "{name: NEO4J_ACCEPT_LICENSE_AGREEMENT, value: 'yes'}, {name: NEO4J_AUTH, value: "
              "neo4j/a-long-password}, "
              "{name: NEO4J_dbms_cluster_discovery_version, value: V2_ONLY}, {name: "
              "NEO4J_dbms_cluster_minimum__initial__system__primaries__count, value: '3'}",
              "startupProbe: {tcpSocket: {port: bolt}, periodSeconds: 2, failureThreshold: 3}", "");
    cluster_run(cluster, 4000);
    assert_string_equal(status(cluster, "restartCount"), "0");
    cluster_run(cluster, 6000);
    assert_string_equal(status(cluster, "restartCount"), "1");
    assert_non_null(strstr(cluster_events(cluster, "db", "Killing"),
                           "Container neo4j failed startup probe, will be restarted"));
    assert_non_null(strstr(cluster_events(cluster, "db", "Unhealthy"), "connect: connection refused ×"));
}

TEST("other images are not run: init containers succeed in turn, sidecars stay up, and both say so") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    apply_pod(
        cluster, alone, "readinessProbe: {tcpSocket: {port: bolt}, periodSeconds: 1}",
        "initContainers: [{name: first, image: 'neo4j/neo4j-admin:5.26.0-enterprise'}, {name: aside, image: "
        "'neo4j/neo4j-admin:5.26.0-enterprise', restartPolicy: Always}],");
    cluster_run(cluster, 420);
    assert_string_equal(status(cluster, "state.waiting.reason"), "PodInitializing");
    cluster_run(cluster, 5000);
    assert_string_equal(
        cluster_text(cluster, PODS, "db", "status.initContainerStatuses.0.state.terminated.reason"),
        "Completed");
    assert_string_not_equal(
        cluster_text(cluster, PODS, "db", "status.initContainerStatuses.1.state.running.startedAt"), "");
    assert_string_equal(status(cluster, "ready"), "true");
}

TEST("data outlives the container and the pod, and goes with the claim") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    static const char claim[] =
        "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: "
        "[ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}";
    static const char mount[] = "volumeMounts: [{name: d, mountPath: /data}]";
    static const char volume[] = "volumes: [{name: d, persistentVolumeClaim: {claimName: data}}],";
    static const char identity[] = "This instance is ServerId{";
    const char *ids[3];
    for (int i = 0; i < 3; i++) {
        if (i != 1)
            cluster_apply(cluster, claim);
        apply_pod(cluster, alone, mount, volume);
        cluster_run(cluster, 3000);
        const char *found = strstr(log_of(cluster, false), identity);
        assert_non_null(found);
        ids[i] = arena_strndup(cluster->arena, found + strlen(identity), 8);
        if (i == 1)
            cluster_delete(cluster, &KUBE_PERSISTENT_VOLUME_CLAIMS, "data");
        cluster_delete(cluster, PODS, "db");
        cluster_run(cluster, 60000);
    }
    assert_string_equal(ids[0], ids[1]);
    assert_string_not_equal(ids[1], ids[2]);
}

static const char backup_claims[] =
    "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: %s}, spec: {accessModes: "
    "[ReadWriteMany], resources: {requests: {storage: 1Gi}}}}";

/* A pod that runs neo4j-admin once, with a claim at /backup and one at /data. */
static void run_admin(struct cluster *cluster, const char *name, const char *command) {
    cluster_apply(
        cluster,
        arena_printf(
            cluster->arena,
            "{apiVersion: v1, kind: Pod, metadata: {name: %s}, spec: {restartPolicy: Never, volumes: "
            "[{name: b, persistentVolumeClaim: {claimName: backup}}, {name: d, "
            "persistentVolumeClaim: {claimName: data}}], containers: [{name: admin, image: "
            "'neo4j/neo4j-admin:5.26.0-enterprise', command: [%s], volumeMounts: [{name: b, "
            "mountPath: /backup, subPath: daily}, {name: d, mountPath: /data}]}]}}",
            name, command));
    cluster_run(cluster, 10000);
}

static const char *admin_log(struct cluster *cluster, const char *pod) {
    struct api_logs logs = node_logs(cluster->node);
    CLEANUP_BUFFER struct buffer out = { 0 };
    uint64_t offset = 0;
    bool has_ended;
    struct api_log_call call = { .namespace = "default", .pod = pod, .container = "admin" };

    assert_true(logs.read(logs.context, &call, &offset, &out, &has_ended, NULL));
    return arena_strdup(cluster->arena, buffer_string(&out));
}

TEST("a pod backs a server up to a claim, another restores it from there once the server is gone") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_nodes();
    static const char *const claims[] = { "backup", "data" };

    for (size_t i = 0; i < ARRAY_LENGTH(claims); i++)
        cluster_apply(cluster, arena_printf(cluster->arena, backup_claims, claims[i]));
    apply_pod(cluster,
              arena_printf(cluster->arena,
                           "%s, {name: NEO4J_server_backup_listen__address, value: '0.0.0.0:6362'}", alone),
              "volumeMounts: [{name: d, mountPath: /data}]",
              "volumes: [{name: d, persistentVolumeClaim: {claimName: data}}],");
    cluster_run(cluster, 30000);
    const char *address = cluster_text(cluster, PODS, "db", "status.podIP");
    run_admin(cluster, "save",
              arena_printf(cluster->arena,
                           "neo4j-admin, database, backup, '--from=%s:6362', --to-path=/backup, neo4j",
                           address));
    assert_string_equal(cluster_text(cluster, PODS, "save", "status.phase"), "Succeeded");
    assert_non_null(strstr(admin_log(cluster, "save"), "Finished artifact creation 'neo4j-"));
    run_admin(cluster, "early",
              "neo4j-admin, database, restore, --from-path=/backup, --overwrite-destination");
    assert_string_equal(cluster_text(cluster, PODS, "early", "status.phase"), "Failed");
    assert_string_equal(
        cluster_text(cluster, PODS, "early", "status.containerStatuses.0.state.terminated.exitCode"), "1");
    assert_non_null(strstr(admin_log(cluster, "early"), "The database is in use."));
    cluster_delete(cluster, PODS, "db");
    cluster_run(cluster, 60000);
    run_admin(cluster, "late",
              "/startup/docker-entrypoint.sh, neo4j-admin, database, restore, --from-path=/backup, "
              "--overwrite-destination");
    assert_string_equal(cluster_text(cluster, PODS, "late", "status.phase"), "Succeeded");
    run_admin(cluster, "wrong", "neo4j-admin, database, backup, --nonsense");
    assert_string_equal(
        cluster_text(cluster, PODS, "wrong", "status.containerStatuses.0.state.terminated.exitCode"), "64");
}
