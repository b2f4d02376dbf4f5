#include "kube/kubeconfig_read.h"

#include "base/encoding.h"
#include "base/yaml.h"

#include <string.h>

enum { PORT_MAX = 65535, HOST_BYTES_MAX = 253 };

bool kubeconfig_read_text(struct arena *arena, struct text text, struct kubeconfig_file *file,
                          struct error *err) {
    struct json *documents = NULL;

    if (text.length > KUBECONFIG_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "a kubeconfig may have %d bytes", KUBECONFIG_BYTES_MAX);
    if (!yaml_parse(arena, text, &documents, err))
        return false;
    if (json_length(documents) > 1)
        return error_set(err, ERROR_INVALID, "a kubeconfig is one YAML document, this has %zu",
                         json_length(documents));
    file->root = json_item(documents, 0);
    if (!file->root)
        file->root = json_new_object(arena);
    if (!json_is(file->root, JSON_OBJECT))
        return error_set(err, ERROR_INVALID, "a kubeconfig is a mapping");
    return true;
}

/* ---- the server's address ---- */

static bool is_loopback(const char *host) {
    return str_equal(host, "localhost") || str_equal(host, "::1") || str_starts_with(host, "127.");
}

/* "host", "host:port", "[v6]:port": host in arena, port left alone when there is none. */
static bool split_authority(struct arena *arena, struct text authority, const char **out_host, int *port) {
    struct text host, rest = authority;
    int64_t number = 0;

    if (text_starts_with(authority, "[")) {
        rest.data++, rest.length--;
        host = text_cut(&rest, ']');
        if (!rest.data) /* no closing bracket */
            return false;
    } else {
        const char *colon = memchr(authority.data, ':', authority.length);
        host = (struct text){ authority.data, colon ? (size_t)(colon - authority.data) : authority.length };
        rest = (struct text){ host.data + host.length, authority.length - host.length };
    }
    if (!host.length || host.length > HOST_BYTES_MAX)
        return false;
    *out_host = arena_strndup(arena, host.data, host.length);
    if (!rest.length)
        return true;
    if (*rest.data != ':' || !parse_int64((struct text){ rest.data + 1, rest.length - 1 }, &number) ||
        number < 1 || number > PORT_MAX)
        return false;
    *port = (int)number;
    return true;
}

/* What may stand in the request line as it is: visible ASCII, and no query or fragment. */
static bool is_plain_path(struct text path) {
    for (size_t i = 0; i < path.length; i++)
        if (path.data[i] <= ' ' || path.data[i] > '~' || path.data[i] == '?' || path.data[i] == '#')
            return false;
    return true;
}

bool kubeconfig_read_server(struct kubeconfig *config, const char *url, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    bool is_plain_http = str_starts_with(url, "http://");
    struct text rest, authority, path = { "", 0 };
    int port = is_plain_http ? 80 : 443;
    const char *host = NULL, *slash;

    if (!is_plain_http && !str_starts_with(url, "https://"))
        return error_set(err, ERROR_INVALID, "server %s: must begin with https://", url);
    rest = text_from(url + strlen(is_plain_http ? "http://" : "https://"));
    slash = memchr(rest.data, '/', rest.length);
    authority = (struct text){ rest.data, slash ? (size_t)(slash - rest.data) : rest.length };
    if (slash)
        path = text_from(slash);
    while (text_ends_with(path, "/"))
        path.length--;
    if (!is_plain_path(authority) || !is_plain_path(path) || memchr(authority.data, '@', authority.length) ||
        !split_authority(arena, authority, &host, &port))
        return error_set(err, ERROR_INVALID, "server %s: must be https://HOST[:PORT][/PATH]", url);
    if (is_plain_http && !is_loopback(host))
        return error_set(err, ERROR_INVALID,
                         "server %s: http:// is only for loopback addresses; use https://", url);
    config->server = xstrdup(url);
    config->is_plain_http = is_plain_http;
    config->host = xstrdup(host);
    config->port = port;
    config->path_prefix = xstrndup(path.data, path.length);
    return true;
}

