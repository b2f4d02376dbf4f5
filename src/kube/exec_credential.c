#include "kube/exec_credential.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

void exec_credential_clear(struct exec_credential *credential) {
    secret_text_clear(&credential->token);
    secret_text_clear(&credential->client_key_pem);
    free(TAKE(credential->client_certificate_pem));
    credential->expires_wall_ns = 0;
}

/* ---- what it says ---- */

bool exec_credential_parse(struct text text, const char *api_version, struct exec_credential *out_credential,
                           struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value = NULL;
    const struct json *status;
    const char *token, *certificate, *key, *expiry;
    int64_t expires = 0;

    if (!json_parse(arena, text, NULL, &value, NULL)) /* the parser's error might quote a token */
        return error_set(err, ERROR_PROTOCOL, "its output is not JSON");
    if (!str_equal(json_string(json_get(value, "kind"), NULL), "ExecCredential") ||
        !str_equal(json_string(json_get(value, "apiVersion"), NULL), api_version))
        return error_set(err, ERROR_PROTOCOL, "its output is not an ExecCredential of %s", api_version);
    status = json_get(value, "status");
    token = json_string(json_get(status, "token"), "");
    certificate = json_string(json_get(status, "clientCertificateData"), "");
    key = json_string(json_get(status, "clientKeyData"), "");
    expiry = json_string(json_get(status, "expirationTimestamp"), "");
    if (!*certificate != !*key)
        return error_set(err, ERROR_PROTOCOL, "it gave a client certificate without a key, or the reverse");
    if (!*token && !*certificate)
        return error_set(err, ERROR_PROTOCOL, "it gave neither a token nor a client certificate");
    if (*expiry && !time_parse(text_from(expiry), &expires))
        return error_set(err, ERROR_PROTOCOL, "its expirationTimestamp is not a time");
    *out_credential = (struct exec_credential){ 0 };
    if (*token)
        out_credential->token = secret_text_new(token, strlen(token));
    if (*certificate) {
        out_credential->client_certificate_pem = xstrdup(certificate);
        out_credential->client_key_pem = secret_text_new(key, strlen(key));
    }
    out_credential->expires_wall_ns = expires;
    return true;
}

/* ---- what it is told ---- */

/* KUBERNETES_EXEC_INFO, in arena. */
static char *exec_info(struct arena *arena, const struct kubeconfig *config) {
    struct json *info = json_new_object(arena);
    struct json *spec;

    json_set_string(arena, info, "kind", "ExecCredential");
    json_set_string(arena, info, "apiVersion", config->exec.api_version);
    spec = json_set_object(arena, info, "spec");
    json_set_bool(arena, spec, "interactive", false);
    if (config->exec.provide_cluster_info) {
        struct json *cluster = json_set_object(arena, spec, "cluster");
        struct json *value = NULL;
        json_set_string(arena, cluster, "server", config->server);
        if (config->tls_server_name)
            json_set_string(arena, cluster, "tls-server-name", config->tls_server_name);
        if (config->insecure_skip_tls_verify)
            json_set_bool(arena, cluster, "insecure-skip-tls-verify", true);
        if (config->ca_pem) {
            CLEANUP_BUFFER struct buffer encoded = { 0 };
            base64_encode(&encoded, config->ca_pem, strlen(config->ca_pem));
            json_set_string(arena, cluster, "certificate-authority-data", buffer_string(&encoded));
        }
        if (config->exec.cluster_config &&
            json_parse(arena, text_from(config->exec.cluster_config), NULL, &value, NULL))
            json_set(arena, cluster, "config", value);
    }
    return json_print(arena, info);
}

static bool is_variable(const char *assignment, const char *name) {
    size_t length = strlen(name);

    return !strncmp(assignment, name, length) && assignment[length] == '=';
}

static void set_variable(struct arena *arena, char **environment, size_t *count, const char *name,
                         const char *value) {
    char *assignment = arena_printf(arena, "%s=%s", name, value);

    for (size_t i = 0; i < *count; i++) {
        if (is_variable(environment[i], name)) {
            environment[i] = assignment;
            return;
        }
    }
    environment[(*count)++] = assignment;
}

/* Ours, then the kubeconfig's, then the protocol's; in arena. */
static char **plug_in_environment(struct arena *arena, const struct kubeconfig *config) {
    size_t present = 0, count = 0;
    char **environment;

    while (environ[present])
        present++;
    environment = ARENA_ARRAY(arena, char *, present + config->exec.variable_count + 2);
    for (; count < present; count++)
        environment[count] = environ[count];
    for (size_t i = 0; i < config->exec.variable_count; i++)
        set_variable(arena, environment, &count, config->exec.variables[i].name,
                     config->exec.variables[i].value);
    set_variable(arena, environment, &count, "KUBERNETES_EXEC_INFO", exec_info(arena, config));
    return environment;
}

static char **plug_in_arguments(struct arena *arena, const struct kubeconfig_exec *exec) {
    char **arguments = ARENA_ARRAY(arena, char *, exec->argument_count + 2);

    arguments[0] = arena_strdup(arena, exec->command);
    for (size_t i = 0; i < exec->argument_count; i++)
        arguments[i + 1] = exec->arguments[i];
    return arguments;
}

/* ---- running it ---- */

struct plug_in {
    pid_t process;
    int process_fd;
    int output_fd;
    int stop_fd;
    int64_t deadline_ns;
};

