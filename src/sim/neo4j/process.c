/* Life of a simulated process: entry point, configuration, start, stop, exit; messages to the parts.
 *
 * Log lines are those of the real server's standard output. Exit codes: 1 for what the entry point or the
 * configuration refuses, 64 for a usage error of the admin command, 137 when it was killed (also by the
 * kernel for want of memory), 143 after SIGTERM.
 */
#include "sim/neo4j/server.h"

#include "sim/neo4j/admin.h"
#include "sim/neo4j/backup_service.h"
#include "sim/neo4j/credential.h"
#include "sim/neo4j/entry_point.h"
#include "sim/neo4j/file_tree.h"
#include "sim/neo4j/forwarding.h"
#include "sim/neo4j/status_check.h"
#include "sim/neo4j/transaction.h"

#include <stdio.h>
#include <time.h>

enum {
    STARTED_AFTER_MS = 40, /* Bolt is open → "Started." */
    STOP_MS = 500,         /* SIGTERM: for other servers to take over, and for the checkpoint */
};

/* ---- log ---- */

int64_t process_wall(const struct neo4j_process *process) {
    return network_wall(process->network, process->now_ns);
}

void process_log(struct neo4j_process *process, const char *level, const char *format, ...) {
    CLEANUP_BUFFER struct buffer line = { 0 };
    int64_t wall_ns = process_wall(process);
    time_t seconds = (time_t)(wall_ns / SECOND_NS);
    struct tm parts;
    va_list arguments;

    gmtime_r(&seconds, &parts);
    buffer_printf(&line, "%04d-%02d-%02d %02d:%02d:%02d.%03d+0000 %-5s ", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                  (int)(wall_ns % SECOND_NS / MS_NS), level);
    va_start(arguments, format);
    buffer_vprintf(&line, format, arguments);
    va_end(arguments);
    process->log_line(process->log_context, buffer_string(&line));
}

/* ---- small things ---- */

const char *process_id(const struct neo4j_process *process) {
    return process->volume->server_id;
}

bool process_is_open(const struct neo4j_process *process) {
    return process->phase == PHASE_OPENING || process->phase == PHASE_STARTED;
}

void process_wake(struct neo4j_process *process) {
    network_wake(&process->endpoint, process->now_ns);
}

struct server_address server_address_parse(struct arena *arena, const char *text, const char *host,
                                           uint16_t port) {
    const char *colon = strrchr(text, ':');
    size_t host_length = colon ? (size_t)(colon - text) : strlen(text);
    uint64_t number;
    struct server_address address = { .port = port };

    address.host = host_length ? arena_strndup(arena, text, host_length) : arena_strdup(arena, host);
    if (colon && parse_uint64(text_from(colon + 1), &number) && number <= UINT16_MAX)
        address.port = (uint16_t)number;
    return address;
}

char *process_advertised(const struct neo4j_process *process, struct arena *arena, enum server_port port) {
    return arena_printf(arena, "%s:%u", process->advertised[port].host, process->advertised[port].port);
}

/* ---- the disk ---- */

int64_t process_disk_ns(const struct neo4j_process *process, int64_t fine_ns) {
    return process->volume->disk == NEO4J_DISK_SLOW ? fine_ns * DISK_SLOWNESS : fine_ns;
}

int64_t process_write_ns(const struct neo4j_process *process) {
    return process->volume->disk == NEO4J_DISK_SLOW ? DISK_WRITE_MS * MS_NS : 0;
}

void process_send_written(struct neo4j_process *process, const char *id, const char *address,
                          const struct json *message) {
    process->endpoint.hold_ns = process_write_ns(process);
    discovery_send(process, id, address, message);
    process->endpoint.hold_ns = 0;
}

/* ---- phases ---- */

void process_enter(struct neo4j_process *process, enum process_phase phase) {
    process->phase = phase;
    network_note_change(process->network);
}

