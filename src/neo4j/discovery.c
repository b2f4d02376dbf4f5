/* Discovery in neo4j.conf, and the settings that a user can't have. The two belong together: what is written
 * here is what is refused there. */
#include "neo4j/settings.h"

static const char *join(struct arena *arena, const char *const *items, size_t count) {
    CLEANUP_BUFFER struct buffer joined = { 0 };

    for (size_t i = 0; i < count; i++) {
        buffer_add_string(&joined, i ? "," : "");
        buffer_add_string(&joined, items[i]);
    }
    return arena_strdup(arena, buffer_string(&joined));
}

/* 5.26 knows both generations of discovery and starts with the first; calendar releases know only the second,
 * and refuse to start with a name of the first. A 5.26 that is V2_ONLY from its first day can move on. */
void settings_set_discovery(struct settings *settings, const struct settings_discovery *discovery) {
    bool is_calendar = discovery->version.family == VERSION_CALENDAR;
    const char *endpoints = join(settings->arena, discovery->endpoints, discovery->endpoint_count);

    settings_set(settings, SETTING_MANAGED, "dbms.cluster.discovery.resolver_type", "LIST");
    if (is_calendar) {
        settings_set(settings, SETTING_MANAGED, "dbms.cluster.endpoints", endpoints);
    } else {
        settings_set(settings, SETTING_MANAGED, "dbms.cluster.discovery.version", "V2_ONLY");
        settings_set(settings, SETTING_MANAGED, "dbms.cluster.discovery.v2.endpoints", endpoints);
    }
    if (discovery->minimum_primaries)
        settings_printf(settings, SETTING_MANAGED, "dbms.cluster.minimum_initial_system_primaries_count",
                        "%u", discovery->minimum_primaries);
}

struct refusal {
    const char *key;           /* a whole key, or the beginning of one, which then ends with a dot */
    const char *allowed_value; /* the one value that is fine, or NULL */
    const char *reason;
};

static const char managed[] = "the operator manages how servers find each other";
static const char not_since_5[] = "this name is of Neo4j 4: see the Operations Manual for the new one";

static const struct refusal refusals[] = {
    { "dbms.cluster.discovery.resolver_type", NULL, managed },
    { "dbms.cluster.discovery.v2.endpoints", NULL, managed },
    { "dbms.cluster.discovery.endpoints", NULL, managed },
    { "dbms.cluster.discovery.type", NULL, managed },
    { "dbms.cluster.discovery.version", "V2_ONLY", managed },
    { "dbms.cluster.endpoints", NULL, managed },
    { "dbms.kubernetes.label_selector", NULL, managed },
    { "dbms.kubernetes.discovery.service_port_name", NULL, managed },
    { "dbms.kubernetes.discovery.v2.service_port_name", NULL, managed },
    { "dbms.kubernetes.service_port_name", NULL, managed },
    { "dbms.cluster.new_member.enabled", NULL,
      "there is no such setting: initial.dbms.automatically_enable_free_servers enables new servers" },
    { "neo4j.minimumClusterSize", NULL, "this is no setting of Neo4j: use spec.topology.servers" },
    { "dbms.integrations.cloud_storage.s3.region", NULL,
      "there is no such setting: set AWS_REGION in spec.env" },
    { "dbms.default_database", NULL, "use initial.dbms.default_database" },
    { "dbms.logs.query.enabled", NULL, "use db.logs.query.enabled" },
    { "dbms.mode", NULL, not_since_5 },
    { "causal_clustering.", NULL, not_since_5 },
    { "dbms.connector.", NULL, not_since_5 },
    { "dbms.memory.heap.", NULL, "use server.memory.heap.initial_size and server.memory.heap.max_size" },
    { "dbms.memory.pagecache.", NULL, "use server.memory.pagecache.size" },
    { "dbms.directories.", NULL, not_since_5 },
    { "dbms.logs.", NULL, not_since_5 },
    { "dbms.backup.", NULL, not_since_5 },
    { "metrics.", NULL, "settings of metrics begin with server.metrics." },
    { "dbms.security.audit.", NULL, "there is no such setting" },
};

/* Names that calendar releases have dropped, and refuse to start with. */
static const struct refusal calendar_refusals[] = {
    { "dbms.cluster.discovery.version", NULL, "calendar releases know only one generation of discovery" },
    { "dbms.cluster.discovery.log_level", NULL, "removed in 2025.01" },
    { "server.discovery.", NULL, "removed in 2025.01 with the first generation of discovery" },
    { "server.groups", NULL, "removed in 2025.01: use initial.server.tags" },
    { "server.max_databases", NULL, "removed in 2025.01: use dbms.max_databases" },
    { "initial.dbms.database_allocator", NULL, "removed in 2025.01" },
    { "db.cluster.raft.leader_transfer.priority_group", NULL,
      "removed in 2025.01: use db.cluster.raft.leader_transfer.priority_tag" },
    { "server.memory.off_heap.", NULL, "removed in 2025.01" },
    { "db.tx_state.memory_allocation", NULL, "removed in 2025.01" },
};

static bool covers(const struct refusal *refusal, const char *key) {
    return str_ends_with(refusal->key, ".") ? str_starts_with(key, refusal->key)
                                            : str_equal(key, refusal->key);
}

static const char *find_refusal(const struct refusal *rows, size_t count, const char *key,
                                const char *value) {
    for (size_t i = 0; i < count; i++)
        if (covers(&rows[i], key))
            return rows[i].allowed_value && str_equal(rows[i].allowed_value, value) ? NULL : rows[i].reason;
    return NULL;
}

const char *settings_refusal(const struct version *version, const char *key, const char *value) {
    const char *reason = NULL;

    if (version->family == VERSION_CALENDAR)
        reason = find_refusal(calendar_refusals, ARRAY_LENGTH(calendar_refusals), key, value);
    return reason ? reason : find_refusal(refusals, ARRAY_LENGTH(refusals), key, value);
}
