#include "controllers/executor.h"

#include "controllers/memo.h"
#include "controllers/sync.h"
#include "resources/labels.h"

static const struct json *controller_of(const struct json *object) {
    JSON_FOR_EACH_ITEM (owner, json_at(object, "metadata.ownerReferences"))
        if (json_bool_at(owner, "controller", false))
            return owner;
    return NULL;
}

/* An object of our name that is not ours is never taken over, however much force apply has: a Service or
 * volume that somebody else made may be in use. */
static bool check_ownership(const struct step *step, const struct json *live, struct error *err) {
    const char *kind = json_string_at(step->object, "kind", "");
    const char *name = json_string_at(step->object, "metadata.name", "");
    const struct json *wanted_owner = controller_of(step->object);
    const struct json *live_owner = controller_of(live);

    if (json_string_at(live, "metadata.deletionTimestamp", NULL))
        return error_set(err, ERROR_CONFLICT, "%s %s is being deleted; it is made again once it is gone",
                         kind, name);
    if (live_owner && wanted_owner &&
        str_equal(json_string_at(live_owner, "uid", ""), json_string_at(wanted_owner, "uid", "")))
        return true;
    if (!live_owner && !wanted_owner)
        return true;
    if (live_owner && wanted_owner &&
        str_equal(json_string_at(live_owner, "kind", ""), json_string_at(wanted_owner, "kind", "")) &&
        str_equal(json_string_at(live_owner, "name", ""), json_string_at(wanted_owner, "name", "")))
        return error_set(
            err, ERROR_CONFLICT,
            "%s %s still belongs to a deleted %s of the same name; it is made again once it is gone", kind,
            name, json_string_at(live_owner, "kind", ""));
    if (live_owner)
        return error_set(err, ERROR_INVALID,
                         "%s %s exists and belongs to %s %s; delete it, or choose another name", kind, name,
                         json_string_at(live_owner, "kind", "?"), json_string_at(live_owner, "name", "?"));
    return error_set(err, ERROR_INVALID,
                     "%s %s exists and was not made by the operator; delete it, or choose another name", kind,
                     name);
}

/* etcd's first write has revision 2, so no object ever has this version, and an apply that carries it can
 * only create: kube-apiserver answers 409 where the object is there already. */
#define VERSION_OF_NO_OBJECT "1"

static bool apply_new(const struct pass *pass, struct json *stamped, struct error *err) {
    struct json *metadata = json_ensure_object(pass->arena, stamped, "metadata");

    json_set_string(pass->arena, metadata, "resourceVersion", VERSION_OF_NO_OBJECT);
    bool applied = kube_apply(pass->kube, pass->arena, MANAGED_BY, stamped, NULL, err);
    json_remove(metadata, "resourceVersion");
    return applied;
}

/* Makes an object that the cache does not know, in one request, or finds that it is there: *out_live is NULL
 * when it was made. After a pass that failed it is looked for first: what is in the way may be there for
 * long, and is not tried again and again. */
static bool make_or_find(const struct pass *pass, struct json *stamped, bool *out_sent,
                         struct json **out_live, struct error *err) {
    const struct kube_resource *resource =
        kube_resource_of_kind(json_string_at(stamped, "apiVersion", ""), json_string_at(stamped, "kind", ""));
    const char *namespace = json_string_at(stamped, "metadata.namespace", NULL);
    const char *name = json_string_at(stamped, "metadata.name", NULL);
    struct error failure = { 0 };

    if (pass->last_failure.kind != ERROR_NONE &&
        (!kube_get(pass->kube, pass->arena, resource, namespace, name, out_live, err) || *out_live))
        return *out_live;
    *out_sent = true;
    if (apply_new(pass, stamped, &failure))
        return true;
    if ((failure.kind == ERROR_CONFLICT || failure.kind == ERROR_ALREADY_EXISTS) &&
        !kube_get(pass->kube, pass->arena, resource, namespace, name, out_live, err))
        return false;
    if (!*out_live)
        *err = failure;
    return *out_live;
}

