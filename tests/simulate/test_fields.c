#include "simulate/difference.h"
#include "simulate/field_campaign.h"
#include "simulate/field_values.h"
#include "simulate/field_walk.h"
#include "simulate/field_wish.h"
#include "test.h"
#include "yaml.h"

static const struct field *find(const struct fields *fields, const char *path) {
    for (size_t i = 0; i < fields->count; i++)
        if (str_equal(fields->items[i].path, path))
            return &fields->items[i];
    fail_msg("there is no field %s", path);
    return NULL;
}

static struct fields cluster_fields(struct arena *arena) {
    return fields_of_kind(arena, api_kind_find("Neo4jEnterpriseCluster"));
}

TEST("every field of every kind is walked, and has values to be changed to") {
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < api_kind_count; i++) {
        struct fields fields = fields_of_kind(arena, &api_kinds[i]);
        assert_true(fields.count > 10);
        assert_non_null(field_sample(arena, &api_kinds[i]));
        for (size_t k = 0; k < fields.count; k++)
            if (json_length(field_values(arena, &fields.items[k])) < 2)
                fail_msg("%s.%s has no values", api_kinds[i].name, fields.items[k].path);
    }
}

TEST("a field knows its effect, what it is another name of, and whether it is Kubernetes' own") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct fields fields = cluster_fields(arena);

    assert_int_equal(find(&fields, "spec.topology.servers")->effect, API_EFFECT_NOW);
    assert_int_equal(find(&fields, "spec.autoScaling.primaries.minReplicas")->effect, API_EFFECT_LATER);
    assert_false(find(&fields, "spec.topology.servers")->is_embedded);
    assert_true(find(&fields, "spec.sidecarContainers[0].name")->is_embedded);
    assert_string_equal(find(&fields, "spec.restoreFrom.backupRef")->meant,
                        "spec.restoreFromBackup.backupRef");
}

TEST("a wish has the field, and what rules want beside it") {
    static const struct {
        const char *path;
        const char *value; /* NULL: left out */
        const char *at;
        const char *wanted;
    } rows[] = {
        { "spec.topology.servers", "5", "topology", "{servers: 5}" },
        { "spec.storage.size", NULL, "storage", "{className: standard}" },
        { "spec.topology.serverRoles[0].serverIndex", "1", "topology.serverRoles",
          "[{modeConstraint: SECONDARY, serverIndex: 1}]" },
        { "spec.tls.duration", "30s", "tls", "{issuerRef: {name: internal}, duration: 30s}" },
        { "spec.backups.fromSecondary", "true", "backups",
          "{schedule: '0 2 * * *', enabled: true, fromSecondary: true}" },
        { "spec.topology.placement.topologySpread.maxSkew", "2", "topology.placement",
          "{topologySpread: {enabled: true, maxSkew: 2}}" },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *sample = field_sample(arena, api_kind_find("Neo4jEnterpriseCluster"));
    struct fields fields = cluster_fields(arena);

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const struct json *value = rows[i].value ? yaml_value(arena, rows[i].value) : json_new_null(arena);
        const struct json *wish = field_wish(arena, sample, find(&fields, rows[i].path), value);
        if (!json_equal(json_at(json_get(wish, "spec"), rows[i].at), yaml_value(arena, rows[i].wanted)))
            fail_msg("%s: %s", rows[i].path, json_print(arena, wish));
    }
}

TEST("what two worlds do not have in common is told by object, path and line") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct differences found =
        differences_of(arena,
                       "Service {\"metadata\":{\"name\":\"a\"},\"spec\":{\"type\":\"ClusterIP\",\"x\":{}}}\n"
                       "ConfigMap {\"metadata\":{\"name\":\"c\"},\"data\":{\"f\":\"one\\ntwo\\n\"}}\n",
                       "Service {\"metadata\":{\"name\":\"a\"},\"spec\":{\"type\":\"NodePort\"}}\n"
                       "ConfigMap {\"metadata\":{\"name\":\"c\"},\"data\":{\"f\":\"three\\ntwo\\n\"}}\n"
                       "Role {\"metadata\":{\"name\":\"r\"}}\n");

    assert_int_equal(found.count, 4);
    assert_string_equal(found.items[0].object, "Service a");
    assert_string_equal(found.items[0].path, "spec.type");
    assert_string_equal(found.items[0].there, "\"NodePort\"");
    assert_string_equal(found.items[1].here, "\"one\"");
    assert_string_equal(found.items[2].there, "\"three\"");
    assert_string_equal(found.items[3].object, "Role r");
    assert_null(found.items[3].here);
}

TEST("a field is named by its path, an alias' path, or what it is within, and by nothing like it") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct fields fields = cluster_fields(arena);
    const struct field *servers = find(&fields, "spec.topology.servers");

    assert_true(field_is_named(servers, "spec.topology.servers: too few"));
    assert_true(field_is_named(servers, "without effect: spec.topology, spec.x"));
    assert_false(field_is_named(servers, "spec.topology.serversX"));
    assert_false(field_is_named(servers, "spec.topology.primaries"));
    assert_true(field_is_named(find(&fields, "spec.restoreFrom.backupRef"), "spec.restoreFromBackup: no"));
}

