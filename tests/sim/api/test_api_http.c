#include "server.h"

#include "sim/api_path.h"
#include "sim/api_url.h"
#include "test.h"

#define TABLE "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

static int get_as(struct server *server, const char *path, const char *accept) {
    return server_send_as(server, arena_printf(server->arena, "GET %s", path), NULL, accept,
                          (struct text){ 0 });
}

static const char *const widget_definition =
    "{metadata: {name: widgets.example.com}, spec: {group: example.com, scope: Namespaced, "
    "names: {plural: widgets, kind: Widget, shortNames: [wd]}, versions: ["
    "{name: v1, served: true, storage: true, subresources: {status: {}}, additionalPrinterColumns: "
    "[{name: Size, type: integer, jsonPath: .spec.size}, "
    "{name: Ready, type: string, jsonPath: '.status.conditions[?(@.type==\"Ready\")].status'}], "
    "schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: "
    "{size: {type: integer, minimum: 1, description: How many.}}}, "
    "status: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}}, "
    "{name: v2, served: true, storage: false, schema: {openAPIV3Schema: {type: object, "
    "x-kubernetes-preserve-unknown-fields: true}}}]}}";

static struct server *server_with_widgets(void) {
    struct server *server = server_new();
    server_expect(server, 201, "POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                  widget_definition);
    return server;
}

TEST("decodes URLs, and refuses broken ones") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    static const struct {
        const char *target;
        const char *first; /* segment; NULL: refused */
        const char *value; /* of parameter a */
    } rows[] = {
        { "/api?a=b", "api", "b" }, { "//api//v1/", "api", NULL }, { "/a%2Fb?a=b+c%2B", "a/b", "b c+" },
        { "/x?a", "x", "" },        { "api", NULL, NULL },         { "/x%", NULL, NULL },
        { "/x%2", NULL, NULL },     { "/x%00", NULL, NULL },       { "/x%zz", NULL, NULL },
        { "/x?%a=1", NULL, NULL },  { "/%41", "A", NULL },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct url url;
        bool parsed = url_parse(arena, rows[i].target, &url);
        assert_int_equal(parsed, rows[i].first != NULL);
        if (!parsed)
            continue;
        assert_string_equal(url.segments[0], rows[i].first);
        assert_true(str_equal(url_parameter(&url, "a"), rows[i].value));
    }
}

TEST("finds what columns ask for") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    static const char text[] =
        "{\"a\":{\"b\":[{\"t\":\"x\",\"v\":1},{\"t\":\"y\",\"v\":2}],\"c.d\":3},\"n\":true}";
    static const struct {
        const char *path;
        const char *found;
    } rows[] = {
        { ".a.b[0].v", "[1]" },
        { ".a.b[-1].v", "[2]" },
        { ".a.b[5].v", "[]" },
        { ".a.b[*].v", "[1,2]" },
        { ".a.b[?(@.t==\"y\")].v", "[2]" },
        { ".a.b[?(@.t=='y')].v", "[2]" },
        { ".a.b[?(@.t!=\"y\")].v", "[1]" },
        { ".a.b[?(@.v==2)].t", "[\"y\"]" },
        { ".a.c\\.d", "[3]" },
        { ".a['c.d']", "[3]" },
        { "{.n}", "[true]" },
        { "$.n", "[true]" },
        { ".nope.nope", "[]" },
        { ".a.b[", "[]" },
        { ".a.b[?(", "[]" },
    };
    struct json *value;
    assert_true(json_parse(arena, text_from(text), NULL, &value, NULL));
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct json *found = json_new_array(arena);
        api_path_find(arena, rows[i].path, value, found);
        assert_string_equal(json_print(arena, found), rows[i].found);
    }
}

TEST("serves a definition at once, in all its versions") {
    CLEANUP_POINTER(server_free) struct server *server = server_with_widgets();

    server_expect(
        server, 201, "POST /apis/example.com/v1/namespaces/default/widgets",
        "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}, spec: {size: 3}, status: {x: 1}}");
    assert_string_equal(server_text(server, "status"), "");
    server_expect(server, 200, "GET /apis/example.com/v2/namespaces/default/widgets/w", NULL);
    assert_string_equal(server_text(server, "apiVersion"), "example.com/v2");
    server_expect(server, 422, "POST /apis/example.com/v1/namespaces/default/widgets",
                  "{apiVersion: example.com/v1, kind: Widget, metadata: {name: x}, spec: {size: 0}}");
    server_expect(server, 200, "GET /apis/example.com", NULL);
    assert_string_equal(server_text(server, "preferredVersion.version"), "v1");
}

