#include "sim/kube.h"

/* One watch of a caller: lists, then follows. */
struct watch {
    struct watch *next;
    int id;
    const struct kube_resource *resource;
    char *namespace;
    char *label_selector;
    char *field_selector;
    bool metadata_only;
    bool is_held;    /* told nothing for now */
    bool is_stopped; /* freed when nobody is in its callbacks */
    struct kube_watcher watcher;
    struct api_watch *stream; /* NULL: lists first */
    bool has_failed;
};

struct sim_kube {
    struct kube kube; /* first: a struct kube * is a struct sim_kube * */
    struct api *api;
    struct arena *arena; /* of the user */
    struct api_user *user;
    const char *user_agent;
    struct watch *watches; /* in the order in which they were started */
    int last_id;
    bool is_delivering;
    int64_t told; /* the version of the store up to which every watch was told; -1: not all were */
    int64_t lag;  /* writes that new lists are behind */
};

/* ---- calls ---- */

static enum error_kind error_kind_of(int code, const char *reason) {
    static const struct {
        int code;
        const char *reason; /* NULL: any */
        enum error_kind kind;
    } kinds[] = {
        { 400, NULL, ERROR_INVALID },
        { 401, NULL, ERROR_UNAUTHORIZED },
        { 403, NULL, ERROR_FORBIDDEN },
        { 404, NULL, ERROR_NOT_FOUND },
        { 409, "AlreadyExists", ERROR_ALREADY_EXISTS },
        { 409, NULL, ERROR_CONFLICT },
        { 410, NULL, ERROR_GONE },
        { 422, NULL, ERROR_INVALID },
        { 429, NULL, ERROR_THROTTLED },
        { 504, NULL, ERROR_TIMEOUT },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (kinds[i].code == code && (!kinds[i].reason || str_equal(kinds[i].reason, reason)))
            return kinds[i].kind;
    return code >= 500 ? ERROR_UNAVAILABLE : ERROR_REFUSED;
}

static bool fail(const struct api_answer *answer, struct error *err) {
    error_set(err, error_kind_of(answer->code, json_string_at(answer->object, "reason", "")), "%s",
              json_string_at(answer->object, "message", "refused"));
    if (err)
        err->retry_after_seconds = (unsigned)answer->retry_after_seconds;
    return false;
}

static const struct api_resource *find_resource(const struct sim_kube *self,
                                                const struct kube_resource *resource) {
    return api_find_resource(self->api, resource->group, resource->version, resource->plural);
}

/* PartialObjectMetadata: what the real server answers when only that is accepted. */
static void keep_metadata_only(struct arena *arena, struct json *object) {
    struct json *metadata = json_get(object, "metadata");
    struct json *partial = json_new_object(arena);
    json_set_string(arena, partial, "kind", "PartialObjectMetadata");
    json_set_string(arena, partial, "apiVersion", "meta.k8s.io/v1");
    if (metadata)
        json_set(arena, partial, "metadata", metadata);
    *object = *partial;
}

static void translate(const struct kube_call *call, struct api_call *out) {
    static const enum api_verb verbs[] = {
        [KUBE_GET] = API_GET,       [KUBE_LIST] = API_LIST,   [KUBE_CREATE] = API_CREATE,
        [KUBE_UPDATE] = API_UPDATE, [KUBE_APPLY] = API_PATCH, [KUBE_MERGE_PATCH] = API_PATCH,
        [KUBE_DELETE] = API_DELETE,
    };
    static const char *const propagations[] = {
        [KUBE_BACKGROUND] = "Background", [KUBE_FOREGROUND] = "Foreground", [KUBE_ORPHAN] = "Orphan"
    };
    out->verb = verbs[call->verb];
    out->namespace = call->namespace;
    out->name = call->name;
    out->subresource = call->subresource;
    out->body = call->body;
    out->patch = call->verb == KUBE_APPLY ? API_PATCH_APPLY : API_PATCH_MERGE;
    out->field_manager = call->field_manager;
    out->force = call->force;
    out->dry_run = call->dry_run;
    out->validation = API_VALIDATION_WARN;
    out->label_selector = call->label_selector;
    out->field_selector = call->field_selector;
    out->resource_version = call->resource_version;
    out->continue_token = call->continue_token;
    out->limit = call->limit;
    out->propagation = call->propagation == KUBE_PROPAGATION_DEFAULT ? NULL : propagations[call->propagation];
    out->has_grace_period = call->immediately;
    out->precondition_uid = call->precondition_uid;
    out->precondition_resource_version = call->precondition_resource_version;
}

static bool call_api(struct kube *kube, const struct kube_call *call, struct arena *arena,
                     struct json **out_object, struct error *err) {
    struct sim_kube *self = (struct sim_kube *)kube;
    struct api_call translated = { .resource = find_resource(self, call->resource),
                                   .user = self->user,
                                   .user_agent = self->user_agent };
    struct api_answer answer;
    struct json *object = NULL;

