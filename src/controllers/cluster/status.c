#include "controllers/cluster/status.h"

#include "base/quantity.h"
#include "resources/labels.h"
#include "resources/names.h"

bool cluster_is_new_generation(const struct observed_cluster *observed) {
    return json_integer_at(observed->status, "observedGeneration", 0) != observed->generation;
}

static void add_ignored(struct buffer *text, const char *field, const char *reason) {
    buffer_add_string(text, text->length ? ", " : "");
    buffer_add_string(text, field);
    if (reason)
        buffer_printf(text, " (%s)", reason);
}

/* Growth waits for a way to grow volumes; shrinking and the other storage fields are among `unchangeable`.
 * What is more than can be counted is larger. */
static bool wants_larger_volumes(const struct observed_cluster *observed, const char **out_size) {
    struct quantity there;
    struct quantity wanted;

    *out_size = json_string_at(json_item(json_at(observed->server_set, "spec.volumeClaimTemplates"), 0),
                               "spec.resources.requests.storage", "");
    return quantity_parse(text_from(*out_size), &there) &&
           (!quantity_parse(text_from(observed->spec->storage->size), &wanted) ||
            quantity_compare(wanted, there) > 0);
}

const char *cluster_fields_ignored(const struct observed_cluster *observed,
                                   const struct configuration *configuration) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct arena *arena = observed->arena;
    const struct cluster_topology *topology = observed->spec->topology;
    int64_t there = json_integer_at(observed->server_set, "spec.replicas", 0);
    const char *size;

    JSON_FOR_EACH_ITEM (path, observed->fields_without_effect)
        add_ignored(&text, json_string(path, ""), NULL);
    if (topology->has_primaries && topology->primaries + topology->secondaries != topology->servers)
        add_ignored(&text, "spec.topology.primaries", "spec.topology.servers tells how many there are");
    if (there > topology->servers)
        add_ignored(&text, "spec.topology.servers",
                    arena_printf(arena, "servers are not taken away: %lld stay", (long long)there));
    if (wants_larger_volumes(observed, &size))
        add_ignored(&text, "spec.storage.size", arena_printf(arena, "volumes stay at %s", size));
    if (str_equal(observed->spec->storage->retention_policy, "Delete"))
        add_ignored(&text, "spec.storage.retentionPolicy", "volumes stay when the cluster is deleted");
    for (size_t i = 0; i < observed->unchangeable.count; i++)
        add_ignored(&text, observed->unchangeable.items[i].field, observed->unchangeable.items[i].detail);
    for (size_t i = 0; i < configuration->loss_count; i++)
        add_ignored(&text, configuration->losses[i].key, configuration->losses[i].reason);
    return text.length ? arena_strdup(arena, buffer_string(&text)) : NULL;
}

/* ---- parts ---- */

static void add_replicas(const struct observed_cluster *observed, struct json *status) {
    struct arena *arena = observed->arena;
    struct json *replicas = json_set_object(arena, status, "replicas");

    for (size_t i = 0; i < observed->pod_count; i++) {
        const struct observed_pod *pod = &observed->pods[i];
        struct json *replica = json_set_object(arena, replicas, pod->name);
        json_set_bool(arena, replica, "ready", pod->is_ready);
        json_set_string(arena, replica, "phase", json_string_at(pod->object, "status.phase", "Unknown"));
        if (pod->node)
            json_set_string(arena, replica, "node", pod->node);
        if (!pod->server)
            continue;
        json_set_string(arena, replica, "serverId", pod->server->id);
        json_set_string(arena, replica, "state", pod->server->state_text);
        json_set_string(arena, replica, "health", pod->server->health_text);
        json_set_string(arena, replica, "modeConstraint", mode_constraint_text(pod->server->mode_constraint));
        json_set_string(arena, replica, "version", pod->server->version);
    }
}

/* The version that all servers run; nothing while they differ. */
static const char *common_version(const struct observed_cluster *observed) {
    const char *version = NULL;

    for (size_t i = 0; i < observed->pod_count; i++) {
        const struct server_row *server = observed->pods[i].server;
        if (!server || str_empty(server->version) || (version && !str_equal(version, server->version)))
            return NULL;
        version = server->version;
    }
    return version;
}

/* What to write as host in examples, from where the client Service can be reached. */
static const char *client_host(const struct observed_cluster *observed) {
    const char *type = observed->spec->service->type;
    const struct json *ingress =
        json_item(json_at(observed->client_service, "status.loadBalancer.ingress"), 0);

    if (str_equal(type, "LoadBalancer"))
        return json_string_at(ingress, "ip", json_string_at(ingress, "hostname", "<external-ip>"));
    if (str_equal(type, "NodePort"))
        return "<node-ip>";
    return "localhost";
}