TEST("takes the objects with their definition") {
    CLEANUP_POINTER(server_free) struct server *server = server_with_widgets();
    server_expect(server, 201, "POST /apis/example.com/v1/namespaces/default/widgets",
                  "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}}");
    server_expect(server, 200,
                  "DELETE /apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com", NULL);
    server_settle(server);
    server_expect(server, 404, "GET /apis/example.com/v1/namespaces/default/widgets", NULL);
    server_expect(server, 404,
                  "GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com", NULL);
    assert_int_equal(store_count(api_store(server->api), "widgets.example.com"), 0);
}

TEST("refuses a definition that can't be served, and goes on serving the one before") {
    CLEANUP_POINTER(server_free) struct server *server = server_with_widgets();
    static const char path[] = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com";

    assert_int_equal(server_patch(server, path, "{\"spec\":{\"versions\":[]}}"), 422);
    assert_int_equal(server_patch(server, path, "{\"spec\":{\"scope\":\"Cluster\"}}"), 422);
    server_expect(server, 422, "POST /apis/example.com/v1/namespaces/default/widgets",
                  "{apiVersion: example.com/v1, kind: Widget, metadata: {name: x}, spec: {size: 0}}");
    server_expect(server, 201, "POST /apis/example.com/v1/namespaces/default/widgets",
                  "{apiVersion: example.com/v1, kind: Widget, metadata: {name: x}, spec: {size: 1}}");
}

TEST("shows custom resources in the columns of their definition") {
    CLEANUP_POINTER(server_free) struct server *server = server_with_widgets();
    server_expect(server, 201, "POST /apis/example.com/v1/namespaces/default/widgets",
                  "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}, spec: {size: 3}}");
    assert_int_equal(server_patch(server, "/apis/example.com/v1/namespaces/default/widgets/w/status",
                                  "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}"),
                     200);
    assert_int_equal(get_as(server, "/apis/example.com/v1/widgets", TABLE), 200);
    assert_string_equal(server_text(server, "columnDefinitions.1.name"), "Size");
    assert_string_equal(server_text(server, "rows.0.cells"), "[\"w\",3,\"True\"]");
    assert_string_equal(server_text(server, "rows.0.object.kind"), "PartialObjectMetadata");
}

TEST("tells the story of a pod in one word") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    static const struct {
        const char *status;
        const char *cells; /* ready, status, restarts */
    } rows[] = {
        { "{\"phase\":\"Pending\"}", "[\"0/1\",\"Pending\",\"0\"]" },
        { "{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"c\",\"ready\":true,\"restartCount\":0,"
          "\"state\":{"
          "\"running\":{}}}]}",
          "[\"1/1\",\"Running\",\"0\"]" },
        { "{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"c\",\"restartCount\":3,\"state\":{"
          "\"waiting\":{"
          "\"reason\":\"CrashLoopBackOff\"}},\"lastState\":{\"terminated\":{\"exitCode\":1,\"finishedAt\":"
          "\"2025-12-31T"
          "23:55:00Z\"}}}]}",
          "[\"0/1\",\"CrashLoopBackOff\",\"3 (5m ago)\"]" },
        { "{\"phase\":\"Pending\",\"containerStatuses\":[{\"name\":\"c\",\"restartCount\":0,\"state\":{"
          "\"waiting\":{"
          "\"reason\":\"ImagePullBackOff\"}}}]}",
          "[\"0/1\",\"ImagePullBackOff\",\"0\"]" },
        { "{\"phase\":\"Failed\",\"reason\":\"Evicted\",\"containerStatuses\":null}",
          "[\"0/1\",\"Evicted\",\"0\"]" },
        { "{\"phase\":\"Failed\",\"reason\":null,\"containerStatuses\":[{\"name\":\"c\",\"restartCount\":0,"
          "\"state\":{"
          "\"terminated\":{\"exitCode\":3}}}]}",
          "[\"0/1\",\"ExitCode:3\",\"0\"]" },
    };

    server_expect(server, 201, "POST /api/v1/namespaces/default/pods",
                  "{metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}");
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *patch = arena_printf(server->arena, "{\"status\":%s}", rows[i].status);
        assert_int_equal(server_patch(server, "/api/v1/namespaces/default/pods/p/status", patch), 200);
        assert_int_equal(get_as(server, "/api/v1/namespaces/default/pods/p", TABLE), 200);
        struct json *cells = json_at(server->answer, "rows.0.cells");
        struct json *shown = json_new_array(server->arena);
        for (size_t cell = 1; cell < 4; cell++)
            json_append(server->arena, shown, json_item(cells, cell));
        assert_string_equal(json_print(server->arena, shown), rows[i].cells);
    }
}

