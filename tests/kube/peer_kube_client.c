/* The client against a real API server: KUBE_PEER_KUBECONFIG names the kubeconfig of an administrator. Each
 * test works in a namespace of its own, which it deletes.
 */
#include "test.h"

#include "base/encoding.h"
#include "base/file.h"
#include "base/yaml.h"
#include "kube/cache.h"
#include "kube/client.h"
#include "kube/events.h"
#include "kube/lease.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct peer {
    struct arena *arena;
    struct kube *kube;
    char *namespace;
};

/* Before main(): cmocka's own skip names no reason. */
__attribute__((constructor)) static void skip_without_peer(void) {
    if (getenv("KUBE_PEER_KUBECONFIG"))
        return;
    puts("1..0 # SKIP KUBE_PEER_KUBECONFIG is not set: no API server to test against");
    exit(0);
}

static struct kube *connect_to(const struct kubeconfig *config, const struct kube_client_options *options) {
    struct error err = { 0 };
    struct kube *kube = kube_client_new(config, options, &err);

    if (!kube)
        fail_msg("%s", err.text);
    return kube;
}

static struct kubeconfig *load(void) {
    struct error err = { 0 };
    struct kubeconfig *config =
        kubeconfig_load(&(struct kubeconfig_options){ .paths = getenv("KUBE_PEER_KUBECONFIG") }, &err);

    if (!config)
        fail_msg("%s", err.text);
    return config;
}

