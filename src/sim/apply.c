#include "sim/apply.h"

#include "base/time.h"
#include "schema/node.h"
#include "sim/apply_conflicts.h"
#include "sim/apply_kubectl.h"
#include "sim/apply_typed.h"

static const char *const ancient_manager = "before-first-apply";

/* ---- what is not tracked ---- */

static struct field_set set_of(struct arena *arena, const char *const *paths, size_t count) {
    struct field_set set = { 0 };

    for (size_t i = 0; i < count; i++)
        field_set_insert_dotted(arena, &set, paths[i]);
    return set;
}

#define MEMBER(name_)                                                                                        \
    { .element = { .kind = PATH_FIELD, .name = name_ }, .is_member = true }

/* Sorted, as in any set. */
static const struct field_node untracked_metadata[] = {
    MEMBER("clusterName"), MEMBER("creationTimestamp"), MEMBER("generation"),      MEMBER("managedFields"),
    MEMBER("name"),        MEMBER("namespace"),         MEMBER("resourceVersion"), MEMBER("selfLink"),
    MEMBER("uid"),
};

static struct field_set untracked(struct arena *arena) {
    static const struct field_node top[] = { MEMBER("apiVersion"), MEMBER("kind"), MEMBER("metadata") };
    struct field_node *nodes = ARENA_ARRAY(arena, struct field_node, ARRAY_LENGTH(top));
    struct field_node *metadata = ARENA_ARRAY(arena, struct field_node, ARRAY_LENGTH(untracked_metadata));

    memcpy(nodes, top, sizeof(top));
    memcpy(metadata, untracked_metadata, sizeof(untracked_metadata));
    nodes[2].children = (struct field_set){ .nodes = metadata,
                                            .count = ARRAY_LENGTH(untracked_metadata),
                                            .capacity = ARRAY_LENGTH(untracked_metadata) };
    return (struct field_set){ .nodes = nodes, .count = ARRAY_LENGTH(top), .capacity = ARRAY_LENGTH(top) };
}

/* What a write through this subresource can't change, so that it does not count: the status of an object, the
 * rest when its status is written. */
static struct field_set reset_fields(struct arena *arena, const struct apply_request *request) {
    static const char *const status[] = { "status" };
    static const char *const spec[] = { "spec" };
    static const char *const of_pods[] = { "spec", "metadata.deletionTimestamp", "metadata.ownerReferences" };
    static const char *const of_crds[] = { "spec", "metadata" };
    const struct schema_kind *kind = request->schema->kind;
    const char *subresource = request->subresource ? request->subresource : "";

    if (str_equal(subresource, "status")) {
        if (kind && str_equal(kind->group, "") && str_equal(kind->kind, "Pod"))
            return set_of(arena, of_pods, ARRAY_LENGTH(of_pods));
        if (kind && str_equal(kind->kind, "CustomResourceDefinition"))
            return set_of(arena, of_crds, ARRAY_LENGTH(of_crds));
        return set_of(arena, spec, ARRAY_LENGTH(spec));
    }
    return kind && kind->has_status ? set_of(arena, status, ARRAY_LENGTH(status)) : (struct field_set){ 0 };
}

/* ---- one operation ---- */

struct operation {
    struct arena *arena;
    const struct apply_request *request;
    struct managers managers;
    struct field_set reset;
    struct field_set untracked;
};

static struct operation begin(struct arena *arena, const struct apply_request *request) {
    ensure(request->schema && request->api_version && request->manager);
    return (struct operation){
        .arena = arena,
        .request = request,
        .managers = { .arena = arena },
        .reset = reset_fields(arena, request),
        .untracked = untracked(arena),
    };
}

static struct manager manager_of(const struct operation *operation, const char *name, bool is_apply) {
    const struct apply_request *request = operation->request;

    return (struct manager){
        .name = str_empty(name) ? "unknown" : name,
        .is_apply = is_apply,
        .api_version = request->api_version,
        .subresource = request->subresource ? request->subresource : "",
    };
}

