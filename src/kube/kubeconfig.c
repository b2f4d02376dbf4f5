#include "kube/kubeconfig.h"

#include "base/buffer.h"
#include "base/file.h"
#include "kube/kubeconfig_read.h"

#include <string.h>

#define SERVICE_ACCOUNT_DIRECTORY "/var/run/secrets/kubernetes.io/serviceaccount"

/* ---- life ---- */

static void free_exec(struct kubeconfig_exec *exec) {
    free(exec->api_version);
    free(exec->command);
    for (size_t i = 0; i < exec->argument_count; i++)
        free(exec->arguments[i]);
    free(exec->arguments);
    for (size_t i = 0; i < exec->variable_count; i++) {
        free(exec->variables[i].name);
        free(exec->variables[i].value);
    }
    free(exec->variables);
    free(exec->install_hint);
    free(exec->cluster_config);
}

void kubeconfig_free(struct kubeconfig *config) {
    if (!config)
        return;
    free(config->server);
    free(config->host);
    free(config->path_prefix);
    free(config->ca_pem);
    free(config->ca_file);
    free(config->tls_server_name);
    secret_text_clear(&config->token);
    free(config->token_file);
    free(config->client_certificate_pem);
    secret_text_clear(&config->client_key_pem);
    free(config->client_certificate_file);
    free(config->client_key_file);
    free_exec(&config->exec);
    free(config->namespace);
    free(config->context);
    free(config);
}

static char *copy_string(const char *string) {
    return string ? xstrdup(string) : NULL;
}

static struct secret_text copy_secret(const struct secret_text *secret) {
    return secret->bytes ? secret_text_new(secret->bytes, secret->length) : (struct secret_text){ 0 };
}

static struct kubeconfig_exec copy_exec(const struct kubeconfig_exec *exec) {
    struct kubeconfig_exec copy = {
        .api_version = copy_string(exec->api_version),
        .command = copy_string(exec->command),
        .arguments = xcalloc(exec->argument_count, sizeof(*exec->arguments)),
        .argument_count = exec->argument_count,
        .variables = xcalloc(exec->variable_count, sizeof(*exec->variables)),
        .variable_count = exec->variable_count,
        .install_hint = copy_string(exec->install_hint),
        .provide_cluster_info = exec->provide_cluster_info,
        .cluster_config = copy_string(exec->cluster_config),
    };

    for (size_t i = 0; i < exec->argument_count; i++)
        copy.arguments[i] = xstrdup(exec->arguments[i]);
    for (size_t i = 0; i < exec->variable_count; i++) {
        copy.variables[i].name = xstrdup(exec->variables[i].name);
        copy.variables[i].value = xstrdup(exec->variables[i].value);
    }
    return copy;
}

struct kubeconfig *kubeconfig_copy(const struct kubeconfig *config) {
    struct kubeconfig *copy = XNEW(struct kubeconfig);

    *copy = (struct kubeconfig){
        .server = copy_string(config->server),
        .is_plain_http = config->is_plain_http,
        .host = copy_string(config->host),
        .port = config->port,
        .path_prefix = copy_string(config->path_prefix),
        .ca_pem = copy_string(config->ca_pem),
        .ca_file = copy_string(config->ca_file),
        .tls_server_name = copy_string(config->tls_server_name),
        .insecure_skip_tls_verify = config->insecure_skip_tls_verify,
        .token = copy_secret(&config->token),
        .token_file = copy_string(config->token_file),
        .client_certificate_pem = copy_string(config->client_certificate_pem),
        .client_key_pem = copy_secret(&config->client_key_pem),
        .client_certificate_file = copy_string(config->client_certificate_file),
        .client_key_file = copy_string(config->client_key_file),
        .exec = copy_exec(&config->exec),
        .namespace = copy_string(config->namespace),
        .context = copy_string(config->context),
    };
    return copy;
}

/* ---- in a cluster ---- */

/* The pod's namespace; the file is missing where the token is mounted by hand. */
static char *read_namespace(const char *directory) {
    CLEANUP_FREE char *path = xprintf("%s/namespace", directory);
    CLEANUP_BUFFER struct buffer content = { 0 };
    struct text namespace;

    if (!file_read(path, 256, &content, NULL))
        return NULL;
    namespace = text_trim(buffer_text(&content));
    return namespace.length ? xstrndup(namespace.data, namespace.length) : NULL;
}

