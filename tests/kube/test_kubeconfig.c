#include "test.h"

#include "base/file.h"
#include "kube/kubeconfig.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLUSTER "clusters: [{name: c, cluster: {server: 'https://h'}}]\n"
#define CONTEXT "contexts: [{name: x, context: {cluster: c, user: u, namespace: ns}}]\ncurrent-context: x\n"

static struct kubeconfig *parse(const char *text, struct error *err) {
    return kubeconfig_parse(text_from(text), "/dir", NULL, err);
}

TEST("reads a context with all that belongs to it") {
    static const char text[] =
        "apiVersion: v1\nkind: Config\n"
        "clusters:\n- name: c\n  cluster:\n    server: https://[fd00::1]:6443/k8s/clusters/c1/\n"
        "    certificate-authority-data: Q0E=\n    tls-server-name: api.example.com\n"
        "users:\n- name: u\n  user:\n    client-certificate: cert.pem\n    client-key: /abs/key.pem\n"
        "    tokenFile: sub/token\n    token: inline\n"
        "contexts:\n- name: x\n  context: {cluster: c, user: u, namespace: ns}\n"
        "current-context: x\n";
    struct error err = { 0 };
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *parsed = parse(text, &err);

    if (!parsed)
        fail_msg("%s", err.text);
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *config = kubeconfig_copy(parsed);
    assert_string_equal(config->host, "fd00::1");
    assert_int_equal(config->port, 6443);
    assert_string_equal(config->path_prefix, "/k8s/clusters/c1");
    assert_false(config->is_plain_http);
    assert_string_equal(config->ca_pem, "CA");
    assert_string_equal(config->tls_server_name, "api.example.com");
    assert_string_equal(config->client_certificate_file, "/dir/cert.pem");
    assert_string_equal(config->client_key_file, "/abs/key.pem");
    assert_string_equal(config->token_file, "/dir/sub/token");
    assert_string_equal(config->token.bytes, "inline");
    assert_string_equal(config->namespace, "ns");
    assert_string_equal(config->context, "x");
    assert_null(config->exec.command);
}

TEST("reads a credential plug-in") {
    static const char text[] = CLUSTER CONTEXT
        "users:\n- name: u\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n"
        "      command: ./bin/login\n      args: [--a, 'b c']\n      env: [{name: A, value: B}]\n"
        "      installHint: get it\n      interactiveMode: IfAvailable\n      provideClusterInfo: true\n";
    struct error err = { 0 };
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *parsed = parse(text, &err);

    if (!parsed)
        fail_msg("%s", err.text);
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *config = kubeconfig_copy(parsed);
    assert_string_equal(config->exec.command, "/dir/./bin/login");
    assert_int_equal(config->exec.argument_count, 2);
    assert_string_equal(config->exec.arguments[1], "b c");
    assert_int_equal(config->exec.variable_count, 1);
    assert_string_equal(config->exec.variables[0].value, "B");
    assert_string_equal(config->exec.install_hint, "get it");
    assert_true(config->exec.provide_cluster_info);
}

