#include "test.h"

#include "api/cluster.h"

static struct json *parse(struct arena *arena, const char *text) {
    struct json *value = NULL;
    struct error err = { 0 };
    if (!json_parse(arena, text_from(text), NULL, &value, &err))
        fail_msg("%s", err.text);
    return value;
}

static struct cluster_spec *decode(struct arena *arena, const char *text) {
    struct cluster_spec *spec = NULL;
    struct error err = { 0 };
    if (!cluster_spec_decode(arena, parse(arena, text), &spec, &err))
        fail_msg("%s", err.text);
    return spec;
}

TEST("decodes each type of field into its member") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct cluster_spec *spec = decode(
        arena,
        "{\"image\":{\"tag\":\"5.26.0\",\"pullSecrets\":[\"a\",\"b\"]},"
        "\"topology\":{\"servers\":3.0,\"serverRoles\":[{\"serverIndex\":2,\"modeConstraint\":\"PRIMARY\"}],"
        "\"enforceDistribution\":false},"
        "\"storage\":{\"size\":1000},\"config\":{\"a\":\"b\"},\"tolerations\":[{\"key\":\"k\"}],"
        "\"auth\":{\"oidc\":{\"x\":{\"audience\":\"1\"},\"y\":{\"audience\":\"2\"}}},\"resources\":{}}");

    assert_string_equal(spec->image->tag, "5.26.0");
    assert_null(spec->image->repo);
    assert_int_equal(spec->image->pull_secrets_count, 2);
    assert_string_equal(spec->image->pull_secrets[1], "b");
    assert_true(spec->topology->has_servers);
    assert_int_equal(spec->topology->servers, 3);
    assert_int_equal(spec->topology->server_roles_count, 1);
    assert_int_equal(spec->topology->server_roles[0].server_index, 2);
    assert_true(spec->topology->has_enforce_distribution);
    assert_false(spec->topology->enforce_distribution);
    assert_string_equal(spec->storage->size, "1000");
    assert_string_equal(json_string_at(spec->config, "a", NULL), "b");
    assert_string_equal(json_string_at(spec->tolerations, "0.key", NULL), "k");
    assert_int_equal(spec->auth->oidc_count, 2);
    assert_string_equal(spec->auth->oidc[1].key, "y");
    assert_string_equal(spec->auth->oidc[1].audience, "2");
    assert_non_null(spec->resources);
    assert_null(spec->tls);
}

TEST("absent, null and unknown fields leave the struct as it is") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct cluster_spec *spec = NULL;

    assert_true(cluster_spec_decode(arena, NULL, &spec, NULL));
    assert_null(spec->topology);
    spec = decode(arena, "{\"topology\":null,\"tls\":{\"mode\":null},\"invented\":1}");
    assert_null(spec->topology);
    assert_non_null(spec->tls);
    assert_null(spec->tls->mode);
}

TEST("folds other names into the field that is meant") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct cluster_spec *spec =
        decode(arena, "{\"image\":{\"repository\":\"r\",\"tag\":\"1\"},\"restoreFrom\":{\"backupRef\":\"b\"},"
                      "\"storage\":{\"storageClassName\":\"fast\",\"className\":\"fast\",\"size\":\"1Gi\"}}");

    assert_string_equal(spec->image->repo, "r");
    assert_string_equal(spec->storage->class_name, "fast");
    assert_string_equal(spec->restore_from_backup->backup_ref, "b");
}

