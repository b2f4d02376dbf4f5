/* Routes: whatever a server calls a routing table, what was kept gives servers whose addresses can be read,
 * in turn, and none once they were taken out. */
#include "bolt/packstream.h"
#include "neo4j/routes.h"

static int64_t still(const struct clock *clock) {
    return 1;
}

static void check_role(struct routes *routes, enum route_role role, struct arena *arena) {
    struct text_list servers = routes_list(routes, "db", role, arena);

    ensure(servers.count <= ROUTES_SERVERS_MAX);
    for (size_t i = 0; i < servers.count; i++) {
        struct text host;
        uint16_t port;
        const char *picked = routes_pick(routes, "db", role, arena);
        ensure(picked && str_equal(picked, servers.items[i]));
        ensure(route_parse(picked, &host, &port) && host.length && port);
    }
    for (size_t i = 0; i < servers.count; i++)
        routes_drop_server(routes, servers.items[i]);
    ensure(!routes_pick(routes, "db", role, arena));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct clock clock = { .wall = still, .monotonic = still };
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_POINTER(routes_free) struct routes *routes = routes_new(&clock);
    struct text rest = { (const char *)data, size };
    struct bolt_value *table;
    struct error err = { 0 };

    if (!packstream_unpack(arena, &rest, &table, NULL))
        return 0;
    if (!routes_keep(routes, "db", table, &err)) {
        ensure(err.kind == ERROR_PROTOCOL && !routes_has(routes, "db"));
        return 0;
    }
    for (int role = 0; role < ROUTE_ROLES; role++)
        check_role(routes, (enum route_role)role, arena);
    return 0;
}