/* ---- finding entries over all files ---- */

/* The member `key` ("cluster") of the entry of that name in the list ("clusters"), of the first file that has
 * it. */
static const struct json *find_entry(const struct kubeconfig_file *files, size_t count, const char *list,
                                     const char *key, const char *name,
                                     const struct kubeconfig_file **out_file) {
    for (size_t i = 0; i < count; i++) {
        JSON_FOR_EACH_ITEM (entry, json_get(files[i].root, list)) {
            if (!str_equal(json_string(json_get(entry, "name"), NULL), name))
                continue;
            *out_file = &files[i];
            return json_get(entry, key);
        }
    }
    return NULL;
}

static const char *current_context(const struct kubeconfig_file *files, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string(json_get(files[i].root, "current-context"), NULL);
        if (!str_empty(name))
            return name;
    }
    return NULL;
}

/* "a, b": for messages. In arena. */
static const char *context_names(struct arena *arena, const struct kubeconfig_file *files, size_t count) {
    CLEANUP_BUFFER struct buffer names = { 0 };

    for (size_t i = 0; i < count; i++)
        JSON_FOR_EACH_ITEM (entry, json_get(files[i].root, "contexts"))
            buffer_printf(&names, "%s%s", names.length ? ", " : "",
                          json_string(json_get(entry, "name"), "?"));
    return arena_strdup(arena, names.length ? buffer_string(&names) : "none");
}

/* ---- fields ---- */

static char *take_string(const struct json *object, const char *key) {
    const char *string = json_string(json_get(object, key), NULL);

    return str_empty(string) ? NULL : xstrdup(string);
}

static char *take_path(const struct json *object, const char *key, const struct kubeconfig_file *file) {
    const char *path = json_string(json_get(object, key), NULL);

    if (str_empty(path))
        return NULL;
    return *path == '/' ? xstrdup(path) : xprintf("%s/%s", file->directory, path);
}

/* Decodes base64 into *out, NUL-terminated; leaves it alone when there is no such key. */
static bool read_data(const struct json *object, const char *key, struct secret_text *out,
                      struct error *err) {
    CLEANUP_BUFFER struct buffer decoded = { 0 };
    const struct json *value = json_get(object, key);
    bool is_base64;

    if (!value || json_is(value, JSON_NULL) || (json_is(value, JSON_STRING) && !value->length))
        return true;
    is_base64 =
        json_is(value, JSON_STRING) && base64_decode(&decoded, (struct text){ value->string, value->length });
    if (is_base64)
        *out = secret_text_new(decoded.data ? decoded.data : "", decoded.length);
    if (decoded.data)
        explicit_bzero(decoded.data, decoded.capacity);
    return is_base64 || error_set(err, ERROR_INVALID, "%s is not base64", key);
}

/* The same for what is public. */
static bool read_public_data(const struct json *object, const char *key, char **out, struct error *err) {
    struct secret_text data = { 0 };

    if (!read_data(object, key, &data, err))
        return false;
    if (data.bytes)
        *out = data.bytes;
    return true;
}

static bool refuse(const struct json *object, const char *key, const char *instead, struct error *err) {
    const struct json *value = json_get(object, key);

    if (!value || json_is(value, JSON_NULL) || (json_is(value, JSON_STRING) && !value->length))
        return true;
    return error_set(err, ERROR_INVALID, "%s is not supported; %s", key, instead);
}