static struct comparison compare_objects(const struct operation *operation, const struct json *live,
                                         const struct json *object) {
    struct arena *arena = operation->arena;
    struct comparison comparison = typed_compare(arena, operation->request->schema, live, object);

    return (struct comparison){
        .removed = field_set_recursive_difference(arena, &comparison.removed, &operation->reset),
        .modified = field_set_recursive_difference(arena, &comparison.modified, &operation->reset),
        .added = field_set_recursive_difference(arena, &comparison.added, &operation->reset),
    };
}

/* An object of the kind with nothing in it. */
static struct json *empty_object(struct arena *arena, const struct apply_request *request) {
    struct json *object = json_new_object(arena);
    const struct schema_kind *kind = request->schema->kind;

    json_set_string(arena, object, "apiVersion", request->api_version);
    json_set_string(arena, object, "kind", kind ? kind->kind : "");
    schema_normalize(arena, request->schema, object);
    return object;
}

void apply_strip(struct json *object) {
    struct json *metadata = json_get(object, "metadata");

    if (json_is(metadata, JSON_OBJECT))
        json_remove(metadata, "managedFields");
}

/* The object without its managers; shares the rest with it. */
static struct json *without_managers(struct arena *arena, const struct json *object) {
    struct json *without = json_share(arena, object);

    apply_strip(without);
    return without;
}

static void set_managed_fields(const struct operation *operation, struct json *object) {
    struct json *entries = managers_print(&operation->managers);

    apply_strip(object);
    if (entries)
        json_set(operation->arena, json_ensure_object(operation->arena, object, "metadata"), "managedFields",
                 entries);
}

static const char *now(const struct operation *operation) {
    return time_format(operation->arena, operation->request->now);
}

/* Others lose what the operation removed or, when they may, what it changed. */
static void take_from_others(struct operation *operation, const struct comparison *comparison,
                             const struct manager *self) {
    struct managers *managers = &operation->managers;
    struct field_set taken = field_set_union(operation->arena, &comparison->modified, &comparison->added);

    taken = field_set_union(operation->arena, &taken, &comparison->removed);
    for (size_t i = 0; i < managers->count; i++) {
        struct manager *manager = &managers->items[i];
        if (self && managers_find(managers, self) == manager)
            continue;
        manager->fields = field_set_difference(operation->arena, &manager->fields, &taken);
    }
    managers_drop_empty(managers);
}

static void reconcile(struct operation *operation) {
    struct managers *managers = &operation->managers;

    for (size_t i = 0; i < managers->count; i++)
        managers->items[i].fields =
            field_set_reconcile(operation->arena, &managers->items[i].fields, operation->request->schema);
}

/* ---- updates ---- */

static void track_update(struct operation *operation, const char *name, const struct json *live,
                         const struct json *object) {
    struct arena *arena = operation->arena;
    struct comparison comparison = compare_objects(operation, live, object);
    struct manager self = manager_of(operation, name, false);
    struct field_set changed = field_set_union(arena, &comparison.modified, &comparison.added);

    take_from_others(operation, &comparison, NULL);
    changed = field_set_difference(arena, &changed, &operation->untracked);
    if (field_set_is_empty(&changed))
        return;
    const struct manager *previous = managers_find(&operation->managers, &self);
    self.fields = previous ? field_set_union(arena, &changed, &previous->fields) : changed;
    self.time = now(operation);
    managers_put(&operation->managers, &self);
}

/* [] and [{}] ask for all managers to be forgotten. */
static bool asks_for_reset(const struct json *managed_fields) {
    if (!json_is(managed_fields, JSON_ARRAY))
        return false;
    return managed_fields->length == 0 ||
           (managed_fields->length == 1 && json_length(&managed_fields->items[0]) == 0);
}

