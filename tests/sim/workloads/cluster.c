#include "cluster.h"

#include "base/yaml.h"
#include "sim/component/object.h"
#include "test.h"

#include <stdio.h>

static const int64_t start_wall_ns = INT64_C(1767225600) * NANOSECONDS_PER_SECOND; /* 2026-01-01 */
static int64_t elapsed_ns;

static int64_t wall(const struct clock *clock) {
    return start_wall_ns + elapsed_ns;
}

static int64_t monotonic(const struct clock *clock) {
    return NANOSECONDS_PER_SECOND + elapsed_ns;
}

const struct clock cluster_clock = { wall, monotonic };

static void no_error(bool is_done, const struct error *err) {
    if (!is_done)
        fail_msg("%s: %s", error_reason(err->kind), err->text);
}

/* ---- life cycle ---- */

static void on_open(void *context, struct neo4j_process *process, const char *address, uint16_t port) {
    struct cluster *cluster = context;
    cluster->process = process;
    json_append_string(cluster->arena, cluster->opened, arena_printf(cluster->arena, "%s:%u", address, port));
}

static void on_close(void *context, struct neo4j_process *process, const char *address, uint16_t port) {
    struct cluster *cluster = context;
    const char *name = arena_printf(cluster->arena, "%s:%u", address, port);
    if (cluster->process == process)
        cluster->process = NULL;
    for (size_t i = 0; i < json_length(cluster->opened); i++)
        if (str_equal(json_string(json_item(cluster->opened, i), NULL), name)) {
            json_remove_item(cluster->opened, i);
            return;
        }
    fail_msg("%s was not open", name);
}

static void start_nodes(struct cluster *cluster) {
    struct error err = { 0 };
    struct node_options options = { .clock = &cluster_clock,
                                    .count = 3,
                                    .pod_range = "127.64.0.0/16",
                                    .start_delay_ms = 500,
                                    .pull_ms = 300,
                                    .seed = 1,
                                    .front = { cluster, on_open, on_close } };
    no_error(node_new(cluster->kube, &options, &cluster->node, &err), &err);
}

struct cluster *cluster_new(bool with_nodes) {
    struct cluster *cluster = XNEW(struct cluster);
    struct error err = { 0 };
    elapsed_ns = 0;
    cluster->arena = arena_new();
    cluster->opened = json_new_array(cluster->arena);
    cluster->api = api_new(&(struct api_options){ .clock = &cluster_clock, .seed = 1 });
    cluster->kube = sim_kube_new(cluster->api, NULL, "test");
    cluster->workloads = workloads_new(cluster->kube, &cluster_clock);
    no_error(workloads_install(cluster->kube, &err), &err);
    if (with_nodes)
        start_nodes(cluster);
    return cluster;
}

void cluster_restart_nodes(struct cluster *cluster) {
    node_free(cluster->node);
    start_nodes(cluster);
}

void cluster_free(struct cluster *cluster) {
    if (!cluster)
        return;
    node_free(cluster->node);
    workloads_free(cluster->workloads);
    sim_kube_free(cluster->kube);
    api_free(cluster->api);
    arena_free(cluster->arena);
    free(cluster);
}

/* ---- time ---- */

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* All that is due at this moment; returns when the next thing is. */
static int64_t settle(struct cluster *cluster) {
    for (int round = 0; round < 1000; round++) {
        int64_t writes = store_version(api_store(cluster->api));
        int64_t next_ns = api_tick(cluster->api);
        bool had_news = sim_kube_deliver(cluster->kube);
        next_ns = earlier(next_ns, workloads_tick(cluster->workloads));
        if (cluster->node)
            next_ns = earlier(next_ns, node_tick(cluster->node));
        if (!had_news && next_ns > monotonic(NULL) && writes == store_version(api_store(cluster->api)))
            return next_ns;
    }
    fail_msg("the cluster does not come to rest: something is due again and again");
    return 0;
}

void cluster_run(struct cluster *cluster, int64_t ms) {
    int64_t end_ns = monotonic(NULL) + ms * NANOSECONDS_PER_MS;
    for (;;) {
        int64_t next_ns = settle(cluster);
        if (next_ns >= end_ns)
            break;
        elapsed_ns += next_ns - monotonic(NULL);
    }
    elapsed_ns += end_ns - monotonic(NULL);
    settle(cluster);
}

/* ---- objects ---- */

struct json *cluster_parse(struct cluster *cluster, const char *yaml) {
    struct json *documents;
    struct error err = { 0 };
    no_error(yaml_parse(cluster->arena, text_from(yaml), &documents, &err), &err);
    return json_item(documents, 0);
}