    if (!translated.resource)
        return error_set(err, ERROR_NOT_FOUND, "the server could not find the requested resource (%s)",
                         call->resource->plural);
    translate(call, &translated);
    if (api_do(self->api, &translated, arena, &answer))
        object = answer.object;
    else if (call->verb != KUBE_GET || answer.code != 404)
        return fail(&answer, err);
    if (object && call->metadata_only) {
        if (call->verb == KUBE_LIST)
            JSON_FOR_EACH_ITEM (item, json_get(object, "items"))
                keep_metadata_only(arena, item);
        else
            keep_metadata_only(arena, object);
    }
    if (out_object)
        *out_object = object;
    return true;
}

/* ---- watches ---- */

static int start_watch(struct kube *kube, const struct kube_watch *wanted) {
    struct sim_kube *self = (struct sim_kube *)kube;
    struct watch *watch = XNEW(struct watch), **end = &self->watches;

    *watch = (struct watch){
        .id = ++self->last_id,
        .resource = wanted->resource,
        .namespace = wanted->namespace ? xstrdup(wanted->namespace) : NULL,
        .label_selector = wanted->label_selector ? xstrdup(wanted->label_selector) : NULL,
        .field_selector = wanted->field_selector ? xstrdup(wanted->field_selector) : NULL,
        .metadata_only = wanted->metadata_only,
        .watcher = wanted->watcher,
    };
    while (*end)
        end = &(*end)->next;
    *end = watch;
    self->told = -1;
    return watch->id;
}

static void watch_free(struct watch *watch) {
    api_watch_free(watch->stream);
    free(watch->namespace);
    free(watch->label_selector);
    free(watch->field_selector);
    free(watch);
}

static void bury_stopped(struct sim_kube *self) {
    for (struct watch **at = &self->watches; *at;) {
        struct watch *watch = *at;
        if (!watch->is_stopped) {
            at = &watch->next;
            continue;
        }
        *at = watch->next;
        watch_free(watch);
    }
}

static void stop_watch(struct kube *kube, int id) {
    struct sim_kube *self = (struct sim_kube *)kube;
    for (struct watch *watch = self->watches; watch; watch = watch->next)
        if (watch->id == id)
            watch->is_stopped = true;
    if (!self->is_delivering)
        bury_stopped(self);
}

static void tell(struct sim_kube *self, struct watch *watch, struct arena *arena, enum kube_event event,
                 struct json *object) {
    struct json *metadata = json_get(object, "metadata");
    if (metadata)
        json_remove(metadata, "managedFields");
    if (watch->metadata_only)
        keep_metadata_only(arena, object);
    kube_name_kind(arena, object, watch->resource);
    watch->watcher.event(watch->watcher.context, event, object);
}

static void fail_watch(struct watch *watch, const struct error *err) {
    watch->has_failed = true;
    if (watch->watcher.failed)
        watch->watcher.failed(watch->watcher.context, err);
}

static struct api_call call_of(const struct sim_kube *self, const struct watch *watch, enum api_verb verb) {
    return (struct api_call){ .verb = verb,
                              .resource = find_resource(self, watch->resource),
                              .namespace = watch->namespace,
                              .label_selector = watch->label_selector,
                              .field_selector = watch->field_selector,
                              .user = self->user,
                              .user_agent = self->user_agent };
}

static bool list_now_or_then(struct sim_kube *self, struct api_call *list, struct arena *arena,
                             struct api_answer *out_answer) {
    struct api_call then = *list;

