#include "sim/node/node_internal.h"

#include <fnmatch.h>

/* What follows the last slash: "neo4j:5.26.0-enterprise". */
static const char *last_part(const char *image) {
    const char *slash = strrchr(image, '/');
    return slash ? slash + 1 : image;
}

/* The tag, or NULL; a digest is no tag. */
static const char *tag_of(const char *image) {
    const char *part = last_part(image), *colon = strchr(part, ':'), *at = strchr(part, '@');
    return colon && (!at || colon < at) ? colon + 1 : NULL;
}

/* Enterprise tags: "5.26.0-enterprise", "2025.01.0-enterprise-ubi9", "enterprise". A bare tag is Community,
 * which can't form a cluster. */
bool image_is_neo4j(const char *image) {
    const char *part = last_part(image), *tag = tag_of(image);
    bool is_server = strncmp(part, "neo4j:", 6) == 0;
    return is_server && tag &&
           (fnmatch("[0-9]*-enterprise", tag, 0) == 0 || fnmatch("[0-9]*-enterprise-*", tag, 0) == 0 ||
            fnmatch("enterprise*", tag, 0) == 0);
}

static bool is_neo4j_admin(const char *image) {
    return fnmatch("neo4j-admin:*enterprise*", last_part(image), 0) == 0;
}

bool image_has_neo4j_admin(const char *image) {
    return image_is_neo4j(image) || is_neo4j_admin(image);
}

bool image_can_be_pulled(const struct node_options *options, const char *image) {
    for (size_t i = 0; i < options->image_count; i++)
        if (fnmatch(options->images[i], image, 0) == 0)
            return true;
    return image_has_neo4j_admin(image);
}

char *image_full_name(struct arena *arena, const char *image) {
    const char *slash = strchr(image, '/');
    if (!slash)
        return arena_printf(arena, "docker.io/library/%s", image);
    /* A first part with a dot, a port or the name localhost is a registry. */
    size_t length = (size_t)(slash - image);
    bool is_registry = memchr(image, '.', length) || memchr(image, ':', length) ||
                       (length == strlen("localhost") && !strncmp(image, "localhost", length));
    return is_registry ? arena_strdup(arena, image) : arena_printf(arena, "docker.io/%s", image);
}

bool image_is_latest(const char *image) {
    const char *tag = tag_of(image);
    return !strchr(image, '@') && (!tag || str_equal(tag, "latest"));
}