void process_exit(struct neo4j_process *process, int exit_code) {
    if (process->phase == PHASE_EXITED)
        return;
    process_enter(process, PHASE_EXITED);
    process->exit_code = exit_code;
    if (process->volume->server == process)
        process->volume->server = NULL;
    sessions_close_all(process);
    forwarding_stop(process);
    hosting_stop(process);
    replication_stop(process);
    discovery_stop(process);
    process_wake(process);
}

static void keep_initial_password(struct neo4j_process *process, struct entry_point_result *entry) {
    struct neo4j_volume *volume = process->volume;
    struct text password = { entry->initial_password.bytes, entry->initial_password.length };

    if (entry->has_initial_password && !volume->credential && volume->disk != NEO4J_DISK_FULL) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        state_set_string(&volume->credential,
                         credential_new(arena, network_random(process->network), password));
        volume->must_change_password = entry->must_change_password;
    }
    secret_text_clear(&entry->initial_password);
}

/* A store is never opened by an older version, nor by one that has no way from its own: Operations Manual,
 * upgrade and migration. */
static bool check_stores(struct neo4j_process *process) {
    struct version from = version_parse(process->volume->version ? process->volume->version : "");
    const char *refusal =
        process->volume->version ? version_upgrade_refusal(&from, &process->version.number) : NULL;

    if (refusal && version_compare(&from, &process->version.number) != 0) {
        process_log(process, "ERROR", "Failed to start Neo4j %s: the stores were last opened by Neo4j %s. %s",
                    process->version.text, process->volume->version, refusal);
        process_exit(process, 1);
        return false;
    }
    state_set_string(&process->volume->version, process->version.text);
    return true;
}

static int64_t start_ns(const struct neo4j_process *process) {
    return process_disk_ns(process, process->container.start_delay_ms * MS_NS);
}

/* A start writes: what is recovered, where the log goes on. */
static bool check_room(struct neo4j_process *process) {
    struct error err = { 0 };

    if (volume_has_room(process->volume, &err))
        return true;
    process_log(process, "ERROR", "Failed to start Neo4j %s: java.io.IOException: %s", process->version.text,
                err.text);
    process_exit(process, 1);
    return false;
}

static void run_entry_point(struct neo4j_process *process) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct entry_point_result entry;
    bool has_auth = process->volume->credential || process->volume->system.committed > 0;

    entry_point_run(arena, &process->container, has_auth, process->log_line, process->log_context, &entry);
    if (entry.exit_code >= 0) {
        process_exit(process, entry.exit_code);
        return;
    }
    if (entry.admin_words) {
        if (process_read_configuration(process, &entry))
            admin_start(process, json_copy(process->arena, entry.admin_words));
        return;
    }
    keep_initial_password(process, &entry);
    process->plugins = entry.plugins ? json_copy(process->arena, entry.plugins) : NULL;
    if (!process_configure(process, &entry) || !check_room(process) || !check_stores(process))
        return;
    if (!process->volume->server_id)
        process->volume->server_id = xstrdup(random_uuid(network_random(process->network), arena));
    process_describe(process);
    process->volume->server = process;
    process_log(process, "INFO", "Starting...");
    process_log(process, "INFO", "This instance is ServerId{%.8s} (%s)", process_id(process),
                process_id(process));
    process_enter(process, PHASE_BOOTING);
    process->phase_at_ns = process->started_ns + start_ns(process) / 2;
}

static void begin_forming(struct neo4j_process *process) {
    process_log(process, "INFO", "======== Neo4j %s ========", process->version.text);
    process_enter(process, PHASE_FORMING);
    process->phase_at_ns = process->now_ns;
    process->formation_next_ns = process->now_ns;
    if (formation_is_member(process)) {
        replication_start(process);
        raft_tick(process->system, process->now_ns); /* what is known to be committed */
    }
    discovery_start(process);
}

/* Clients are served once this server's copy of the system database is up to date and knows it. */
static bool may_open(const struct neo4j_process *process) {
    const struct state_server *self = state_find_server(&process->state, process_id(process));

    return process->now_ns >= process->started_ns + start_ns(process) && self &&
           self->state != SERVER_DROPPED && process->system && raft_is_caught_up(process->system) &&
           !process->is_refused;
}

