#include "sim/apply_conflicts.h"

struct collecting {
    struct arena *arena;
    struct apply_conflicts *conflicts;
    const struct manager *manager;
    size_t capacity;
};

static void add_conflict(void *context, const struct field_path *path) {
    struct collecting *collecting = context;
    struct apply_conflicts *conflicts = collecting->conflicts;
    struct buffer field = { 0 };

    if (conflicts->count == collecting->capacity) {
        collecting->capacity = collecting->capacity ? collecting->capacity * 2 : 8;
        struct apply_conflict *items =
            ARENA_ARRAY(collecting->arena, struct apply_conflict, collecting->capacity);
        if (conflicts->count > 0)
            memcpy(items, conflicts->items, conflicts->count * sizeof(*items));
        conflicts->items = items;
    }
    for (size_t i = 0; i < path->depth; i++)
        path_element_print(&field, &path->elements[i]);
    conflicts->items[conflicts->count++] = (struct apply_conflict){
        .manager = collecting->manager->name,
        .operation = collecting->manager->is_apply ? "Apply" : "Update",
        .api_version = collecting->manager->api_version,
        .subresource = collecting->manager->subresource,
        .field = arena_strdup(collecting->arena, buffer_string(&field)),
    };
    buffer_clear(&field);
}

static int compare_names(const void *a, const void *b) {
    const struct manager *left = a;
    const struct manager *right = b;
    int order = strcmp(left->name, right->name);

    return order ? order : (int)right->is_apply - (int)left->is_apply;
}

void conflicts_find(struct managers *managers, const struct manager *self, const struct field_set *changed,
                    struct apply_conflicts *out_conflicts) {
    struct collecting collecting = { .arena = managers->arena, .conflicts = out_conflicts };

    qsort(managers->items, managers->count, sizeof(*managers->items), compare_names);
    for (size_t i = 0; i < managers->count; i++) {
        struct manager *manager = &managers->items[i];
        if (managers_find(managers, self) == manager)
            continue;
        struct field_set set = field_set_intersection(managers->arena, &manager->fields, changed);
        collecting.manager = manager;
        field_set_visit(&set, add_conflict, &collecting);
    }
}

static const char *describe_manager(struct arena *arena, const struct apply_conflict *conflict) {
    const char *subresource = str_empty(conflict->subresource)
                                  ? ""
                                  : arena_printf(arena, " with subresource \"%s\"", conflict->subresource);

    return str_equal(conflict->operation, "Update")
               ? arena_printf(arena, "\"%s\"%s using %s", conflict->manager, subresource,
                              conflict->api_version)
               : arena_printf(arena, "\"%s\"%s", conflict->manager, subresource);
}

const char *conflicts_message(struct arena *arena, const struct apply_conflicts *conflicts) {
    struct buffer text = { 0 };
    const char *last = "";

    if (conflicts->count == 1)
        return arena_printf(arena, "Apply failed with 1 conflict: conflict with %s: %s",
                            describe_manager(arena, &conflicts->items[0]), conflicts->items[0].field);
    buffer_printf(&text, "Apply failed with %zu conflicts: ", conflicts->count);
    for (size_t i = 0; i < conflicts->count; i++) {
        const char *manager = describe_manager(arena, &conflicts->items[i]);
        if (!str_equal(manager, last))
            buffer_printf(&text, "%sconflicts with %s:", i > 0 ? "\n" : "", manager);
        buffer_printf(&text, "\n- %s", conflicts->items[i].field);
        last = manager;
    }
    const char *message = arena_strdup(arena, buffer_string(&text));
    buffer_clear(&text);
    return message;
}

struct json *apply_conflicts_status(struct arena *arena, const struct apply_conflicts *conflicts) {
    struct json *status = json_new_object(arena);
    struct json *causes = json_new_array(arena);
    struct json *details = json_new_object(arena);

    for (size_t i = 0; i < conflicts->count; i++) {
        struct json *cause = json_append_object(arena, causes);
        json_set_string(arena, cause, "reason", "FieldManagerConflict");
        json_set_string(
            arena, cause, "message",
            arena_printf(arena, "conflict with %s", describe_manager(arena, &conflicts->items[i])));
        json_set_string(arena, cause, "field", conflicts->items[i].field);
    }
    json_set(arena, details, "causes", causes);
    json_set_string(arena, status, "kind", "Status");
    json_set_string(arena, status, "apiVersion", "v1");
    (void)json_set_object(arena, status, "metadata");
    json_set_string(arena, status, "status", "Failure");
    json_set_string(arena, status, "message", conflicts_message(arena, conflicts));
    json_set_string(arena, status, "reason", "Conflict");
    json_set(arena, status, "details", details);
    json_set_integer(arena, status, "code", 409);
    return status;
}
