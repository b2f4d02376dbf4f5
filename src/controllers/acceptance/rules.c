#include "controllers/acceptance/rules.h"

#include "api/cluster_spec.h"
#include "api/defaults.h"
#include "settings/version.h"

/* ---- the target ---- */

/* More than crds/cluster.yaml allows: those of a larger cluster count as without a constraint. */
enum { SERVERS_MAX = 64 };

static const char *tag_of(const struct acceptance *seen) {
    return json_string_at(seen->target.object, "spec.image.tag", DEFAULT_IMAGE_TAG);
}

/* Whether the target's version is known and older than the one given. */
static bool is_older_than(const struct acceptance *seen, unsigned major, unsigned minor, unsigned patch) {
    struct version version = version_parse(tag_of(seen));
    struct version limit = { VERSION_CALENDAR, major, minor, patch, true };

    return version.family != VERSION_UNKNOWN && version_compare(&version, &limit) < 0;
}

static int64_t servers_of(const struct acceptance *seen) {
    const struct json *topology = json_at(seen->target.object, "spec.topology");

    return seen->target.is_cluster ? json_integer_at(topology, "servers",
                                                     json_integer_at(topology, "primaries", 0) +
                                                         json_integer_at(topology, "secondaries", 0))
                                   : 1;
}

/* How many servers may host a copy in this role: those without the other constraint. Of a cluster that can't
 * be read all may: its own controller says what is wrong with it. */
static int64_t servers_for(const struct acceptance *seen, const char *other_mode) {
    struct cluster_spec *spec;
    struct error err = { 0 };
    int64_t count = servers_of(seen);

    if (!cluster_spec_decode(seen->arena, json_get(seen->target.object, "spec"), &spec, &err))
        return count;
    cluster_spec_set_defaults(seen->arena, spec);
    for (int ordinal = 0; ordinal < spec->topology->servers && ordinal < SERVERS_MAX; ordinal++)
        count -= str_equal(cluster_mode_constraint(spec, ordinal), other_mode);
    return count;
}

static void refuse_unsupported(struct acceptance *seen, const char *rule) {
    if (is_older_than(seen, 5, 26, 0))
        acceptance_refuse(seen, rule, FIELD_INVALID, seen->target.field,
                          json_new_string(seen->arena, seen->target.name),
                          "runs Neo4j %s; 5.26 or later is needed", tag_of(seen));
}

/* ---- Neo4jBackup, Neo4jRestore ---- */

void acceptance_judge_backup(struct acceptance *seen) {
    static const struct {
        const char *option;
        unsigned year, month;
    } flags[] = {
        { "parallelDownload", 2025, 11 },
        { "skipRecovery", 2025, 11 },
        { "remoteAddressResolution", 2025, 9 },
    };
    const struct json *options = json_get(seen->spec, "options");

    refuse_unsupported(seen, "B15");
    if (!json_get(seen->spec, "storage") && !json_at(seen->target.object, "spec.backups.defaultStorage"))
        acceptance_refuse(seen, "B3", FIELD_REQUIRED, "spec.storage", NULL,
                          "must be set, as %s has no spec.backups.defaultStorage", seen->target.name);
    for (size_t i = 0; i < ARRAY_LENGTH(flags); i++)
        if (json_bool(json_get(options, flags[i].option), false) &&
            is_older_than(seen, flags[i].year, flags[i].month, 0))
            acceptance_refuse(seen, "B13", FIELD_FORBIDDEN,
                              arena_printf(seen->arena, "spec.options.%s", flags[i].option), NULL,
                              "needs Neo4j %u.%02u or later, and %s runs %s", flags[i].year, flags[i].month,
                              seen->target.name, tag_of(seen));
    if (json_bool_at(options, "preferDiffAsParent", false) && is_older_than(seen, 2025, 4, 0))
        acceptance_warn(seen, "B13", "spec.options.preferDiffAsParent", json_new_bool(seen->arena, true),
                        "is ignored before Neo4j 2025.04, and %s runs %s", seen->target.name, tag_of(seen));
}

void acceptance_judge_restore(struct acceptance *seen) {
    refuse_unsupported(seen, "X8");
}

/* ---- Neo4jDatabase ---- */

