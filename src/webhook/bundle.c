#include "webhook/bundle.h"

#include "base/encoding.h"

static char *encode(struct arena *arena, const char *bundle) {
    CLEANUP_BUFFER struct buffer encoded = { 0 };

    base64_encode(&encoded, bundle, strlen(bundle));
    return arena_strdup(arena, buffer_string(&encoded));
}

bool bundle_is_everywhere(const struct json *configuration, const char *bundle) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *wanted = encode(arena, bundle);

    JSON_FOR_EACH_ITEM (webhook, json_get(configuration, "webhooks"))
        if (!str_equal(json_string_at(webhook, "clientConfig.caBundle", ""), wanted))
            return false;
    return true;
}

struct json *bundle_apply(struct arena *arena, const struct json *configuration, const char *bundle) {
    struct json *apply = json_new_object(arena);
    const char *encoded = encode(arena, bundle);
    struct json *metadata, *webhooks;

    json_set_string(arena, apply, "apiVersion", json_string_at(configuration, "apiVersion", ""));
    json_set_string(arena, apply, "kind", json_string_at(configuration, "kind", ""));
    metadata = json_set_object(arena, apply, "metadata");
    json_set_string(arena, metadata, "name", json_string_at(configuration, "metadata.name", ""));
    json_set_string(arena, metadata, "uid", json_string_at(configuration, "metadata.uid", ""));
    webhooks = json_set_array(arena, apply, "webhooks");
    JSON_FOR_EACH_ITEM (webhook, json_get(configuration, "webhooks")) {
        struct json *item = json_append_object(arena, webhooks);
        json_set_string(arena, item, "name", json_string_at(webhook, "name", ""));
        json_set_string(arena, json_set_object(arena, item, "clientConfig"), "caBundle", encoded);
    }
    return apply;
}

/* Source: cert-manager, "CA Injector", section on the three annotations. */
bool bundle_is_injected(const struct json *configuration) {
    static const char *const annotations[] = { "cert-manager.io/inject-ca-from",
                                               "cert-manager.io/inject-ca-from-secret",
                                               "cert-manager.io/inject-apiserver-ca" };
    const struct json *present = json_at(configuration, "metadata.annotations");

    for (size_t i = 0; i < ARRAY_LENGTH(annotations); i++)
        if (json_get(present, annotations[i]))
            return true;
    return false;
}