static struct json *parse_yaml(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
static struct json *parse_yaml(struct arena *arena, const char *format, ...) {
    struct json *documents = NULL;
    struct error err = { 0 };
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    if (!yaml_parse(arena, text_from(text), &documents, &err))
        fail_msg("%s", err.text);
    return json_item(documents, 0);
}

#define ASK(condition)                                                                                       \
    do {                                                                                                     \
        struct error why = { 0 };                                                                            \
        if (!(condition))                                                                                    \
            fail_msg("%s: %s", #condition, why.text);                                                        \
    } while (0)

static struct peer peer_begin(void) {
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *config = load();
    struct peer peer = { .arena = arena_new(), .kube = connect_to(config, NULL) };
    char suffix[9];
    uint32_t random;

    random_bytes(&random, sizeof(random));
    snprintf(suffix, sizeof(suffix), "%08x", random);
    peer.namespace = arena_printf(peer.arena, "client-%s", suffix);
    ASK(kube_create(
        peer.kube, peer.arena,
        parse_yaml(peer.arena, "{apiVersion: v1, kind: Namespace, metadata: {name: %s}}", peer.namespace),
        NULL, &why));
    return peer;
}

static void peer_end(struct peer *peer) {
    ASK(kube_delete(peer->kube, &KUBE_NAMESPACES, NULL, peer->namespace, NULL, KUBE_PROPAGATION_DEFAULT,
                    &why));
    kube_client_free(peer->kube);
    arena_free(peer->arena);
}
#define CLEANUP_PEER CLEANUP(peer_end)

static struct json *config_map(struct peer *peer, const char *name, const char *key, const char *value) {
    return parse_yaml(
        peer->arena,
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, namespace: %s, labels: {app: x}}, "
        "data: {%s: \"%s\"}}",
        name, peer->namespace, key, value);
}

/* Until condition holds: the peer is real, and so is its time. */
#define WAIT_FOR(condition)                                                                                  \
    do {                                                                                                     \
        int waited_ms = 0;                                                                                   \
        for (; !(condition) && waited_ms < 15000; waited_ms += 10)                                           \
            nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);                              \
        if (waited_ms >= 15000)                                                                              \
            fail_msg("timed out: %s", #condition);                                                           \
    } while (0)

TEST("creates, reads, replaces, patches and deletes an object") {
    CLEANUP_PEER struct peer peer = peer_begin();
    struct json *object = NULL, *patched = NULL;
    struct error err = { 0 };

    ASK(kube_get(peer.kube, peer.arena, &KUBE_CONFIG_MAPS, peer.namespace, "a", &object, &why));
    assert_null(object);
    ASK(kube_create(peer.kube, peer.arena, config_map(&peer, "a", "k", "1"), &object, &why));
    assert_string_equal(json_string_at(object, "data.k", ""), "1");
    assert_null(json_at(object, "metadata.managedFields"));
    assert_false(kube_create(peer.kube, peer.arena, config_map(&peer, "a", "k", "1"), NULL, &err));
    assert_int_equal(err.kind, ERROR_ALREADY_EXISTS);

    json_set_string(peer.arena, json_get(object, "data"), "k", "2");
    struct kube_call update = { .verb = KUBE_UPDATE,
                                .resource = &KUBE_CONFIG_MAPS,
                                .namespace = peer.namespace,
                                .name = "a",
                                .body = object };
    ASK(peer.kube->call(peer.kube, &update, peer.arena, NULL, &why));
    assert_false(peer.kube->call(peer.kube, &update, peer.arena, NULL, &err));
    assert_int_equal(err.kind, ERROR_CONFLICT);

    ASK(kube_merge_patch(peer.kube, peer.arena, &KUBE_CONFIG_MAPS, peer.namespace, "a", NULL,
                         parse_yaml(peer.arena, "data: {k: null, l: \"3\"}"), &patched, &why));
    assert_null(json_at(patched, "data.k"));
    assert_string_equal(json_string_at(patched, "data.l", ""), "3");

    assert_false(kube_delete(peer.kube, &KUBE_CONFIG_MAPS, peer.namespace, "a", "another-uid",
                             KUBE_PROPAGATION_DEFAULT, &err));
    assert_int_equal(err.kind, ERROR_CONFLICT);
    ASK(kube_delete(peer.kube, &KUBE_CONFIG_MAPS, peer.namespace, "a",
                    json_string_at(patched, "metadata.uid", ""), KUBE_FOREGROUND, &why));
    ASK(kube_delete(peer.kube, &KUBE_CONFIG_MAPS, peer.namespace, "a", NULL, KUBE_BACKGROUND, &why));
}

TEST("applies, sees the conflict with another manager, and takes over by force") {
    CLEANUP_PEER struct peer peer = peer_begin();
    struct json *object = NULL;
    struct error err = { 0 };

    ASK(kube_apply(peer.kube, peer.arena, "one", config_map(&peer, "a", "k", "1"), &object, &why));
    struct kube_call apply = { .verb = KUBE_APPLY,
                               .resource = &KUBE_CONFIG_MAPS,
                               .namespace = peer.namespace,
                               .name = "a",
                               .field_manager = "two",
                               .body = config_map(&peer, "a", "k", "2") };
    assert_false(peer.kube->call(peer.kube, &apply, peer.arena, NULL, &err));
    assert_int_equal(err.kind, ERROR_CONFLICT);
    assert_non_null(strstr(err.text, "\"one\""));
    apply.dry_run = apply.force = true;
    ASK(peer.kube->call(peer.kube, &apply, peer.arena, &object, &why));
    assert_string_equal(json_string_at(object, "data.k", ""), "2");
    ASK(kube_get(peer.kube, peer.arena, &KUBE_CONFIG_MAPS, peer.namespace, "a", &object, &why));
    assert_string_equal(json_string_at(object, "data.k", ""), "1");
    apply.dry_run = false;
    ASK(peer.kube->call(peer.kube, &apply, peer.arena, &object, &why));
    assert_string_equal(json_string_at(object, "data.k", ""), "2");
}

TEST("names the field that the API server refuses") {
    CLEANUP_PEER struct peer peer = peer_begin();
    struct error err = { 0 };

    assert_false(kube_apply(peer.kube, peer.arena, "test",
                            parse_yaml(peer.arena,
                                       "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: %s}, "
                                       "spec: {ports: [{port: 70000}]}}",
                                       peer.namespace),
                            NULL, &err));
    assert_int_equal(err.kind, ERROR_INVALID);
    assert_non_null(strstr(err.text, "spec.ports[0].port"));
    assert_false(err.outcome_unknown);
}

TEST("tells a kind that is not served from an object that is not there") {
    CLEANUP_PEER struct peer peer = peer_begin();
    static const struct kube_resource unknown = { "missing.example.com", "v1", "things", "Thing", true };
    struct json *object = NULL;
    struct error err = { 0 };

    assert_false(kube_get(peer.kube, peer.arena, &unknown, peer.namespace, "a", &object, &err));
    assert_int_equal(err.kind, ERROR_REFUSED);
    assert_non_null(strstr(err.text, "things of missing.example.com/v1"));
}

TEST("lists over several pages, by label, and metadata alone") {
    CLEANUP_PEER struct peer peer = peer_begin();
    struct json *items = NULL, *list = NULL;

    for (int i = 0; i < KUBE_LIST_PAGE + 10; i++) {
        char name[16];
        snprintf(name, sizeof(name), "m%03d", i);
        ASK(kube_create(peer.kube, peer.arena, config_map(&peer, name, "k", "1"), NULL, &why));
    }
    ASK(kube_list(peer.kube, peer.arena, &KUBE_CONFIG_MAPS, peer.namespace, "app=x", &items, &why));
    assert_int_equal(json_length(items), KUBE_LIST_PAGE + 10);
    assert_string_equal(json_string_at(json_item(items, 0), "kind", ""), "ConfigMap");
    ASK(kube_list(peer.kube, peer.arena, &KUBE_CONFIG_MAPS, peer.namespace, "app in (y,z)", &items, &why));
    assert_int_equal(json_length(items), 0);

    struct kube_call call = { .verb = KUBE_LIST,
                              .resource = &KUBE_CONFIG_MAPS,
                              .namespace = peer.namespace,
                              .label_selector = "app=x",
                              .field_selector = "metadata.name=m007",
                              .metadata_only = true };
    ASK(peer.kube->call(peer.kube, &call, peer.arena, &list, &why));
    items = json_get(list, "items");
    assert_int_equal(json_length(items), 1);
    assert_null(json_get(json_item(items, 0), "data"));
    assert_string_equal(json_string_at(json_item(items, 0), "metadata.labels.app", ""), "x");
}

TEST("writes status through its own path") {
    CLEANUP_PEER struct peer peer = peer_begin();
    struct json *object = NULL;

    ASK(kube_apply(
        peer.kube, peer.arena, "test",
        parse_yaml(peer.arena,
                   "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a, namespace: "
                   "%s}, spec: {minAvailable: 1, selector: {matchLabels: {app: x}}}}",
                   peer.namespace),
        NULL, &why));
    ASK(kube_apply_status(
        peer.kube, peer.arena, "test",
        parse_yaml(peer.arena,
                   "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a, namespace: %s}, "
                   "status: {currentHealthy: 7, desiredHealthy: 1, disruptionsAllowed: 6, expectedPods: 7}}",
                   peer.namespace),
        &object, &why));
    assert_int_equal(json_integer_at(object, "status.currentHealthy", 0), 7);
}

static const char pod_yaml[] =
    "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: %s, labels: {app: x}}, "
    "spec: {containers: [{name: c, image: none}]}}";

static bool pod_is_ready(struct peer *peer) {
    struct json *pod = NULL;

    ASK(kube_get(peer->kube, peer->arena, &KUBE_PODS, peer->namespace, "p", &pod, &why));
    return str_equal(json_string_at(pod, "status.phase", ""), "Running");
}

TEST("evicts a pod once its budget allows it") {
    CLEANUP_PEER struct peer peer = peer_begin();
    struct json *object = NULL;
    struct error err = { 0 };

    ASK(kube_apply(
        peer.kube, peer.arena, "test",
        parse_yaml(peer.arena,
                   "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a, namespace: "
                   "%s}, spec: {minAvailable: 1, selector: {matchLabels: {app: x}}}}",
                   peer.namespace),
        NULL, &why));
    ASK(kube_create(peer.kube, peer.arena, parse_yaml(peer.arena, pod_yaml, peer.namespace), &object, &why));
    WAIT_FOR(pod_is_ready(&peer));
    assert_false(kube_evict(peer.kube, peer.namespace, "p", NULL, &err));
    assert_int_equal(err.kind, ERROR_THROTTLED);
    assert_non_null(strstr(err.text, "disruption"));
    ASK(kube_delete(peer.kube, &KUBE_POD_DISRUPTION_BUDGETS, peer.namespace, "a", NULL, KUBE_BACKGROUND,
                    &why));
    assert_false(kube_evict(peer.kube, peer.namespace, "p", "another-uid", &err));
    assert_int_equal(err.kind, ERROR_CONFLICT);
    ASK(kube_evict(peer.kube, peer.namespace, "p", json_string_at(object, "metadata.uid", ""), &why));
    struct kube_call end = { .verb = KUBE_DELETE,
                             .resource = &KUBE_PODS,
                             .namespace = peer.namespace,
                             .name = "p",
                             .immediately = true };
    (void)!peer.kube->call(peer.kube, &end, peer.arena, NULL, NULL); /* kwok may have been quicker */
    WAIT_FOR(kube_get(peer.kube, peer.arena, &KUBE_PODS, peer.namespace, "p", &object, NULL) && !object);
}

struct seen {
    unsigned added;
    unsigned changed;
    unsigned removed;
};

static void on_change(void *context, const struct cache_change *change) {
    struct seen *seen = context;

    if (!change->before)
        __atomic_add_fetch(&seen->added, 1, __ATOMIC_SEQ_CST);
    else if (change->after)
        __atomic_add_fetch(&seen->changed, 1, __ATOMIC_SEQ_CST);
    else
        __atomic_add_fetch(&seen->removed, 1, __ATOMIC_SEQ_CST);
}

static unsigned load_count(const unsigned *counter) {
    return __atomic_load_n(counter, __ATOMIC_SEQ_CST);
}

TEST("keeps a cache in step through lists, events and the ends of watches") {
    CLEANUP_PEER struct peer peer = peer_begin();
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *config = load();
    struct kube *kube = connect_to(config, &(struct kube_client_options){ .watch_seconds = 1 });
    struct seen seen = { 0 };
    struct cache *cache = cache_new(on_change, &seen);
    struct kube_client_counts counts;
    const struct json *object;

    for (int i = 0; i < 230; i++) {
        char name[16];
        snprintf(name, sizeof(name), "m%03d", i);
        ASK(kube_create(peer.kube, peer.arena, config_map(&peer, name, "k", "1"), NULL, &why));
    }
    cache_follow(cache, kube,
                 &(struct cache_follow){
                     .resource = &KUBE_CONFIG_MAPS, .namespace = peer.namespace, .label_selector = "app=x" });
    assert_true(cache_wait_synced(cache, 10000));
    assert_int_equal(load_count(&seen.added), 230);

    ASK(kube_apply(peer.kube, peer.arena, "t", config_map(&peer, "m007", "other", "2"), NULL, &why));
    ASK(kube_delete(peer.kube, &KUBE_CONFIG_MAPS, peer.namespace, "m008", NULL, KUBE_BACKGROUND, &why));
    ASK(kube_create(peer.kube, peer.arena, config_map(&peer, "new", "k", "3"), NULL, &why));
    WAIT_FOR(load_count(&seen.added) == 231 && load_count(&seen.changed) == 1 &&
             load_count(&seen.removed) == 1);
    assert_null(cache_get(cache, peer.arena, &KUBE_CONFIG_MAPS, peer.namespace, "m008"));
    object = cache_get(cache, peer.arena, &KUBE_CONFIG_MAPS, peer.namespace, "m007");
    assert_string_equal(json_string_at(object, "data.other", ""), "2");
    assert_string_equal(json_string_at(object, "kind", ""), "ConfigMap");

    do
        kube_client_count(kube, &counts);
    while (counts.watches < 4 && (nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL), true));
    ASK(kube_create(peer.kube, peer.arena, config_map(&peer, "newer", "k", "4"), NULL, &why));
    WAIT_FOR(cache_get(cache, peer.arena, &KUBE_CONFIG_MAPS, peer.namespace, "newer"));
    kube_client_count(kube, &counts);
    assert_int_equal(counts.watch_events, 4);
    assert_int_equal(counts.failures, 0);
    cache_free(cache);
    kube_client_free(kube);
}