static int client_port(const struct observed_cluster *observed, const char *name, int port) {
    if (!str_equal(observed->spec->service->type, "NodePort"))
        return port;
    JSON_FOR_EACH_ITEM (item, json_at(observed->client_service, "spec.ports"))
        if (str_equal(json_string_at(item, "name", ""), name))
            return (int)json_integer_at(item, "nodePort", port);
    return port;
}

static void add_examples(const struct observed_cluster *observed, struct json *endpoints) {
    struct arena *arena = observed->arena;
    struct json *examples = json_set_object(arena, endpoints, "connectionExamples");
    const char *host = client_host(observed);
    int bolt = client_port(observed, "bolt", PORT_BOLT);
    const char *uri = arena_printf(arena, "neo4j://%s:%d", host, bolt);

    json_set_string(arena, examples, "portForward",
                    arena_printf(arena, "kubectl port-forward -n %s svc/%s 7474:7474 7687:7687",
                                 observed->identity.namespace, name_client(arena, observed->identity.name)));
    json_set_string(arena, examples, "browserURL",
                    arena_printf(arena, "http://%s:%d", host, client_port(observed, "http", PORT_HTTP)));
    json_set_string(arena, examples, "boltURI", arena_printf(arena, "bolt://%s:%d", host, bolt));
    json_set_string(arena, examples, "neo4jURI", uri);
    json_set_string(
        arena, examples, "pythonExample",
        arena_printf(arena, "neo4j.GraphDatabase.driver(\"%s\", auth=(\"neo4j\", \"<password>\"))", uri));
    json_set_string(arena, examples, "javaExample",
                    arena_printf(arena,
                                 "GraphDatabase.driver(\"%s\", AuthTokens.basic(\"neo4j\", \"<password>\"))",
                                 uri));
}

static void add_endpoints(const struct observed_cluster *observed, struct json *status) {
    struct arena *arena = observed->arena;
    struct json *endpoints = json_set_object(arena, status, "endpoints");
    const char *client =
        name_service_host(arena, name_client(arena, observed->identity.name), observed->identity.namespace);
    const char *bolt = arena_printf(arena, "bolt://%s:%d", client, PORT_BOLT);
    const char *http = arena_printf(arena, "http://%s:%d", client, PORT_HTTP);

    json_set_string(arena, endpoints, "boltURL", bolt);
    json_set_string(arena, endpoints, "bolt", bolt);
    json_set_string(arena, endpoints, "httpURL", http);
    json_set_string(arena, endpoints, "http", http);
    json_set_string(arena, endpoints, "internalURL", arena_printf(arena, "neo4j://%s:%d", client, PORT_BOLT));
    struct json *internal = json_set_object(arena, endpoints, "internal");
    json_set_string(arena, internal, "headless",
                    name_service_host(arena, name_headless(arena, observed->identity.name),
                                      observed->identity.namespace));
    json_set_string(arena, internal, "client", client);
    add_examples(observed, endpoints);
}

/* ---- conditions ---- */

struct said {
    enum condition_value value;
    const char *reason;
    const char *message;
};

static void add_condition(const struct observed_cluster *observed, struct json *status, const char *type,
                          struct said said) {
    condition_set(observed->arena, status, json_get(observed->status, "conditions"), type, said.value,
                  said.reason, said.message, observed->generation, observed->now_ns);
}

static struct said servers_condition(const struct observed_cluster *observed) {
    if (!observed->neo4j_answered)
        return (struct said){ CONDITION_UNKNOWN, "DiagnosticsUnavailable", "Neo4j does not answer" };
    if (servers_serving(observed) == (size_t)servers_wanted(observed))
        return (struct said){ CONDITION_TRUE, "AllServersHealthy",
                              arena_printf(observed->arena, "%zu of %d servers are Enabled and Available",
                                           servers_serving(observed), servers_wanted(observed)) };
    return (struct said){ CONDITION_FALSE, "ServerDegraded",
                          arena_printf(observed->arena, "%zu of %d servers are Enabled and Available",
                                       servers_serving(observed), servers_wanted(observed)) };
}

static struct said databases_condition(const struct observed_cluster *observed) {
    if (!observed->neo4j_answered)
        return (struct said){ CONDITION_UNKNOWN, "DiagnosticsUnavailable", "Neo4j does not answer" };
    for (size_t i = 0; i < observed->databases.count; i++) {
        const struct database_row *row = &observed->databases.items[i];
        if (!row->is_online && str_equal(row->requested_status, "online"))
            return (struct said){ CONDITION_FALSE, "DatabaseOffline",
                                  arena_printf(observed->arena, "database %s is %s on a server%s%s",
                                               row->name, row->current_status,
                                               str_empty(row->status_message) ? "" : ": ",
                                               str_empty(row->status_message) ? "" : row->status_message) };
    }
    return (struct said){ CONDITION_TRUE, "AllDatabasesOnline", "every database that should be online is" };
}