static bool apply(const struct pass *pass, const struct step *step, bool is_forced, bool *out_sent,
                  struct error *err) {
    const struct kube_resource *resource = kube_resource_of_kind(
        json_string_at(step->object, "apiVersion", ""), json_string_at(step->object, "kind", ""));
    const char *namespace = json_string_at(step->object, "metadata.namespace", NULL);
    const char *name = json_string_at(step->object, "metadata.name", NULL);
    uint64_t wanted = json_hash(step->object);
    struct cache_identity known;

    ensure(resource && name);
    if (!is_forced && pass->memo && cache_identify(pass->cache, resource, namespace, name, &known) &&
        memo_is_current(pass->memo, wanted, known.uid, known.resource_version))
        return true;
    struct json *stamped = sync_stamp(pass->arena, step->object);
    struct json *live = cache_get(pass->cache, pass->arena, resource, namespace, name);
    if (live && !is_forced && sync_is_current(stamped, live)) {
        if (pass->memo)
            memo_remember_current(pass->memo, wanted, live);
        return true;
    }
    /* The cache holds only labelled objects: one that it does not know may be somebody else's. */
    if (!live && !make_or_find(pass, stamped, out_sent, &live, err))
        return false;
    if (!live)
        return true;
    if (!check_ownership(step, live, err))
        return false;
    /* Only this very object: one that took its place meanwhile is refused, and judged in the next pass. */
    struct json *metadata = json_ensure_object(pass->arena, stamped, "metadata");
    json_set_string(pass->arena, metadata, "uid", json_string_at(live, "metadata.uid", ""));
    if (step->resource_version)
        json_set_string(pass->arena, metadata, "resourceVersion",
                        *step->resource_version ? step->resource_version : VERSION_OF_NO_OBJECT);
    *out_sent = true;
    return kube_apply(pass->kube, pass->arena, MANAGED_BY, stamped, NULL, err);
}

static bool create(const struct pass *pass, const struct step *step, bool *out_sent, struct error *err) {
    const struct kube_resource *resource = kube_resource_of_kind(
        json_string_at(step->object, "apiVersion", ""), json_string_at(step->object, "kind", ""));
    struct cache_identity identity;
    struct error failure = { 0 };

    ensure(resource);
    if (cache_identify(pass->cache, resource, json_string_at(step->object, "metadata.namespace", NULL),
                       json_string_at(step->object, "metadata.name", NULL), &identity))
        return true;
    *out_sent = true;
    if (kube_create(pass->kube, pass->arena, step->object, NULL, &failure) ||
        failure.kind == ERROR_ALREADY_EXISTS)
        return true;
    *err = failure;
    return false;
}

static bool carry_out(const struct pass *pass, const struct step *step, bool is_forced, bool *out_sent,
                      struct error *err) {
    switch (step->type) {
    case STEP_APPLY:
        return apply(pass, step, is_forced, out_sent, err);
    case STEP_CREATE:
        return create(pass, step, out_sent, err);
    case STEP_DELETE:
        *out_sent = true;
        return kube_delete_unchanged(pass->kube, step->resource, step->namespace, step->name, step->uid,
                                     step->resource_version, KUBE_BACKGROUND, err);
    case STEP_STATEMENT: {
        struct neo4j_result result;
        *out_sent = true;
        return neo4j_run(pass->neo4j, step->target, step->statement, pass->arena, &result, err);
    }
    case STEP_WAIT:
        return true;
    }
    return false;
}

void execute_plan(const struct pass *pass, const struct plan *plan, bool is_forced,
                  struct execution *out_execution) {
    struct execution execution = { 0 };

    for (size_t i = 0; i < plan->step_count && !execution.stopped_at; i++) {
        const struct step *step = &plan->steps[i];
        bool sent = false;
        if (!carry_out(pass, step, is_forced, &sent, &execution.error)) {
            error_wrap(&execution.error, "%s", step->sentence);
            execution.stopped_at = step;
        } else if (step->type == STEP_WAIT) {
            execution.stopped_at = step;
        }
        execution.steps_done += sent;
    }
    *out_execution = execution;
}
