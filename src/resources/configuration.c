#include "resources/configuration.h"

#include "api/cluster_spec.h"
#include "base/encoding.h"
#include "base/quantity.h"
#include "neo4j/memory.h"
#include "resources/names.h"

enum { HASH_DIGITS = 16 };

#define SETTING_MODE_CONSTRAINT "initial.server.mode_constraint"

struct constant {
    enum setting_owner owner;
    const char *key;
    const char *value;
};

static const struct constant constants[] = {
    { SETTING_MANAGED, "server.default_listen_address", "0.0.0.0" },
    { SETTING_MANAGED, "server.bolt.listen_address", ":7687" },
    { SETTING_MANAGED, "server.http.listen_address", ":7474" },
    { SETTING_MANAGED, "server.cluster.listen_address", ":6000" },
    { SETTING_MANAGED, "server.cluster.raft.listen_address", ":7000" },
    { SETTING_MANAGED, "server.routing.listen_address", ":7688" },
    { SETTING_MANAGED, "server.backup.enabled", "true" },
    { SETTING_MANAGED, "server.backup.listen_address", "0.0.0.0:6362" },
    { SETTING_MANAGED, "server.directories.data", "/data" },
    { SETTING_MANAGED, "server.directories.logs", "/logs" },
    /* Servers that come later are enabled by themselves; they would otherwise stay Free and host nothing. */
    { SETTING_MANAGED, "initial.dbms.automatically_enable_free_servers", "true" },
    { SETTING_DEFAULT, "server.config.strict_validation.enabled", "false" },
    { SETTING_DEFAULT, "dbms.routing.default_router", "SERVER" },
    { SETTING_DEFAULT, "db.format", "block" },
    { SETTING_DEFAULT, "server.metrics.csv.enabled", "false" },
    { SETTING_DEFAULT, "server.bolt.thread_pool_min_size", "5" },
    { SETTING_DEFAULT, "server.bolt.thread_pool_max_size", "400" },
    { SETTING_DEFAULT, "server.bolt.thread_pool_keep_alive", "5m" },
};

static const char *const jvm_flags[] = {
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=200",
    "-XX:+ParallelRefProcEnabled",
    "-XX:+UnlockExperimentalVMOptions",
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:G1NewSizePercent=2",
    "-XX:G1MaxNewSizePercent=10",
    "-XX:+G1UseAdaptiveIHOP",
    "-XX:InitiatingHeapOccupancyPercent=45",
    "-XX:+UseStringDeduplication",
    "-XX:+ExitOnOutOfMemoryError",
};

static void set_constants(struct settings *settings, enum setting_owner owner) {
    for (size_t i = 0; i < ARRAY_LENGTH(constants); i++)
        if (constants[i].owner == owner)
            settings_set(settings, owner, constants[i].key, constants[i].value);
}

static const char *config_value(const struct cluster_spec *spec, const char *key) {
    return json_string(json_get(spec->config, key), NULL);
}

static int64_t memory_limit(const struct cluster_spec *spec) {
    struct quantity quantity;

    if (!quantity_from_json(json_at(spec->resources, "limits.memory"), &quantity))
        return 0;
    return quantity_value(quantity);
}

/* Both heap sizes and the page cache are settled together, whoever named one of them: a first size above the
 * largest stops the JVM. */
static const char *set_memory(struct settings *settings, const struct cluster_spec *spec) {
    struct memory_plan plan = memory_plan(
        settings->arena, &(struct memory_config){
                             .limit_bytes = memory_limit(spec),
                             .heap_initial = config_value(spec, "server.memory.heap.initial_size"),
                             .heap_max = config_value(spec, "server.memory.heap.max_size"),
                             .page_cache = config_value(spec, "server.memory.pagecache.size"),
                             .transaction_total_max = config_value(spec, "dbms.memory.transaction.total.max"),
                             .transaction_max = config_value(spec, "db.memory.transaction.max") });
    const struct {
        const char *key;
        int64_t bytes;
    } sizes[] = {
        { "server.memory.heap.initial_size", plan.heap_initial_bytes },
        { "server.memory.heap.max_size", plan.heap_max_bytes },
        { "server.memory.pagecache.size", plan.page_cache_bytes },
        { "dbms.memory.transaction.total.max", plan.transaction_total_max_bytes },
        { "db.memory.transaction.max", plan.transaction_max_bytes },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++)
        settings_set(settings, SETTING_DEFAULT, sizes[i].key, memory_format(settings->arena, sizes[i].bytes));
    return plan.warning;
}