static void plug_in_end(struct plug_in *plug_in) {
    if (plug_in->output_fd >= 0)
        close(plug_in->output_fd);
    if (plug_in->process_fd >= 0)
        close(plug_in->process_fd);
    if (plug_in->process > 0) {
        (void)kill(-plug_in->process, SIGKILL); /* it, and what it left behind */
        while (waitpid(plug_in->process, NULL, 0) < 0 && errno == EINTR)
            ;
    }
}

static int spawn(const struct kubeconfig *config, int output_fd, pid_t *out_process) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    int failure;

    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    failure = posix_spawnp(out_process, config->exec.command, &actions, &attributes,
                           plug_in_arguments(arena, &config->exec), plug_in_environment(arena, config));
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failure;
}

static bool plug_in_start(const struct kubeconfig *config, struct plug_in *plug_in, struct error *err) {
    int ends[2];
    int failure;

    if (pipe2(ends, O_CLOEXEC))
        return error_set(err, ERROR_INTERNAL, "pipe: %s", strerror(errno));
    plug_in->output_fd = ends[0];
    failure = spawn(config, ends[1], &plug_in->process);
    close(ends[1]);
    if (failure) {
        plug_in->process = 0;
        return error_set(err, ERROR_UNAVAILABLE, "it could not be started: %s%s%s", strerror(failure),
                         config->exec.install_hint ? "; " : "",
                         config->exec.install_hint ? config->exec.install_hint : "");
    }
    plug_in->process_fd = pidfd_open(plug_in->process, 0);
    if (plug_in->process_fd < 0)
        return error_set(err, ERROR_INTERNAL, "pidfd_open: %s", strerror(errno));
    return true;
}

static int ms_left(const struct plug_in *plug_in) {
    int64_t left = plug_in->deadline_ns - clock_monotonic(&clock_system);

    return left <= 0 ? 0 : (int)(left / NANOSECONDS_PER_MS) + 1;
}

/* Waits until fd is readable. */
static bool await(const struct plug_in *plug_in, int fd, const char *too_late, struct error *err) {
    for (;;) {
        struct pollfd waits[] = { { .fd = fd, .events = POLLIN },
                                  { .fd = plug_in->stop_fd, .events = POLLIN } };
        int ready = poll(waits, ARRAY_LENGTH(waits), ms_left(plug_in));

        if (ready == 0)
            return error_set(err, ERROR_TIMEOUT, "%s", too_late);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready < 0)
            return error_set(err, ERROR_INTERNAL, "poll: %s", strerror(errno));
        if (waits[1].revents)
            return error_set(err, ERROR_UNAVAILABLE, "it was stopped");
        return true;
    }
}

/* Reads to the end of its output, which may come before or after its own. */
static bool read_output(struct plug_in *plug_in, struct buffer *out, struct error *err) {
    for (;;) {
        char block[4096];
        ssize_t length;

        if (!await(plug_in, plug_in->output_fd, "it did not answer in time", err))
            return false;
        length = read(plug_in->output_fd, block, sizeof(block));
        if (length < 0)
            return error_set(err, ERROR_INTERNAL, "reading its output: %s", strerror(errno));
        if (length == 0)
            return true;
        if (out->length + (size_t)length > EXEC_CREDENTIAL_BYTES_MAX)
            return error_set(err, ERROR_PROTOCOL, "its output has more than %d bytes",
                             EXEC_CREDENTIAL_BYTES_MAX);
        buffer_add(out, block, (size_t)length);
        explicit_bzero(block, sizeof(block));
    }
}

static bool await_end(struct plug_in *plug_in, struct error *err) {
    siginfo_t end = { 0 };

    if (!await(plug_in, plug_in->process_fd, "it did not end in time", err))
        return false;
    /* WNOWAIT: the process is reaped, with its group, by plug_in_end(). */
    if (waitid(P_PIDFD, (id_t)plug_in->process_fd, &end, WEXITED | WNOHANG | WNOWAIT) || !end.si_pid)
        return error_set(err, ERROR_INTERNAL, "waitid: %s", strerror(errno));
    if (end.si_code != CLD_EXITED)
        return error_set(err, ERROR_UNAVAILABLE, "it was ended by signal %d", end.si_status);
    if (end.si_status)
        return error_set(err, ERROR_UNAVAILABLE, "it ended with status %d", end.si_status);
    return true;
}

static void wipe(struct buffer *buffer) {
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    buffer_clear(buffer);
}

bool exec_credential_run(const struct kubeconfig *config, int timeout_ms, int stop_fd,
                         struct exec_credential *out_credential, struct error *err) {
    CLEANUP(plug_in_end)
    struct plug_in plug_in = { .process_fd = -1,
                               .output_fd = -1,
                               .stop_fd = stop_fd,
                               .deadline_ns =
                                   clock_monotonic(&clock_system) + timeout_ms * NANOSECONDS_PER_MS };
    CLEANUP(wipe) struct buffer output = { 0 };

    if (!plug_in_start(config, &plug_in, err) || !read_output(&plug_in, &output, err) ||
        !await_end(&plug_in, err) ||
        !exec_credential_parse(buffer_text(&output), config->exec.api_version, out_credential, err))
        return error_wrap(err, "credential plug-in %s", config->exec.command);
    return true;
}