static bool read_cluster(struct kubeconfig *config, const struct json *cluster,
                         const struct kubeconfig_file *file, struct error *err) {
    const char *server = json_string(json_get(cluster, "server"), NULL);

    if (str_empty(server))
        return error_set(err, ERROR_INVALID, "the cluster has no server");
    if (!refuse(cluster, "proxy-url", "the API server must be reached directly", err) ||
        !kubeconfig_read_server(config, server, err) ||
        !read_public_data(cluster, "certificate-authority-data", &config->ca_pem, err))
        return false;
    config->ca_file = take_path(cluster, "certificate-authority", file);
    config->tls_server_name = take_string(cluster, "tls-server-name");
    if (config->tls_server_name && strlen(config->tls_server_name) > HOST_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "tls-server-name has more than %d characters", HOST_BYTES_MAX);
    config->insecure_skip_tls_verify = json_bool(json_get(cluster, "insecure-skip-tls-verify"), false);
    if (config->insecure_skip_tls_verify && (config->ca_pem || config->ca_file))
        return error_set(err, ERROR_INVALID,
                         "insecure-skip-tls-verify and a certificate authority exclude each other");
    return true;
}

/* ---- exec ---- */

static const char *const exec_versions[] = { "client.authentication.k8s.io/v1",
                                             "client.authentication.k8s.io/v1beta1" };

static bool is_exec_version(const char *version) {
    for (size_t i = 0; i < ARRAY_LENGTH(exec_versions); i++)
        if (str_equal(version, exec_versions[i]))
            return true;
    return false;
}

static void read_exec_lists(struct kubeconfig_exec *exec, const struct json *value) {
    const struct json *arguments = json_get(value, "args");
    const struct json *variables = json_get(value, "env");

    exec->arguments = xcalloc(json_is(arguments, JSON_ARRAY) ? json_length(arguments) : 0, sizeof(char *));
    JSON_FOR_EACH_ITEM (argument, arguments)
        exec->arguments[exec->argument_count++] = xstrdup(json_string(argument, ""));
    exec->variables =
        xcalloc(json_is(variables, JSON_ARRAY) ? json_length(variables) : 0, sizeof(*exec->variables));
    JSON_FOR_EACH_ITEM (variable, variables) {
        struct kubeconfig_variable *added = &exec->variables[exec->variable_count++];
        added->name = xstrdup(json_string(json_get(variable, "name"), ""));
        added->value = xstrdup(json_string(json_get(variable, "value"), ""));
    }
}

/* What the cluster entry holds for plug-ins; in arena, or NULL. */
static const char *exec_cluster_config(struct arena *arena, const struct json *cluster) {
    JSON_FOR_EACH_ITEM (extension, json_get(cluster, "extensions"))
        if (str_equal(json_string(json_get(extension, "name"), NULL), "client.authentication.k8s.io/exec") &&
            json_get(extension, "extension"))
            return json_print(arena, json_get(extension, "extension"));
    return NULL;
}

static bool read_exec(struct arena *arena, struct kubeconfig_exec *exec, const struct json *value,
                      const struct json *cluster, const struct kubeconfig_file *file, struct error *err) {
    const char *command = json_string(json_get(value, "command"), NULL);
    const char *version = json_string(json_get(value, "apiVersion"), "");
    const char *cluster_config = exec_cluster_config(arena, cluster);

    if (!json_is(value, JSON_OBJECT))
        return true;
    if (str_empty(command))
        return error_set(err, ERROR_INVALID, "exec has no command");
    if (!is_exec_version(version))
        return error_set(err, ERROR_INVALID, "exec: apiVersion \"%s\" is not supported; %s and %s are",
                         version, exec_versions[0], exec_versions[1]);
    if (str_equal(json_string(json_get(value, "interactiveMode"), NULL), "Always"))
        return error_set(err, ERROR_INVALID,
                         "exec: %s needs a terminal (interactiveMode Always), which is not given", command);
    exec->api_version = xstrdup(version);
    /* A command with a slash is relative to the file, one without is looked up in PATH. */
    exec->command = *command != '/' && strchr(command, '/') ? xprintf("%s/%s", file->directory, command)
                                                            : xstrdup(command);
    exec->install_hint = take_string(value, "installHint");
    exec->provide_cluster_info = json_bool(json_get(value, "provideClusterInfo"), false);
    if (exec->provide_cluster_info && cluster_config)
        exec->cluster_config = xstrdup(cluster_config);
    read_exec_lists(exec, value);
    return true;
}

