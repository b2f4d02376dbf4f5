/* Holds the controllers to the tables of manifests (tests/api/manifests/README.md): what the API server would
 * have refused, had it known the rules, every controller refuses by condition, naming the field. */
#include "../api/manifest_table.h"
#include "engine_world.h"
#include "test.h"

#include "base/log.h"
#include "controllers/controllers.h"
#include "controllers/status.h"

enum { SETTLE_MS = 200 };

static const struct controller *controller_of(const struct api_kind *kind) {
    for (const struct controller *const *controller = controllers_all; *controller; controller++)
        if (str_equal((*controller)->resource->kind, kind->name))
            return *controller;
    fail_msg("%s has no controller", kind->name);
    return NULL;
}

/* What a controller never meets: an object that was not stored before, text, and names that no API server
 * takes; and what is about other objects. */
static bool is_for_controllers(const struct json *test_case, const struct json *object) {
    return !json_get(test_case, "beside") && !json_get(test_case, "text") && !json_get(test_case, "before") &&
           !json_get(test_case, "object") && !json_get(test_case, "metadata") &&
           !json_get(test_case, "status") && strlen(json_string_at(object, "metadata.name", "")) < 64;
}

/* The fields that a controller must name: unknown ones were pruned when the object was stored. */
static struct json *expected_of(struct engine_world *world, struct arena *arena, const struct api_kind *kind,
                                const struct json *object) {
    struct verdict verdict = judge_stored(world->judge, arena, kind, object);
    struct json *fields = json_new_array(arena);

    for (size_t i = 0; i < verdict.errors.count; i++)
        if (!str_equal(verdict.errors.items[i].field, "<nil>"))
            json_append_string(arena, fields, verdict.errors.items[i].field);
    return fields;
}

static bool check_case(struct engine_world *world, const struct api_kind *kind,
                       const struct json *test_case) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct controller *controller = controller_of(kind);
    struct json *object = manifest_table_object(arena, kind, test_case, test_case);
    const char *name = json_string_at(object, "metadata.name", "");
    struct error err = { 0 };
    bool is_right = true;

    if (!is_for_controllers(test_case, object))
        return true;
    json_set_string(arena, json_get(object, "metadata"), "namespace", "default");
    const struct json *expected = expected_of(world, arena, kind, object);
    bool is_bad = json_get(test_case, "schema") || json_get(test_case, "errors");
    if (!kube_create(world->cluster->kube, arena, object, NULL, &err))
        fail_msg("%s: %s: %s", kind->name, json_string_at(test_case, "when", ""), err.text);
    engine_world_run(world, SETTLE_MS);
    const struct json *live = cluster_get(world->cluster, controller->resource, name);
    const struct json *ready = condition_find(json_at(live, "status.conditions"), "Ready");
    const char *message = json_string_at(ready, "message", "");
    bool is_refused = str_equal(json_string_at(ready, "reason", ""), "ValidationFailed");
    if (is_refused != (json_length(expected) > 0) || (is_refused && !is_bad)) {
        print_error("%s: %s: expected %s, the condition says %s\n", kind->name,
                    json_string_at(test_case, "when", ""), json_print(arena, expected), message);
        is_right = false;
    }
    JSON_FOR_EACH_ITEM (field, expected)
        if (is_refused && !strstr(message, arena_printf(arena, "%s: ", field->string))) {
            print_error("%s: %s: the condition does not name %s: %s\n", kind->name,
                        json_string_at(test_case, "when", ""), field->string, message);
            is_right = false;
        }
    cluster_delete(world->cluster, controller->resource, name);
    engine_world_run(world, SETTLE_MS);
    return is_right;
}

/* ---- with other objects beside it ---- */

enum { FORMATION_MS = 3000 };

static const struct kube_resource *resource_of(const char *kind) {
    return str_equal(kind, "Secret") ? &KUBE_SECRETS : controller_of(api_kind_find(kind))->resource;
}

static void create(struct engine_world *world, struct arena *arena, struct json *object) {
    struct error err = { 0 };

    json_set_string(arena, json_get(object, "metadata"), "namespace", "default");
    if (!kube_create(world->cluster->kube, arena, object, NULL, &err))
        fail_msg("%s: %s", json_print(arena, object), err.text);
}

static struct json *object_beside(struct arena *arena, const struct json *item) {
    const char *kind = json_string_at(item, "kind", "");
    struct json *object = json_new_object(arena);
    bool is_secret = str_equal(kind, "Secret");

