#include "api/rules_cluster.h"

#include "api/cluster_spec.h"
#include "api/image_tag.h"
#include "api/judgement.h"
#include "base/quantity.h"

/* The StatefulSet controller labels pods with {name}-server-{hash of 10}; a label holds 63 characters. */
enum { NAME_BYTES_MAX = 45 };
enum { SERVERS_MIN = 2, SERVERS_MAX = 20, SERVERS_MANY = 10, SERVERS_SMALL_MAX = 3 };
static const int64_t GIBIBYTE = 1024LL * 1024 * 1024;

bool judgement_resource(const struct judgement *judgement, const char *path, int64_t *out_milli) {
    const struct json *value = json_at(judgement->spec->resources, path);
    struct quantity quantity;

    if (!value || !quantity_from_json(value, &quantity))
        return false;
    *out_milli = quantity.milli;
    return true;
}

/* R1 */
static void judge_name(const struct judgement *judgement) {
    const char *name = json_string_at(judgement->object, "metadata.name", "");

    if (strlen(name) > NAME_BYTES_MAX)
        FORBID(judgement, "R1", INVALID, "metadata.name", shown(judgement, name),
               "must have at most %d characters, so that the names of its pods' revisions fit into a label",
               NAME_BYTES_MAX);
}

/* R2 */
static void judge_size(const struct judgement *judgement) {
    const struct cluster_topology *topology = judgement->spec->topology;
    int servers = topology->servers;
    const struct json *value = shown_number(judgement, servers);

    if (!topology->has_servers)
        FORBID(judgement, "R2", REQUIRED, "spec.topology.servers", NULL, "give a number from %d to %d",
               SERVERS_MIN, SERVERS_MAX);
    else if (servers < SERVERS_MIN)
        FORBID(judgement, "R2", INVALID, "spec.topology.servers", value,
               "must be %d to %d; use a Neo4jEnterpriseStandalone for a single server", SERVERS_MIN,
               SERVERS_MAX);
    else if (servers > SERVERS_MAX)
        FORBID(judgement, "R2", INVALID, "spec.topology.servers", value, "must be %d to %d", SERVERS_MIN,
               SERVERS_MAX);
    if (topology->has_primaries && topology->has_secondaries &&
        (int64_t)topology->primaries + topology->secondaries != servers)
        FORBID(judgement, "R2", INVALID, "spec.topology.servers", value,
               "primaries (%d) and secondaries (%d), which are deprecated, must add up to servers",
               topology->primaries, topology->secondaries);
}

/* R4, R5 */
static void judge_server_roles(const struct judgement *judgement) {
    const struct cluster_topology *topology = judgement->spec->topology;
    const struct cluster_server_role *roles = topology->server_roles;

    for (size_t i = 0; i < topology->server_roles_count; i++) {
        const char *field = arena_printf(judgement->arena, "spec.topology.serverRoles[%zu].serverIndex", i);
        const struct json *value = shown_number(judgement, roles[i].server_index);
        if (roles[i].server_index < 0 || roles[i].server_index >= topology->servers)
            FORBID(judgement, "R4", INVALID, field, value, "must be 0 to %d, the servers that there are",
                   topology->servers - 1);
        for (size_t j = 0; j < i; j++) {
            if (roles[j].server_index != roles[i].server_index)
                continue;
            FORBID(judgement, "R5", DUPLICATE, field, value, "a server has one entry at most");
            break;
        }
    }
}

static bool all_servers_are(const struct judgement *judgement, const char *mode) {
    int servers = judgement->spec->topology->servers;

    if (servers < 1 || servers > SERVERS_MAX)
        return false;
    for (int i = 0; i < servers; i++) {
        if (strcmp(cluster_mode_constraint(judgement->spec, i), mode) != 0)
            return false;
    }
    return true;
}