static void judge_copies(struct acceptance *seen, int64_t primaries, int64_t secondaries) {
    int64_t servers = servers_of(seen);
    int64_t copies = primaries + secondaries;

    if (copies > servers) {
        acceptance_refuse(
            seen, "DB4", FIELD_INVALID, "spec.topology", NULL,
            "asks for %lld servers, and %s has %lld; lower primaries or secondaries, or raise the "
            "cluster's spec.topology.servers",
            (long long)copies, seen->target.name, (long long)servers);
        return;
    }
    if (primaries > servers_for(seen, "SECONDARY") || secondaries > servers_for(seen, "PRIMARY"))
        acceptance_refuse(
            seen, "DB13", FIELD_INVALID, "spec.topology", NULL,
            "asks for %lld primaries and %lld secondaries, and the mode constraints of %s leave %lld "
            "servers for primaries and %lld for secondaries",
            (long long)primaries, (long long)secondaries, seen->target.name,
            (long long)servers_for(seen, "SECONDARY"), (long long)servers_for(seen, "PRIMARY"));
    if (copies == servers && servers >= 2)
        acceptance_warn(seen, "DBW2", "spec.topology", NULL,
                        "uses all %lld servers, so that none is left to take over a copy of one that is lost",
                        (long long)servers);
    if (servers >= 3 && servers - copies >= 2)
        acceptance_warn(seen, "DBW7", "spec.topology", NULL, "leaves %lld servers without a copy",
                        (long long)(servers - copies));
}

static void warn_of_version(struct acceptance *seen) {
    const char *language = json_string_at(seen->spec, "defaultCypherLanguage", NULL);
    const char *until = json_string_at(seen->spec, "seedConfig.restoreUntil", NULL);

    if (language && is_older_than(seen, 2025, 6, 0))
        acceptance_warn(seen, "DBW11", "spec.defaultCypherLanguage", json_new_string(seen->arena, language),
                        "is left out before Neo4j 2025.06, and %s runs %s", seen->target.name, tag_of(seen));
    if (until && is_older_than(seen, 2025, 1, 0))
        acceptance_warn(seen, "DBW11", "spec.seedConfig.restoreUntil", json_new_string(seen->arena, until),
                        "is left out before Neo4j 2025.01, and %s runs %s: the seed is restored to its end",
                        seen->target.name, tag_of(seen));
}

void acceptance_judge_database(struct acceptance *seen) {
    const struct json *topology = json_get(seen->spec, "topology");

    warn_of_version(seen);
    if (!topology)
        return;
    if (!seen->target.is_cluster)
        acceptance_warn(seen, "DBW8", "spec.topology", NULL, "is ignored: %s is a standalone, with one copy",
                        seen->target.name);
    else
        judge_copies(seen, json_integer_at(topology, "primaries", 1),
                     json_integer_at(topology, "secondaries", 0));
}

/* ---- Neo4jShardedDatabase ---- */

static void judge_shard_copies(struct acceptance *seen) {
    const struct json *sharding = json_get(seen->spec, "propertySharding");
    int64_t graph = json_integer_at(sharding, "graphShard.primaries", 0) +
                    json_integer_at(sharding, "graphShard.secondaries", 0);
    int64_t replicas = json_integer_at(sharding, "propertyShardTopology.replicas", 1);
    int64_t shards = json_integer_at(sharding, "propertyShards", 0);
    int64_t servers = servers_of(seen);

    if (graph > servers)
        acceptance_refuse(seen, "SH5", FIELD_INVALID, "spec.propertySharding.graphShard", NULL,
                          "asks for %lld servers, and %s has %lld", (long long)graph, seen->target.name,
                          (long long)servers);
    if (replicas > servers)
        acceptance_refuse(seen, "SH6", FIELD_INVALID, "spec.propertySharding.propertyShardTopology.replicas",
                          json_new_integer(seen->arena, replicas), "must be at most %lld, the servers of %s",
                          (long long)servers, seen->target.name);
    if (shards > servers)
        acceptance_warn(seen, "SHW2", "spec.propertySharding.propertyShards",
                        json_new_integer(seen->arena, shards),
                        "is more than the %lld servers of %s: some host several shards", (long long)servers,
                        seen->target.name);
}

void acceptance_judge_sharded_database(struct acceptance *seen) {
    const struct json *name = json_new_string(seen->arena, seen->target.name);

    if (!json_bool_at(seen->target.object, "spec.propertySharding.enabled", false))
        acceptance_refuse(seen, "SH1", FIELD_INVALID, seen->target.field, name,
                          "is a cluster without property sharding; set its spec.propertySharding.enabled");
    if (is_older_than(seen, 2025, 7, 1))
        acceptance_refuse(seen, "SH9", FIELD_INVALID, seen->target.field, name,
                          "runs Neo4j %s; property sharding requires 2025.07.1 or later", tag_of(seen));
    else if (is_older_than(seen, 2025, 12, 0))
        acceptance_warn(seen, "SHW4", seen->target.field, name,
                        "runs Neo4j %s; property sharding is generally available from 2025.12 on",
                        tag_of(seen));
    judge_shard_copies(seen);
}
