#include "neo4j/routes.h"

#include <pthread.h>
#include <sys/queue.h>

struct role_list {
    char **servers;
    size_t count;
    size_t next; /* whose turn it is */
};

struct route_table {
    TAILQ_ENTRY(route_table) link;
    char *database; /* "": the home database */
    int64_t valid_until_ns;
    struct role_list roles[ROUTE_ROLES];
};
TAILQ_HEAD(route_tables, route_table);

struct routes {
    const struct clock *clock;
    pthread_mutex_t lock;
    struct route_tables tables; /* guarded by lock; the newest is in front */
    size_t count;
};

static const char *const role_names[] = {
    [ROUTE_ROUTER] = "ROUTE", [ROUTE_READER] = "READ", [ROUTE_WRITER] = "WRITE"
};

struct routes *routes_new(const struct clock *clock) {
    struct routes *routes = XNEW(struct routes);

    routes->clock = clock;
    pthread_mutex_init(&routes->lock, NULL);
    TAILQ_INIT(&routes->tables);
    return routes;
}

static void table_free(struct route_table *table) {
    for (size_t role = 0; role < ROUTE_ROLES; role++) {
        for (size_t i = 0; i < table->roles[role].count; i++)
            free(table->roles[role].servers[i]);
        free(table->roles[role].servers);
    }
    free(table->database);
    free(table);
}

static void remove_table(struct routes *routes, struct route_table *table) {
    TAILQ_REMOVE(&routes->tables, table, link);
    routes->count--;
    table_free(table);
}

void routes_free(struct routes *routes) {
    if (!routes)
        return;
    while (!TAILQ_EMPTY(&routes->tables))
        remove_table(routes, TAILQ_FIRST(&routes->tables));
    pthread_mutex_destroy(&routes->lock);
    free(routes);
}

/* ---- reading a table ---- */

bool route_parse(const char *server, struct text *out_host, uint16_t *out_port) {
    const char *colon = strrchr(server, ':');
    int64_t port;

    if (!colon || !parse_int64(text_from(colon + 1), &port) || port < 1 || port > UINT16_MAX)
        return false;
    struct text host = { server, (size_t)(colon - server) };
    bool has_brackets = host.length > 2 && host.data[0] == '[' && host.data[host.length - 1] == ']';
    if (has_brackets)
        host = (struct text){ host.data + 1, host.length - 2 };
    else if (memchr(host.data, ':', host.length) || memchr(host.data, '[', host.length))
        return false;
    if (!host.length)
        return false;
    *out_host = host;
    *out_port = (uint16_t)port;
    return true;
}

static bool find_role(const struct bolt_value *entry, enum route_role *out_role) {
    const char *name = bolt_string(bolt_get(entry, "role"), "");

    for (size_t i = 0; i < ROUTE_ROLES; i++)
        if (str_equal(name, role_names[i])) {
            *out_role = (enum route_role)i;
            return true;
        }
    return false; /* a role that later versions may have */
}

static bool read_servers(const struct bolt_value *addresses, struct role_list *list, struct error *err) {
    if (!bolt_is(addresses, BOLT_LIST))
        return error_set(err, ERROR_PROTOCOL, "a routing table has a role without a list of addresses");
    list->servers = xrealloc(list->servers, (list->count + addresses->length + 1) * sizeof(char *));
    BOLT_FOR_EACH_ITEM(address, addresses) {
        struct text host;
        uint16_t port;
        const char *server = bolt_string(address, "");
        if (!route_parse(server, &host, &port))
            return error_set(err, ERROR_PROTOCOL, "a routing table has an address that is none: '%s'",
                             server);
        if (list->count < ROUTES_SERVERS_MAX)
            list->servers[list->count++] = xstrdup(server);
    }
    return true;
}

static bool read_table(const struct bolt_value *value, struct route_table *table, int64_t *out_ttl_seconds,
                       struct error *err) {
    const struct bolt_value *ttl = bolt_get(value, "ttl");
    const struct bolt_value *servers = bolt_get(value, "servers");

    if (!bolt_is(ttl, BOLT_INTEGER) || ttl->integer < 0 || !bolt_is(servers, BOLT_LIST))
        return error_set(err, ERROR_PROTOCOL, "a routing table has no ttl or no servers");
    BOLT_FOR_EACH_ITEM(entry, servers) {
        enum route_role role;
        if (find_role(entry, &role) && !read_servers(bolt_get(entry, "addresses"), &table->roles[role], err))
            return false;
    }
    *out_ttl_seconds = ttl->integer < ROUTES_TTL_SECONDS_MAX ? ttl->integer : ROUTES_TTL_SECONDS_MAX;
    if (*out_ttl_seconds == 0)
        *out_ttl_seconds = 1; /* for the statement that asked for it */
    return true;
}