static void open_bolt(struct neo4j_process *process) {
    process_enter(process, PHASE_OPENING);
    process->phase_at_ns = process->now_ns + STARTED_AFTER_MS * MS_NS;
    process->announces_now = true;
    if (process_has_port(process, PORT_BOLT))
        process_log(process, "INFO", "Bolt enabled on %s:%u.", process->listen[PORT_BOLT].host,
                    process->listen[PORT_BOLT].port);
}

static void finish_start(struct neo4j_process *process) {
    process_enter(process, PHASE_STARTED);
    process->phase_at_ns = INT64_MAX;
    if (process_has_port(process, PORT_HTTP)) {
        process_log(process, "INFO", "HTTP enabled on %s:%u.", process->listen[PORT_HTTP].host,
                    process->listen[PORT_HTTP].port);
        process_log(process, "INFO", "Remote interface available at http://%s:%u/",
                    process->advertised[PORT_HTTP].host, process->advertised[PORT_HTTP].port);
    }
    process_log(process, "INFO", "Started.");
}

static void advance_phase(struct neo4j_process *process) {
    switch (process->phase) {
    case PHASE_ENTRY:
        run_entry_point(process);
        break;
    case PHASE_ADMIN:
        admin_tick(process);
        break;
    case PHASE_BOOTING:
        if (process->now_ns >= process->phase_at_ns)
            begin_forming(process);
        break;
    case PHASE_FORMING:
        if (may_open(process))
            open_bolt(process);
        break;
    case PHASE_OPENING:
        if (process->now_ns >= process->phase_at_ns)
            finish_start(process);
        break;
    case PHASE_STOPPING:
        if (process->now_ns >= process->phase_at_ns) {
            hosting_checkpoint_all(process);
            process_log(process, "INFO", "Stopped.");
            process_exit(process, 143);
        }
        break;
    case PHASE_STARTED:
    case PHASE_EXITED:
        break;
    }
}

/* ---- messages ---- */

/* Each kind comes to one port, or as a reply; where discovery listens depends on its protocol. */
static const struct {
    const char *kind;
    enum server_port port;
    bool is_reply;
    void (*receive)(struct neo4j_process *process, const struct network_message *envelope,
                    const struct json *message);
} kinds[] = {
    { "hello", PORTS_COUNT, false, discovery_receive_hello },
    { "hello-ack", PORTS_COUNT, true, discovery_receive_acknowledgement },
    { "propose", PORT_CLUSTER, false, formation_receive_proposal },
    { "accept", PORT_CLUSTER, false, formation_receive_acceptance },
    { "join", PORT_CLUSTER, false, formation_receive_join },
    { "refused", PORT_CLUSTER, false, formation_receive_refusal },
    { "raft", PORT_RAFT, false, replication_receive },
    { "copy-request", PORT_CLUSTER, false, hosting_receive_copy_request },
    { "copy", PORTS_COUNT, true, hosting_receive_copy },
    { "transaction", PORT_ROUTING, false, forwarding_receive },
    { "transaction-answer", PORTS_COUNT, true, forwarding_receive_answer },
    { "request", PORT_ROUTING, false, replication_receive_request },
    { "answer", PORTS_COUNT, true, replication_receive_answer },
    { "backup", PORTS_COUNT, false, backup_service_receive },
    { "status-check", PORT_ROUTING, false, status_check_receive },
};

static void receive(struct neo4j_process *process, const struct network_message *envelope) {
    const struct json *message = envelope->body;
    const char *kind = json_string_at(message, "kind", "");

    if (process->phase == PHASE_ADMIN && !envelope->port) {
        admin_receive(process, message);
        return;
    }
    if (process->phase < PHASE_FORMING || process->phase == PHASE_EXITED ||
        (envelope->port && !neo4j_process_listens(process, envelope->port)))
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        if (!str_equal(kinds[i].kind, kind))
            continue;
        bool is_right_port = kinds[i].is_reply ? envelope->port == 0
                             : kinds[i].port == PORTS_COUNT
                                 ? envelope->port != 0
                                 : envelope->port == process->listen[kinds[i].port].port;
        if (is_right_port)
            kinds[i].receive(process, envelope, message);
    }
}