TEST("answers in the first form that the client names and the server has") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    static const struct {
        const char *accept;
        const char *kind; /* NULL: 406 */
    } rows[] = {
        { NULL, "NamespaceList" },
        { "*/*", "NamespaceList" },
        { "application/vnd.kubernetes.protobuf,application/json", "NamespaceList" },
        { TABLE, "Table" },
        { "application/json;as=Table;v=v1beta1;g=meta.k8s.io, application/json", "NamespaceList" },
        { "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", "PartialObjectMetadataList" },
        { "application/vnd.kubernetes.protobuf", NULL },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        assert_int_equal(get_as(server, "/api/v1/namespaces", rows[i].accept), rows[i].kind ? 200 : 406);
        assert_string_equal(server_text(server, "kind"), rows[i].kind ? rows[i].kind : "Status");
    }
    assert_int_equal(get_as(server, "/api/v1/namespaces/default", "application/yaml"), 200);
    assert_non_null(strstr(server->text, "kind: Namespace\n"));
}

TEST("discovers the same resources in both forms") {
    CLEANUP_POINTER(server_free) struct server *server = server_with_widgets();
    size_t listed = 0, aggregated = 0;

    assert_int_equal(
        get_as(server, "/apis",
               "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"),
        200);
    assert_string_equal(server_text(server, "kind"), "APIGroupDiscoveryList");
    JSON_FOR_EACH_ITEM (group, json_get(server->answer, "items"))
        JSON_FOR_EACH_ITEM (version, json_get(group, "versions"))
            aggregated += json_length(json_get(version, "resources"));
    server_expect(server, 200, "GET /apis", NULL);
    struct json *groups = json_get(server->answer, "groups");
    JSON_FOR_EACH_ITEM (group, groups)
        JSON_FOR_EACH_ITEM (version, json_get(group, "versions")) {
            server_expect(
                server, 200,
                arena_printf(server->arena, "GET /apis/%s", json_string_at(version, "groupVersion", "")),
                NULL);
            JSON_FOR_EACH_ITEM (resource, json_get(server->answer, "resources"))
                listed += !strchr(json_string_at(resource, "name", ""), '/');
        }
    assert_int_equal(listed, aggregated);
    assert_true(listed > 20);
}

/* Every reference of a document leads to a schema in it. */
static void check_references(const struct json *schemas, const struct json *value) {
    JSON_FOR_EACH_ITEM (item, value)
        check_references(schemas, item);
    JSON_FOR_EACH_MEMBER (member, value) {
        if (str_equal(member->key, "$ref") && json_is(&member->value, JSON_STRING)) {
            const char *slash = strrchr(json_string(&member->value, ""), '/');
            assert_non_null(json_get(schemas, slash + 1));
        }
        check_references(schemas, &member->value);
    }
}

TEST("describes every group in OpenAPI documents that are whole") {
    CLEANUP_POINTER(server_free) struct server *server = server_with_widgets();
    server_expect(server, 200, "GET /openapi/v3", NULL);
    struct json *paths = json_get(server->answer, "paths");
    assert_true(json_length(paths) > 10);
    JSON_FOR_EACH_MEMBER (path, paths) {
        server_expect(
            server, 200,
            arena_printf(server->arena, "GET %s", json_string_at(&path->value, "serverRelativeURL", "")),
            NULL);
        const struct json *schemas = json_at(server->answer, "components.schemas");
        assert_true(json_length(schemas) > 0 || str_equal(path->key, "apis/authentication.k8s.io/v1"));
        check_references(schemas, schemas);
    }
    server_expect(server, 200, "GET /openapi/v3/apis/example.com/v1", NULL);
    const struct json *widget =
        json_get(json_at(server->answer, "components.schemas"), "com.example.v1.Widget");
    assert_string_equal(json_string_at(widget, "properties.spec.properties.size.description", ""),
                        "How many.");
}

