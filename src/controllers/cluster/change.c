#include "controllers/cluster/change.h"

#include "api/cluster_change.h"
#include "controllers/sync.h"
#include "settings/version.h"

/* The highest version that a server was seen to run; NULL: none was seen yet. A cluster that has not formed
 * holds no files that an older version could not read. */
static const char *highest_version(const struct observed_cluster *observed) {
    const char *highest = json_string_at(observed->status, "version", NULL);
    struct version best = version_parse(highest ? highest : "");

    JSON_FOR_EACH_MEMBER (replica, json_get(observed->status, "replicas")) {
        const char *text = json_string(json_get(&replica->value, "version"), "");
        struct version version = version_parse(text);
        if (version.family == VERSION_UNKNOWN ||
            (best.family != VERSION_UNKNOWN && version_compare(&version, &best) <= 0))
            continue;
        highest = text;
        best = version;
    }
    return best.family == VERSION_UNKNOWN ? NULL : highest;
}

static struct json *words(struct arena *arena, const char *word) {
    struct json *list = json_new_array(arena);

    json_append_string(arena, list, word);
    return list;
}

/* What an absent field of the storage stands for. */
static struct cluster_storage storage_in_full(struct arena *arena, const struct cluster_storage *storage) {
    struct cluster_storage full = *storage;

    if (!json_length(full.access_modes))
        full.access_modes = words(arena, "ReadWriteOnce");
    if (!full.volume_mode)
        full.volume_mode = "Filesystem";
    return full;
}

/* What is there; the wanted spelling of it where the API server has only left empty fields out. */
static const struct json *unless_same(const struct json *wanted, const struct json *there) {
    bool is_same = wanted && sync_covers(there, wanted) && (!there || sync_covers(wanted, there));

    return is_same ? wanted : there;
}

/* The same, as the StatefulSet says it. */
static struct cluster_storage storage_there(const struct observed_cluster *observed,
                                            const struct cluster_storage *wanted) {
    const struct json *claim = json_item(json_at(observed->server_set, "spec.volumeClaimTemplates"), 0);
    struct cluster_storage there = *wanted;

    there.class_name = json_string_at(claim, "spec.storageClassName", NULL);
    there.size = json_string_at(claim, "spec.resources.requests.storage", wanted->size);
    there.volume_mode = json_string_at(claim, "spec.volumeMode", "Filesystem");
    there.access_modes = unless_same(wanted->access_modes, json_at(claim, "spec.accessModes"));
    there.selector = unless_same(wanted->selector, json_at(claim, "spec.selector"));
    return there;
}

void cluster_observe_change(struct observed_cluster *observed) {
    struct arena *arena = observed->arena;
    const char *running = highest_version(observed);
    struct field_errors found = { .arena = arena };

    if (observed->errors.count || !observed->server_set)
        return;
    struct cluster_spec before = *observed->spec;
    struct cluster_spec after = *observed->spec;
    struct cluster_storage wanted = storage_in_full(arena, observed->spec->storage);
    struct cluster_storage there = storage_there(observed, &wanted);
    before.storage = &there;
    after.storage = &wanted;
    before.pod_management_policy =
        json_string_at(observed->server_set, "spec.podManagementPolicy", "OrderedReady");
    if (!after.pod_management_policy)
        after.pod_management_policy = "Parallel";
    cluster_judge_change(&before, &after, running, &found);
    for (size_t i = 0; i < found.count; i++)
        field_errors_add_error(str_equal(found.items[i].rule, "A16") ? &observed->errors
                                                                     : &observed->unchangeable,
                               &found.items[i]);
}
