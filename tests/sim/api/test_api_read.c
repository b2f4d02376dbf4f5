#include "server.h"

#include "test.h"

#define CONFIG "/api/v1/namespaces/default/configmaps"
#define OURS   "fieldSelector=metadata.name!=kube-root-ca.crt"

static void create(struct server *server, const char *name, const char *labels) {
    server_expect(server, 201, "POST " CONFIG,
                  arena_printf(server->arena, "{metadata: {name: %s, labels: {%s}}}", name, labels));
}

TEST("selects by labels as Kubernetes does") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    static const struct {
        const char *selector;
        const char *names; /* NULL: refused */
    } rows[] = {
        { "", "a b c" },         { "x", "a b" },      { "!x", "c" },           { "x%3D1", "a" },
        { "x%3D%3D1", "a" },     { "x!%3D1", "b c" }, { "x+in+(1,2)", "a b" }, { "x+notin+(1)", "b c" },
        { "x+in+(1,2),z", "b" }, { "x,!z", "a" },     { "z%3D", "b" },         { "x%3E1", "b" },
        { "x%3C2", "a" },        { "x+in+(", NULL },  { "x%3D1%3D2", NULL },   { "-x", NULL },
        { "x%3Ea", NULL },       { "a+b", NULL },
    };

    create(server, "a", "x: '1'");
    create(server, "b", "x: '2', z: ''");
    create(server, "c", "");
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *path = arena_printf(server->arena, CONFIG "?" OURS "&labelSelector=%s", rows[i].selector);
        if (!rows[i].names)
            server_expect(server, 400, arena_printf(server->arena, "GET %s", path), NULL);
        else
            assert_string_equal(server_names(server, path), rows[i].names);
    }
}

TEST("lists page by page as of one moment") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    const char *path, *version;

    for (const char *name = "a\0b\0c\0d\0e\0"; *name; name += 2)
        create(server, name, "k: v");
    assert_string_equal(server_names(server, CONFIG "?limit=2&labelSelector=k"), "a b");
    version = server_text(server, "metadata.resourceVersion");
    path = arena_printf(server->arena, CONFIG "?limit=2&labelSelector=k&continue=%s",
                        server_text(server, "metadata.continue"));
    server_expect(server, 200, "DELETE " CONFIG "/d", NULL);
    create(server, "bb", "k: v");
    assert_string_equal(server_names(server, path), "c d");
    assert_string_equal(server_text(server, "metadata.resourceVersion"), version);
    path = arena_printf(server->arena, CONFIG "?limit=2&labelSelector=k&continue=%s",
                        server_text(server, "metadata.continue"));
    assert_string_equal(server_names(server, path), "e");
    assert_string_equal(server_text(server, "metadata.continue"), "");
    store_compact(api_store(server->api), store_version(api_store(server->api)));
    server_expect(server, 410, arena_printf(server->arena, "GET %s", path), NULL);
    assert_string_equal(server_text(server, "reason"), "Expired");
}

TEST("tells how many items remain, when nothing is selected") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    create(server, "a", "");
    create(server, "b", "");
    server_expect(server, 200, "GET " CONFIG "?limit=1", NULL);
    assert_string_equal(server_text(server, "metadata.remainingItemCount"), "2");
    server_expect(server, 200, "GET " CONFIG "?limit=1&labelSelector=!x", NULL);
    assert_string_equal(server_text(server, "metadata.remainingItemCount"), "");
}

TEST("watches what enters, changes in and leaves a selection") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();

    create(server, "a", "x: '1'");
    create(server, "b", "");
    server_expect(server, 200, "GET " CONFIG "?watch=1&labelSelector=x", NULL);
    assert_string_equal(server_events(server), "ADDED a");
    assert_string_equal(server_events(server), "");
    assert_int_equal(server_patch(server, CONFIG "/b", "{\"metadata\":{\"labels\":{\"x\":\"1\"}}}"), 200);
    assert_int_equal(server_patch(server, CONFIG "/b", "{\"data\":{\"a\":\"b\"}}"), 200);
    assert_int_equal(server_patch(server, CONFIG "/b", "{\"metadata\":{\"labels\":null}}"), 200);
    create(server, "c", "");
    server_expect(server, 200, "DELETE " CONFIG "/a", NULL);
    server_expect(server, 200, "DELETE " CONFIG "/c", NULL);
    assert_string_equal(server_events(server), "ADDED b, MODIFIED b, DELETED b, DELETED a");
}

TEST("resumes a watch where it was left, and says when it can't") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    const char *line;

    create(server, "a", "");
    line = arena_printf(server->arena, "GET " CONFIG "?watch=1&resourceVersion=%s",
                        server_text(server, "metadata.resourceVersion"));
    create(server, "b", "");
    server_expect(server, 200, line, NULL);
    assert_string_equal(server_events(server), "ADDED b");
    create(server, "c", "");
    store_compact(api_store(server->api), store_version(api_store(server->api)));
    assert_string_equal(server_events(server), "ERROR 410, end");
    server_expect(server, 200, line, NULL);
    assert_string_equal(server_events(server), "ERROR 410, end");
}

TEST("bookmarks, and marks the end of initial events") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();

    create(server, "a", "k: v");
    server_expect(server, 200,
                  "GET " CONFIG
                  "?watch=1&labelSelector=k&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&"
                  "allowWatchBookmarks=true",
                  NULL);
    assert_string_equal(server_events(server), "ADDED a, BOOKMARK");
    server_sleep(59);
    assert_string_equal(server_events(server), "");
    server_sleep(2);
    assert_string_equal(server_events(server), "BOOKMARK");
    server_expect(server, 200, "GET " CONFIG "?watch=1&labelSelector=k&timeoutSeconds=5", NULL);
    assert_string_equal(server_events(server), "ADDED a");
    server_sleep(5);
    assert_string_equal(server_events(server), "end");
}

TEST("waits for no version that is not there yet") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    server_expect(server, 504, "GET " CONFIG "?resourceVersion=1000&resourceVersionMatch=NotOlderThan", NULL);
    assert_string_equal(server_text(server, "details.causes.0.reason"), "ResourceVersionTooLarge");
}
