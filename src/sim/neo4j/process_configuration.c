/* What a process makes of its neo4j.conf: addresses, what it says about itself, and whether its memory fits.
 */
#include "sim/neo4j/entry_point.h"
#include "sim/neo4j/server.h"

static const struct {
    const char *listen;
    const char *advertised;
    const char *enabled; /* NULL: always */
    uint16_t port;
} ports[] = {
    [PORT_BOLT] = { "server.bolt.listen_address", "server.bolt.advertised_address", "server.bolt.enabled",
                    7687 },
    [PORT_HTTP] = { "server.http.listen_address", "server.http.advertised_address", "server.http.enabled",
                    7474 },
    [PORT_HTTPS] = { "server.https.listen_address", "server.https.advertised_address", "server.https.enabled",
                     7473 },
    [PORT_CLUSTER] = { "server.cluster.listen_address", "server.cluster.advertised_address", NULL, 6000 },
    [PORT_RAFT] = { "server.cluster.raft.listen_address", "server.cluster.raft.advertised_address", NULL,
                    7000 },
    [PORT_ROUTING] = { "server.routing.listen_address", "server.routing.advertised_address", NULL, 7688 },
    [PORT_DISCOVERY] = { "server.discovery.listen_address", "server.discovery.advertised_address", NULL,
                         5000 },
    [PORT_BACKUP] = { "server.backup.listen_address", NULL, "server.backup.enabled", 6362 },
    [PORT_METRICS] = { "server.metrics.prometheus.endpoint", NULL, "server.metrics.prometheus.enabled",
                       2004 },
};

/* None of these settings is dynamic. */
static bool is_switched_on(const struct neo4j_process *process, enum server_port port) {
    return (!ports[port].enabled || configuration_bool(process->configuration, ports[port].enabled)) &&
           (port != PORT_METRICS || configuration_bool(process->configuration, "server.metrics.enabled"));
}

static void read_ports(struct neo4j_process *process) {
    const char *listen_host = configuration_get(process->configuration, "server.default_listen_address");
    const char *advertised_host =
        configuration_get(process->configuration, "server.default_advertised_address");

    for (size_t i = 0; i < PORTS_COUNT; i++) {
        const char *listen = configuration_get(process->configuration, ports[i].listen);
        const char *advertised =
            ports[i].advertised ? configuration_get(process->configuration, ports[i].advertised) : NULL;
        if (!listen) /* this version has no such port */
            continue;
        process->listen[i] = server_address_parse(process->arena, listen, listen_host, ports[i].port);
        /* An advertised address without a port has the one that is listened on. */
        process->advertised[i] = server_address_parse(process->arena, advertised ? advertised : "",
                                                      advertised_host, process->listen[i].port);
        if (advertised && !configuration_is_explicit(process->configuration, ports[i].advertised))
            process->advertised[i].port = process->listen[i].port;
        process->has_port[i] = process->listen[i].port && is_switched_on(process, (enum server_port)i);
    }
}

bool process_has_port(const struct neo4j_process *process, enum server_port port) {
    return process->has_port[port];
}

static void add_list(struct arena *arena, struct json *object, const char *key, const char *list) {
    struct json *items = json_set_array(arena, object, key);
    struct text rest = text_from(list ? list : "");

    while (rest.data) {
        struct text item = text_trim(text_cut(&rest, ','));
        if (item.length)
            json_append_string(arena, items, arena_strndup(arena, item.data, item.length));
    }
}

void process_describe(struct neo4j_process *process) {
    static const struct {
        const char *key;
        enum server_port port;
    } addresses[] = { { "bolt", PORT_BOLT },          { "http", PORT_HTTP }, { "https", PORT_HTTPS },
                      { "cluster", PORT_CLUSTER },    { "raft", PORT_RAFT }, { "routing", PORT_ROUTING },
                      { "discovery", PORT_DISCOVERY } };
    struct arena *arena = process->arena;
    const struct configuration *configuration = process->configuration;
    struct json *descriptor = json_new_object(arena);

    json_set_string(arena, descriptor, "id", process_id(process));
    json_set_string(arena, descriptor, "version", process->version.text);
    for (size_t i = 0; i < ARRAY_LENGTH(addresses); i++)
        if (process_has_port(process, addresses[i].port))
            json_set_string(arena, descriptor, addresses[i].key,
                            process_advertised(process, arena, addresses[i].port));
    json_set_string(arena, descriptor, "systemMode",
                    configuration_get(configuration, "server.cluster.system_database_mode"));
    json_set_object(arena, descriptor, "initial");
    struct json *initial = json_get(descriptor, "initial");
    json_set_string(arena, initial, "modeConstraint",
                    configuration_get(configuration, "initial.server.mode_constraint"));
    add_list(arena, initial, "allowedDatabases",
             configuration_get(configuration, "initial.server.allowed_databases"));
    add_list(arena, initial, "deniedDatabases",
             configuration_get(configuration, "initial.server.denied_databases"));
    add_list(arena, initial, "tags", configuration_get(configuration, "initial.server.tags"));
    process->descriptor = descriptor;
}

static void log_lines(struct neo4j_process *process, const char *level, const char *lines) {
    struct text rest = text_from(lines);

    while (rest.data) {
        struct text line = text_cut(&rest, '\n');
        if (line.length)
            process_log(process, level, "%.*s", TEXT_ARGS(line));
    }
}

/* The JVM's and the kernel's limits: initial heap above the maximum; more memory than the container may use.
 */
static bool check_memory(struct neo4j_process *process) {
    int64_t limit = process->container.memory_bytes;
    int64_t initial = configuration_bytes(process->configuration, "server.memory.heap.initial_size");
    int64_t maximum = configuration_bytes(process->configuration, "server.memory.heap.max_size");
    int64_t cache = configuration_bytes(process->configuration, "server.memory.pagecache.size");

    if (maximum < 0 && limit > 0) /* the JVM takes a quarter of what it sees */
        maximum = limit / 4;
    if (initial > 0 && maximum > 0 && initial > maximum) {
        process->log_line(process->log_context, "Error occurred during initialization of VM");
        process->log_line(process->log_context,
                          "Initial heap size set to a larger value than the maximum heap size");
        process_exit(process, 1);
        return false;
    }
    if (limit > 0 && maximum > 0 && cache > 0 && (maximum > limit || cache > limit - maximum)) {
        process_exit(process, 137); /* the kernel says nothing in the container's log */
        return false;
    }
    return true;
}

bool process_read_configuration(struct neo4j_process *process, const struct entry_point_result *entry) {
    CLEANUP_BUFFER struct buffer warnings = { 0 };
    struct error err = { 0 };

    process->version = entry->version;
    process->configuration = configuration_new(&entry->version);
    if (!configuration_read(process->configuration, text_from(entry->conf), &warnings, &err)) {
        process_log(process, "ERROR", "Failed to read config %s: %s", entry->conf_path, err.text);
        process_exit(process, 1);
        return false;
    }
    log_lines(process, "WARN", buffer_string(&warnings));
    return true;
}

bool process_configure(struct neo4j_process *process, const struct entry_point_result *entry) {
    if (!process_read_configuration(process, entry))
        return false;
    read_ports(process);
    return check_memory(process) && process_load_tls(process);
}