/* Which managers an update starts from. */
static void read_managers(struct operation *operation, const struct json *live, const struct json *object) {
    const struct json *asked = json_at(object, "metadata.managedFields");
    const struct json *kept = json_at(live, "metadata.managedFields");
    bool is_subresource = !str_empty(operation->request->subresource);

    if (!is_subresource) {
        if (asks_for_reset(asked))
            return;
        if (managers_parse(operation->arena, asked, &operation->managers, NULL) &&
            operation->managers.count > 0)
            return;
    }
    if (!managers_parse(operation->arena, kept, &operation->managers, NULL))
        operation->managers = (struct managers){ .arena = operation->arena };
}

void apply_track(struct arena *arena, const struct apply_request *request, const struct json *live,
                 struct json *object) {
    struct operation operation = begin(arena, request);
    struct json *before = live ? without_managers(arena, live) : empty_object(arena, request);

    read_managers(&operation, live, object);
    apply_strip(object);
    /* The real server forgets the managers of an object that its schema can't walk. */
    if (!typed_check(arena, request->schema, before, true, NULL) ||
        !typed_check(arena, request->schema, object, true, NULL))
        return;
    /* Objects that have no managers keep none until they are applied. */
    if (!live || operation.managers.count > 0) {
        reconcile(&operation);
        track_update(&operation, request->manager, before, object);
        managers_cap_updates(&operation.managers, APPLY_UPDATE_MANAGERS_MAX);
    }
    set_managed_fields(&operation, object);
}

/* ---- apply ---- */

/* Takes out of merged what the manager applied before and does not apply any more, unless anyone owns it. */
static struct json *prune(const struct operation *operation, struct json *merged,
                          const struct field_set *applied_before) {
    struct arena *arena = operation->arena;
    const struct schema *schema = operation->request->schema;
    struct field_set owned = { 0 };

    if (field_set_is_empty(applied_before))
        return merged;
    struct field_set before = field_set_with_named(arena, applied_before, schema);
    struct field_set all = typed_fields(arena, schema, merged);
    struct field_set all_named = field_set_with_named(arena, &all, schema);

    /* Without what was applied before, but with all that somebody owns now. */
    struct json *pruned = typed_remove(arena, schema, merged, &before);
    for (size_t i = 0; i < operation->managers.count; i++)
        owned = field_set_union(arena, &owned, &operation->managers.items[i].fields);
    struct field_set left = typed_fields(arena, schema, pruned);
    left = field_set_with_named(arena, &left, schema);
    owned = field_set_with_named(arena, &owned, schema);
    struct field_set kept = field_set_union(arena, &left, &owned);
    struct field_set gone = field_set_difference(arena, &all_named, &kept);
    pruned = typed_remove(arena, schema, merged, &gone);

    /* Nothing but what this manager applied before may go. */
    left = typed_fields(arena, schema, pruned);
    left = field_set_with_named(arena, &left, schema);
    gone = field_set_difference(arena, &all_named, &left);
    gone = field_set_intersection(arena, &gone, &before);
    return typed_remove(arena, schema, merged, &gone);
}

static char *identify(struct arena *arena, const struct apply_request *request, const struct json *object) {
    const char *version = request->api_version;
    const char *namespace = json_string_at(object, "metadata.namespace", "");

    if (!strchr(version, '/'))
        version = arena_printf(arena, "/%s", version);
    return arena_printf(arena, "%s/%s; %s, Kind=%s", namespace, json_string_at(object, "metadata.name", ""),
                        version, json_string(json_get(object, "kind"), ""));
}

static bool check_configuration(struct arena *arena, const struct apply_request *request,
                                const struct json *applied, struct error *err) {
    const struct json *managed_fields = json_at(applied, "metadata.managedFields");

    if (managed_fields && !json_is(managed_fields, JSON_NULL))
        return error_set(err, ERROR_PROTOCOL, "metadata.managedFields must be nil");
    if (!typed_check(arena, request->schema, applied, false, err))
        return error_wrap(err, "failed to create typed patch object (%s)", identify(arena, request, applied));
    return true;
}

