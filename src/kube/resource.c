#include "kube/resource.h"

#include "base/text.h"

#include <string.h>

#define X(constant, group_, version_, plural_, kind_, is_namespaced_)                                        \
    const struct kube_resource KUBE_##constant = { .group = group_,                                          \
                                                   .version = version_,                                      \
                                                   .plural = plural_,                                        \
                                                   .kind = kind_,                                            \
                                                   .is_namespaced = is_namespaced_ };
KUBE_RESOURCES(X)
#undef X

static const struct kube_resource *const resources[] = {
#define X(constant, ...) &KUBE_##constant,
    KUBE_RESOURCES(X)
#undef X
};

static bool is_of_version(const struct kube_resource *resource, const char *api_version) {
    size_t group_length = strlen(resource->group);

    if (!group_length)
        return str_equal(api_version, resource->version);
    return !strncmp(api_version, resource->group, group_length) && api_version[group_length] == '/' &&
           str_equal(api_version + group_length + 1, resource->version);
}

const struct kube_resource *kube_resource_of_kind(const char *api_version, const char *kind) {
    if (!api_version || !kind)
        return NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(resources); i++)
        if (str_equal(resources[i]->kind, kind) && is_of_version(resources[i], api_version))
            return resources[i];
    return NULL;
}

char *kube_resource_api_version(struct arena *arena, const struct kube_resource *resource) {
    if (!*resource->group)
        return arena_strdup(arena, resource->version);
    return arena_printf(arena, "%s/%s", resource->group, resource->version);
}

/* RFC 3986, section 2.3: what needs no encoding. */
static bool is_unreserved(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || strchr("-._~", character);
}

void kube_percent_encode(struct buffer *out, const char *string) {
    for (const char *at = string; *at; at++) {
        if (is_unreserved(*at))
            buffer_add_char(out, *at);
        else
            buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*at);
    }
}

static void add_segment(struct buffer *out, const char *segment) {
    if (!segment)
        return;
    buffer_add_char(out, '/');
    kube_percent_encode(out, segment);
}

void kube_resource_path(struct buffer *out, const struct kube_resource *resource, const char *namespace,
                        const char *name, const char *subresource) {
    buffer_add_string(out, *resource->group ? "/apis" : "/api");
    if (*resource->group)
        add_segment(out, resource->group);
    add_segment(out, resource->version);
    if (resource->is_namespaced && namespace) {
        buffer_add_string(out, "/namespaces");
        add_segment(out, namespace);
    }
    add_segment(out, resource->plural);
    add_segment(out, name);
    add_segment(out, subresource);
}