    then.resource_version =
        arena_printf(arena, "%lld", (long long)(store_version(api_store(self->api)) - self->lag));
    then.resource_version_match = "Exact";
    return (self->lag && api_do(self->api, &then, arena, out_answer)) ||
           api_do(self->api, list, arena, out_answer);
}

/* Lists, and goes on watching from there. */
static bool begin(struct sim_kube *self, struct watch *watch, struct arena *arena) {
    struct api_call list = call_of(self, watch, API_LIST), follow = call_of(self, watch, API_WATCH);
    struct api_answer answer;
    struct error err = { 0 };

    if (!list.resource) {
        error_set(&err, ERROR_NOT_FOUND, "the server could not find the requested resource (%s)",
                  watch->resource->plural);
        if (!watch->has_failed)
            fail_watch(watch, &err);
        return false;
    }
    if (!list_now_or_then(self, &list, arena, &answer)) {
        fail(&answer, &err);
        if (!watch->has_failed)
            fail_watch(watch, &err);
        return false;
    }
    follow.resource_version = json_string_at(answer.object, "metadata.resourceVersion", "");
    if (watch->has_failed && watch->watcher.recovered)
        watch->watcher.recovered(watch->watcher.context);
    watch->has_failed = false;
    JSON_FOR_EACH_ITEM (item, json_get(answer.object, "items"))
        if (!watch->is_stopped)
            tell(self, watch, arena, KUBE_EVENT_LISTED, item);
    if (!watch->is_stopped)
        watch->watcher.listed(watch->watcher.context);
    watch->stream = api_watch_new(self->api, &follow, arena, &answer);
    return true;
}

static bool follow(struct sim_kube *self, struct watch *watch, struct arena *arena) {
    struct api_event event;
    bool has_news = false;

    while (!watch->is_stopped && api_watch_next(watch->stream, arena, &event)) {
        static const enum kube_event events[] = { [API_ADDED] = KUBE_EVENT_ADDED,
                                                  [API_MODIFIED] = KUBE_EVENT_MODIFIED,
                                                  [API_DELETED] = KUBE_EVENT_DELETED };
        has_news = true;
        if (event.type == API_ERROR) {
            /* Too slow for the history: the next delivery lists again. */
            api_watch_free(TAKE(watch->stream));
            return true;
        }
        if (event.type != API_BOOKMARK)
            tell(self, watch, arena, events[event.type], event.object);
        arena_reset(arena);
    }
    return has_news;
}

bool sim_kube_deliver(struct kube *kube) {
    struct sim_kube *self = (struct sim_kube *)kube;
    int64_t version = store_version(api_store(self->api));
    bool has_news = false, follow_all = !self->lag;

    ensure(!self->is_delivering);
    if (self->told == version)
        return false;
    CLEANUP_ARENA struct arena *arena = arena_new();
    self->told = -1;
    self->is_delivering = true;
    for (struct watch *watch = self->watches; watch; watch = watch->next) {
        if (watch->is_stopped)
            continue;
        if (watch->is_held) {
            follow_all = false;
            continue;
        }
        if (watch->stream)
            has_news = follow(self, watch, arena) || has_news;
        else
            has_news = begin(self, watch, arena) || has_news;
        follow_all = follow_all && watch->stream;
        arena_reset(arena);
    }
    self->is_delivering = false;
    if (follow_all && store_version(api_store(self->api)) == version)
        self->told = version;
    bury_stopped(self);
    return has_news;
}

void sim_kube_disconnect(struct kube *kube) {
    struct sim_kube *self = (struct sim_kube *)kube;
    for (struct watch *watch = self->watches; watch; watch = watch->next)
        api_watch_free(TAKE(watch->stream));
    self->told = -1;
}

void sim_kube_hold(struct kube *kube, const char *plural, bool is_held) {
    struct sim_kube *self = (struct sim_kube *)kube;
    for (struct watch *watch = self->watches; watch; watch = watch->next)
        if (!plural || str_equal(watch->resource->plural, plural))
            watch->is_held = is_held;
    self->told = -1;
}

void sim_kube_lag(struct kube *kube, int64_t writes) {
    ((struct sim_kube *)kube)->lag = writes;
}

/* ---- life cycle ---- */

static struct api_user *copy_user(struct arena *arena, const struct api_user *user) {
    struct api_user *copy = ARENA_NEW(arena, struct api_user);
    const char **groups = ARENA_ARRAY(arena, const char *, user->group_count);
    for (size_t i = 0; i < user->group_count; i++)
        groups[i] = arena_strdup(arena, user->groups[i]);
    *copy = (struct api_user){ .name = arena_strdup(arena, user->name),
                               .uid = user->uid ? arena_strdup(arena, user->uid) : NULL,
                               .groups = groups,
                               .group_count = user->group_count };
    return copy;
}

struct kube *sim_kube_new(struct api *api, const struct api_user *user, const char *user_agent) {
    struct sim_kube *self = XNEW(struct sim_kube);
    self->kube = (struct kube){ .call = call_api, .watch = start_watch, .stop_watch = stop_watch };
    self->told = -1;
    self->api = api;
    self->arena = arena_new();
    self->user = user ? copy_user(self->arena, user) : NULL;
    self->user_agent = arena_strdup(self->arena, user_agent);
    return &self->kube;
}

void sim_kube_free(struct kube *kube) {
    struct sim_kube *self = (struct sim_kube *)kube;
    if (!self)
        return;
    for (struct watch *watch = self->watches; watch; watch = watch->next)
        watch->is_stopped = true;
    bury_stopped(self);
    arena_free(self->arena);
    free(self);
}