    json_set_string(arena, object, "apiVersion", is_secret ? "v1" : API_GROUP "/" API_VERSION);
    json_set_string(arena, object, "kind", kind);
    json_set_string(arena, json_set_object(arena, object, "metadata"), "name",
                    json_string_at(item, "name", ""));
    if (is_secret)
        json_set(arena, object, "stringData", json_get(item, "entries"));
    else
        json_set(arena, object, "spec", json_get(item, "spec"));
    return object;
}

/* The warnings in the events of one object, which others of its name had before it. */
static const char *warnings_of(struct engine_world *world, struct arena *arena, const struct json *object) {
    CLEANUP_BUFFER struct buffer notes = { 0 };
    struct json *events;
    struct error err = { 0 };

    if (!kube_list(world->cluster->kube, arena, &KUBE_EVENTS, "default", NULL, &events, &err))
        fail_msg("%s", err.text);
    JSON_FOR_EACH_ITEM (event, events)
        if (str_equal(json_string_at(event, "regarding.uid", NULL),
                      json_string_at(object, "metadata.uid", "")) &&
            str_equal(json_string_at(event, "reason", NULL), "ValidationWarning"))
            buffer_printf(&notes, "%s\n", json_string_at(event, "note", ""));
    return arena_strdup(arena, buffer_string(&notes));
}

static bool check_case_beside(struct engine_world *world, const struct api_kind *kind,
                              const struct json *test_case) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct kube_resource *resource = controller_of(kind)->resource;
    struct json *object = manifest_table_object(arena, kind, test_case, test_case);
    const char *name = json_string_at(object, "metadata.name", "");
    const char *reason = json_string_at(test_case, "reason", "");
    const char *says = json_string_at(test_case, "says", "");

    JSON_FOR_EACH_ITEM (item, json_get(test_case, "beside"))
        create(world, arena, object_beside(arena, item));
    engine_world_run(world, FORMATION_MS);
    create(world, arena, object);
    engine_world_run(world, SETTLE_MS);
    const struct json *live = cluster_get(world->cluster, resource, name);
    const struct json *ready = condition_find(json_at(live, "status.conditions"), "Ready");
    const char *message = json_string_at(ready, "message", "");
    const char *warnings = warnings_of(world, arena, live);
    bool is_right = str_equal(json_string_at(ready, "reason", ""), reason) &&
                    (strstr(message, says) || strstr(warnings, says)) && (*says || !*warnings);
    if (!is_right)
        print_error("%s: %s: expected %s: %s; found %s: %s; warnings: %s\n", kind->name,
                    json_string_at(test_case, "when", ""), reason, says, json_string_at(ready, "reason", ""),
                    message, warnings);
    cluster_delete(world->cluster, resource, name);
    JSON_FOR_EACH_ITEM (item, json_get(test_case, "beside"))
        cluster_delete(world->cluster, resource_of(json_string_at(item, "kind", "")),
                       json_string_at(item, "name", ""));
    engine_world_run(world, FORMATION_MS);
    return is_right;
}

/* ---- the tests ---- */

/* A world of all kinds, in which any object is stored as it is. */
static struct engine_world *open_world(void) {
    struct engine_world *world = engine_world_new();

    for (size_t i = 0; i < api_kind_count; i++)
        if (!str_equal(api_kinds[i].name, "Neo4jEnterpriseCluster"))
            engine_world_define(world, api_kinds[i].name);
    log_set_level(LOG_LEVEL_ERROR); /* a thousand refusals */
    engine_world_restart(world);
    engine_world_run(world, 1000);
    for (size_t i = 0; i < api_kind_count; i++)
        engine_world_open(world, api_kinds[i].name);
    return world;
}

TEST("every controller refuses by condition what its definition would have refused") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = open_world();
    size_t wrong = 0;

    for (size_t i = 0; i < api_kind_count; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        JSON_FOR_EACH_ITEM (test_case, manifest_table_read(arena, &api_kinds[i], NULL))
            wrong += !check_case(world, &api_kinds[i], test_case);
    }
    assert_int_equal(wrong, 0);
}

TEST("every controller holds its objects against the others that are there") {
    CLEANUP_POINTER(engine_world_free) struct engine_world *world = open_world();
    size_t wrong = 0, cases = 0;

    for (size_t i = 0; i < api_kind_count; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        JSON_FOR_EACH_ITEM (test_case, manifest_table_read(arena, &api_kinds[i], NULL)) {
            if (!json_get(test_case, "beside"))
                continue;
            cases++;
            wrong += !check_case_beside(world, &api_kinds[i], test_case);
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(cases >= 70);
}