TEST("reads what Go clients send in protobuf") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    /* ConfigMap c: data {a: b}, as kubectl create configmap sends it. */
    static const char sound[] = "k8s\0\x0a\x0f\x0a\x02v1\x12\x09"
                                "ConfigMap\x12\x0d\x0a\x03\x0a\x01"
                                "c\x12\x06\x0a\x01"
                                "a\x12\x01"
                                "b\x1a\x00\x22\x00";
    struct text whole = { sound, sizeof(sound) - 1 };

    assert_int_equal(server_send_as(server, "POST /api/v1/namespaces/default/configmaps",
                                    "application/vnd.kubernetes.protobuf", NULL, whole),
                     201);
    assert_string_equal(server_text(server, "metadata.name"), "c");
    assert_string_equal(server_text(server, "data.a"), "b");
    for (size_t length = 0; length + 4 < whole.length; length++)
        assert_int_not_equal(server_send_as(server, "POST /api/v1/namespaces/default/configmaps?dryRun=All",
                                            "application/vnd.kubernetes.protobuf", NULL,
                                            (struct text){ sound, length }),
                             500);
}

/* ---- logs ---- */

static bool read_logs(void *context, const struct api_log_call *call, uint64_t *offset, struct buffer *out,
                      bool *out_ended, struct error *err) {
    const char *all = context;
    if (call->previous)
        return error_set(err, ERROR_INVALID, "previous terminated container \"c\" in pod \"p\" not found");
    buffer_add_string(out, all + *offset);
    *offset = strlen(all);
    *out_ended = false;
    return true;
}

TEST("shows logs from the end, since a time, with times, cut, and followed") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    char lines[256] = "2025-12-31T23:59:00.000000000Z one\n2025-12-31T23:59:50.000000000Z two\n"
                      "2025-12-31T23:59:59.000000000Z three\n";
    static const struct {
        const char *query;
        const char *text;
    } rows[] = {
        { "", "one\ntwo\nthree\n" },
        { "?tailLines=1", "three\n" },
        { "?tailLines=0", "" },
        { "?tailLines=9", "one\ntwo\nthree\n" },
        { "?sinceSeconds=30", "two\nthree\n" },
        { "?sinceTime=2025-12-31T23:59:55Z", "three\n" },
        { "?tailLines=1&timestamps=true", "2025-12-31T23:59:59.000000000Z three\n" },
        { "?limitBytes=6", "one\ntw" },
    };
    struct api_logs logs = { .context = lines, .read = read_logs };
    CLEANUP_BUFFER struct buffer more = { 0 };

    server_expect(server, 201, "POST /api/v1/namespaces/default/pods",
                  "{metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}");
    api_set_logs(server->api, &logs);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        server_expect(
            server, 200,
            arena_printf(server->arena, "GET /api/v1/namespaces/default/pods/p/log%s", rows[i].query), NULL);
        assert_string_equal(server->text, rows[i].text);
    }
    server_expect(server, 400, "GET /api/v1/namespaces/default/pods/p/log?previous=true", NULL);
    server_expect(server, 400, "GET /api/v1/namespaces/default/pods/p/log?container=nope", NULL);
    server_expect(server, 200, "GET /api/v1/namespaces/default/pods/p/log?follow=true&tailLines=1", NULL);
    assert_string_equal(server->text, "three\n");
    strcat(lines, "2026-01-01T00:00:00.000000000Z four\n");
    assert_true(api_http_stream_read(server->stream, 0, 1000, &more));
    assert_string_equal(buffer_string(&more), "four\n");
}

TEST("counts requests by who makes them") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    int64_t gets = 0;
    server_expect(server, 200, "GET /api/v1/namespaces/default", NULL);
    server_expect(server, 200, "GET /api/v1/namespaces/default", NULL);
    server_expect(server, 200, "GET /sandbox/requests", NULL);
    JSON_FOR_EACH_ITEM (row, json_get(server->answer, "requests"))
        if (str_equal(json_string_at(row, "userAgent", ""), "test/1") &&
            str_equal(json_string_at(row, "verb", ""), "get"))
            gets += json_integer_at(row, "count", 0);
    assert_int_equal(gets, 2);
}

TEST("refuses a body and a path beyond the limits") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    CLEANUP_BUFFER struct buffer big = { 0 };
    while (big.length <= API_HTTP_BODY_BYTES_MAX)
        buffer_add_string(&big, "                                                                ");
    assert_int_equal(
        server_send_as(server, "POST /api/v1/namespaces", "application/json", NULL, buffer_text(&big)), 413);
    buffer_reset(&big);
    buffer_add_string(&big, "GET /");
    while (big.length <= API_HTTP_PATH_BYTES_MAX + 5)
        buffer_add_char(&big, 'x');
    assert_int_equal(server_send(server, buffer_string(&big), NULL), 400);
}

