#include "test.h"
#include "yaml.h"

#include "api/cluster_spec.h"
#include "api/defaults.h"

static struct cluster_spec *spec_of(struct arena *arena, const char *yaml) {
    struct cluster_spec *spec = NULL;
    struct error err = { 0 };
    if (!cluster_spec_decode(arena, yaml_value(arena, yaml), &spec, &err))
        fail_msg("%s", err.text);
    cluster_spec_set_defaults(arena, spec);
    return spec;
}

TEST("a cluster that says nothing but its size is complete") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct cluster_spec *spec = spec_of(arena, "{topology: {servers: 3}}");

    assert_string_equal(cluster_image_reference(arena, spec), "neo4j:5.26.0-enterprise");
    assert_string_equal(spec->image->pull_policy, "IfNotPresent");
    assert_string_equal(spec->storage->size, "10Gi");
    assert_string_equal(spec->storage->retention_policy, "Retain");
    assert_null(spec->storage->class_name);
    assert_string_equal(spec->topology->server_mode_constraint, "NONE");
    assert_string_equal(spec->auth->provider, "native");
    assert_null(spec->auth->admin_secret);
    assert_string_equal(spec_of(arena, "{auth: {secretRef: a}}")->auth->admin_secret, "a");
    assert_null(spec_of(arena, "{auth: {secretRef: a, provider: ldap}}")->auth->admin_secret);
    assert_int_equal(spec->auth->password_policy->min_length, 8);
    assert_string_equal(spec->service->type, "ClusterIP");
    assert_string_equal(spec->tls->mode, "disabled");
    assert_string_equal(spec->pod_management_policy, "Parallel");
    assert_string_equal(json_string_at(spec->resources, "limits.memory", NULL), "2Gi");
    assert_null(spec->maintenance);
    assert_null(cluster_image_pull_secrets(arena, spec));
}

TEST("what is written stays") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct cluster_spec *spec = spec_of(
        arena,
        "{topology: {servers: 3, placement: {topologySpread: {maxSkew: 2}}}, tls: {issuerRef: {name: a}},"
        " upgradeStrategy: {autoPauseOnFailure: false}, image: {tag: 2025.01.0, repo: mine},"
        " resources: {requests: {cpu: 1}}, queryMonitoring: {}}");

    assert_string_equal(cluster_image_reference(arena, spec), "mine:2025.01.0");
    assert_string_equal(spec->tls->mode, "cert-manager");
    assert_string_equal(spec->tls->issuer_ref->kind, "ClusterIssuer");
    assert_false(spec->upgrade_strategy->auto_pause_on_failure);
    assert_true(spec->upgrade_strategy->pre_upgrade_health_check);
    assert_null(json_at(spec->resources, "limits"));
    assert_int_equal(spec->topology->placement->topology_spread->max_skew, 2);
    assert_string_equal(spec->topology->placement->topology_spread->topology_key,
                        "topology.kubernetes.io/zone");
    assert_null(spec->topology->placement->anti_affinity);
    assert_true(spec->query_monitoring->enabled);
}

TEST("placement counts wherever it is written, and within topology first") {
    CLEANUP_ARENA struct arena *arena = arena_new();

    const struct cluster_spec *spec =
        spec_of(arena, "{topology: {servers: 3}, placement: {requiredDuringScheduling: true}}");
    assert_true(spec->topology->placement->required_during_scheduling);
    spec = spec_of(arena,
                   "{topology: {servers: 3, placement: {}}, placement: {requiredDuringScheduling: true}}");
    assert_false(spec->topology->placement->required_during_scheduling);
}

TEST("gives each server its mode constraint") {
    static const struct {
        const char *when, *topology, *modes;
    } rows[] = {
        { "none", "{servers: 3}", "NONE NONE NONE" },
        { "for all", "{servers: 2, serverModeConstraint: PRIMARY}", "PRIMARY PRIMARY" },
        { "for one",
          "{servers: 3, serverModeConstraint: PRIMARY, serverRoles: [{serverIndex: 1, modeConstraint: "
          "NONE}]}",
          "PRIMARY NONE PRIMARY" },
        { "by numbers", "{primaries: 2, secondaries: 1}", "NONE NONE SECONDARY" },
        { "by numbers and servers", "{servers: 3, primaries: 1, secondaries: 2}",
          "NONE SECONDARY SECONDARY" },
        { "numbers and a role",
          "{primaries: 2, secondaries: 1, serverRoles: [{serverIndex: 2, modeConstraint: NONE}]}",
          "NONE NONE NONE" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const struct cluster_spec *spec =
            spec_of(arena, arena_printf(arena, "topology: %s", rows[i].topology));
        const char *modes = "";
        for (int server = 0; server < spec->topology->servers; server++)
            modes = arena_printf(arena, "%s%s%s", modes, server > 0 ? " " : "",
                                 cluster_mode_constraint(spec, server));
        if (strcmp(modes, rows[i].modes) != 0)
            fail_msg("%s: %s", rows[i].when, modes);
    }
}

TEST("merges the two ways to name pull secrets, each secret once") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct cluster_spec *spec =
        spec_of(arena, "{topology: {servers: 3}, image: {tag: 5.26.0, pullSecrets: [a, b, '']}, "
                       "imagePullSecrets: [{name: b}, {name: c}]}");

    assert_string_equal(json_print(arena, cluster_image_pull_secrets(arena, spec)),
                        "[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]");
}

TEST("security contexts are restricted unless the spec says otherwise") {
    static const struct {
        const char *spec, *pod, *container;
    } rows[] = {
        { "{}",
          "{\"runAsUser\":7474,\"runAsGroup\":7474,\"runAsNonRoot\":true,\"fsGroup\":7474,"
          "\"fsGroupChangePolicy\":"
          "\"OnRootMismatch\",\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}",
          "{\"runAsUser\":7474,\"runAsGroup\":7474,\"runAsNonRoot\":true,\"allowPrivilegeEscalation\":false,"
          "\"capabilities\":{\"drop\":[\"ALL\"]}}" },
        { "{podSecurityContext: {fsGroup: 1}, securityContext: {runAsUser: 2, readOnlyRootFilesystem: true}}",
          "{\"runAsUser\":7474,\"runAsGroup\":7474,\"runAsNonRoot\":true,\"fsGroup\":1,"
          "\"fsGroupChangePolicy\":"
          "\"OnRootMismatch\",\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}",
          "{\"runAsUser\":2,\"runAsGroup\":7474,\"runAsNonRoot\":true,\"allowPrivilegeEscalation\":false,"
          "\"capabilities\":{\"drop\":[\"ALL\"]},\"readOnlyRootFilesystem\":true}" },
        { "{securityContext: {podSecurityContext: {fsGroup: 1}, runAsUser: 3, runAsGroup: 3, "
          "containerSecurityContext: {runAsUser: 2}}}",
          "{\"runAsUser\":7474,\"runAsGroup\":7474,\"runAsNonRoot\":true,\"fsGroup\":1,"
          "\"fsGroupChangePolicy\":"
          "\"OnRootMismatch\",\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}",
          "{\"runAsUser\":2,\"runAsGroup\":3,\"runAsNonRoot\":true,\"allowPrivilegeEscalation\":false,"
          "\"capabilities\":{\"drop\":[\"ALL\"]}}" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const struct cluster_spec *spec = spec_of(arena, rows[i].spec);
        assert_string_equal(json_print(arena, cluster_pod_security_context(arena, spec)), rows[i].pod);
        assert_string_equal(json_print(arena, cluster_container_security_context(arena, spec)),
                            rows[i].container);
    }
}