struct json *cluster_apply(struct cluster *cluster, const char *yaml) {
    struct json *documents, *answer = NULL;
    struct error err = { 0 };
    no_error(yaml_parse(cluster->arena, text_from(yaml), &documents, &err), &err);
    JSON_FOR_EACH_ITEM (document, documents) {
        const struct kube_resource *resource = kube_resource_of_kind(
            json_string_at(document, "apiVersion", ""), json_string_at(document, "kind", ""));
        if (resource->is_namespaced)
            json_set_string(cluster->arena, json_get(document, "metadata"), "namespace", "default");
        no_error(kube_apply(cluster->kube, cluster->arena, "test", document, &answer, &err), &err);
    }
    return answer;
}

struct json *cluster_get(struct cluster *cluster, const struct kube_resource *resource, const char *name) {
    struct json *object;
    struct error err = { 0 };
    no_error(kube_get(cluster->kube, cluster->arena, resource, resource->is_namespaced ? "default" : NULL,
                      name, &object, &err),
             &err);
    return object;
}

const char *cluster_names(struct cluster *cluster, const struct kube_resource *resource) {
    struct json *items;
    struct error err = { 0 };
    const char *names = "";
    no_error(kube_list(cluster->kube, cluster->arena, resource, resource->is_namespaced ? "default" : NULL,
                       NULL, &items, &err),
             &err);
    JSON_FOR_EACH_ITEM (item, items) {
        names = arena_printf(cluster->arena, "%s%s%s", names, *names ? " " : "", object_name(item));
    }
    return names;
}

void cluster_patch(struct cluster *cluster, const struct kube_resource *resource, const char *name,
                   const char *subresource, const char *yaml) {
    struct json *documents;
    struct error err = { 0 };
    no_error(yaml_parse(cluster->arena, text_from(yaml), &documents, &err), &err);
    no_error(kube_merge_patch(cluster->kube, cluster->arena, resource,
                              resource->is_namespaced ? "default" : NULL, name, subresource,
                              json_item(documents, 0), NULL, &err),
             &err);
}

void cluster_delete(struct cluster *cluster, const struct kube_resource *resource, const char *name) {
    struct error err = { 0 };
    no_error(kube_delete(cluster->kube, resource, resource->is_namespaced ? "default" : NULL, name, NULL,
                         KUBE_BACKGROUND, &err),
             &err);
}

const char *cluster_text(struct cluster *cluster, const struct kube_resource *resource, const char *name,
                         const char *path) {
    const struct json *value = json_at(cluster_get(cluster, resource, name), path);
    if (!value)
        return "";
    return json_is(value, JSON_STRING) ? json_string(value, "") : json_print(cluster->arena, value);
}

const char *cluster_events(struct cluster *cluster, const char *object, const char *reason) {
    struct json *events;
    struct error err = { 0 };
    const char *notes = "";
    no_error(kube_list(cluster->kube, cluster->arena, &KUBE_EVENTS, "default", NULL, &events, &err), &err);
    JSON_FOR_EACH_ITEM (event, events) {
        if (!str_equal(json_string_at(event, "regarding.name", NULL), object) ||
            !str_equal(json_string_at(event, "reason", NULL), reason))
            continue;
        int64_t count = json_integer_at(event, "series.count", 0);
        notes = arena_printf(cluster->arena, "%s%s%s", notes, *notes ? "; " : "",
                             json_string_at(event, "note", ""));
        if (count)
            notes = arena_printf(cluster->arena, "%s ×%lld", notes, (long long)count);
    }
    return notes;
}

/* ---- playing the kubelet ---- */

void cluster_set_ready(struct cluster *cluster, const char *pod, bool is_ready) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *conditions = json_new_array(arena);
    conditions_set(arena, conditions, "Ready", is_ready, NULL, NULL, wall(NULL));
    const char *patch = arena_printf(
        arena, "{\"status\":{\"phase\":\"Running\",\"podIP\":\"127.64.9.%d\",\"conditions\":%s}}",
        pod[strlen(pod) - 1] - '0' + 1, json_print(arena, conditions));
    cluster_patch(cluster, &KUBE_PODS, pod, "status", patch);
    cluster_run(cluster, 0);
}

void cluster_finish_deletion(struct cluster *cluster, const char *pod) {
    struct kube_call call = {
        .verb = KUBE_DELETE, .resource = &KUBE_PODS, .namespace = "default", .name = pod, .immediately = true
    };
    struct error err = { 0 };
    no_error(cluster->kube->call(cluster->kube, &call, cluster->arena, NULL, &err), &err);
    cluster_run(cluster, 0);
}