TEST("names the field and what is expected when a value does not fit") {
    static const struct {
        const char *spec, *error;
    } rows[] = {
        { "[]", "spec: Invalid value: []: must be an object" },
        { "{\"image\":{\"repo\":1}}", "spec.image.repo: Invalid value: 1: must be a string" },
        { "{\"topology\":{\"servers\":\"3\"}}",
          "spec.topology.servers: Invalid value: \"3\": must be a whole number of 32 bits" },
        { "{\"topology\":{\"servers\":3.5}}",
          "spec.topology.servers: Invalid value: 3.5: must be a whole number of 32 bits" },
        { "{\"topology\":{\"servers\":4294967297}}",
          "spec.topology.servers: Invalid value: 4294967297: must be a whole number of 32 bits" },
        { "{\"topology\":{\"serverRoles\":[{},7]}}",
          "spec.topology.serverRoles[1]: Invalid value: 7: must be an object" },
        { "{\"config\":{\"dbms.max_databases\":5}}",
          "spec.config[dbms.max_databases]: Invalid value: 5: must be a string; put it in quotes" },
        { "{\"auth\":{\"oidc\":{\"okta\":{\"audience\":[]}}}}",
          "spec.auth.oidc[okta].audience: Invalid value: []: must be a string" },
        { "{\"jvmOptions\":[\"-a\",1]}", "spec.jvmOptions[1]: Invalid value: 1: must be a string" },
        { "{\"tolerations\":{}}", "spec.tolerations: Invalid value: {}: must be a list" },
        { "{\"storage\":{\"size\":true}}",
          "spec.storage.size: Invalid value: true: must be a string or a number" },
        { "{\"topology\":{\"enforceDistribution\":\"yes\"}}",
          "spec.topology.enforceDistribution: Invalid value: \"yes\": must be true or false" },
        { "{\"image\":{\"repo\":\"a\",\"repository\":\"b\"}}",
          "spec.image.repository: Invalid value: \"b\": is another name of repo, which is set to something "
          "else; "
          "remove one of them" },
        { "{\"image\":1,\"tls\":2}", "[spec.image: Invalid value: 1: must be an object, spec.tls: Invalid "
                                     "value: 2: must be an object]" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct cluster_spec *spec = NULL;
        struct error err = { 0 };
        assert_false(cluster_spec_decode(arena, parse(arena, rows[i].spec), &spec, &err));
        assert_string_equal(err.text, rows[i].error);
        assert_int_equal(err.kind, ERROR_INVALID);
        assert_null(spec);
    }
}

TEST("keeps a bounded number of errors, and counts the others") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value = json_new_object(arena);
    struct json *options = json_set_array(arena, value, "jvmOptions");
    struct field_errors errors = { .arena = arena };

    for (int i = 0; i < FIELD_ERRORS_MAX + 6; i++)
        json_append(arena, options, json_new_integer(arena, i));
    (void)api_decode(arena, &cluster_spec_object, value, "spec", &errors);
    assert_int_equal(errors.count, FIELD_ERRORS_MAX);
    assert_int_equal(errors.dropped, 6);
}

TEST("what was decoded encodes to an equal value") {
    static const char *const specs[] = {
        "{}",
        "{\"topology\":{\"servers\":3,\"serverRoles\":[{\"serverIndex\":0,\"modeConstraint\":\"NONE\"}]}}",
        "{\"jvmOptions\":[],\"plugins\":[],\"auth\":{\"oidc\":{}}}",
        "{\"auth\":{\"oidc\":{\"b\":{\"audience\":\"x\",\"claims\":{\"username\":\"u\"}},\"a\":{\"audience\":"
        "\"y\"}}}}",
        "{\"tls\":{\"certificateSpec\":{\"any\":[1,2.5,null]},\"subject\":{\"countries\":[\"NO\"]},\"mode\":"
        "\"manual\"}}",
        "{\"env\":[{\"name\":\"A\",\"value\":\"1\"}],\"maintenance\":{\"enabled\":false}}",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(specs); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const struct json *value = parse(arena, specs[i]);
        const struct json *again = cluster_spec_encode(arena, decode(arena, specs[i]));
        if (!json_equal(value, again))
            fail_msg("%s became %s", specs[i], json_print(arena, again));
    }
}

TEST("a status is written in the order of its table, without what is absent") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct cluster_status_replica replicas[] = { { .key = "graph-server-0", .phase = "Running" } };
    struct cluster_status status = { .phase = "Forming", .replicas = replicas, .replicas_count = 1 };

    API_SET(&status, ready, false);
    API_SET(&status, observed_generation, INT64_C(9007199254740993));
    API_SET(&replicas[0], ready, true);
    assert_string_equal(json_print(arena, cluster_status_encode(arena, &status)),
                        "{\"observedGeneration\":9007199254740993,\"phase\":\"Forming\",\"ready\":false,"
                        "\"replicas\":{\"graph-server-0\":{\"phase\":\"Running\",\"ready\":true}}}");
}
