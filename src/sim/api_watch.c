#include "sim/api_internal.h"

#include "sim/api_authorize.h"
#include "sim/api_counts.h"

/* Watches: a place in the store's history, and what of it concerns the watcher.
 *
 * Nothing is queued for a watcher: it reads the history at its own pace, and is told that its version has
 * expired when it was too slow. So a slow watcher costs no memory here. */

struct api_watch {
    struct api *api;
    struct arena *arena;
    struct api_resource resource; /* a copy: the row may go with its CRD */
    const char *prefix;           /* "namespace/" or NULL */
    struct api_selector *labels;
    struct api_selector *fields;
    bool allows_bookmarks;
    bool announces_initial_end;
    bool has_ended;

    /* What was there at the start, still to be told. */
    const struct store_value **initial;
    size_t initial_count;
    size_t initial_next;

    int64_t version;                 /* everything up to it was told */
    const struct store_object *told; /* what the last event shares */
};

const char *api_event_name(enum api_event_type type) {
    static const char *const names[] = {
        [API_ADDED] = "ADDED",       [API_MODIFIED] = "MODIFIED", [API_DELETED] = "DELETED",
        [API_BOOKMARK] = "BOOKMARK", [API_ERROR] = "ERROR",
    };
    return names[type];
}

static bool check_options(struct api_context *context, int64_t *out_version) {
    static const char *const supported[] = { "NotOlderThan" };
    const struct api_call *call = context->call;
    const char *match = call->resource_version_match;
    struct field_errors errors = { .arena = context->arena };

    *out_version = 0;
    if (call->send_initial_events && str_empty(match))
        field_errors_add(&errors, FIELD_FORBIDDEN, "resourceVersionMatch", NULL,
                         "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    if (!call->send_initial_events && !str_empty(match))
        field_errors_add(&errors, FIELD_FORBIDDEN, "resourceVersionMatch", NULL,
                         "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    if (!str_empty(match) && !str_equal(match, "NotOlderThan"))
        field_errors_add_unsupported(&errors, "resourceVersionMatch", json_new_string(context->arena, match),
                                     supported, ARRAY_LENGTH(supported));
    if (errors.count)
        return api_refuse_object(
            context, field_errors_status(context->arena, &errors, "meta.k8s.io", "ListOptions", ""));
    if (!str_empty(call->resource_version) &&
        (!parse_int64(text_from(call->resource_version), out_version) || *out_version < 0))
        return api_refuse(
            context, 400, "BadRequest",
            "invalid resource version: resourceVersion: Invalid value: \"%s\": strconv.ParseUint: "
            "parsing \"%s\": invalid syntax",
            call->resource_version, call->resource_version);
    return true;
}

/* Strings of the row live as long as the watch. */
static void copy_resource(struct api_watch *watch, const struct api_resource *resource) {
    struct api_resource *copy = &watch->resource;
    *copy = *resource;
    copy->group = arena_strdup(watch->arena, resource->group);
    copy->version = arena_strdup(watch->arena, resource->version);
    copy->api_version = arena_strdup(watch->arena, resource->api_version);
    copy->plural = arena_strdup(watch->arena, resource->plural);
    copy->kind = arena_strdup(watch->arena, resource->kind);
    copy->collection = arena_strdup(watch->arena, resource->collection);
    copy->singular = copy->list_kind = copy->short_names = copy->categories = NULL;
    if (api_resource_is_custom(resource)) {
        copy->crd = json_copy(watch->arena, resource->crd);
        copy->schema = NULL;
    }
}

static void take_initial(struct api_watch *watch) {
    struct store_list list =
        store_list(watch->api->store, watch->arena, watch->resource.collection, watch->prefix);
    watch->initial = list.items;
    watch->initial_count = list.count;
    for (size_t i = 0; i < list.count; i++)
        store_value_ref(list.items[i]);
    watch->version = store_version(watch->api->store);
}

static bool parse_selectors(struct api_context *context, struct api_watch *watch) {
    struct error err = { 0 };
    const struct api_call *call = context->call;
    if (!api_label_selector_parse(watch->arena, call->label_selector, &watch->labels, &err) ||
        !api_field_selector_parse(watch->arena, &watch->resource, call->field_selector, &watch->fields, &err))
        return api_refuse_error(context, &err);
    return true;
}

static struct api_watch *watch_open(struct api_context *context) {
    const struct api_call *call = context->call;
    CLEANUP_POINTER(api_watch_free) struct api_watch *watch = XNEW(struct api_watch);
    int64_t version;

    watch->api = context->api;
    watch->arena = arena_new();
    if (!check_options(context, &version))
        return NULL;
    copy_resource(watch, call->resource);
    if (!parse_selectors(context, watch))
        return NULL;
    if (call->resource->is_namespaced && !str_empty(call->namespace))
        watch->prefix = arena_printf(watch->arena, "%s/", call->namespace);
    watch->allows_bookmarks = call->allow_bookmarks;
    watch->announces_initial_end = call->send_initial_events && call->allow_bookmarks;
    if (call->send_initial_events || version == 0)
        take_initial(watch);
    else
        watch->version = version;
    return TAKE(watch);
}

struct api_watch *api_watch_new(struct api *api, const struct api_call *call, struct arena *arena,
                                struct api_answer *answer) {
    struct api_context context = {
        .api = api,
        .call = call,
        .resource = call->resource,
        .arena = arena,
        .answer = answer,
        .now = api_now(api),
        .namespace = call->resource->is_namespaced && call->namespace ? call->namespace : "",
    };

    *answer = (struct api_answer){ .code = 200 };
    api_counts_add(api->counts, call);
    if (call->resource->is_virtual) {
        api_refuse_method(&context);
        return NULL;
    }
    return api_authorize(&context) ? watch_open(&context) : NULL;
}

void api_watch_free(struct api_watch *watch) {
    if (!watch)
        return;
    for (size_t i = watch->initial_next; i < watch->initial_count; i++)
        store_value_unref(watch->initial[i]);
    store_object_unref(watch->told);
    arena_free(watch->arena);
    free(watch);
}

/* ---- reading ---- */

static bool selects(const struct api_watch *watch, const struct json *object) {
    return api_label_selector_matches(watch->labels, object) &&
           api_field_selector_matches(watch->fields, object);
}

static const struct store_object *load(const struct api_watch *watch, const struct store_value *value) {
    return store_object(watch->api->store, value);
}

/* As the watcher's version shows it; shares with the object, which is held until the next event. */
static struct json *show(struct api_watch *watch, struct arena *arena, const struct store_object *object) {
    struct json *shown = api_convert_shared(arena, &watch->resource, object->json);

    store_object_unref(watch->told);
    watch->told = object;
    return shown;
}

static bool next_initial(struct api_watch *watch, struct arena *arena, struct api_event *out_event) {
    while (watch->initial_next < watch->initial_count) {
        const struct store_value *value = watch->initial[watch->initial_next++];
        struct json *object = show(watch, arena, load(watch, value));
        store_value_unref(value);
        if (selects(watch, object)) {
            *out_event = (struct api_event){ API_ADDED, object };
            return true;
        }
    }
    return false;
}

static struct json *bookmark(const struct api_watch *watch, struct arena *arena) {
    struct json *object = json_new_object(arena);
    json_set_string(arena, object, "kind", watch->resource.kind);
    json_set_string(arena, object, "apiVersion", watch->resource.api_version);
    struct json *metadata = json_set_object(arena, object, "metadata");
    json_set_string(arena, metadata, "resourceVersion",
                    arena_printf(arena, "%lld", (long long)watch->version));
    return object;
}

static bool was_so(const struct api_watch *watch, struct arena *arena, const struct store_value *previous) {
    CLEANUP_POINTER(store_object_unref) const struct store_object *object = load(watch, previous);
    return selects(watch, api_convert_shared(arena, &watch->resource, object->json));
}

/* Whether the event is for this watcher, who sees objects enter and leave the selection. */
static bool translate(struct api_watch *watch, struct arena *arena, const struct store_event *event,
                      struct api_event *out_event) {
    struct json *now = show(watch, arena, load(watch, event->value));
    bool was_selected, is_selected;

    if (api_selector_is_empty(watch->labels) && api_selector_is_empty(watch->fields)) {
        static const enum api_event_type types[] = {
            [STORE_CREATED] = API_ADDED, [STORE_CHANGED] = API_MODIFIED, [STORE_DELETED] = API_DELETED
        };
        *out_event = (struct api_event){ types[event->type], now };
        return true;
    }
    was_selected = event->previous && was_so(watch, arena, event->previous);
    is_selected = event->type != STORE_DELETED && selects(watch, now);
    if (!was_selected && !is_selected)
        return false;
    *out_event = (struct api_event){ !was_selected ? API_ADDED
                                     : is_selected ? API_MODIFIED
                                                   : API_DELETED,
                                     now };
    return true;
}

static bool end_expired(struct api_watch *watch, struct arena *arena, struct api_event *out_event) {
    const char *message =
        arena_printf(arena, "too old resource version: %lld (%lld)", (long long)watch->version,
                     (long long)store_version(watch->api->store));
    watch->has_ended = true;
    *out_event = (struct api_event){ API_ERROR, api_status_new(arena, 410, "Expired", message) };
    return true;
}

bool api_watch_next(struct api_watch *watch, struct arena *arena, struct api_event *out_event) {
    struct store_event event;

    if (watch->has_ended)
        return false;
    if (next_initial(watch, arena, out_event))
        return true;
    if (watch->announces_initial_end) {
        struct json *object = bookmark(watch, arena);
        struct json *annotations = json_set_object(arena, json_get(object, "metadata"), "annotations");
        json_set_string(arena, annotations, "k8s.io/initial-events-end", "true");
        watch->announces_initial_end = false;
        *out_event = (struct api_event){ API_BOOKMARK, object };
        return true;
    }
    if (watch->version == store_version(watch->api->store))
        return false;
    if (!store_remembers(watch->api->store, watch->version))
        return end_expired(watch, arena, out_event);
    while (store_event_after(watch->api->store, watch->version, &event)) {
        watch->version = event.version;
        if (str_equal(event.collection, watch->resource.collection) &&
            str_starts_with(event.value->key, watch->prefix ? watch->prefix : "") &&
            translate(watch, arena, &event, out_event))
            return true;
    }
    if (watch->version < store_version(watch->api->store))
        watch->version = store_version(watch->api->store);
    return false;
}

bool api_watch_bookmark(struct api_watch *watch, struct arena *arena, struct api_event *out_event) {
    struct store_event event;
    if (watch->has_ended || !watch->allows_bookmarks || watch->initial_next < watch->initial_count ||
        !store_remembers(watch->api->store, watch->version) ||
        store_event_after(watch->api->store, watch->version, &event))
        return false;
    *out_event = (struct api_event){ API_BOOKMARK, bookmark(watch, arena) };
    return true;
}
