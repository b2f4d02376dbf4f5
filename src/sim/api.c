#include "sim/api_internal.h"

#include "sim/api_authorize.h"
#include "sim/api_counts.h"

/* ---- life cycle ---- */

struct api *api_new(const struct api_options *options) {
    struct api *api = XNEW(struct api);
    CLEANUP_ARENA struct arena *arena = arena_new();
    uint8_t key[16];

    api->clock = options->clock;
    api->random = options->seed;
    if (!api->random)
        random_bytes(&api->random, sizeof(api->random));
    api->logs = options->logs;
    if (options->changed)
        api_observe(api, options->changed, options->changed_context);
    if (options->authority_pem)
        api->authority_pem = xstrdup(options->authority_pem);
    api->service_network = xstrdup(options->service_network ? options->service_network : "10.96.0.0/16");
    random_bytes(key, sizeof(key));
    api->signing_key = xstrdup(uuid_format(arena, key));
    api->store = store_new(&options->limits);
    api->schemas = schema_registry_new();
    api->resources = api_resources_new(api->schemas);
    api->counts = api_counts_new();
    api->collector = api_collector_new(api);
    api_install(api);
    return api;
}

void api_free(struct api *api) {
    if (!api)
        return;
    while (api->observers)
        api_unobserve(api, api->observers->changed, api->observers->context);
    api_collector_free(api->collector);
    api_counts_free(api->counts);
    api_resources_free(api->resources);
    schema_registry_free(api->schemas);
    store_free(api->store);
    free(api->signing_key);
    free(api->service_network);
    free(api->authority_pem);
    free(api);
}

void api_set_logs(struct api *api, const struct api_logs *logs) {
    api->logs = *logs;
}

struct store *api_store(struct api *api) {
    return api->store;
}

const struct schema_registry *api_schemas(const struct api *api) {
    return api->schemas;
}

const struct clock *api_clock(const struct api *api) {
    return api->clock;
}

int64_t api_now(const struct api *api) {
    return clock_wall(api->clock);
}

void api_observe(struct api *api, void (*changed)(void *context), void *context) {
    struct api_observer *observer = XNEW(struct api_observer), **end = &api->observers;
    *observer = (struct api_observer){ .changed = changed, .context = context };
    while (*end)
        end = &(*end)->next;
    *end = observer;
}

void api_unobserve(struct api *api, void (*changed)(void *context), void *context) {
    for (struct api_observer **at = &api->observers; *at; at = &(*at)->next)
        if ((*at)->changed == changed && (*at)->context == context) {
            struct api_observer *observer = *at;
            *at = observer->next;
            free(observer);
            return;
        }
}

void api_did_change(struct api *api) {
    for (const struct api_observer *observer = api->observers; observer; observer = observer->next)
        observer->changed(observer->context);
}

/* SplitMix64: every seed gives a sequence of its own. */
uint64_t api_random(struct api *api) {
    uint64_t mixed = api->random += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

const char *api_new_uid(struct api *api, struct arena *arena) {
    uint64_t words[2] = { api_random(api), api_random(api) };
    uint8_t bytes[16];
    memcpy(bytes, words, sizeof(bytes));
    return uuid_format(arena, bytes);
}

const char *api_random_suffix(struct api *api, struct arena *arena) {
    /* Without vowels and what looks alike: k8s.io/apimachinery, util/rand. */
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    char *suffix = arena_strdup(arena, "xxxxx");
    for (char *at = suffix; *at; at++)
        *at = alphabet[api_random(api) % (sizeof(alphabet) - 1)];
    return suffix;
}

/* ---- dispatch ---- */

/* Subresources that are actions of their own. */
static const struct {
    const char *group;
    const char *plural;
    const char *subresource;
    enum api_verb verb;
    bool (*carry_out)(struct api_context *context);
} actions[] = {
    { "", "namespaces", "finalize", API_UPDATE, api_update },
    { "", "pods", "binding", API_CREATE, api_bind },
    { "", "pods", "eviction", API_CREATE, api_evict },
    { "", "serviceaccounts", "token", API_CREATE, api_create_token },
};

static bool refuse_unknown_subresource(struct api_context *context) {
    api_refuse(context, 404, "NotFound", "the server could not find the requested resource");
    api_status_details(context);
    return false;
}

static bool do_subresource(struct api_context *context) {
    const struct api_call *call = context->call;
    bool is_known = false;

    if (str_equal(call->subresource, "scale") && context->resource->has_scale)
        return api_scale(context);
    if (str_equal(call->subresource, "status") && context->resource->has_status) {
        if (call->verb == API_GET)
            return api_get(context);
        if (call->verb == API_UPDATE)
            return api_update(context);
        if (call->verb == API_PATCH)
            return api_patch(context);
        return api_refuse_method(context);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(actions); i++) {
        if (!api_resource_is(context->resource, actions[i].group, actions[i].plural) ||
            !str_equal(actions[i].subresource, call->subresource))
            continue;
        is_known = true;
        if (actions[i].verb == call->verb)
            return actions[i].carry_out(context);
    }
    return is_known ? api_refuse_method(context) : refuse_unknown_subresource(context);
}

static bool do_verb(struct api_context *context) {
    if (context->resource->is_virtual)
        return context->call->verb == API_CREATE ? api_review(context) : api_refuse_method(context);
    switch (context->call->verb) {
    case API_GET:
        return api_get(context);
    case API_LIST:
        return api_list(context);
    case API_CREATE:
        return api_create(context);
    case API_UPDATE:
        return api_update(context);
    case API_PATCH:
        return api_patch(context);
    case API_DELETE:
        return api_delete(context);
    case API_DELETE_COLLECTION:
        return api_delete_collection(context);
    case API_WATCH:
        break;
    }
    ensure(false);
}

bool api_do(struct api *api, const struct api_call *call, struct arena *arena, struct api_answer *answer) {
    struct api_context context = {
        .api = api,
        .call = call,
        .resource = call->resource,
        .arena = arena,
        .answer = answer,
        .now = api_now(api),
        .namespace = call->resource->is_namespaced && call->namespace ? call->namespace : "",
        .name = call->name,
    };
    int64_t version = store_version(api->store);
    bool done;

    *answer = (struct api_answer){ 0 };
    api_counts_add(api->counts, call);
    done = api_authorize(&context) && (call->subresource ? do_subresource(&context) : do_verb(&context));
    if (store_version(api->store) != version)
        api_did_change(api);
    return done;
}

bool api_do_own(struct api *api, struct arena *arena, enum api_verb verb, const char *group,
                const char *plural, const char *namespace, const char *name, const struct json *object,
                struct json **out_object) {
    struct api_answer answer;
    struct api_call call = {
        .verb = verb,
        .resource = api_resources_find(api->resources, group, "v1", plural),
        .namespace = namespace,
        .name = name,
        .body = object,
        .user_agent = "kube-apiserver",
    };
    ensure(call.resource);
    if (!api_do(api, &call, arena, &answer))
        return false;
    if (out_object)
        *out_object = answer.object;
    return true;
}