/* ---- under the lock ---- */

static struct route_table *find(struct routes *routes, const char *database) {
    struct route_table *table;

    TAILQ_FOREACH (table, &routes->tables, link)
        if (str_equal(table->database, database ? database : ""))
            return table;
    return NULL;
}

static struct route_table *find_valid(struct routes *routes, const char *database) {
    struct route_table *table = find(routes, database);

    return table && clock_monotonic(routes->clock) < table->valid_until_ns ? table : NULL;
}

static void drop_from(struct role_list *list, const char *server) {
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->servers[i], server))
            free(list->servers[i]);
        else
            list->servers[kept++] = list->servers[i];
    list->count = kept;
}

/* ---- the tables ---- */

bool routes_keep(struct routes *routes, const char *database, const struct bolt_value *value,
                 struct error *err) {
    struct route_table *table = XNEW(struct route_table);
    int64_t ttl_seconds = 0;

    table->database = xstrdup(database ? database : "");
    if (!read_table(value, table, &ttl_seconds, err)) {
        table_free(table);
        return false;
    }
    pthread_mutex_lock(&routes->lock);
    table->valid_until_ns = clock_monotonic(routes->clock) + ttl_seconds * NANOSECONDS_PER_SECOND;
    struct route_table *old = find(routes, database);
    if (old)
        remove_table(routes, old);
    else if (routes->count == ROUTES_TABLES_MAX)
        remove_table(routes, TAILQ_LAST(&routes->tables, route_tables));
    TAILQ_INSERT_HEAD(&routes->tables, table, link);
    routes->count++;
    pthread_mutex_unlock(&routes->lock);
    return true;
}

bool routes_has(struct routes *routes, const char *database) {
    pthread_mutex_lock(&routes->lock);
    bool has = find_valid(routes, database) != NULL;
    pthread_mutex_unlock(&routes->lock);
    return has;
}

const char *routes_pick(struct routes *routes, const char *database, enum route_role role,
                        struct arena *arena) {
    const char *server = NULL;

    pthread_mutex_lock(&routes->lock);
    struct route_table *table = find_valid(routes, database);
    struct role_list *list = table ? &table->roles[role] : NULL;
    if (list && list->count)
        server = arena_strdup(arena, list->servers[list->next++ % list->count]);
    pthread_mutex_unlock(&routes->lock);
    return server;
}

struct text_list routes_list(struct routes *routes, const char *database, enum route_role role,
                             struct arena *arena) {
    struct text_list texts = { 0 };

    pthread_mutex_lock(&routes->lock);
    struct route_table *table = find(routes, database);
    if (table) {
        const struct role_list *list = &table->roles[role];
        texts.items = ARENA_ARRAY(arena, const char *, list->count);
        for (; texts.count < list->count; texts.count++)
            texts.items[texts.count] = arena_strdup(arena, list->servers[texts.count]);
    }
    pthread_mutex_unlock(&routes->lock);
    return texts;
}

void routes_drop_role(struct routes *routes, const char *database, enum route_role role, const char *server) {
    pthread_mutex_lock(&routes->lock);
    struct route_table *table = find(routes, database);
    if (table)
        drop_from(&table->roles[role], server);
    pthread_mutex_unlock(&routes->lock);
}

void routes_drop_server(struct routes *routes, const char *server) {
    struct route_table *table;

    pthread_mutex_lock(&routes->lock);
    TAILQ_FOREACH (table, &routes->tables, link)
        for (size_t role = 0; role < ROUTE_ROLES; role++)
            drop_from(&table->roles[role], server);
    pthread_mutex_unlock(&routes->lock);
}

void routes_expire(struct routes *routes, const char *database) {
    pthread_mutex_lock(&routes->lock);
    struct route_table *table = find(routes, database);
    if (table)
        table->valid_until_ns = INT64_MIN;
    pthread_mutex_unlock(&routes->lock);
}
