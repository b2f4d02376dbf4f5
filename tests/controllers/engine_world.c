#include "engine_world.h"

#include "api/kind_tables.h"
#include "controllers/controllers.h"
#include "controllers/status.h"
#include "neo4j/databases.h"
#include "neo4j/servers.h"
#include "test.h"

const char engine_world_manifest[] =
    "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: {name: graph}, spec: "
    "{image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 3}, storage: {className: standard, "
    "size: 1Gi}}}";

enum { TICK_MS = 100, REFUSED_WATCH = 1000000 };

/* ---- the kube port ---- */

static bool is_write(enum kube_verb verb) {
    return verb != KUBE_GET && verb != KUBE_LIST;
}

static void use(struct faulty_kube *faulty, const char *verb, const struct kube_resource *resource,
                const char *subresource) {
    json_set_bool(faulty->arena, faulty->used,
                  arena_printf(faulty->arena, "%s %s/%s%s%s", verb, resource->group, resource->plural,
                               subresource ? "/" : "", subresource ? subresource : ""),
                  true);
}

/* Applying what is not there is creating it, too. */
static void use_for_call(struct faulty_kube *faulty, const struct kube_call *what) {
    static const char *const verbs[] = {
        [KUBE_GET] = "get",       [KUBE_LIST] = "list",   [KUBE_CREATE] = "create",
        [KUBE_UPDATE] = "update", [KUBE_APPLY] = "patch", [KUBE_MERGE_PATCH] = "patch",
        [KUBE_DELETE] = "delete"
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *live = NULL;

    use(faulty, verbs[what->verb], what->resource, what->subresource);
    if (what->verb == KUBE_APPLY && !what->subresource &&
        kube_get(faulty->real, arena, what->resource, what->namespace, what->name, &live, NULL) && !live)
        use(faulty, "create", what->resource, NULL);
}

static bool call(struct kube *kube, const struct kube_call *what, struct arena *arena,
                 struct json **out_object, struct error *err) {
    struct faulty_kube *faulty = (struct faulty_kube *)kube;
    bool fails = ++faulty->calls == faulty->fail_at;

    use_for_call(faulty, what);
    if (faulty->refuse && str_equal(what->resource->plural, faulty->refuse))
        return error_set(err, ERROR_FORBIDDEN, "%s are forbidden", faulty->refuse);
    if (fails && !faulty->is_after)
        return error_set(err, ERROR_UNAVAILABLE, "no connection");
    faulty->writes += is_write(what->verb);
    if (!faulty->real->call(faulty->real, what, arena, out_object, err))
        return false;
    if (fails) {
        error_set(err, ERROR_TIMEOUT, "no answer");
        err->outcome_unknown = true;
        return false;
    }
    return true;
}

static int watch(struct kube *kube, const struct kube_watch *what) {
    struct faulty_kube *faulty = (struct faulty_kube *)kube;
    struct error err = { 0 };

    use(faulty, "list", what->resource, NULL);
    use(faulty, "watch", what->resource, NULL);
    if (!faulty->refuse || !str_equal(what->resource->plural, faulty->refuse))
        return faulty->real->watch(faulty->real, what);
    error_set(&err, ERROR_FORBIDDEN, "%s are forbidden", faulty->refuse);
    what->watcher.failed(what->watcher.context, &err);
    return REFUSED_WATCH;
}

static void stop_watch(struct kube *kube, int id) {
    struct faulty_kube *faulty = (struct faulty_kube *)kube;
    if (id != REFUSED_WATCH)
        faulty->real->stop_watch(faulty->real, id);
}

/* ---- Neo4j ---- */

static void add_row(struct arena *arena, struct neo4j_result *result, const char *const *values) {
    struct bolt_value *row = bolt_new_list(arena);

    for (; *values; values++)
        bolt_append_string(arena, row, *values);
    bolt_append(arena, &result->rows, row);
}

static void set_columns(struct arena *arena, struct neo4j_result *result, const char *const *names) {
    result->columns = *bolt_new_list(arena);
    result->rows = *bolt_new_list(arena);
    for (; *names; names++)
        bolt_append_string(arena, &result->columns, *names);
}

#define TEXTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void show_servers(struct engine_world *world, struct arena *arena, struct neo4j_result *result) {
    const char *names = cluster_names(world->cluster, &KUBE_PODS);

    set_columns(arena, result, TEXTS("serverId", "name", "address", "state", "health", "version"));
    for (int i = 0; i < 20; i++) {
        const char *name = arena_printf(arena, "graph-server-%d", i);
        if (strstr(names, name))
            add_row(arena, result,
                    TEXTS(arena_printf(arena, "id-%d", i), name,
                          arena_printf(arena, "%s.graph-headless.default.svc.cluster.local:7687", name),
                          "Enabled", "Available", "5.26.0"));
    }
}