TEST("refuses what it can't honour, and says what to do") {
    static const struct {
        const char *name;
        const char *text;
        const char *error;
    } rows[] = {
        { "empty", "", "no current-context" },
        { "no mapping", "[]", "is a mapping" },
        { "no current context", CLUSTER "contexts: [{name: x, context: {cluster: c}}]\n", "name one of: x" },
        { "unknown context", CLUSTER "contexts: [{name: z}]\ncurrent-context: x\n", "there are: z" },
        { "unknown cluster", CONTEXT "users: [{name: u, user: {}}]\n", "names the cluster \"c\"" },
        { "unknown user", CLUSTER CONTEXT, "names the user \"u\"" },
        { "password", CLUSTER CONTEXT "users: [{name: u, user: {username: a, password: b}}]\n",
          "username is not supported" },
        { "auth-provider", CLUSTER CONTEXT "users: [{name: u, user: {auth-provider: {name: gcp}}}]\n",
          "auth-provider is not supported; use an exec plug-in" },
        { "impersonation", CLUSTER CONTEXT "users: [{name: u, user: {as: root}}]\n", "as is not supported" },
        { "certificate without key", CLUSTER CONTEXT "users: [{name: u, user: {client-certificate: a}}]\n",
          "must be given together" },
        { "key that is no base64",
          CLUSTER CONTEXT "users: [{name: u, user: {client-key-data: '!', client-certificate: a}}]\n",
          "client-key-data is not base64" },
        { "authority that is no string",
          "clusters: [{name: c, cluster: {server: 'https://h', certificate-authority-data: 7}}]\n" CONTEXT
          "users: [{name: u, user: {}}]\n",
          "certificate-authority-data is not base64" },
        { "plug-in of an old protocol",
          CLUSTER CONTEXT "users: [{name: u, user: {exec: {apiVersion: "
                          "client.authentication.k8s.io/v1alpha1, command: a}}}]\n",
          "v1alpha1\" is not supported" },
        { "plug-in without a command",
          CLUSTER CONTEXT "users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1}}}]\n",
          "exec has no command" },
        { "plug-in that needs a terminal",
          CLUSTER CONTEXT
          "users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: "
          "a, interactiveMode: Always}}}]\n",
          "needs a terminal" },
        { "proxy",
          "clusters: [{name: c, cluster: {server: 'https://h', proxy-url: 'http://p'}}]\n" CONTEXT
          "users: [{name: u, user: {}}]\n",
          "proxy-url is not supported" },
        { "both trust and no trust",
          "clusters: [{name: c, cluster: {server: 'https://h', insecure-skip-tls-verify: true, "
          "certificate-authority: a}}]\n" CONTEXT "users: [{name: u, user: {}}]\n",
          "exclude each other" },
        { "no server", "clusters: [{name: c, cluster: {}}]\n" CONTEXT "users: [{name: u, user: {}}]\n",
          "has no server" },
        { "two documents", "a: 1\n---\nb: 2\n", "one YAML document" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct error err = { 0 };
        CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *config = parse(rows[i].text, &err);
        if (config || err.kind != ERROR_INVALID || !strstr(err.text, rows[i].error))
            fail_msg("%s: %s", rows[i].name, config ? "was taken" : err.text);
    }
}

TEST("takes addresses of servers apart, and refuses what is none") {
    static const struct {
        const char *url;
        const char *host; /* NULL: refused */
        int port;
        const char *prefix;
    } rows[] = {
        { "https://h", "h", 443, "" },
        { "https://h:6443", "h", 6443, "" },
        { "https://h/", "h", 443, "" },
        { "https://h:1/a/b//", "h", 1, "/a/b" },
        { "https://[::1]", "::1", 443, "" },
        { "http://127.0.0.1:8001", "127.0.0.1", 8001, "" },
        { "http://localhost", "localhost", 80, "" },
        { "http://[::1]:8001", "::1", 8001, "" },
        { "http://10.0.0.1:8001", NULL, 0, NULL },
        { "h:6443", NULL, 0, NULL },
        { "ftp://h", NULL, 0, NULL },
        { "https://", NULL, 0, NULL },
        { "https://:443", NULL, 0, NULL },
        { "https://h:0", NULL, 0, NULL },
        { "https://h:65536", NULL, 0, NULL },
        { "https://h:", NULL, 0, NULL },
        { "https://h:4x", NULL, 0, NULL },
        { "https://[::1", NULL, 0, NULL },
        { "https://[::1]x", NULL, 0, NULL },
        { "https://user@h", NULL, 0, NULL },
        { "https://h/a?b", NULL, 0, NULL },
        { "https://h/a b", NULL, 0, NULL },
        { "https://h\\r\\nX: y", NULL, 0, NULL },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_FREE char *text =
            xprintf("clusters: [{name: c, cluster: {server: \"%s\"}}]\ncontexts: [{name: x, "
                    "context: {cluster: c}}]\ncurrent-context: x\n",
                    rows[i].url);
        struct error err = { 0 };
        CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *config = parse(text, &err);
        if (!rows[i].host != !config)
            fail_msg("%s: %s", rows[i].url, err.text);
        if (!config)
            continue;
        assert_string_equal(config->host, rows[i].host);
        assert_int_equal(config->port, rows[i].port);
        assert_string_equal(config->path_prefix, rows[i].prefix);
    }
}

/* A directory for one test, with files of these contents. */
struct folder {
    char path[32];
    char *names[4];
    size_t count;
};

static struct folder folder_make(void) {
    struct folder folder = { .path = "/tmp/neo4j-kubeconfig-XXXXXX" };

    ensure(mkdtemp(folder.path));
    return folder;
}

static const char *folder_add(struct folder *folder, const char *name, const char *content) {
    char *path = xprintf("%s/%s", folder->path, name);

    ensure(folder->count < ARRAY_LENGTH(folder->names));
    ensure(file_write(path, text_from(content), 0600, NULL));
    return folder->names[folder->count++] = path;
}

static void folder_clear(struct folder *folder) {
    for (size_t i = 0; i < folder->count; i++) {
        (void)unlink(folder->names[i]);
        free(folder->names[i]);
    }
    (void)rmdir(folder->path);
}

TEST("merges files as kubectl does: the first word counts, paths are relative to their file") {
    CLEANUP(folder_clear) struct folder folder = folder_make();
    const char *first = folder_add(&folder, "first",
                                   "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
                                   "clusters: [{name: c, cluster: {server: 'https://first'}}]\n");
    const char *second = folder_add(&folder, "second",
                                    "clusters: [{name: c, cluster: {server: 'https://second'}}]\n"
                                    "users: [{name: u, user: {tokenFile: token}}]\n"
                                    "contexts: [{name: x, context: {cluster: other}}, {name: z, context: "
                                    "{cluster: c, user: u}}]\ncurrent-context: x\n");
    CLEANUP_FREE char *paths = xprintf("%s/missing:%s::%s", folder.path, first, second);
    CLEANUP_FREE char *token = xprintf("%s/token", folder.path);
    struct error err = { 0 };
    CLEANUP_POINTER(kubeconfig_free)
    struct kubeconfig *config = kubeconfig_load(&(struct kubeconfig_options){ .paths = paths }, &err);
    if (!config)
        fail_msg("%s", err.text);
    assert_string_equal(config->host, "first");
    assert_string_equal(config->token_file, token);
    CLEANUP_POINTER(kubeconfig_free)
    struct kubeconfig *other =
        kubeconfig_load(&(struct kubeconfig_options){ .paths = paths, .context = "z" }, &err);
    assert_non_null(other);
    assert_string_equal(other->context, "z");
}

TEST("says which file is missing or broken") {
    CLEANUP(folder_clear) struct folder folder = folder_make();
    const char *broken = folder_add(&folder, "broken", "a: [");
    CLEANUP_FREE char *missing = xprintf("%s/missing", folder.path);
    struct error err = { 0 };

    assert_null(kubeconfig_load(&(struct kubeconfig_options){ .paths = missing }, &err));
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.text, missing));
    assert_null(kubeconfig_load(&(struct kubeconfig_options){ .paths = broken }, &err));
    assert_non_null(strstr(err.text, broken));
}

