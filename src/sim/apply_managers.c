#include "sim/apply_managers.h"

#include "base/time.h"

/* ---- reading ---- */

static bool parse_entry(struct arena *arena, const struct json *entry, size_t index, struct manager *out,
                        struct error *err) {
    const char *operation = json_string(json_get(entry, "operation"), "");
    const char *fields_type = json_string(json_get(entry, "fieldsType"), "");
    const char *time = json_string(json_get(entry, "time"), NULL);

    if (!str_equal(operation, "Apply") && !str_equal(operation, "Update"))
        return error_set(err, ERROR_INVALID, "operation must be `Apply` or `Update`");
    *out = (struct manager){
        .name = arena_strdup(arena, json_string(json_get(entry, "manager"), "")),
        .is_apply = str_equal(operation, "Apply"),
        .api_version = arena_strdup(arena, json_string(json_get(entry, "apiVersion"), "")),
        .subresource = arena_strdup(arena, json_string(json_get(entry, "subresource"), "")),
        .time = time ? arena_strdup(arena, time) : NULL,
    };
    if (str_empty(out->api_version))
        return error_set(err, ERROR_INVALID, "apiVersion must not be empty");
    if (str_empty(fields_type))
        return error_set(err, ERROR_INVALID, "missing fieldsType in managed fields entry %zu", index);
    if (!str_equal(fields_type, "FieldsV1"))
        return error_set(err, ERROR_INVALID, "invalid fieldsType \"%s\" in managed fields entry %zu",
                         fields_type, index);
    return field_set_parse(arena, json_get(entry, "fieldsV1"), &out->fields, err);
}

bool managers_parse(struct arena *arena, const struct json *managed_fields, struct managers *out_managers,
                    struct error *err) {
    struct managers managers = { .arena = arena };
    size_t index = 0;

    JSON_FOR_EACH_ITEM (entry, managed_fields) {
        struct manager manager = { 0 };
        if (!parse_entry(arena, entry, index++, &manager, err))
            return false;
        managers_put(&managers, &manager);
    }
    *out_managers = managers;
    return true;
}

/* ---- changing ---- */

static bool is_same(const struct manager *a, const struct manager *b) {
    return a->is_apply == b->is_apply && str_equal(a->name, b->name) &&
           str_equal(a->subresource, b->subresource) &&
           (a->is_apply || str_equal(a->api_version, b->api_version));
}

struct manager *managers_find(const struct managers *managers, const struct manager *wanted) {
    for (size_t i = 0; i < managers->count; i++)
        if (is_same(&managers->items[i], wanted))
            return &managers->items[i];
    return NULL;
}

void managers_put(struct managers *managers, const struct manager *manager) {
    struct manager *place = managers_find(managers, manager);

    if (place) {
        *place = *manager;
        return;
    }
    if (managers->count == managers->capacity) {
        size_t capacity = managers->capacity ? managers->capacity * 2 : 8;
        struct manager *items = ARENA_ARRAY(managers->arena, struct manager, capacity);
        if (managers->count > 0)
            memcpy(items, managers->items, managers->count * sizeof(*items));
        managers->items = items;
        managers->capacity = capacity;
    }
    managers->items[managers->count++] = *manager;
}

static void remove_at(struct managers *managers, size_t index) {
    managers->count--;
    memmove(&managers->items[index], &managers->items[index + 1],
            (managers->count - index) * sizeof(*managers->items));
}

void managers_drop_empty(struct managers *managers) {
    for (size_t i = managers->count; i-- > 0;)
        if (field_set_is_empty(&managers->items[i].fields))
            remove_at(managers, i);
}

/* ---- order ---- */

static int64_t seconds_of(const struct manager *manager) {
    int64_t wall = 0;

    if (!manager->time || !time_parse(text_from(manager->time), &wall))
        return 0;
    return wall / 1000000000;
}

static int compare_seconds(const struct manager *a, const struct manager *b) {
    int64_t seconds_a = seconds_of(a);
    int64_t seconds_b = seconds_of(b);

    return (seconds_a > seconds_b) - (seconds_a < seconds_b);
}

static int compare_managers(const void *left, const void *right) {
    const struct manager *a = left;
    const struct manager *b = right;
    int order = (int)b->is_apply - (int)a->is_apply; /* "Apply" < "Update" */

    if (order == 0)
        order = compare_seconds(a, b);
    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(a->api_version, b->api_version);
    return order ? order : strcmp(a->subresource, b->subresource);
}

/* By time; then by identity, which the real server compares as JSON: the name comes first in it. */
static int compare_ages(const void *left, const void *right) {
    const struct manager *a = left;
    const struct manager *b = right;
    int order = compare_seconds(a, b);

    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(a->api_version, b->api_version);
    return order ? order : strcmp(a->subresource, b->subresource);
}

/* ---- the limit on updates ---- */

static size_t count_updates(const struct managers *managers) {
    size_t count = 0;

    for (size_t i = 0; i < managers->count; i++)
        count += !managers->items[i].is_apply;
    return count;
}

void managers_cap_updates(struct managers *managers, size_t max) {
    size_t updates = count_updates(managers);
    size_t next = 0;

    if (updates <= max)
        return;
    /* Oldest first. The first of each version waits for a second one to be merged with. */
    qsort(managers->items, managers->count, sizeof(*managers->items), compare_ages);
    while (next < managers->count && count_updates(managers) > max) {
        struct manager *manager = &managers->items[next];
        size_t first = 0;
        while (first < next && (managers->items[first].is_apply ||
                                !str_equal(managers->items[first].api_version, manager->api_version)))
            first++;
        if (manager->is_apply || first == next) {
            next++;
            continue;
        }
        struct manager bucket = { .name = "ancient-changes",
                                  .api_version = manager->api_version,
                                  .subresource = "",
                                  .time = manager->time };
        bucket.fields = field_set_union(managers->arena, &manager->fields, &managers->items[first].fields);
        remove_at(managers, next);
        managers->items[first] = bucket;
    }
}

/* ---- writing ---- */

struct json *managers_print(const struct managers *managers) {
    struct arena *arena = managers->arena;
    struct json *out = NULL;

    if (managers->count == 0)
        return NULL;
    qsort(managers->items, managers->count, sizeof(*managers->items), compare_managers);
    out = json_new_array(arena);
    for (size_t i = 0; i < managers->count; i++) {
        const struct manager *manager = &managers->items[i];
        struct json *entry = json_append_object(arena, out);
        json_set_string(arena, entry, "manager", manager->name);
        json_set_string(arena, entry, "operation", manager->is_apply ? "Apply" : "Update");
        json_set_string(arena, entry, "apiVersion", manager->api_version);
        if (manager->time)
            json_set_string(arena, entry, "time", manager->time);
        json_set_string(arena, entry, "fieldsType", "FieldsV1");
        json_set(arena, entry, "fieldsV1", field_set_print(arena, &manager->fields));
        if (!str_empty(manager->subresource))
            json_set_string(arena, entry, "subresource", manager->subresource);
    }
    return out;
}
