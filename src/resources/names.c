#include "resources/names.h"

#include "base/text.h"

#include <limits.h>

const char *name_server_set(struct arena *arena, const char *cluster) {
    return arena_printf(arena, "%s-server", cluster);
}

const char *name_pod(struct arena *arena, const char *cluster, int ordinal) {
    return arena_printf(arena, "%s-server-%d", cluster, ordinal);
}

const char *name_claim(struct arena *arena, const char *cluster, int ordinal) {
    return arena_printf(arena, NAME_DATA_CLAIM "-%s-server-%d", cluster, ordinal);
}

const char *name_headless(struct arena *arena, const char *cluster) {
    return arena_printf(arena, "%s-headless", cluster);
}

const char *name_internals(struct arena *arena, const char *cluster) {
    return arena_printf(arena, "%s-internals", cluster);
}

const char *name_client(struct arena *arena, const char *cluster) {
    return arena_printf(arena, "%s-client", cluster);
}

const char *name_configuration(struct arena *arena, const char *cluster) {
    return arena_printf(arena, "%s-config", cluster);
}

const char *name_discovery(struct arena *arena, const char *cluster) {
    return arena_printf(arena, "%s-discovery", cluster);
}

const char *name_pod_host(struct arena *arena, const char *cluster, const char *namespace, int ordinal) {
    return arena_printf(arena, "%s-server-%d.%s-headless.%s.svc.cluster.local", cluster, ordinal, cluster,
                        namespace);
}

const char *name_service_host(struct arena *arena, const char *service, const char *namespace) {
    return arena_printf(arena, "%s.%s.svc.cluster.local", service, namespace);
}

int name_ordinal(const char *pod) {
    const char *dash = pod ? strrchr(pod, '-') : NULL;
    int64_t ordinal;

    if (!dash || !parse_int64(text_from(dash + 1), &ordinal) || ordinal < 0 || ordinal > INT_MAX)
        return -1;
    return (int)ordinal;
}
