#include "controllers/executor.h"

#include "controllers/memo.h"
#include "controllers/sync.h"
#include "resources/labels.h"

/* What has been done about a step so far. */
struct attempt {
    bool is_sent;                     /* something was */
    const struct kube_outcome *ahead; /* of being applied with others, before its turn; NULL: it was not */
};

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

/* stamped, as what can only be made. */
static struct json *as_new(struct arena *arena, struct json *stamped) {
    json_set_string(arena, json_ensure_object(arena, stamped, "metadata"), "resourceVersion",
                    VERSION_OF_NO_OBJECT);
    return stamped;
}

/* What it ended with ahead of its turn counts as if it came now. */
static bool apply_new(const struct pass *pass, struct json *stamped, const struct attempt *attempt,
                      struct error *err) {
    if (attempt->ahead) {
        *err = attempt->ahead->error;
        return attempt->ahead->is_done;
    }
    bool applied = kube_apply(pass->kube, pass->arena, MANAGED_BY, as_new(pass->arena, stamped), NULL, err);
    json_remove(json_get(stamped, "metadata"), "resourceVersion");
    return applied;
}

/* Makes an object that the cache does not know, in one request, or finds that it is there: *out_live is NULL
 * when it was made. After a pass that failed it is looked for first: what is in the way may be there for
 * long, and is not tried again and again. */
static bool make_or_find(const struct pass *pass, struct json *stamped, struct attempt *attempt,
                         struct json **out_live, struct error *err) {
    const struct kube_resource *resource =
        kube_resource_of_kind(json_string_at(stamped, "apiVersion", ""), json_string_at(stamped, "kind", ""));
    const char *namespace = json_string_at(stamped, "metadata.namespace", NULL);
    const char *name = json_string_at(stamped, "metadata.name", NULL);
    struct error failure = { 0 };

    if (pass->last_failure.kind != ERROR_NONE &&
        (!kube_get(pass->kube, pass->arena, resource, namespace, name, out_live, err) || *out_live))
        return *out_live;
    attempt->is_sent = true;
    if (apply_new(pass, stamped, attempt, &failure))
        return true;
    if ((failure.kind == ERROR_CONFLICT || failure.kind == ERROR_ALREADY_EXISTS) &&
        !kube_get(pass->kube, pass->arena, resource, namespace, name, out_live, err))
        return false;
    if (!*out_live)
        *err = failure;
    return *out_live;
}

static bool apply(const struct pass *pass, const struct step *step, bool is_forced, struct attempt *attempt,
                  struct error *err) {
    const struct kube_resource *resource = kube_resource_of_kind(
        json_string_at(step->object, "apiVersion", ""), json_string_at(step->object, "kind", ""));
    const char *namespace = json_string_at(step->object, "metadata.namespace", NULL);
    const char *name = json_string_at(step->object, "metadata.name", NULL);
    uint64_t wanted = json_hash(step->object);
    struct cache_identity known;

    ensure(resource && name);
    if (attempt->ahead && attempt->ahead->is_done)
        return true;
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
    if (!live && !make_or_find(pass, stamped, attempt, &live, err))
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
    attempt->is_sent = true;
    return kube_apply(pass->kube, pass->arena, MANAGED_BY, stamped, NULL, err);
}

static bool create(const struct pass *pass, const struct step *step, struct attempt *attempt,
                   struct error *err) {
    const struct kube_resource *resource = kube_resource_of_kind(
        json_string_at(step->object, "apiVersion", ""), json_string_at(step->object, "kind", ""));
    struct cache_identity identity;
    struct error failure = { 0 };

    ensure(resource);
    if (cache_identify(pass->cache, resource, json_string_at(step->object, "metadata.namespace", NULL),
                       json_string_at(step->object, "metadata.name", NULL), &identity))
        return true;
    attempt->is_sent = true;
    if (kube_create(pass->kube, pass->arena, step->object, NULL, &failure) ||
        failure.kind == ERROR_ALREADY_EXISTS)
        return true;
    *err = failure;
    return false;
}