struct user_settings {
    struct settings *settings;
    struct version version;
    struct settings_loss *refused; /* room for all that the user wrote */
    size_t refused_count;
    struct settings_loss *doubts; /* too */
    size_t doubt_count;
};

/* A name or a value that the version refuses to start with is left out, so that the servers start: the user
 * is told like of any value that could not be taken. Validation warned of some of them before (rule AW5) and
 * refused those of discovery (rule R15). */
static void set_user_value(struct user_settings *user, const char *key, const char *value) {
    struct arena *arena = user->settings->arena;
    const char *refusal = settings_refusal(arena, &user->version, key, value);
    const char *doubt = settings_doubt(arena, &user->version, key);

    if (refusal) {
        user->refused[user->refused_count++] =
            (struct settings_loss){ .key = key, .value = value, .kept_value = "", .reason = refusal };
        return;
    }
    if (doubt)
        user->doubts[user->doubt_count++] = (struct settings_loss){ .key = key, .reason = doubt };
    settings_set(user->settings, SETTING_USER, key, value);
}

static void set_user_line(struct user_settings *user, const char *line) {
    struct arena *arena = user->settings->arena;
    struct text rest = text_trim(text_from(line));

    if (!rest.length || rest.data[0] == '#')
        return;
    struct text key = text_trim(text_cut(&rest, '='));
    struct text value = text_trim(rest);
    set_user_value(user, arena_strndup(arena, key.data, key.length),
                   arena_strndup(arena, value.data ? value.data : "", value.length));
}

static void set_user(struct user_settings *user, const struct cluster_spec *spec) {
    JSON_FOR_EACH_MEMBER (member, spec->config)
        set_user_value(user, member->key, json_string(&member->value, ""));
    for (size_t i = 0; i < spec->additional_config_count; i++)
        set_user_line(user, spec->additional_config[i]);
}

/* Read when a server is enabled and when the first databases are made: no server restarts for it. */
static void set_topology(struct settings *settings, const struct cluster_spec *spec) {
    const struct cluster_topology *topology = spec->topology;

    if (topology->server_mode_constraint)
        settings_set(settings, SETTING_MANAGED, SETTING_MODE_CONSTRAINT, topology->server_mode_constraint);
    if (topology->has_primaries && topology->primaries > 0)
        settings_printf(settings, SETTING_DEFAULT, "initial.dbms.default_primaries_count", "%d",
                        topology->primaries);
    if (topology->has_secondaries && topology->secondaries > 0)
        settings_printf(settings, SETTING_DEFAULT, "initial.dbms.default_secondaries_count", "%d",
                        topology->secondaries);
}

static void set_discovery(struct settings *settings, const struct cluster_identity *cluster,
                          const struct cluster_spec *spec, bool is_formed) {
    size_t count = (size_t)spec->topology->servers;
    const char **endpoints = ARENA_ARRAY(settings->arena, const char *, count);

    for (size_t i = 0; i < count; i++)
        endpoints[i] = arena_printf(settings->arena, "%s:%d",
                                    name_pod_host(settings->arena, cluster->name, cluster->namespace, (int)i),
                                    PORT_CLUSTER);
    settings_set_discovery(settings, &(struct settings_discovery){
                                         .version = version_parse(spec->image->tag),
                                         .endpoints = endpoints,
                                         .endpoint_count = count,
                                         /* All servers must meet before the first start, so that none that is
                                          * cut off can form a cluster of its own. */
                                         .minimum_primaries = is_formed ? 0 : (unsigned)count,
                                     });
}

/* What was refused by name, then what lost against the operator's value. */
static void add_losses(const struct user_settings *user, struct configuration *configuration) {
    const struct settings *settings = user->settings;
    size_t count = user->refused_count + settings->loss_count;
    struct settings_loss *losses = ARENA_ARRAY(settings->arena, struct settings_loss, count);

    for (size_t i = 0; i < count; i++)
        losses[i] = i < user->refused_count ? user->refused[i] : settings->losses[i - user->refused_count];
    configuration->losses = losses;
    configuration->loss_count = count;
    configuration->doubts = user->doubts;
    configuration->doubt_count = user->doubt_count;
}