static void show_databases(struct arena *arena, struct neo4j_result *result) {
    set_columns(arena, result, TEXTS("name", "serverID", "requestedStatus", "currentStatus"));
    add_row(arena, result, TEXTS("neo4j", "id-0", "online", "online"));
    add_row(arena, result, TEXTS("system", "id-0", "online", "online"));
}

static bool run(struct neo4j *neo4j, const struct neo4j_target *target,
                const struct neo4j_statement *statement, struct arena *arena, struct neo4j_result *out_result,
                struct error *err) {
    struct scripted_neo4j *scripted = (struct scripted_neo4j *)neo4j;

    assert_true(target->password && target->password->length > 0);
    *out_result = (struct neo4j_result){ 0 };
    scripted->logins++;
    if (scripted->failure != ERROR_NONE)
        return error_set(err, scripted->failure, "%s does not do it", target->address);
    if (str_equal(statement->text, servers_query)) {
        show_servers(scripted->world, arena, out_result);
    } else if (str_equal(statement->text, databases_query)) {
        show_databases(arena, out_result);
    } else if (strstr(statement->text, "dbms.info")) {
        set_columns(arena, out_result, TEXTS("id", "name"));
        add_row(arena, out_result, TEXTS("cluster-1", "graph"));
    } else {
        scripted->statements++;
        if (scripted->statement_failure != ERROR_NONE)
            return error_set(err, scripted->statement_failure, "the statement is refused");
    }
    return true;
}

/* ---- life ---- */

static void start_engine(struct engine_world *world) {
    world->kube.real = sim_kube_new(world->cluster->api, NULL, "neo4j-operator/test");
    world->events = events_new(&world->kube.kube, &cluster_clock, "test");
    world->engine = engine_new(&(struct engine_options){ .kube = &world->kube.kube,
                                                         .neo4j = &world->neo4j.neo4j,
                                                         .clock = &cluster_clock,
                                                         .controllers = controllers_all,
                                                         .events = world->events,
                                                         .judge = world->judge });
    engine_start(world->engine);
}

static void stop_engine(struct engine_world *world) {
    engine_free(TAKE(world->engine));
    events_free(TAKE(world->events));
    sim_kube_free(TAKE(world->kube.real));
}

void engine_world_define(struct engine_world *world, const char *kind) {
    struct arena *arena = world->cluster->arena;
    const struct crd *shipped = api_kind_tables[api_kind_find(kind) - api_kinds].shipped;
    struct json *crd = NULL;
    struct error err = { 0 };

    if (!json_parse(arena, (struct text){ shipped->json, shipped->length }, NULL, &crd, &err) ||
        !kube_create(world->cluster->kube, arena, crd, NULL, &err))
        fail_msg("%s", err.text);
}

void engine_world_open(struct engine_world *world, const char *kind) {
    static const char open_schema[] = "{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true,"
                                      "\"properties\":{\"status\":{\"type\":"
                                      "\"object\",\"x-kubernetes-preserve-unknown-fields\":true}}}";
    struct arena *arena = world->cluster->arena;
    const char *name = api_kind_tables[api_kind_find(kind) - api_kinds].shipped->name;
    struct json *definition = cluster_get(world->cluster, &KUBE_CUSTOM_RESOURCE_DEFINITIONS, name);
    struct json *patch = json_new_object(arena);
    struct json *schema = NULL;
    struct error err = { 0 };

    assert_true(json_parse(arena, text_from(open_schema), NULL, &schema, &err));
    json_set(arena, json_at(definition, "spec.versions.0.schema"), "openAPIV3Schema", schema);
    json_remove(json_at(definition, "spec.versions.0.subresources"), "scale");
    json_set(arena, json_set_object(arena, patch, "spec"), "versions", json_at(definition, "spec.versions"));
    if (!kube_merge_patch(world->cluster->kube, arena, &KUBE_CUSTOM_RESOURCE_DEFINITIONS, NULL, name, NULL,
                          patch, NULL, &err))
        fail_msg("%s: %s", name, err.text);
}