static bool carry_out(const struct pass *pass, const struct step *step, bool is_forced,
                      struct attempt *attempt, struct error *err) {
    switch (step->type) {
    case STEP_APPLY:
        return apply(pass, step, is_forced, attempt, err);
    case STEP_CREATE:
        return create(pass, step, attempt, err);
    case STEP_DELETE:
        attempt->is_sent = true;
        return kube_delete_unchanged(pass->kube, step->resource, step->namespace, step->name, step->uid,
                                     step->resource_version, KUBE_BACKGROUND, err);
    case STEP_STATEMENT: {
        struct neo4j_result result;
        attempt->is_sent = true;
        return neo4j_run(pass->neo4j, step->target, step->statement, pass->arena, &result, err);
    }
    case STEP_WAIT:
        return true;
    }
    return false;
}

/* ---- what is made side by side ---- */

/* Whether a step may go with those before it: it applies whatever is there, and is judged by itself. A
 * RoleBinding is not: the API server looks at its Role. */
static bool goes_with_others(const struct step *step) {
    return step->type == STEP_APPLY && !step->resource_version &&
           !str_equal(json_string_at(step->object, "kind", ""), KUBE_ROLE_BINDINGS.kind);
}

/* The first step behind first that has to wait for first to be done. */
static size_t flock_end(const struct plan *plan, size_t first) {
    size_t end = first + 1;

    if (plan->steps[first].type == STEP_APPLY && !plan->steps[first].resource_version)
        while (end < plan->step_count && goes_with_others(&plan->steps[end]))
            end++;
    return end;
}

static bool is_unknown(const struct pass *pass, const struct step *step) {
    const struct kube_resource *resource = kube_resource_of_kind(
        json_string_at(step->object, "apiVersion", ""), json_string_at(step->object, "kind", ""));
    struct cache_identity identity;

    return !cache_identify(pass->cache, resource, json_string_at(step->object, "metadata.namespace", NULL),
                           json_string_at(step->object, "metadata.name", ""), &identity);
}

/* Makes what the cache does not know of the steps from first to end in the time of one request: the objects
 * of a new cluster don't wait for each other. After a failure each is looked for first, in its turn. */
static void make_ahead(const struct pass *pass, const struct plan *plan, size_t first, size_t end,
                       struct attempt *attempts) {
    const struct json **objects = ARENA_ARRAY(pass->arena, const struct json *, end - first);
    struct attempt **made = ARENA_ARRAY(pass->arena, struct attempt *, end - first);
    size_t count = 0;

    if (end - first < 2 || pass->last_failure.kind != ERROR_NONE || !is_unknown(pass, &plan->steps[first]))
        return;
    for (size_t i = first; i < end; i++)
        if (is_unknown(pass, &plan->steps[i])) {
            objects[count] = as_new(pass->arena, sync_stamp(pass->arena, plan->steps[i].object));
            made[count++] = &attempts[i];
        }
    struct kube_outcome *outcomes = ARENA_ARRAY(pass->arena, struct kube_outcome, count + 1);
    if (count)
        kube_apply_all(pass->kube, pass->arena, MANAGED_BY, objects, count, outcomes);
    for (size_t i = 0; i < count; i++)
        *made[i] = (struct attempt){ .is_sent = true, .ahead = &outcomes[i] };
}

void execute_plan(const struct pass *pass, const struct plan *plan, bool is_forced,
                  struct execution *out_execution) {
    struct attempt *attempts = ARENA_ARRAY(pass->arena, struct attempt, plan->step_count + 1);
    struct execution execution = { 0 };
    size_t end = 0;

    for (size_t i = 0; i < plan->step_count; i++)
        attempts[i] = (struct attempt){ 0 };
    for (size_t i = 0; i < plan->step_count && !execution.stopped_at; i++) {
        const struct step *step = &plan->steps[i];
        if (i == end) {
            end = flock_end(plan, i);
            make_ahead(pass, plan, i, end, attempts);
        }
        if (!carry_out(pass, step, is_forced, &attempts[i], &execution.error)) {
            error_wrap(&execution.error, "%s", step->sentence);
            execution.stopped_at = step;
        } else if (step->type == STEP_WAIT) {
            execution.stopped_at = step;
        }
    }
    for (size_t i = 0; i < plan->step_count; i++)
        execution.steps_done += attempts[i].is_sent;
    *out_execution = execution;
}