/* ---- the user and the whole ---- */

static bool read_user(struct arena *arena, struct kubeconfig *config, const struct json *user,
                      const struct json *cluster, const struct kubeconfig_file *file, struct error *err) {
    const struct json *token = json_get(user, "token");

    if (!refuse(user, "username", "API servers have no basic authentication any more; use a token", err) ||
        !refuse(user, "password", "API servers have no basic authentication any more; use a token", err) ||
        !refuse(user, "auth-provider", "use an exec plug-in", err) ||
        !refuse(user, "as", "impersonation would hide who acts; use that user's own credentials", err) ||
        !read_public_data(user, "client-certificate-data", &config->client_certificate_pem, err) ||
        !read_data(user, "client-key-data", &config->client_key_pem, err))
        return false;
    config->client_certificate_file = take_path(user, "client-certificate", file);
    config->client_key_file = take_path(user, "client-key", file);
    if (json_is(token, JSON_STRING) && token->length)
        config->token = secret_text_new(token->string, token->length);
    config->token_file = take_path(user, "tokenFile", file);
    if ((config->client_certificate_pem || config->client_certificate_file) !=
        (config->client_key_pem.bytes || config->client_key_file))
        return error_set(err, ERROR_INVALID, "a client certificate and its key must be given together");
    return read_exec(arena, &config->exec, json_get(user, "exec"), cluster, file, err);
}

static struct kubeconfig *read_parts(struct arena *arena, const struct kubeconfig_file *files, size_t count,
                                     const char *name, const struct json *context, struct error *err) {
    CLEANUP_POINTER(kubeconfig_free) struct kubeconfig *config = XNEW(struct kubeconfig);
    const char *cluster_name = json_string(json_get(context, "cluster"), "");
    const char *user_name = json_string(json_get(context, "user"), "");
    const struct kubeconfig_file *cluster_file = NULL, *user_file = NULL;
    const struct json *cluster = find_entry(files, count, "clusters", "cluster", cluster_name, &cluster_file);
    const struct json *user = find_entry(files, count, "users", "user", user_name, &user_file);

    if (!cluster) {
        error_set(err, ERROR_INVALID, "context %s names the cluster \"%s\", which is not there", name,
                  cluster_name);
        return NULL;
    }
    if (!user_file && *user_name) {
        error_set(err, ERROR_INVALID, "context %s names the user \"%s\", who is not there", name, user_name);
        return NULL;
    }
    config->context = xstrdup(name);
    config->namespace = take_string(context, "namespace");
    if (!read_cluster(config, cluster, cluster_file, err)) {
        error_wrap(err, "%s: cluster %s", cluster_file->path, cluster_name);
        return NULL;
    }
    if (user_file && !read_user(arena, config, user, cluster, user_file, err)) {
        error_wrap(err, "%s: user %s", user_file->path, user_name);
        return NULL;
    }
    return TAKE(config);
}

struct kubeconfig *kubeconfig_read_context(struct arena *arena, const struct kubeconfig_file *files,
                                           size_t count, const char *context, struct error *err) {
    const char *name = context ? context : current_context(files, count);
    const struct kubeconfig_file *file = NULL;
    const struct json *found;

    if (!name) {
        error_set(err, ERROR_INVALID, "the kubeconfig has no current-context; name one of: %s",
                  context_names(arena, files, count));
        return NULL;
    }
    found = find_entry(files, count, "contexts", "context", name, &file);
    if (!found) {
        error_set(err, ERROR_INVALID, "no context \"%s\" in the kubeconfig; there are: %s", name,
                  context_names(arena, files, count));
        return NULL;
    }
    return read_parts(arena, files, count, name, found, err);
}