/* ---- the interface ---- */

static const struct neo4j_mount *copy_mounts(struct arena *arena, const struct neo4j_container *container) {
    struct neo4j_mount *mounts = ARENA_ARRAY(arena, struct neo4j_mount, container->mount_count + 1);

    for (size_t i = 0; i < container->mount_count; i++) {
        mounts[i] = container->mounts[i];
        mounts[i].path = arena_strdup(arena, mounts[i].path);
        mounts[i].sub_path = mounts[i].sub_path ? arena_strdup(arena, mounts[i].sub_path) : NULL;
    }
    return mounts;
}

/* What was mounted, as the container finds it at its start; too much of it is left out. */
static struct file_tree *own_files(const struct neo4j_container *container) {
    struct file_tree *files = file_tree_new();

    JSON_FOR_EACH_MEMBER (member, container->files) {
        const char *path = *member->key == '/' ? member->key + 1 : member->key;
        if (!file_tree_write(files, path, json_string(&member->value, ""), NULL))
            break;
    }
    return files;
}

static void copy_container(struct neo4j_process *process, const struct neo4j_container *container) {
    struct arena *arena = process->arena;
    struct neo4j_container *copy = &process->container;

    *copy = *container;
    copy->image = arena_strdup(arena, container->image ? container->image : "");
    copy->mounts = copy_mounts(arena, container);
    copy->args = container->args ? json_copy(arena, container->args) : json_new_array(arena);
    copy->env = container->env ? json_copy(arena, container->env) : json_new_object(arena);
    copy->files = container->files ? json_copy(arena, container->files) : json_new_object(arena);
    copy->address = arena_strdup(arena, container->address);
    copy->host_name = arena_strdup(arena, container->host_name ? container->host_name : container->address);
    copy->namespace = arena_strdup(arena, container->namespace ? container->namespace : "default");
}

struct neo4j_process *neo4j_process_start(struct neo4j_network *network,
                                          const struct neo4j_container *container, int64_t now_ns,
                                          void (*log_line)(void *context, const char *line),
                                          void *log_context) {
    struct neo4j_process *process = XNEW(struct neo4j_process);

    process->network = network;
    process->log_line = log_line;
    process->log_context = log_context;
    process->arena = arena_new();
    copy_container(process, container);
    process->owns_volume = !container->data;
    process->volume = container->data ? container->data : neo4j_volume_new();
    process->files = own_files(container);
    process->started_ns = now_ns;
    process->now_ns = now_ns;
    process->login_arena = arena_new();
    TAILQ_INIT(&process->peers);
    TAILQ_INIT(&process->writes);
    TAILQ_INIT(&process->hosted);
    LIST_INIT(&process->sessions);
    LIST_INIT(&process->remotes);
    LIST_INIT(&process->guests);
    process->transactions = transactions_new();
    network_attach(network, &process->endpoint, process, container->address);
    process_wake(process);
    return process;
}

void neo4j_process_set_files(struct neo4j_process *process, const struct json *files) {
    process->container.files = json_copy(process->arena, files);
}

void neo4j_process_free(struct neo4j_process *process) {
    if (!process)
        return;
    process_exit(process, 137);
    ensure(LIST_EMPTY(&process->sessions));
    network_detach(&process->endpoint);
    transactions_free(process->transactions);
    configuration_free(process->configuration);
    process_clear_tls(process);
    if (process->owns_volume)
        neo4j_volume_free(process->volume);
    admin_free(process->admin);
    file_tree_free(process->files);
    free(process->tentative_cluster);
    free(process->promised_to);
    arena_free(process->proposal_arena);
    arena_free(process->login_arena);
    arena_free(process->arena);
    free(process);
}