TEST("makes tokens that name their account until they expire") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    const struct api_user *user;
    const char *token;
    char *forged;

    server_expect(server, 201, "POST /api/v1/namespaces/default/serviceaccounts/default/token",
                  "{spec: {expirationSeconds: 600}}");
    token = server_text(server, "status.token");
    assert_string_equal(server_text(server, "status.expirationTimestamp"), "2026-01-01T00:10:00Z");
    user = api_user_of_token(server->api, server->arena, text_from(token));
    assert_non_null(user);
    assert_string_equal(user->name, "system:serviceaccount:default:default");
    forged = arena_strdup(server->arena, token);
    forged[strlen(forged) / 2] = forged[strlen(forged) / 2] == 'A' ? 'B' : 'A';
    assert_null(api_user_of_token(server->api, server->arena, text_from(forged)));
    server_sleep(601);
    assert_null(api_user_of_token(server->api, server->arena, text_from(token)));
    server_expect(server, 201, "POST /api/v1/namespaces/default/serviceaccounts/default/token", "{spec: {}}");
    token = server_text(server, "status.token");
    server_expect(server, 200, "DELETE /api/v1/namespaces/default/serviceaccounts/default", NULL);
    assert_null(api_user_of_token(server->api, server->arena, text_from(token)));
}

/* ---- access ---- */

static int send_as_account(struct server *server, const char *line) {
    static const char *const groups[] = { "system:serviceaccounts", "system:authenticated" };
    static const struct api_user account = { .name = "system:serviceaccount:default:sa",
                                             .groups = groups,
                                             .group_count = 2 };
    const char *space = strchr(line, ' ');
    struct api_http_request request = { .method = arena_strndup(server->arena, line, (size_t)(space - line)),
                                        .target = space + 1,
                                        .user = &account };
    CLEANUP(api_http_answer_clear) struct api_http_answer answer;
    api_http_do(server->api, &request, server->arena, &answer);
    server->text = arena_strdup(server->arena, buffer_string(&answer.body));
    return answer.code;
}

TEST("grants a service account what its roles say, and nothing else") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    static const struct {
        const char *line;
        int code;
    } rows[] = {
        { "GET /api/v1/namespaces/default/configmaps", 200 },
        { "GET /api/v1/namespaces/default/configmaps/kube-root-ca.crt", 403 },
        { "GET /api/v1/configmaps", 403 },
        { "GET /api/v1/namespaces/kube-system/configmaps", 403 },
        { "GET /api/v1/namespaces/default/configmaps?watch=1", 403 },
        { "GET /api/v1/namespaces/default/secrets", 403 },
        { "GET /api/v1/namespaces/default/secrets/one", 404 },
        { "GET /api/v1/namespaces/default/secrets/two", 403 },
        { "GET /api/v1/namespaces/default/pods/p/log", 404 },
        { "GET /api/v1/namespaces/default/pods/p", 403 },
        { "GET /api/v1/nodes", 200 },
        { "GET /version", 200 },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (rows[i].line[5] == 'a')
            assert_int_equal(send_as_account(server, rows[i].line), 403);
    server_expect(
        server, 201, "POST /apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
        "{metadata: {name: r}, rules: [{apiGroups: [''], resources: [configmaps], verbs: [list]}, "
        "{apiGroups: "
        "[''], resources: [secrets], resourceNames: [one], verbs: [get]}, {apiGroups: [''], resources: "
        "[pods/log], verbs: ['*']}]}");
    server_expect(server, 201, "POST /apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
                  "{metadata: {name: r}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: "
                  "r}, subjects: "
                  "[{kind: ServiceAccount, name: sa, namespace: default}]}");
    server_expect(server, 201, "POST /apis/rbac.authorization.k8s.io/v1/clusterroles",
                  "{metadata: {name: c}, rules: [{apiGroups: [''], resources: [nodes], verbs: [list]}]}");
    server_expect(
        server, 201, "POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        "{metadata: {name: c}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: c}, "
        "subjects: [{kind: Group, name: 'system:serviceaccounts'}]}");
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (send_as_account(server, rows[i].line) != rows[i].code)
            fail_msg("%s: %s", rows[i].line, server->text);
}