#define STANDS(phase)                                                                                        \
    "Neo4jEnterpriseCluster {\"metadata\":{\"name\":\"graph\"},\"stands\":{\"phase\":\"" phase "\"}}\n"
#define SERVERS(count) "StatefulSet {\"metadata\":{\"name\":\"s\"},\"replicas\":" #count "}\n"

TEST("what differs from scratch or does not heal fails a walk, unless status says why") {
    static const struct {
        const char *when;
        struct field_report living;
        struct field_report born;
        const char *failure; /* NULL: none */
    } rows[] = {
        { "all as it should be",
          { .outcome = FIELD_USED, .essence = STANDS("Ready") SERVERS(4) },
          { .outcome = FIELD_USED,
            .essence = STANDS("Ready") SERVERS(4),
            .healed = STANDS("Ready") SERVERS(3) },
          NULL },
        { "not what it is from scratch",
          { .outcome = FIELD_USED, .essence = STANDS("Ready") SERVERS(3) },
          { .outcome = FIELD_USED, .essence = STANDS("Ready") SERVERS(4) },
          "from scratch: StatefulSet s replicas" },
        { "waiting does not excuse other objects",
          { .outcome = FIELD_WAITS, .essence = STANDS("Ready") SERVERS(3) },
          { .outcome = FIELD_USED, .essence = STANDS("Ready") SERVERS(4) },
          "from scratch: StatefulSet" },
        { "it waits, and says so",
          { .outcome = FIELD_WAITS, .essence = STANDS("Ready") SERVERS(3) },
          { .outcome = FIELD_WAITS, .essence = STANDS("Forming") SERVERS(3) },
          NULL },
        { "it says that it does not wait",
          { .outcome = FIELD_USED, .essence = STANDS("Ready") SERVERS(3) },
          { .outcome = FIELD_WAITS, .essence = STANDS("Forming") SERVERS(3) },
          "stands.phase" },
        { "FieldsWithoutEffect names it",
          { .outcome = FIELD_IGNORED, .essence = STANDS("Ready") SERVERS(3) },
          { .outcome = FIELD_USED, .essence = STANDS("Ready") SERVERS(4) },
          NULL },
        { "it does not heal",
          { .outcome = FIELD_USED, .essence = STANDS("Ready"), .healed = STANDS("Ready") SERVERS(4) },
          { .outcome = FIELD_USED, .essence = STANDS("Ready") },
          "taken back, it is not as before" },
        { "it does not heal, and status tells why",
          { .outcome = FIELD_USED,
            .essence = STANDS("Ready"),
            .healed = STANDS("Ready") SERVERS(4),
            .is_stuck = true },
          { .outcome = FIELD_USED, .essence = STANDS("Ready") },
          NULL },
        { "one that was born so does not heal",
          { .outcome = FIELD_WAITS, .essence = STANDS("Ready") },
          { .outcome = FIELD_WAITS, .essence = STANDS("Forming"), .healed = STANDS("Forming") SERVERS(3) },
          "born so and taken back" },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct api_kind *kind = api_kind_find("Neo4jEnterpriseCluster");
    struct fields fields = fields_of_kind(arena, kind);
    const struct field_change change = { .kind = kind,
                                         .field = find(&fields, "spec.topology.servers"),
                                         .sample = field_sample(arena, kind) };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *failure =
            field_compare(arena, &change, &rows[i].living, &rows[i].born, STANDS("Ready") SERVERS(3));
        if (rows[i].failure ? !failure || !strstr(failure, rows[i].failure) : failure != NULL)
            fail_msg("%s: %s", rows[i].when, failure);
    }
}

static uint64_t campaign(struct runner *runner, const char *target, char *said, size_t size) {
    FILE *out = fmemopen(said, size, "w");
    uint64_t failed =
        field_campaign_run(runner, &(struct field_campaign){ .target = target, .every = 1, .out = out });

    fclose(out);
    return failed;
}

TEST("fields of a living cluster change and change back") {
    static const char *const targets[] = { "Neo4jEnterpriseCluster.spec.nodeSelector",
                                           "Neo4jEnterpriseCluster.spec.auth.secretRef=\"not-there\"",
                                           "Neo4jEnterpriseCluster.spec.volumes[0].secret.secretName",
                                           "Neo4jUser.spec.passwordSecret" };
    CLEANUP_POINTER(runner_free) struct runner *runner = runner_new(1);
    char said[4096] = "";

    for (size_t i = 0; i < ARRAY_LENGTH(targets); i++)
        if (campaign(runner, targets[i], said, sizeof(said)) || !strstr(said, " 0 failed"))
            fail_msg("%s: %s", targets[i], said);
    assert_int_equal(campaign(runner, "Neo4jUser.spec.nothing", said, sizeof(said)), 1);
    assert_non_null(strstr(said, "there is no field Neo4jUser.spec.nothing"));
}