/* R6, W4 */
static void judge_roles_together(const struct judgement *judgement) {
    const struct cluster_topology *topology = judgement->spec->topology;
    const char *field =
        topology->server_roles_count > 0 ? "spec.topology.serverRoles" : "spec.topology.serverModeConstraint";

    if (all_servers_are(judgement, "SECONDARY"))
        FORBID(judgement, "R6", INVALID, field, shown(judgement, topology->server_mode_constraint),
               "all servers are SECONDARY: databases need at least one server that is PRIMARY or NONE");
    if (all_servers_are(judgement, "PRIMARY"))
        WARN(judgement, "W4", field, shown(judgement, topology->server_mode_constraint),
             "all servers are PRIMARY: no server can host a secondary, which scales reading");
}

/* W1, W2, W3 */
static void warn_of_size(const struct judgement *judgement) {
    int servers = judgement->spec->topology->servers;
    const struct json *value = shown_number(judgement, servers);

    if (servers < SERVERS_MIN)
        return;
    if (servers == SERVERS_MIN)
        WARN(judgement, "W2", "spec.topology.servers", value,
             "two servers tolerate the loss of none: use 3 or more in production");
    else if (servers % 2 == 0)
        WARN(judgement, "W1", "spec.topology.servers", value,
             "an even number of servers tolerates no more losses than %d do", servers - 1);
    if (servers > SERVERS_MANY)
        WARN(judgement, "W3", "spec.topology.servers", value,
             "more than %d servers slow the cluster's own agreement down", SERVERS_MANY);
}

/* R8, W5, and the bounds of spreading */
static void judge_distribution(const struct judgement *judgement) {
    const struct cluster_topology *topology = judgement->spec->topology;
    const struct placement_topology_spread *spread = topology->placement->topology_spread;
    size_t zones = topology->availability_zones_count;

    if (topology->enforce_distribution && zones == 1)
        FORBID(judgement, "R8", INVALID, "spec.topology.availabilityZones", NULL,
               "enforceDistribution needs at least 2 zones");
    if (topology->enforce_distribution && (size_t)topology->servers < zones)
        FORBID(judgement, "R8", INVALID, "spec.topology.availabilityZones", NULL,
               "enforceDistribution needs a server for each zone: there are %zu zones and %d servers", zones,
               topology->servers);
    if (zones > 1 && (size_t)topology->servers % zones != 0)
        WARN(judgement, "W5", "spec.topology.availabilityZones", NULL,
             "%d servers cannot be spread evenly over %zu zones", topology->servers, zones);
    if (spread && spread->has_min_domains && str_equal(spread->when_unsatisfiable, "ScheduleAnyway"))
        FORBID(judgement, "R8", FORBIDDEN, "spec.topology.placement.topologySpread.minDomains", NULL,
               "may be set only with whenUnsatisfiable: DoNotSchedule");
}

/* R7 */
static void judge_image(const struct judgement *judgement) {
    const struct image *image = judgement->spec->image;
    struct image_version version;

    if (str_empty(image->repo))
        FORBID(judgement, "R7", REQUIRED, "spec.image.repo", NULL, "for example neo4j");
    if (str_empty(image->tag))
        FORBID(judgement, "R7", REQUIRED, "spec.image.tag", NULL, "for example 5.26.0-enterprise");
    else if (!image_tag_parse(image->tag, &version) || !image_version_is_supported(version))
        FORBID(judgement, "R7", INVALID, "spec.image.tag", shown(judgement, image->tag),
               "must be 5.26.x or 2025.01 and later, for example 5.26.0-enterprise");
}

/* R9 */
static void judge_storage(const struct judgement *judgement) {
    const struct cluster_storage *storage = judgement->spec->storage;
    struct quantity size;

    if (str_empty(storage->size))
        FORBID(judgement, "R9", REQUIRED, "spec.storage.size", NULL, "for example 10Gi");
    else if (!quantity_parse(text_from(storage->size), &size) || size.milli <= 0)
        FORBID(judgement, "R9", INVALID, "spec.storage.size", shown(judgement, storage->size),
               "must be more than nothing, with a unit, for example 10Gi");
    if (storage->volume_name)
        FORBID(judgement, "R9", FORBIDDEN, "spec.storage.volumeName", NULL,
               "one volume cannot serve %d servers; use selector", judgement->spec->topology->servers);
}

