#include "base/certificate.h"
#include "sim/neo4j/process_tls.h"
#include "sim/neo4j/server.h"
#include "sim/workloads/cluster.h"
#include "test.h"

/* A Secret with a key and a certificate that no other call makes. */
static void apply_secret(struct cluster *cluster) {
    CLEANUP_CERTIFICATE struct certificate made = { 0 };
    CLEANUP_BUFFER struct buffer pem = { 0 };
    struct json *secret = json_new_object(cluster->arena), *data;
    struct error err = { 0 };

    if (!certificate_make(&made,
                          &(struct certificate_subject){ .common_name = "db",
                                                         .usage = "serverAuth",
                                                         .names = "DNS:db",
                                                         .begins = INT64_C(1767225600) - 60,
                                                         .ends = INT64_C(1767225600) + 3600 },
                          NULL, &err))
        fail_msg("%s", err.text);
    CLEANUP(secret_text_clear) struct secret_text key = certificate_write_key(&made);
    certificate_write(&made, &pem);
    json_set_string(cluster->arena, secret, "apiVersion", "v1");
    json_set_string(cluster->arena, secret, "kind", "Secret");
    json_set_string(cluster->arena, json_set_object(cluster->arena, secret, "metadata"), "name", "tls");
    data = json_set_object(cluster->arena, secret, "stringData");
    json_set_string(cluster->arena, data, "tls.crt", arena_strdup(cluster->arena, buffer_string(&pem)));
    json_set_string(cluster->arena, data, "tls.key", arena_strndup(cluster->arena, key.bytes, key.length));
    cluster_apply(cluster, json_print(cluster->arena, secret));
}

static const char whole[] = "{name: tls, mountPath: /ssl}";
static const char plain[] =
    "{name: tls, secret: {secretName: tls, items: [{key: tls.crt, path: public.crt}, {key: tls.key, path: "
    "private.key}]}}";

/* A server whose Bolt policy reads the files of the Secret, ready. */
static struct cluster *with_server(const char *mounts, const char *volume) {
    struct cluster *cluster = cluster_new(true);

    cluster_run(cluster, 100);
    apply_secret(cluster);
    cluster_apply(
        cluster,
        arena_printf(
            cluster->arena,
            "{apiVersion: v1, kind: Pod, metadata: {name: db}, spec: {enableServiceLinks: false, containers: "
            "[{name: neo4j, image: 'neo4j:2025.10.1-enterprise', env: [{name: "
            "NEO4J_ACCEPT_LICENSE_AGREEMENT, value: 'yes'}, {name: NEO4J_AUTH, value: "
            "neo4j/a-long-password}, "
            "{name: NEO4J_dbms_cluster_minimum__initial__system__primaries__count, value: '1'}, {name: "
            "NEO4J_dbms_ssl_policy_bolt_enabled, value: 'true'}, {name: "
            "NEO4J_dbms_ssl_policy_bolt_base__directory, value: /ssl}], volumeMounts: [%s]}], volumes: "
            "[%s]}}",
            mounts, volume));
    cluster_run(cluster, 5000);
    if (!cluster->process)
        fail_msg("the server did not start: %s",
                 json_print(cluster->arena, json_get(cluster_get(cluster, &KUBE_PODS, "db"), "status")));
    return cluster;
}

/* The certificate that the server shows once it was told to read its policies again. */
static struct certificate reloaded(struct cluster *cluster) {
    struct error err = { 0 };
    unsigned generation;

    if (!process_reload_tls(cluster->process, &err))
        fail_msg("%s", err.text);
    return certificate_share(&neo4j_process_tls(cluster->process, TLS_BOLT, &generation)->chain.items[0]);
}

static bool shows_another(struct cluster *cluster, const struct certificate *before) {
    CLEANUP_CERTIFICATE struct certificate now = reloaded(cluster);

    return !certificate_equal(before, &now);
}

TEST("files of a running container follow their Secret within a minute, but not those of subPath mounts") {
    static const struct {
        const char *what, *mounts, *volume;
        bool follows;
    } rows[] = {
        { "a Secret", whole, plain, true },
        { "projected", whole,
          "{name: tls, projected: {sources: [{secret: {name: tls, items: [{key: tls.crt, path: public.crt}, "
          "{key: tls.key, path: private.key}]}}]}}",
          true },
        { "subPath",
          "{name: tls, mountPath: /ssl/public.crt, subPath: public.crt}, {name: tls, mountPath: "
          "/ssl/private.key, subPath: private.key}",
          plain, false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server(rows[i].mounts, rows[i].volume);
        CLEANUP_CERTIFICATE struct certificate first = reloaded(cluster);
        apply_secret(cluster);
        cluster_run(cluster, 1000);
        if (shows_another(cluster, &first))
            fail_msg("%s: the files changed before the pod was synchronised", rows[i].what);
        cluster_run(cluster, 60000);
        if (shows_another(cluster, &first) != rows[i].follows)
            fail_msg("%s: %s", rows[i].what, rows[i].follows ? "the files stayed" : "the files changed");
        assert_string_equal(
            cluster_text(cluster, &KUBE_PODS, "db", "status.containerStatuses.0.restartCount"), "0");
    }
}

TEST("a Secret that has gone leaves its files, is told, and is followed again when it comes back") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server(whole, plain);
    CLEANUP_CERTIFICATE struct certificate first = reloaded(cluster);

    assert_string_equal(cluster_events(cluster, "db", "FailedMount"), "");
    cluster_delete(cluster, &KUBE_SECRETS, "tls");
    cluster_run(cluster, 61000);
    assert_non_null(strstr(cluster_events(cluster, "db", "FailedMount"),
                           "MountVolume.SetUp failed for volume \"tls\" : secret \"tls\" not found"));
    assert_false(shows_another(cluster, &first));
    apply_secret(cluster);
    cluster_run(cluster, 61000);
    assert_true(shows_another(cluster, &first));
}

TEST("what changes at a Secret besides its data, and other Secrets, reach no file") {
    CLEANUP_POINTER(cluster_free) struct cluster *cluster = with_server(whole, plain);
    CLEANUP_CERTIFICATE struct certificate first = reloaded(cluster);

    cluster_patch(cluster, &KUBE_SECRETS, "tls", NULL, "{metadata: {annotations: {a: b}}}");
    cluster_apply(cluster, "{apiVersion: v1, kind: Secret, metadata: {name: other}, stringData: {a: b}}");
    cluster_run(cluster, 61000);
    assert_false(shows_another(cluster, &first));
}
