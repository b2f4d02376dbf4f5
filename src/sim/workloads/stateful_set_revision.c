#include "sim/workloads/stateful_set.h"

#include "base/encoding.h"

enum { REVISION_HISTORY_LIMIT = 10, COLLISIONS_MAX = 16 };

/* What is remembered of a set: a patch that brings its template back, as the real controller stores it. */
static struct json *revision_data(struct arena *arena, const struct json *set) {
    struct json *data = json_new_object(arena);
    struct json *template = json_copy(arena, json_at(set, "spec.template"));
    json_set_string(arena, template, "$patch", "replace");
    json_set(arena, json_set_object(arena, data, "spec"), "template", template);
    json_sort(data);
    return data;
}

struct json *stateful_set_revision_template(struct arena *arena, const struct json *revision) {
    struct json *template = json_copy(arena, json_at(revision, "data.spec.template"));
    json_remove(template, "$patch");
    return template;
}

/* Letters and digits that form no words: k8s.io/apimachinery, util/rand. */
static char *safe_hash(struct arena *arena, const struct json *data, unsigned collision) {
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    const char *text = arena_printf(arena, "%s%u", json_print(arena, data), collision);
    uint64_t hash = hash64(text, strlen(text));
    char *digits = arena_printf(arena, "%u", (unsigned)(hash ^ (hash >> 32)));
    for (char *digit = digits; *digit; digit++)
        *digit = alphabet[(unsigned char)*digit % (sizeof(alphabet) - 1)];
    return digits;
}

static struct json *build_revision(struct arena *arena, const struct json *set, const struct json *data,
                                   int64_t number, unsigned collision) {
    const char *hash = safe_hash(arena, data, collision);
    struct json *revision = json_new_object(arena);
    json_set_string(arena, revision, "apiVersion", "apps/v1");
    json_set_string(arena, revision, "kind", "ControllerRevision");
    struct json *metadata = json_set_object(arena, revision, "metadata");
    json_set_string(arena, metadata, "name", arena_printf(arena, "%s-%s", object_name(set), hash));
    json_set_string(arena, metadata, "namespace", object_namespace(set));
    struct json *labels = json_at(set, "spec.template.metadata.labels");
    labels = labels ? json_copy(arena, labels) : json_new_object(arena);
    json_set_string(arena, labels, "controller.kubernetes.io/hash", hash);
    json_set(arena, metadata, "labels", labels);
    json_append(arena, json_set_array(arena, metadata, "ownerReferences"),
                object_owner_reference(arena, set));
    json_set(arena, revision, "data", data);
    json_set_integer(arena, revision, "revision", number);
    return revision;
}

/* A name that is taken by other data gets another hash. */
static bool create_revision(struct control *control, const struct json *set, const struct json *data,
                            int64_t number, const struct json **out_revision, struct error *err) {
    for (unsigned collision = 0; collision < COLLISIONS_MAX; collision++) {
        struct json *revision = build_revision(control->arena, set, data, number, collision), *answer;
        struct error failure = { 0 };
        if (kube_create(control->kube, control->arena, revision, &answer, &failure)) {
            mirror_put(control->mirror, &KUBE_CONTROLLER_REVISIONS, answer);
            *out_revision = answer;
            return true;
        }
        if (failure.kind != ERROR_ALREADY_EXISTS) {
            *err = failure;
            return error_wrap(err, "revision of StatefulSet %s", object_name(set));
        }
        if (!kube_get(control->kube, control->arena, &KUBE_CONTROLLER_REVISIONS, object_namespace(set),
                      object_name(revision), &answer, err))
            return false;
        if (answer && object_is_controlled_by(answer, object_uid(set)) &&
            json_equal(json_get(answer, "data"), data)) {
            *out_revision = answer;
            return true;
        }
    }
    return error_set(err, ERROR_CONFLICT, "no free name for a revision of StatefulSet %s", object_name(set));
}

/* A template that comes back after another one is the newest again: its number says so. */
static bool renumber(struct control *control, const struct json *revision, int64_t number,
                     const struct json **out_revision, struct error *err) {
    struct json *patch = json_new_object(control->arena), *answer;
    json_set_integer(control->arena, patch, "revision", number);
    if (!kube_merge_patch(control->kube, control->arena, &KUBE_CONTROLLER_REVISIONS,
                          object_namespace(revision), object_name(revision), NULL, patch, &answer, err))
        return false;
    mirror_put(control->mirror, &KUBE_CONTROLLER_REVISIONS, answer);
    *out_revision = answer;
    return true;
}

bool stateful_set_find_revisions(struct control *control, const struct json *set,
                                 struct stateful_set_revisions *out_revisions, struct error *err) {
    struct mirror_list history = mirror_list_controlled(
        control->mirror, control->arena, &KUBE_CONTROLLER_REVISIONS, object_namespace(set), object_uid(set));
    struct json *data = revision_data(control->arena, set);
    const char *current_name = json_string_at(set, "status.currentRevision", "");
    const struct json *update = NULL, *current = NULL;
    int64_t newest = 0;

    MIRROR_FOR_EACH(revision, history) {
        int64_t number = json_integer_at(revision, "revision", 0);
        newest = number > newest ? number : newest;
        if (json_equal(json_get(revision, "data"), data) &&
            (!update || number > json_integer_at(update, "revision", 0)))
            update = revision;
        if (str_equal(object_name(revision), current_name))
            current = revision;
    }
    if (!update && !create_revision(control, set, data, newest + 1, &update, err))
        return false;
    if (json_integer_at(update, "revision", 0) < newest &&
        !renumber(control, update, newest + 1, &update, err))
        return false;
    *out_revisions =
        (struct stateful_set_revisions){ .current = current ? current : update, .update = update };
    return true;
}

static bool is_live(struct control *control, const struct json *set, const struct json *revision,
                    const struct stateful_set_revisions *revisions) {
    if (str_equal(object_name(revision), object_name(revisions->current)) ||
        str_equal(object_name(revision), object_name(revisions->update)))
        return true;
    struct mirror_list pods = mirror_list_controlled(control->mirror, control->arena, &KUBE_PODS,
                                                     object_namespace(set), object_uid(set));
    MIRROR_FOR_EACH(pod, pods) {
        if (str_equal(object_label(pod, "controller-revision-hash"), object_name(revision)))
            return true;
    }
    return false;
}

bool stateful_set_truncate_history(struct control *control, const struct json *set,
                                   const struct stateful_set_revisions *revisions, struct error *err) {
    struct mirror_list history = mirror_list_controlled(
        control->mirror, control->arena, &KUBE_CONTROLLER_REVISIONS, object_namespace(set), object_uid(set));
    int64_t limit = json_integer_at(set, "spec.revisionHistoryLimit", REVISION_HISTORY_LIMIT);
    const struct json *oldest = NULL;
    int64_t dead = 0;

    MIRROR_FOR_EACH(revision, history) {
        if (is_live(control, set, revision, revisions))
            continue;
        dead++;
        if (!oldest || json_integer_at(revision, "revision", 0) < json_integer_at(oldest, "revision", 0))
            oldest = revision;
    }
    /* One at a time: the deletion comes back as an event. */
    return dead <= limit ||
           kube_delete(control->kube, &KUBE_CONTROLLER_REVISIONS, object_namespace(set), object_name(oldest),
                       object_uid(oldest), KUBE_PROPAGATION_DEFAULT, err);
}