static void judge_request(const struct judgement *judgement, const char *resource) {
    const char *request_path = arena_printf(judgement->arena, "requests.%s", resource);
    const char *limit_path = arena_printf(judgement->arena, "limits.%s", resource);
    int64_t request;
    int64_t limit;

    if (!judgement_resource(judgement, request_path, &request) ||
        !judgement_resource(judgement, limit_path, &limit) || request <= limit)
        return;
    FORBID(judgement, "R11", INVALID, arena_printf(judgement->arena, "spec.resources.%s", request_path),
           json_at(judgement->spec->resources, request_path), "must not be more than the limit, %s",
           json_print(judgement->arena, json_at(judgement->spec->resources, limit_path)));
}

/* R11, R12 */
static void judge_resources(const struct judgement *judgement) {
    int servers = judgement->spec->topology->servers;
    int64_t limit;

    judge_request(judgement, "memory");
    judge_request(judgement, "cpu");
    if (!judgement_resource(judgement, "limits.memory", &limit))
        return;
    const struct json *value = json_at(judgement->spec->resources, "limits.memory");
    if (limit < GIBIBYTE * 1000)
        FORBID(judgement, "R11", INVALID, "spec.resources.limits.memory", value,
               "must be at least 1Gi: Neo4j does not start with less");
    else if (servers > SERVERS_SMALL_MAX && limit < 2 * GIBIBYTE * 1000)
        FORBID(judgement, "R12", INVALID, "spec.resources.limits.memory", value,
               "must be at least 2Gi for more than %d servers", SERVERS_SMALL_MAX);
}

/* W10 */
static void warn_of_order(const struct judgement *judgement) {
    if (str_equal(judgement->spec->pod_management_policy, "OrderedReady"))
        WARN(judgement, "W10", "spec.podManagementPolicy", shown(judgement, "OrderedReady"),
             "servers become ready only together, so that a cluster can't form one by one; use Parallel");
}

/* W7 */
static void warn_of_deprecated(const struct judgement *judgement) {
    const struct cluster_topology *topology = judgement->spec->topology;

    if (topology->has_primaries)
        WARN(judgement, "W7", "spec.topology.primaries", NULL, "is deprecated: use servers and serverRoles");
    if (topology->has_secondaries)
        WARN(judgement, "W7", "spec.topology.secondaries", NULL,
             "is deprecated: use servers and serverRoles");
    if (judgement->spec->plugins_count > 0)
        WARN(judgement, "W7", "spec.plugins", NULL, "is deprecated: write a Neo4jPlugin for each");
    if (judgement->spec->placement && judgement->spec->placement != topology->placement)
        WARN(judgement, "W7", "spec.placement", NULL, "is ignored: topology.placement wins");
    if (judgement->spec->query_monitoring && judgement->spec->monitoring)
        WARN(judgement, "W7", "spec.queryMonitoring", NULL, "is ignored: monitoring wins");
}

static void (*const rules[])(const struct judgement *) = {
    judge_name,          judge_size,         judge_server_roles, judge_roles_together,
    judge_distribution,  judge_image,        judge_storage,      judge_resources,
    judge_pod_additions, judge_security,     judge_metadata,     judge_configuration,
    judge_sharding,      judge_tls,          judge_auth,         judge_service,
    judge_backups,       judge_scaling,      judge_regions,      warn_of_size,
    warn_of_order,       warn_of_deprecated,
};

void cluster_judge(const struct json *cluster, const struct cluster_spec *spec, struct findings *errors,
                   struct findings *warnings) {
    struct judgement judgement = { errors->arena, cluster, spec, errors, warnings };

    ensure(spec->topology && spec->topology->placement && spec->image && spec->storage && spec->tls);
    ensure(spec->auth && spec->service);
    for (size_t i = 0; i < ARRAY_LENGTH(rules); i++)
        rules[i](&judgement);
}