static struct said fields_condition(const struct observed_cluster *observed, const char *ignored) {
    if (ignored)
        return (struct said){ CONDITION_TRUE, "FieldsIgnored",
                              arena_printf(observed->arena,
                                           "accepted, but without effect in this version: %s", ignored) };
    return (struct said){ CONDITION_FALSE, "AllFieldsUsed", "every field that is set has its effect" };
}

static struct said restart_condition(const struct observed_cluster *observed) {
    size_t outdated = 0;

    for (size_t i = 0; i < observed->pod_count; i++)
        outdated += observed->pods[i].is_outdated;
    if (!outdated)
        return (struct said){ CONDITION_FALSE, "UpToDate", "every server runs what the spec says" };
    return (struct said){
        CONDITION_TRUE, "SpecChanged",
        arena_printf(observed->arena,
                     "%zu of %zu servers run with an older spec; nothing restarts by itself: delete their "
                     "pods one at a time, each when the one before is ready",
                     outdated, observed->pod_count)
    };
}

/* The summaries that tools read (kstatus): they point to Ready rather than repeat it. */
static void add_summaries(const struct observed_cluster *observed, const struct outlook *outlook,
                          struct json *status) {
    bool waits = outlook->ready != CONDITION_TRUE && !outlook->is_trouble;
    bool is_degraded = str_equal(outlook->phase, "Degraded") || str_equal(outlook->phase, "Failed");
    bool serves = observed->neo4j_answered && servers_serving(observed) > 0;
    const char *progress = waits                 ? "on its way: see Ready"
                           : outlook->is_trouble ? "somebody must act: see Ready"
                                                 : "nothing is left to do";

    add_condition(
        observed, status, "Available",
        serves ? (struct said){ CONDITION_TRUE, "Serving", "Neo4j answers" }
               : (struct said){ CONDITION_FALSE, "NotServing", "no server answers as part of the cluster" });
    add_condition(observed, status, "Progressing",
                  (struct said){ waits ? CONDITION_TRUE : CONDITION_FALSE, outlook->reason, progress });
    add_condition(observed, status, "Degraded",
                  is_degraded ? (struct said){ CONDITION_TRUE, outlook->reason, "see Ready" }
                              : (struct said){ CONDITION_FALSE, "AsExpected", "nothing is lost" });
}

static void add_conditions(const struct observed_cluster *observed, const struct outlook *outlook,
                           const char *ignored, struct json *status) {
    add_condition(observed, status, "Ready",
                  (struct said){ outlook->ready, outlook->reason, outlook->message });
    add_summaries(observed, outlook, status);
    if (observed->errors.count)
        return;
    add_condition(observed, status, "ServersHealthy", servers_condition(observed));
    add_condition(observed, status, "DatabasesHealthy", databases_condition(observed));
    add_condition(observed, status, "FieldsWithoutEffect", fields_condition(observed, ignored));
    add_condition(observed, status, "RestartPending", restart_condition(observed));
}

struct json *cluster_status_build(const struct observed_cluster *observed, const struct outlook *outlook,
                                  const char *ignored) {
    struct arena *arena = observed->arena;
    struct json *status = observed->errors.count && observed->status ? json_copy(arena, observed->status)
                                                                     : json_new_object(arena);
    const char *version = common_version(observed);
    const char *cluster_id =
        observed->cluster_id ? observed->cluster_id : json_string_at(observed->status, "clusterID", NULL);

    json_set_string(arena, status, "phase", outlook->phase);
    json_set_bool(arena, status, "ready", outlook->ready == CONDITION_TRUE);
    status_set_message(arena, status, outlook->message);
    if (!observed->errors.count) {
        json_set_integer(arena, status, "servers", (int64_t)observed->pod_count);
        json_set_integer(arena, status, "readyServers", (int64_t)servers_serving(observed));
        json_set_string(
            arena, status, "labelSelector",
            arena_printf(arena, LABEL_CLUSTER "=%s," LABEL_SERVER_NAME "=server", observed->identity.name));
        add_replicas(observed, status);
        if (!version)
            version = json_string_at(observed->status, "version", NULL);
        if (version)
            json_set_string(arena, status, "version", version);
        add_endpoints(observed, status);
    }
    /* Known only once all servers have met: from then on it is a cluster that can lose something. */
    if (cluster_id && (observed->is_formed || outlook->ready == CONDITION_TRUE))
        json_set_string(arena, status, "clusterID", cluster_id);
    add_conditions(observed, outlook, ignored, status);
    return status;
}