/* A service account with a token, as in a pod. */
static void write_service_account(struct peer *peer, const char *directory, const char *role) {
    struct json *token = NULL, *ca = NULL;

    ASK(kube_create(peer->kube, peer->arena,
                    parse_yaml(peer->arena,
                               "{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa, namespace: %s}}",
                               peer->namespace),
                    NULL, &why));
    ASK(kube_apply(
        peer->kube, peer->arena, "t",
        parse_yaml(peer->arena,
                   "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r, "
                   "namespace: %s}, rules: [{apiGroups: [\"\"], resources: [%s], verbs: [get, list, "
                   "watch]}]}",
                   peer->namespace, role),
        NULL, &why));
    ASK(kube_apply(
        peer->kube, peer->arena, "t",
        parse_yaml(peer->arena,
                   "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: r, "
                   "namespace: %s}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: "
                   "r}, subjects: [{kind: ServiceAccount, name: sa, namespace: %s}]}",
                   peer->namespace, peer->namespace),
        NULL, &why));
    struct kube_call call = { .verb = KUBE_CREATE,
                              .resource = &KUBE_SERVICE_ACCOUNTS,
                              .namespace = peer->namespace,
                              .name = "sa",
                              .subresource = "token",
                              .body =
                                  parse_yaml(peer->arena, "{apiVersion: authentication.k8s.io/v1, kind: "
                                                          "TokenRequest, spec: {expirationSeconds: 600}}") };
    ASK(peer->kube->call(peer->kube, &call, peer->arena, &token, &why));
    WAIT_FOR(kube_get(peer->kube, peer->arena, &KUBE_CONFIG_MAPS, peer->namespace, "kube-root-ca.crt", &ca,
                      NULL) &&
             ca);
    ASK(file_write(arena_printf(peer->arena, "%s/token", directory),
                   text_from(json_string_at(token, "status.token", "")), 0600, &why));
    ASK(file_write(arena_printf(peer->arena, "%s/ca.crt", directory),
                   text_from(json_string(json_get(json_get(ca, "data"), "ca.crt"), "")), 0600, &why));
    ASK(file_write(arena_printf(peer->arena, "%s/namespace", directory), text_from(peer->namespace), 0600,
                   &why));
}

