#include "webhook/kept_secret.h"

#include "webhook/followed.h"

struct kept_secret {
    struct kube *kube;
    struct followed *secret;
};

struct kept_secret *kept_secret_new(struct kube *kube, const char *namespace, const char *name,
                                    void (*changed)(void *context), void *context) {
    struct kept_secret *kept = XNEW(struct kept_secret);

    kept->kube = kube;
    kept->secret = followed_new(kube, &KUBE_SECRETS, namespace, name, changed, context);
    return kept;
}

void kept_secret_free(struct kept_secret *kept) {
    if (!kept)
        return;
    followed_free(kept->secret);
    free(kept);
}

bool kept_secret_is_known(struct kept_secret *kept, struct error *out_failure) {
    return followed_is_known(kept->secret, out_failure);
}

struct json *kept_secret_object(struct kept_secret *kept, struct arena *arena) {
    return followed_object(kept->secret, arena);
}

static struct kube_call call_for(const struct kept_secret *kept, enum kube_verb verb) {
    return (struct kube_call){ .verb = verb,
                               .resource = &KUBE_SECRETS,
                               .namespace = followed_namespace(kept->secret),
                               .name = verb == KUBE_CREATE ? NULL : followed_name(kept->secret),
                               .field_manager = verb == KUBE_GET ? NULL : KEPT_SECRET_FIELD_MANAGER,
                               .timeout_ms = KEPT_SECRET_CALL_MS };
}

static struct json *new_secret(const struct kept_secret *kept, struct arena *arena) {
    struct json *secret = json_new_object(arena);
    struct json *metadata, *labels;

    json_set_string(arena, secret, "apiVersion", "v1");
    json_set_string(arena, secret, "kind", "Secret");
    metadata = json_set_object(arena, secret, "metadata");
    json_set_string(arena, metadata, "name", followed_name(kept->secret));
    json_set_string(arena, metadata, "namespace", followed_namespace(kept->secret));
    labels = json_set_object(arena, metadata, "labels");
    json_set_string(arena, labels, "app.kubernetes.io/name", "neo4j-operator");
    json_set_string(arena, labels, "app.kubernetes.io/component", "webhook");
    return secret;
}

/* Another replica was faster, or the watch is behind: what is there now counts. */
static bool read_again(struct kept_secret *kept, struct arena *arena, struct error *err) {
    struct kube_call call = call_for(kept, KUBE_GET);
    struct json *secret = NULL;
    struct error why = { 0 };

    if (!kept->kube->call(kept->kube, &call, arena, &secret, &why) && why.kind != ERROR_NOT_FOUND) {
        if (err)
            *err = why;
        return false;
    }
    followed_note(kept->secret, secret);
    return true;
}

static bool is_lost_race(const struct error *why) {
    return why->kind == ERROR_CONFLICT || why->kind == ERROR_ALREADY_EXISTS || why->kind == ERROR_NOT_FOUND;
}

bool kept_secret_write(struct kept_secret *kept, struct arena *arena, struct json *present,
                       const struct certificate_secret *held, bool *out_is_ours, struct error *err) {
    struct kube_call call = call_for(kept, present ? KUBE_UPDATE : KUBE_CREATE);
    struct json *secret = present ? present : new_secret(kept, arena);
    struct json *written = NULL;
    struct error why = { 0 };

    certificate_secret_write(arena, held, secret);
    call.body = secret;
    *out_is_ours = kept->kube->call(kept->kube, &call, arena, &written, &why);
    if (*out_is_ours) {
        followed_note(kept->secret, written);
        return true;
    }
    if (is_lost_race(&why))
        return read_again(kept, arena, err);
    if (err)
        *err = why;
    return false;
}