struct kubeconfig *kubeconfig_in_cluster(const struct kubeconfig_options *options, struct error *err) {
    const char *directory =
        options && options->service_account ? options->service_account : SERVICE_ACCOUNT_DIRECTORY;
    const char *host = getenv("KUBERNETES_SERVICE_HOST");
    const char *port = getenv("KUBERNETES_SERVICE_PORT");
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *config = XNEW(struct kubeconfig);
    CLEANUP_FREE char *url = NULL;

    if (str_empty(host) || str_empty(port)) {
        error_set(err, ERROR_INVALID,
                  "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: not in a pod");
        return NULL;
    }
    url = strchr(host, ':') ? xprintf("https://[%s]:%s", host, port) : xprintf("https://%s:%s", host, port);
    if (!kubeconfig_read_server(config, url, err))
        return NULL;
    config->token_file = xprintf("%s/token", directory);
    config->ca_file = xprintf("%s/ca.crt", directory);
    config->namespace = read_namespace(directory);
    return TAKE(config);
}

/* ---- files ---- */

struct kubeconfig *kubeconfig_parse(struct text text, const char *directory, const char *context,
                                    struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct kubeconfig_file file = { .path = "kubeconfig", .directory = directory };

    if (!kubeconfig_read_text(arena, text, &file, err))
        return NULL;
    return kubeconfig_read_context(arena, &file, 1, context, err);
}

/* In arena; "." when path has no directory. */
static char *directory_of(struct arena *arena, const char *path) {
    const char *slash = strrchr(path, '/');

    if (!slash)
        return arena_strdup(arena, ".");
    return arena_strndup(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

static bool read_file(struct arena *arena, const char *path, struct kubeconfig_file *out_file,
                      struct error *err) {
    CLEANUP_BUFFER struct buffer content = { 0 };
    struct kubeconfig_file file = { .path = path, .directory = directory_of(arena, path) };

    if (!file_read(path, KUBECONFIG_BYTES_MAX, &content, err))
        return false;
    if (!kubeconfig_read_text(arena, buffer_text(&content), &file, err))
        return error_wrap(err, "%s", path);
    *out_file = file;
    return true;
}

/* Where kubectl looks; in arena, or NULL without a home. */
static const char *default_paths(struct arena *arena) {
    const char *paths = getenv("KUBECONFIG");
    const char *home = getenv("HOME");

    if (!str_empty(paths))
        return paths;
    return str_empty(home) ? NULL : arena_printf(arena, "%s/.kube/config", home);
}

struct kubeconfig *kubeconfig_load(const struct kubeconfig_options *options, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *paths = options && options->paths ? options->paths : default_paths(arena);
    struct kubeconfig_file files[KUBECONFIG_FILES_MAX];
    struct text rest = text_from(paths ? paths : "");
    struct error missing = { 0 };
    size_t count = 0;

    while (rest.length) {
        struct text part = text_cut(&rest, ':');
        struct error why = { 0 };
        if (!part.length)
            continue;
        if (count == KUBECONFIG_FILES_MAX) {
            error_set(err, ERROR_INVALID, "more than %d kubeconfig files", KUBECONFIG_FILES_MAX);
            return NULL;
        }
        if (read_file(arena, arena_strndup(arena, part.data, part.length), &files[count], &why)) {
            count++;
        } else if (why.kind == ERROR_NOT_FOUND) {
            missing = why;
        } else {
            if (err)
                *err = why;
            return NULL;
        }
    }
    if (!count) {
        if (missing.kind && err)
            *err = missing;
        else
            error_set(err, ERROR_NOT_FOUND, "no kubeconfig: KUBECONFIG and HOME are not set");
        return NULL;
    }
    return kubeconfig_read_context(arena, files, count, options ? options->context : NULL, err);
}

struct kubeconfig *kubeconfig_find(const struct kubeconfig_options *options, struct error *err) {
    bool has_paths = (options && options->paths) || !str_empty(getenv("KUBECONFIG"));

    if (!has_paths && !str_empty(getenv("KUBERNETES_SERVICE_HOST")))
        return kubeconfig_in_cluster(options, err);
    return kubeconfig_load(options, err);
}