/* The object as it was, for which the managers are read; objects without managers get one for what is there.
 */
static bool prepare_live(struct operation *operation, const struct json *live, struct json **out_before,
                         struct error *err) {
    struct arena *arena = operation->arena;
    const struct json *managed_fields = json_at(live, "metadata.managedFields");

    *out_before = live ? json_copy(arena, live) : empty_object(arena, operation->request);
    apply_strip(*out_before);
    if (!managers_parse(arena, managed_fields, &operation->managers, err))
        return error_wrap(err, "failed to decode managed fields");
    reconcile(operation);
    if (operation->managers.count == 0)
        track_update(operation, ancient_manager, empty_object(arena, operation->request), *out_before);
    return true;
}

bool apply_merge(struct arena *arena, const struct apply_request *request, const struct json *live,
                 const struct json *applied, struct json **out_object, struct apply_conflicts *out_conflicts,
                 struct error *err) {
    struct operation operation = begin(arena, request);
    struct manager self = manager_of(&operation, request->manager, true);
    struct apply_conflicts conflicts = { 0 };
    struct field_set applied_before = { 0 };
    struct json *before = NULL;

    if (!check_configuration(arena, request, applied, err) || !prepare_live(&operation, live, &before, err))
        return false;
    const struct manager *previous = managers_find(&operation.managers, &self);
    if (previous) {
        applied_before = previous->fields;
        self.time = previous->time;
    }
    self.fields = typed_fields(arena, request->schema, applied);
    self.fields = field_set_recursive_difference(arena, &self.fields, &operation.reset);
    managers_put(&operation.managers, &self);

    struct json *merged = typed_merge(arena, request->schema, before, applied);
    merged = prune(&operation, merged, &applied_before);
    struct comparison comparison = compare_objects(&operation, before, merged);
    struct field_set changed = field_set_union(arena, &comparison.modified, &comparison.added);
    struct field_set allowed = apply_kubectl_fields(arena, request, before);
    changed = field_set_difference(arena, &changed, &allowed);
    conflicts_find(&operation.managers, &self, &changed, &conflicts);
    if (conflicts.count > 0 && !request->force) {
        *out_conflicts = conflicts;
        return error_set(err, ERROR_CONFLICT, "%s", conflicts_message(arena, &conflicts));
    }
    take_from_others(&operation, &comparison, &self);
    self.fields = field_set_difference(arena, &self.fields, &operation.untracked);
    if (!json_equal(before, merged))
        self.time = now(&operation);
    managers_put(&operation.managers, &self);
    managers_drop_empty(&operation.managers);
    apply_strip(merged);
    apply_kubectl_annotate(arena, request, applied, merged);
    set_managed_fields(&operation, merged);
    *out_object = merged;
    return true;
}

/* ---- settling ---- */

static void remove_times(struct json *object) {
    JSON_FOR_EACH_ITEM (entry, json_at(object, "metadata.managedFields"))
        json_remove(entry, "time");
    struct json *metadata = json_get(object, "metadata");
    if (metadata)
        json_remove(metadata, "resourceVersion");
}

static bool differs_beside_metadata(const struct json *a, const struct json *b) {
    JSON_FOR_EACH_MEMBER (member, a)
        if (!str_equal(member->key, "metadata") && !json_equal(&member->value, json_get(b, member->key)))
            return true;
    return false;
}

bool apply_settle(struct arena *arena, const struct json *live, struct json *object) {
    const struct json *managed_fields = json_at(live, "metadata.managedFields");

    if (!live || differs_beside_metadata(live, object))
        return false;
    struct json *before = json_copy(arena, live);
    struct json *after = json_copy(arena, object);
    remove_times(before);
    remove_times(after);
    if (!json_equal(before, after))
        return false;
    if (managed_fields)
        json_set(arena, json_get(object, "metadata"), "managedFields", json_copy(arena, managed_fields));
    return true;
}
