#include "controllers/acceptance/needs.h"

#include "base/time.h"
#include "controllers/memo.h"

/* ---- the target ---- */

/* A cluster of that name wins over a standalone. */
static void find_target(struct pass *pass, struct acceptance *seen) {
    static const struct {
        const struct kube_resource *resource;
        bool is_cluster;
    } candidates[] = { { &KUBE_NEO4J_ENTERPRISE_CLUSTERS, true },
                       { &KUBE_NEO4J_ENTERPRISE_STANDALONES, false } };
    struct acceptance_target *target = &seen->target;

    if (!target->field || str_empty(target->name))
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(candidates) && !target->object; i++) {
        if (!candidates[i].is_cluster && !seen->kind->takes_standalones)
            continue;
        target->object =
            cache_get(pass->cache, pass->arena, candidates[i].resource, target->namespace, target->name);
        target->is_cluster = candidates[i].is_cluster;
    }
}

static struct acceptance_target target_of(const struct acceptance_kind *kind, struct arena *arena,
                                          const struct json *object) {
    struct acceptance_target target = { 0 };

    if (kind->target_of)
        target = kind->target_of(arena, object);
    if (!target.namespace)
        target.namespace = json_string_at(object, "metadata.namespace", "");
    return target;
}

/* ---- rivals ---- */

/* Of two that claim the same the older one has it; of two as old the first by name, and then by uid. */
static bool is_older(const struct json *a, const struct json *b) {
    static const char *const fields[] = { "metadata.creationTimestamp", "metadata.name", "metadata.uid" };
    int order = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(fields) && !order; i++)
        order = strcmp(json_string_at(a, fields[i], ""), json_string_at(b, fields[i], ""));
    return order < 0;
}

/* By the uid: of two kinds, two objects may have one name. */
static bool is_same_object(const struct json *a, const struct json *b) {
    return str_equal(json_string_at(a, "metadata.uid", ""), json_string_at(b, "metadata.uid", ""));
}

static void find_rival(struct pass *pass, struct acceptance *seen) {
    const struct acceptance_kind *kind = seen->kind;

    seen->claim = kind->claim_of ? kind->claim_of(pass->arena, seen->object) : NULL;
    if (!seen->claim)
        return;
    const struct json *oldest = seen->object;
    for (size_t i = 0; i < CLAIMANTS_MAX && kind->claimants[i]; i++) {
        const struct cache_query query = { .resource = kind->claimants[i], .namespace = pass->namespace };
        JSON_FOR_EACH_ITEM (other, cache_list(pass->cache, pass->arena, &query))
            if (!is_same_object(other, seen->object) &&
                str_equal(kind->claim_of(pass->arena, other), seen->claim) && is_older(other, oldest)) {
                oldest = other;
                seen->rival = other;
                seen->rival_kind = kind->claimants[i]->kind;
            }
    }
}

/* ---- other objects ---- */

static void find_namesake(struct pass *pass, struct acceptance *seen) {
    const struct acceptance_kind *kind = seen->kind;

    if (!kind->namesake_resource)
        return;
    seen->namesake =
        cache_get(pass->cache, pass->arena, kind->namesake_resource, pass->namespace, pass->name);
    if (seen->namesake)
        acceptance_refuse(
            seen, kind->namesake_rule, FIELD_INVALID, "metadata.name",
            json_new_string(pass->arena, pass->name),
            "is the name of a %s in this namespace, and both would own the same objects; choose another",
            kind->namesake_resource->kind);
}

const void *acceptance_observe(struct pass *pass, struct error *err) {
    struct acceptance *seen = ARENA_NEW(pass->arena, struct acceptance);
    /* The controller is the first member of its kind. */
    const struct acceptance_kind *kind = (const struct acceptance_kind *)(const void *)pass->controller;
    struct verdict verdict = memo_judge(pass->memo, pass->judge, pass->arena,
                                        api_kind_find(kind->controller.resource->kind), pass->object);

    *seen = (struct acceptance){ .arena = pass->arena,
                                 .kind = kind,
                                 .object = pass->object,
                                 .spec = json_get(verdict.object, "spec"),
                                 .errors = verdict.errors,
                                 .warnings = verdict.warnings,
                                 .now_ns = pass->now_ns };
    if (seen->errors.count > 0)
        return seen;
    seen->target = target_of(kind, pass->arena, pass->object);
    find_target(pass, seen);
    find_rival(pass, seen);
    find_namesake(pass, seen);
    if (kind->need_of)
        seen->need = kind->need_of(pass->object);
    if (!need_observe(pass, seen, err))
        return NULL;
    if (kind->judge_among)
        kind->judge_among(pass, seen);
    if (kind->judge && seen->target.object)
        kind->judge(seen);
    return seen;
}

/* ---- what concerns whom ---- */

static const struct acceptance_kind *kind_of(struct key_sink *sink) {
    return (const struct acceptance_kind *)(const void *)key_sink_controller(sink);
}

static void add(struct key_sink *sink, const struct json *object) {
    key_sink_add(sink, json_string_at(object, "metadata.namespace", ""),
                 json_string_at(object, "metadata.name", ""));
}

void acceptance_map_target(struct cache *cache, const struct json *target, struct key_sink *sink) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct acceptance_kind *kind = kind_of(sink);

    JSON_FOR_EACH_ITEM (
        object, cache_list(cache, arena, &(struct cache_query){ .resource = kind->controller.resource })) {
        struct acceptance_target wanted = target_of(kind, arena, object);
        if (str_equal(wanted.name, json_string_at(target, "metadata.name", "")) &&
            str_equal(wanted.namespace, json_string_at(target, "metadata.namespace", "")))
            add(sink, object);
    }
}

void acceptance_map_rivals(struct cache *cache, const struct json *changed, struct key_sink *sink) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct acceptance_kind *kind = kind_of(sink);
    const char *claim = kind->claim_of(arena, changed);
    const struct cache_query query = { .resource = kind->controller.resource,
                                       .namespace = json_string_at(changed, "metadata.namespace", "") };

    if (!claim)
        return;
    JSON_FOR_EACH_ITEM (object, cache_list(cache, arena, &query))
        if (!is_same_object(object, changed) && str_equal(kind->claim_of(arena, object), claim))
            add(sink, object);
}

void acceptance_map_namesake(struct cache *cache, const struct json *object, struct key_sink *sink) {
    (void)cache;
    add(sink, object);
}

void acceptance_map_need(struct cache *cache, const struct json *needed, struct key_sink *sink) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct acceptance_kind *kind = kind_of(sink);
    const struct cache_query query = { .resource = kind->controller.resource,
                                       .namespace = json_string_at(needed, "metadata.namespace", "") };

    JSON_FOR_EACH_ITEM (object, cache_list(cache, arena, &query))
        if (str_equal(kind->need_of(object).name, json_string_at(needed, "metadata.name", "")))
            add(sink, object);
}