static int64_t next_tick(const struct neo4j_process *process) {
    int64_t candidates[] = {
        network_next(&process->endpoint),
        discovery_next(process),
        formation_next(process),
        replication_next(process),
        hosting_next(process),
        placement_next(process),
        transactions_next(process),
        forwarding_next(process),
        process->phase == PHASE_FORMING ? INT64_MAX : process->phase_at_ns,
    };
    int64_t next = INT64_MAX;

    if (process->phase == PHASE_EXITED)
        return INT64_MAX;
    if (process->phase < PHASE_FORMING)
        return candidates[0] < process->phase_at_ns ? candidates[0] : process->phase_at_ns;
    for (size_t i = 0; i < ARRAY_LENGTH(candidates); i++)
        if (candidates[i] < next)
            next = candidates[i];
    return next > process->now_ns ? next : process->now_ns + 1;
}

int64_t neo4j_process_tick(struct neo4j_process *process, int64_t now_ns) {
    if (now_ns > process->now_ns)
        process->now_ns = now_ns;
    process->endpoint.due_ns = INT64_MAX; /* what is scheduled from here on counts again */
    for (;;) {
        CLEANUP_POINTER(network_message_free)
        struct network_message *message = network_take(&process->endpoint, process->now_ns);
        if (!message)
            break;
        receive(process, message);
    }
    if (process->phase == PHASE_EXITED)
        return INT64_MAX;
    advance_phase(process);
    if (process->phase >= PHASE_FORMING && process->phase < PHASE_EXITED) {
        formation_tick(process);
        replication_tick(process);
        transactions_tick(process);
        forwarding_tick(process);
        hosting_tick(process);
        placement_tick(process);
        discovery_tick(process);
    }
    int64_t next_ns = next_tick(process);
    if (next_ns < process->endpoint.due_ns)
        process->endpoint.due_ns = next_ns;
    return process->endpoint.due_ns;
}

void neo4j_process_terminate(struct neo4j_process *process, bool is_kill) {
    if (process->phase == PHASE_EXITED || (process->phase == PHASE_STOPPING && !is_kill))
        return;
    if (is_kill || process->phase < PHASE_FORMING) {
        process_exit(process, is_kill ? 137 : 143);
        return;
    }
    process_log(process, "INFO", "Neo4j Server shutdown initiated by request");
    process_log(process, "INFO", "Stopping...");
    process_enter(process, PHASE_STOPPING);
    process->phase_at_ns = process->now_ns + process_disk_ns(process, STOP_MS * MS_NS);
    process->announces_now = true;
    if (process->system)
        raft_transfer(process->system, process->now_ns);
    hosting_transfer(process);
    process_wake(process);
}

bool neo4j_process_exited(const struct neo4j_process *process, int *out_exit_code) {
    if (process->phase != PHASE_EXITED)
        return false;
    if (out_exit_code)
        *out_exit_code = process->exit_code;
    return true;
}

/* A socket that is bound to the loopback device only is not there for others. */
static bool is_bound_to_pod(const struct neo4j_process *process, const struct server_address *listen) {
    return str_equal(listen->host, "0.0.0.0") || str_equal(listen->host, "::") ||
           str_equal(listen->host, process->container.address) ||
           str_equal(listen->host, process->container.host_name);
}

bool neo4j_process_listens(const struct neo4j_process *process, uint16_t port) {
    static const enum process_phase open_since[] = {
        [PORT_BOLT] = PHASE_OPENING,      [PORT_HTTP] = PHASE_STARTED,   [PORT_HTTPS] = PHASE_STARTED,
        [PORT_CLUSTER] = PHASE_FORMING,   [PORT_RAFT] = PHASE_FORMING,   [PORT_ROUTING] = PHASE_OPENING,
        [PORT_DISCOVERY] = PHASE_FORMING, [PORT_BACKUP] = PHASE_STARTED, [PORT_METRICS] = PHASE_STARTED,
    };

    if (process->phase == PHASE_EXITED)
        return false;
    for (size_t i = 0; i < PORTS_COUNT; i++) {
        const struct server_address *listen = &process->listen[i];
        bool is_for_clients = i <= PORT_HTTPS;
        if (process->phase == PHASE_STOPPING && is_for_clients)
            continue;
        if (listen->port == port && process->phase >= open_since[i] &&
            process_has_port(process, (enum server_port)i) && is_bound_to_pod(process, listen))
            return true;
    }
    return false;
}