static void remove_service_account(struct peer *peer, const char *directory) {
    static const char *const names[] = { "token", "ca.crt", "namespace" };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        assert_int_equal(unlink(arena_printf(peer->arena, "%s/%s", directory, names[i])), 0);
    assert_int_equal(rmdir(directory), 0);
}

TEST("works from a pod's service account, and says what it is not allowed") {
    CLEANUP_PEER struct peer peer = peer_begin();
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *admin = load();
    char directory[] = "/tmp/neo4j-kube-peer-XXXXXX";
    struct json *items = NULL;
    struct error err = { 0 };
    char port[8];

    assert_non_null(mkdtemp(directory));
    write_service_account(&peer, directory, "configmaps");
    snprintf(port, sizeof(port), "%d", admin->port);
    setenv("KUBERNETES_SERVICE_HOST", admin->host, 1);
    setenv("KUBERNETES_SERVICE_PORT", port, 1);
    CLEANUP_POINTER(kubeconfig_free)
    struct kubeconfig *config =
        kubeconfig_in_cluster(&(struct kubeconfig_options){ .service_account = directory }, &err);
    if (!config)
        fail_msg("%s", err.text);
    assert_string_equal(config->namespace, peer.namespace);
    struct kube *kube = connect_to(config, NULL);
    ASK(kube_list(kube, peer.arena, &KUBE_CONFIG_MAPS, peer.namespace, NULL, &items, &why));
    assert_int_equal(json_length(items), 1);
    assert_false(kube_list(kube, peer.arena, &KUBE_SECRETS, peer.namespace, NULL, &items, &err));
    assert_int_equal(err.kind, ERROR_FORBIDDEN);
    assert_non_null(strstr(err.text, "cannot list resource \"secrets\""));

    /* The token goes bad, then good again: the file is read anew after the refusal. */
    const char *path = arena_printf(peer.arena, "%s/token", directory);
    CLEANUP_BUFFER struct buffer good = { 0 };
    ASK(file_read(path, 65536, &good, &why));
    ASK(file_write(path, TEXT("bad"), 0600, &why));
    kube_client_free(kube);
    kube = connect_to(config, NULL);
    assert_false(kube_list(kube, peer.arena, &KUBE_CONFIG_MAPS, peer.namespace, NULL, &items, &err));
    assert_int_equal(err.kind, ERROR_UNAUTHORIZED);
    ASK(file_write(path, buffer_text(&good), 0600, &why));
    ASK(kube_list(kube, peer.arena, &KUBE_CONFIG_MAPS, peer.namespace, NULL, &items, &why));
    kube_client_free(kube);

    remove_service_account(&peer, directory);
}