TEST("reads the configuration of a pod") {
    CLEANUP(folder_clear) struct folder folder = folder_make();
    struct error err = { 0 };
    struct kubeconfig_options options = { .service_account = folder.path };

    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("KUBERNETES_SERVICE_PORT");
    assert_null(kubeconfig_in_cluster(&options, &err));
    setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    folder_add(&folder, "namespace", "mine\n");
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *config = kubeconfig_in_cluster(&options, &err);
    if (!config)
        fail_msg("%s", err.text);
    assert_string_equal(config->host, "fd00::1");
    assert_string_equal(config->namespace, "mine");
    assert_true(str_ends_with(config->token_file, "/token"));
    assert_true(str_ends_with(config->ca_file, "/ca.crt"));

    unsetenv("KUBECONFIG");
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *found = kubeconfig_find(&options, &err);
    assert_string_equal(found->host, "fd00::1");
    const char *file = folder_add(
        &folder, "config", "contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x\n" CLUSTER);
    setenv("KUBECONFIG", file, 1);
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *chosen = kubeconfig_find(&options, &err);
    assert_string_equal(chosen->host, "h");
    unsetenv("KUBECONFIG");
    unsetenv("KUBERNETES_SERVICE_HOST");
    unsetenv("KUBERNETES_SERVICE_PORT");
}