struct engine_world *engine_world_new(void) {
    struct engine_world *world = XNEW(struct engine_world);

    world->cluster = cluster_new(false);
    world->kube.kube = (struct kube){ .call = call, .watch = watch, .stop_watch = stop_watch };
    world->kube.arena = world->cluster->arena;
    world->kube.used = json_new_object(world->cluster->arena);
    world->neo4j = (struct scripted_neo4j){ .neo4j = { .run = run }, .world = world };
    world->kubelet_works = true;
    world->judge = judge_new();
    engine_world_define(world, "Neo4jEnterpriseCluster");
    cluster_apply(world->cluster, "{apiVersion: v1, kind: Node, metadata: {name: node}}");
    /* It never falls silent: nothing here is about lost nodes. */
    cluster_patch(
        world->cluster, &KUBE_NODES, "node", "status",
        "{status: {allocatable: {cpu: '64', memory: 256Gi, pods: '110'}, conditions: [{type: Ready, "
        "status: 'True', lastHeartbeatTime: '2100-01-01T00:00:00Z'}]}}");
    cluster_run(world->cluster, TICK_MS);
    start_engine(world);
    return world;
}

void engine_world_free(struct engine_world *world) {
    if (!world)
        return;
    stop_engine(world);
    judge_free(world->judge);
    cluster_free(world->cluster);
    free(world);
}

void engine_world_restart(struct engine_world *world) {
    stop_engine(world);
    start_engine(world);
}

/* ---- time ---- */

static bool play_kubelet(struct engine_world *world) {
    struct text names = text_from(cluster_names(world->cluster, &KUBE_PODS));
    bool did_something = false;

    while (world->kubelet_works && names.length) {
        struct text name = text_cut(&names, ' ');
        const char *pod = arena_strndup(world->cluster->arena, name.data, name.length);
        const struct json *object = cluster_get(world->cluster, &KUBE_PODS, pod);
        if (json_at(object, "metadata.deletionTimestamp")) {
            cluster_finish_deletion(world->cluster, pod);
            did_something = true;
        } else if (!condition_is(json_at(object, "status.conditions"), "Ready", "True", NULL)) {
            cluster_set_ready(world->cluster, pod, true);
            did_something = true;
        }
    }
    return did_something;
}

static void settle(struct engine_world *world) {
    for (int round = 0; round < 1000; round++) {
        bool had_news = play_kubelet(world);
        cluster_run(world->cluster, 0);
        if (!world->watches_are_held)
            had_news |= sim_kube_deliver(world->kube.real);
        while (engine_step(world->engine))
            had_news = true;
        if (!had_news)
            return;
    }
    fail_msg("the operator does not come to rest");
}

void engine_world_run(struct engine_world *world, int64_t ms) {
    for (int64_t passed = 0; passed < ms; passed += TICK_MS) {
        settle(world);
        cluster_run(world->cluster, TICK_MS);
    }
    settle(world);
}

/* ---- what came of it ---- */

struct json *engine_world_cluster(struct engine_world *world) {
    return cluster_get(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph");
}

size_t engine_world_created(struct engine_world *world, const char *collection, const char *name) {
    const struct store *store = api_store(world->cluster->api);
    struct store_event event;
    size_t most = 0;

    for (int64_t version = 0; store_event_after(store, version, &event); version = event.version) {
        size_t count = 0;
        struct store_event other;
        if (event.type != STORE_CREATED || !str_equal(event.collection, collection) ||
            (name && !str_ends_with(event.value->key, name)))
            continue;
        for (int64_t from = 0; store_event_after(store, from, &other); from = other.version)
            count += other.type == STORE_CREATED && str_equal(other.collection, collection) &&
                     str_equal(other.value->key, event.value->key);
        most = count > most ? count : most;
    }
    return most;
}

const char *engine_world_phase(struct engine_world *world) {
    return cluster_text(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph", "status.phase");
}

const char *engine_world_ready(struct engine_world *world, const char *field) {
    const struct json *object = cluster_get(world->cluster, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "graph");

    return json_string(json_get(condition_find(json_at(object, "status.conditions"), "Ready"), field), "");
}