TEST("gets its token from a credential plug-in, for calls and watches") {
    CLEANUP_PEER struct peer peer = peer_begin();
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *config = load();
    char directory[] = "/tmp/neo4j-kube-peer-XXXXXX";
    struct cache *cache = cache_new(NULL, NULL);
    struct error err = { 0 };

    assert_non_null(mkdtemp(directory));
    write_service_account(&peer, directory, "configmaps");
    const char *script = arena_printf(peer.arena, "%s/plug-in", directory);
    const char *text = arena_printf(peer.arena,
                                    "#!/bin/sh\nprintf '{\"kind\":\"ExecCredential\",\"apiVersion\":"
                                    "\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"%%s\"}}' "
                                    "\"$(cat %s/token)\"\n",
                                    directory);
    ASK(file_write(script, text_from(text), 0700, &why));
    free(TAKE(config->client_certificate_pem));
    secret_text_clear(&config->client_key_pem);
    config->exec.api_version = xstrdup("client.authentication.k8s.io/v1");
    config->exec.command = xstrdup(script);
    struct kube *kube = connect_to(config, NULL);
    cache_follow(cache, kube,
                 &(struct cache_follow){ .resource = &KUBE_CONFIG_MAPS, .namespace = peer.namespace });
    assert_true(cache_wait_synced(cache, 10000));
    assert_non_null(cache_get(cache, peer.arena, &KUBE_CONFIG_MAPS, peer.namespace, "kube-root-ca.crt"));
    assert_false(kube_create(kube, peer.arena, config_map(&peer, "a", "k", "1"), NULL, &err));
    assert_int_equal(err.kind, ERROR_FORBIDDEN);
    assert_non_null(strstr(err.text, "system:serviceaccount:"));
    cache_free(cache);
    kube_client_free(kube);
    assert_int_equal(unlink(script), 0);
    remove_service_account(&peer, directory);
}

