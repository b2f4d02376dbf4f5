#include "webhook/followed.h"

#include "base/secret.h"

#include <pthread.h>

struct followed {
    struct kube *kube;
    const struct kube_resource *resource;
    char *namespace;
    char *name;
    void (*changed)(void *context);
    void *context;
    int watch;

    pthread_mutex_t lock; /* guards all below */
    bool has_listed;
    bool was_listed; /* by the list that is under way */
    bool is_there;
    struct secret_text text; /* of the object, as JSON */
    struct error failure;
};

/* Under the lock. NULL: there is none. */
static void keep(struct followed *followed, const struct json *object) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    secret_text_clear(&followed->text);
    followed->is_there = object;
    if (!object)
        return;
    json_write(&text, object, NULL);
    followed->text = secret_text_new(text.data, text.length);
    explicit_bzero(text.data, text.length);
}

static void on_event(void *context, enum kube_event event, const struct json *object) {
    struct followed *followed = context;

    /* The selector asks for one name only; a server that does not know it would send others. */
    if (!str_equal(json_string_at(object, "metadata.name", ""), followed->name))
        return;
    pthread_mutex_lock(&followed->lock);
    keep(followed, event == KUBE_EVENT_DELETED ? NULL : object);
    if (event == KUBE_EVENT_LISTED)
        followed->was_listed = true;
    pthread_mutex_unlock(&followed->lock);
    if (event != KUBE_EVENT_LISTED)
        followed->changed(followed->context);
}

static void on_listed(void *context) {
    struct followed *followed = context;

    pthread_mutex_lock(&followed->lock);
    if (!followed->was_listed)
        keep(followed, NULL);
    followed->was_listed = false;
    followed->has_listed = true;
    followed->failure = (struct error){ 0 };
    pthread_mutex_unlock(&followed->lock);
    followed->changed(followed->context);
}

static void on_failed(void *context, const struct error *err) {
    struct followed *followed = context;

    pthread_mutex_lock(&followed->lock);
    followed->was_listed = false;
    followed->failure = *err;
    pthread_mutex_unlock(&followed->lock);
    followed->changed(followed->context);
}

struct followed *followed_new(struct kube *kube, const struct kube_resource *resource, const char *namespace,
                              const char *name, void (*changed)(void *context), void *context) {
    struct followed *followed = XNEW(struct followed);
    CLEANUP_FREE char *selector = xprintf("metadata.name=%s", name);

    followed->kube = kube;
    followed->resource = resource;
    followed->namespace = namespace ? xstrdup(namespace) : NULL;
    followed->name = xstrdup(name);
    followed->changed = changed;
    followed->context = context;
    pthread_mutex_init(&followed->lock, NULL);
    followed->watch = kube->watch(kube, &(struct kube_watch){ .resource = resource,
                                                              .namespace = followed->namespace,
                                                              .field_selector = selector,
                                                              .watcher = { .context = followed,
                                                                           .event = on_event,
                                                                           .listed = on_listed,
                                                                           .failed = on_failed } });
    return followed;
}

void followed_free(struct followed *followed) {
    if (!followed)
        return;
    followed->kube->stop_watch(followed->kube, followed->watch);
    secret_text_clear(&followed->text);
    pthread_mutex_destroy(&followed->lock);
    free(followed->namespace);
    free(followed->name);
    free(followed);
}

bool followed_is_known(struct followed *followed, struct error *out_failure) {
    bool is_known;

    pthread_mutex_lock(&followed->lock);
    is_known = followed->has_listed;
    if (!is_known)
        *out_failure = followed->failure;
    pthread_mutex_unlock(&followed->lock);
    return is_known;
}

struct json *followed_object(struct followed *followed, struct arena *arena) {
    struct json *object = NULL;

    pthread_mutex_lock(&followed->lock);
    if (followed->is_there) {
        bool is_parsed = json_parse(arena, (struct text){ followed->text.bytes, followed->text.length }, NULL,
                                    &object, NULL);
        ensure(is_parsed); /* we printed it */
    }
    pthread_mutex_unlock(&followed->lock);
    return object;
}

void followed_note(struct followed *followed, const struct json *object) {
    pthread_mutex_lock(&followed->lock);
    keep(followed, object);
    pthread_mutex_unlock(&followed->lock);
}

const struct kube_resource *followed_resource(const struct followed *followed) {
    return followed->resource;
}

const char *followed_namespace(const struct followed *followed) {
    return followed->namespace;
}

const char *followed_name(const struct followed *followed) {
    return followed->name;
}