static void add_file(struct json *files, const char *name, const struct settings *settings) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    buffer_add_string(
        &text, "# Made by neo4j-operator: changes belong into the Neo4jEnterpriseCluster's spec.config.\n");
    settings_write(settings, &text);
    json_set_string(settings->arena, files, name, buffer_string(&text));
}

static void add_files_of_servers(struct json *files, const struct cluster_identity *cluster,
                                 const struct cluster_spec *spec, struct settings *settings) {
    struct arena *arena = settings->arena;

    for (int i = 0; i < CLUSTER_SERVERS_MAX; i++) {
        settings_set(settings, SETTING_MANAGED, SETTING_MODE_CONSTRAINT, cluster_mode_constraint(spec, i));
        add_file(files, arena_printf(arena, "%s.conf", name_pod(arena, cluster->name, i)), settings);
    }
}

void configuration_build(struct arena *arena, const struct cluster_identity *cluster,
                         const struct cluster_spec *spec, bool is_formed, bool is_for_each_server,
                         struct configuration *out_configuration) {
    struct settings settings;
    size_t user_count = json_length(spec->config) + spec->additional_config_count;
    struct user_settings user = {
        .settings = &settings,
        .version = version_parse(spec->image->tag),
        .refused = ARENA_ARRAY(arena, struct settings_loss, user_count),
        .doubts = ARENA_ARRAY(arena, struct settings_loss, user_count),
    };
    CLEANUP_BUFFER struct buffer text = { 0 };

    settings_init(&settings, arena);
    set_constants(&settings, SETTING_DEFAULT);
    out_configuration->warning = set_memory(&settings, spec);
    if (spec->auth->password_policy && spec->auth->password_policy->has_min_length)
        settings_printf(&settings, SETTING_DEFAULT, "dbms.security.auth_minimum_password_length", "%d",
                        spec->auth->password_policy->min_length);
    for (size_t i = 0; i < ARRAY_LENGTH(jvm_flags); i++)
        settings_set(&settings, SETTING_DEFAULT, SETTING_JVM_ADDITIONAL, jvm_flags[i]);
    for (size_t i = 0; i < spec->jvm_options_count; i++)
        settings_set(&settings, SETTING_USER, SETTING_JVM_ADDITIONAL, spec->jvm_options[i]);
    set_constants(&settings, SETTING_MANAGED);
    set_user(&user, spec);

    settings_write(&settings, &text);
    out_configuration->hash = sha256_hex(arena, text.data, text.length, HASH_DIGITS);
    set_topology(&settings, spec);
    set_discovery(&settings, cluster, spec, is_formed);
    out_configuration->files = json_new_object(arena);
    add_file(out_configuration->files, "neo4j.conf", &settings);
    add_losses(&user, out_configuration);
    if (is_for_each_server)
        add_files_of_servers(out_configuration->files, cluster, spec, &settings);
}

bool configuration_differs_by_server(const struct cluster_spec *spec) {
    for (int i = 1; i < spec->topology->servers; i++)
        if (!str_equal(cluster_mode_constraint(spec, i), cluster_mode_constraint(spec, 0)))
            return true;
    return false;
}

void configuration_add_environment(struct arena *arena, struct json *env,
                                   const struct cluster_identity *cluster) {
    static const struct {
        const char *name;
        int port; /* 0: none */
    } addresses[] = {
        { "NEO4J_server_default__advertised__address", 0 },
        { "NEO4J_server_cluster_advertised__address", PORT_CLUSTER },
        { "NEO4J_server_cluster_raft_advertised__address", PORT_RAFT },
        { "NEO4J_server_routing_advertised__address", PORT_ROUTING },
    };
    const char *host =
        arena_printf(arena, "$(POD_NAME).%s",
                     name_service_host(arena, name_headless(arena, cluster->name), cluster->namespace));

    for (size_t i = 0; i < ARRAY_LENGTH(addresses); i++) {
        struct json *variable = json_append_object(arena, env);
        json_set_string(arena, variable, "name", addresses[i].name);
        json_set_string(arena, variable, "value",
                        addresses[i].port ? arena_printf(arena, "%s:%d", host, addresses[i].port) : host);
    }
}