TEST("tells an event, and counts it on over a restart") {
    CLEANUP_PEER struct peer peer = peer_begin();
    struct json *about = NULL, *items = NULL;
    struct events_counts counts;

    ASK(kube_create(peer.kube, peer.arena, config_map(&peer, "a", "k", "1"), &about, &why));
    const struct event event = {
        .regarding = about, .type = EVENT_WARNING, .reason = "Waiting", .note = "why"
    };
    for (int restart = 0; restart < 3; restart++) {
        CLEANUP_POINTER(events_free)
        struct events *events = events_new(peer.kube, &clock_system, "operator-0");
        ASK(events_tell(events, &event, &why));
        ASK(events_tell(events, &event, &why));
        events_count(events, &counts);
        assert_int_equal(counts.failed, 0);
    }
    ASK(kube_list(peer.kube, peer.arena, &KUBE_EVENTS, peer.namespace, NULL, &items, &why));
    assert_int_equal(json_length(items), 1);
    /* One for each telling but the last of the second and third operator: series are patched now and then. */
    assert_int_equal(json_integer_at(items, "0.series.count", 0), 4);
    assert_string_equal(json_string_at(items, "0.regarding.uid", ""),
                        json_string_at(about, "metadata.uid", "-"));
    assert_string_equal(json_string_at(items, "0.note", ""), "why");
}

TEST("elects one of two, and the other once the first has given up") {
    CLEANUP_PEER struct peer peer = peer_begin();
    CLEANUP_POINTER(lease_free)
    struct lease *one = lease_new(peer.kube, &clock_system,
                                  &(struct lease_options){ .namespace = peer.namespace, .identity = "one" });
    CLEANUP_POINTER(lease_free)
    struct lease *two = lease_new(peer.kube, &clock_system,
                                  &(struct lease_options){ .namespace = peer.namespace, .identity = "two" });
    int64_t wait_ms;

    for (int i = 0; i < 3; i++) {
        ASK(lease_step(one, &wait_ms, &why));
        ASK(lease_step(two, &wait_ms, &why));
    }
    assert_true(lease_is_leader(one));
    assert_false(lease_is_leader(two));
    ASK(lease_release(one, &why));
    ASK(lease_step(two, &wait_ms, &why));
    ASK(lease_step(one, &wait_ms, &why));
    assert_true(lease_is_leader(two));
    assert_string_equal(lease_holder(one, peer.arena), "two");
}

enum { CALLERS = 6, CALLS = 200 };

static void *call_often(void *context) {
    struct peer *peer = context;

    for (int i = 0; i < CALLS; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct json *object = NULL;
        struct error err = { 0 };
        if (!kube_get(peer->kube, arena, &KUBE_CONFIG_MAPS, peer->namespace, i % 2 ? "a" : "none", &object,
                      &err) ||
            !object != !(i % 2))
            return xstrdup(err.kind ? err.text : "the wrong object");
    }
    return NULL;
}

TEST("serves many threads over a few connections") {
    CLEANUP_PEER struct peer peer = peer_begin();
    struct kube_client_counts counts;
    pthread_t threads[CALLERS];

    ASK(kube_create(peer.kube, peer.arena, config_map(&peer, "a", "k", "1"), NULL, &why));
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, &peer), 0);
    for (int i = 0; i < CALLERS; i++) {
        void *complaint = NULL;
        pthread_join(threads[i], &complaint);
        if (complaint)
            fail_msg("%s", (char *)complaint);
    }
    kube_client_count(peer.kube, &counts);
    assert_int_equal(counts.requests[KUBE_GET], CALLERS * CALLS);
    assert_in_range(counts.connections, 1, KUBE_CLIENT_CONNECTIONS_MAX);
}
