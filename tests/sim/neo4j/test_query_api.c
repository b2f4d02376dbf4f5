#include "test.h"
#include "world.h"

#include "sim/neo4j/query_api.h"

#define RIGHT "Basic bmVvNGo6c2VjcmV0LXdvcmQ="
#define WRONG "Basic bmVvNGo6d3Jvbmc="

struct told {
    unsigned count;
    int status;
    char *body;
};

static void on_done(void *context, struct neo4j_http_response *response) {
    struct told *told = context;

    told->count++;
    told->status = response->status;
    told->body = xstrdup(buffer_string(&response->body));
    buffer_clear(&response->body);
}

static struct world *open_world(const char *image) {
    struct world *world = world_new(1);

    world_prepare(world, image, 1);
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 5000));
    world_run(world, 1000);
    return world;
}

static struct neo4j_http_request request_of(const char *path, const char *authorization, const char *body) {
    return (struct neo4j_http_request){ .path = path,
                                        .authorization = authorization,
                                        .method = "POST",
                                        .content_type = "application/json",
                                        .body = text_from(body) };
}

static void expect(struct world *world, const struct neo4j_http_request *request, int status,
                   const char *body) {
    struct neo4j_process *process = world->servers[0].process;
    struct told told = { 0 };
    struct query_api_events events = { &told, on_done };

    assert_true(query_api_is_asked(process, request));
    struct query_api *query = query_api_new(process, world->now_ns, request, &events);
    world_run(world, 1000);
    assert_int_equal(told.count, 1);
    if (told.status != status || !strstr(told.body, body))
        print_message("%.*s: %d %s\n", TEXT_ARGS(request->body), told.status, told.body);
    assert_int_equal(told.status, status);
    assert_non_null(strstr(told.body, body));
    free(told.body);
    query_api_free(query);
}

TEST("the Query API runs a statement for whoever may, and says what is wrong with a request") {
    static const struct {
        const char *path, *authorization, *body;
        int status;
        const char *answer;
    } rows[] = {
        { "/db/neo4j/query/v2", RIGHT, "{\"statement\":\"RETURN $x AS x\",\"parameters\":{\"x\":[1,\"a\"]}}",
          202, "{\"data\":{\"fields\":[\"x\"],\"values\":[[[1,\"a\"]]]}" },
        { "/db/neo4j/query/v2", RIGHT, "{\"statement\":\"CREATE (n:A {x: 1})\",\"includeCounters\":true}",
          202, "\"nodesCreated\":1" },
        { "/db/neo4j/query/v2", RIGHT, "{\"statement\":\"MATCH (n:A) RETURN n\"}", 202,
          "\"labels\":[\"A\"],\"properties\":{\"x\":1}" },
        { "/db/neo4j/query/v2", RIGHT, "{\"statement\":\"CREATE (n)\",\"accessMode\":\"READ\"}", 400,
          "Neo.ClientError.Statement.AccessMode" },
        { "/db/system/query/v2", RIGHT, "{\"statement\":\"CREATE DATABASE more\"}", 202, "\"values\":[]" },
        { "/db/nowhere/query/v2", RIGHT, "{\"statement\":\"RETURN 1\"}", 404, "Graph not found: nowhere" },
        { "/db/neo4j/query/v2", RIGHT, "{\"statement\":\"RETRUN 1\"}", 400,
          "Neo.ClientError.Statement.SyntaxError" },
        { "/db/neo4j/query/v2", RIGHT, "{\"statement\":\"RETURN 1 / 0\"}", 202, "\"errors\":[{\"code\":" },
        { "/db/neo4j/query/v2", WRONG, "{\"statement\":\"RETURN 1\"}", 401, "Invalid credential." },
        { "/db/neo4j/query/v2", "Basic !", "{\"statement\":\"RETURN 1\"}", 401, "Invalid credential." },
        { "/db/neo4j/query/v2", NULL, "{\"statement\":\"RETURN 1\"}", 401,
          "No authentication header supplied." },
        { "/db/neo4j/query/v2", RIGHT, "{", 400, "Bad Request" },
        { "/db/neo4j/query/v2", RIGHT, "[]", 400, "Bad Request" },
        { "/db/neo4j/query/v2", RIGHT, "{\"statement\":1}", 400, "Bad Request" },
    };
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise");

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct neo4j_http_request request = request_of(rows[i].path, rows[i].authorization, rows[i].body);
        expect(world, &request, rows[i].status, rows[i].answer);
    }
    struct neo4j_http_request request = request_of("/db/neo4j/query/v2", RIGHT, "{}");
    request.content_type = "text/plain";
    expect(world, &request, 415, "Unsupported Media Type");
    request.method = "GET";
    expect(world, &request, 405, "Method Not Allowed");
}

TEST("a client of the Query API that goes leaves nothing behind") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:2026.08.1-enterprise");
    struct neo4j_http_request request =
        request_of("/db/neo4j/query/v2", RIGHT, "{\"statement\":\"CREATE (n) RETURN n\"}");
    struct told told = { 0 };
    struct query_api_events events = { &told, on_done };

    query_api_free(query_api_new(world->servers[0].process, world->now_ns, &request, &events));
    world_run(world, 1000);
    free(told.body);
    request.path = "/db/neo4j/query/v2/tx";
    assert_false(query_api_is_asked(world->servers[0].process, &request));
}
