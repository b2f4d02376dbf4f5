#include "sim/node/node_internal.h"

#include <arpa/inet.h>

enum { RANGE_PREFIX_MAX = 28, OCTET_MAX = 255 };

bool node_parse_range(struct node *node, const char *range, struct error *err) {
    struct text rest = text_from(range), address = text_cut(&rest, '/');
    CLEANUP_FREE char *text = xstrndup(address.data, address.length);
    struct in_addr parsed;
    int64_t prefix;

    if (inet_pton(AF_INET, text, &parsed) != 1 || !rest.data || !parse_int64(rest, &prefix) || prefix < 8 ||
        prefix > RANGE_PREFIX_MAX)
        return error_set(err, ERROR_INVALID,
                         "pod range '%s': write an IPv4 range such as 10.244.0.0/16, with 8 to %d bits",
                         range, RANGE_PREFIX_MAX);
    node->range_size = UINT32_C(1) << (32 - prefix);
    node->range_first = ntohl(parsed.s_addr) & ~(node->range_size - 1);
    node->range_next = 1;
    return true;
}

static bool is_taken(struct node *node, struct mirror_list pods, const char *address) {
    struct pod *pod;
    RB_FOREACH (pod, pods, &node->pods)
        if (str_equal(pod->address, address))
            return true;
    MIRROR_FOR_EACH(object, pods) {
        if (str_equal(json_string_at(object, "status.podIP", NULL), address) && !pod_is_finished(object))
            return true;
    }
    return false;
}

/* In turn, so that an address comes back as late as possible: who still holds the old one must not meet a
 * stranger. */
char *node_allocate_address(struct node *node) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct mirror_list pods = mirror_list(node->mirror, arena, &KUBE_PODS, NULL);

    for (uint32_t tried = 0; tried < node->range_size; tried++) {
        uint32_t offset = node->range_next++ % node->range_size;
        uint32_t last = (node->range_first + offset) & OCTET_MAX;
        if (last == 0 || last == OCTET_MAX)
            continue;
        struct in_addr address = { htonl(node->range_first + offset) };
        char text[INET_ADDRSTRLEN];
        inet_ntop(AF_INET, &address, text, sizeof(text));
        if (!is_taken(node, pods, text))
            return xstrdup(text);
    }
    return NULL;
}
