#include "server.h"

#include "test.h"

#define CONFIG "/api/v1/namespaces/default/configmaps"
#define SETS   "/apis/apps/v1/namespaces/default/statefulsets"
#define SET                                                                                                  \
    "{metadata: {name: s}, spec: {serviceName: s, replicas: 1, selector: {matchLabels: {a: b}}, "            \
    "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}"

TEST("sets what the server owns, and forgets what a client says of it") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();

    server_expect(
        server, 201, "POST " SETS,
        "{metadata: {name: s, uid: mine, creationTimestamp: '2001-01-01T00:00:00Z', generation: 7, "
        "deletionTimestamp: '2001-01-01T00:00:00Z'}, status: {replicas: 9}, spec: {serviceName: s, "
        "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: "
        "[{name: c, image: i}]}}}}");
    assert_string_not_equal(server_text(server, "metadata.uid"), "mine");
    assert_string_equal(server_text(server, "metadata.creationTimestamp"), "2026-01-01T00:00:00Z");
    assert_string_equal(server_text(server, "metadata.generation"), "1");
    assert_string_equal(server_text(server, "metadata.deletionTimestamp"), "");
    assert_string_equal(server_text(server, "status.replicas"), "0");
    assert_string_equal(server_text(server, "spec.replicas"), "1");
}

TEST("counts a generation for each change of the spec, and for nothing else") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    static const struct {
        const char *when;
        const char *path;
        const char *patch;
        const char *generation;
    } rows[] = {
        { "labels", SETS "/s", "{\"metadata\":{\"labels\":{\"x\":\"y\"}}}", "1" },
        { "the same spec", SETS "/s", "{\"spec\":{\"replicas\":1}}", "1" },
        { "the status", SETS "/s/status", "{\"status\":{\"replicas\":1}}", "1" },
        { "another spec", SETS "/s", "{\"spec\":{\"replicas\":2}}", "2" },
        { "a spec on the status", SETS "/s/status", "{\"spec\":{\"replicas\":5}}", "2" },
        { "a status on the object", SETS "/s", "{\"status\":{\"replicas\":7}}", "2" },
        { "scale", SETS "/s/scale", "{\"spec\":{\"replicas\":3}}", "" },
    };

    server_expect(server, 201, "POST " SETS, SET);
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        assert_int_equal(server_patch(server, rows[i].path, rows[i].patch), 200);
        assert_string_equal(server_text(server, "metadata.generation"), rows[i].generation);
    }
    server_expect(server, 200, "GET " SETS "/s", NULL);
    assert_string_equal(server_text(server, "metadata.generation"), "3");
    assert_string_equal(server_text(server, "spec.replicas"), "3");
    assert_string_equal(server_text(server, "status.replicas"), "1");
}

TEST("leaves the version alone when nothing changes") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    const char *version;

    assert_int_equal(server_apply(server, CONFIG "/c", "me",
                                  "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}"),
                     201);
    version = server_text(server, "metadata.resourceVersion");
    server_sleep(100);
    assert_int_equal(server_apply(server, CONFIG "/c", "me",
                                  "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}"),
                     200);
    assert_string_equal(server_text(server, "metadata.resourceVersion"), version);
    assert_int_equal(server_patch(server, CONFIG "/c", "{\"data\":{\"a\":\"b\"}}"), 200);
    assert_string_equal(server_text(server, "metadata.resourceVersion"), version);
    server_expect(server, 200, "PUT " CONFIG "/c?fieldManager=me", "{metadata: {name: c}, data: {a: c}}");
    assert_string_not_equal(server_text(server, "metadata.resourceVersion"), version);
}

TEST("refuses what is based on an old version") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    const char *version, *body;

    server_expect(server, 201, "POST " CONFIG, "{metadata: {name: c}, data: {a: b}}");
    version = server_text(server, "metadata.resourceVersion");
    body = arena_printf(server->arena, "{metadata: {name: c, resourceVersion: '%s'}, data: {a: c}}", version);
    server_expect(server, 200, "PUT " CONFIG "/c", body);
    server_expect(server, 409, "PUT " CONFIG "/c", body);
    assert_string_equal(server_text(server, "reason"), "Conflict");
    assert_string_equal(
        server_text(server, "message"),
        "Operation cannot be fulfilled on configmaps \"c\": the object has been modified; please apply "
        "your changes to the latest version and try again");
}

TEST("names what asks for a name, differently each time, the same for the same seed") {
    CLEANUP_POINTER(server_free) struct server *one = server_new();
    CLEANUP_POINTER(server_free) struct server *two = server_new();
    const char *name;

    server_expect(one, 201, "POST " CONFIG, "{metadata: {generateName: x-}}");
    name = server_text(one, "metadata.name");
    assert_int_equal(strlen(name), 7);
    server_expect(two, 201, "POST " CONFIG, "{metadata: {generateName: x-}}");
    assert_string_equal(server_text(two, "metadata.name"), name);
    server_expect(one, 201, "POST " CONFIG, "{metadata: {generateName: x-}}");
    assert_string_not_equal(server_text(one, "metadata.name"), name);
}

TEST("writes nothing in a dry run") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    int64_t version;

    server_expect(server, 201, "POST " CONFIG, "{metadata: {name: c}, data: {a: b}}");
    version = store_version(api_store(server->api));
    server_expect(server, 201, "POST " CONFIG "?dryRun=All", "{metadata: {name: d}}");
    server_expect(server, 200, "PUT " CONFIG "/c?dryRun=All", "{metadata: {name: c}, data: {a: x}}");
    assert_string_equal(server_text(server, "data.a"), "x");
    server_expect(server, 200, "DELETE " CONFIG "/c?dryRun=All", NULL);
    server_expect(server, 200, "DELETE " CONFIG "/c", "{dryRun: [All]}");
    server_expect(server, 200, "GET " CONFIG "/c", NULL);
    assert_string_equal(server_text(server, "data.a"), "b");
    assert_int_equal(store_version(api_store(server->api)), version);
}

TEST("tells of unknown fields, or refuses them, as asked") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    static const struct {
        const char *line;
        int code;
        const char *warning;
    } rows[] = {
        { "POST " CONFIG "?dryRun=All", 201, "unknown field \"nope\"" },
        { "POST " CONFIG "?dryRun=All&fieldValidation=Ignore", 201, NULL },
        { "POST " CONFIG "?dryRun=All&fieldValidation=Strict", 400, NULL },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        server_expect(server, rows[i].code, rows[i].line, "{metadata: {name: c}, nope: 1}");
        const char *warning = json_string(json_item(server->warnings, 0), NULL);
        assert_true(str_equal(warning, rows[i].warning));
    }
}

TEST("gives Services addresses of their own, and keeps them") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    const char *first;

    server_expect(server, 201, "POST /api/v1/namespaces/default/services",
                  "{metadata: {name: a}, spec: {ports: [{port: 80}]}}");
    first = server_text(server, "spec.clusterIP");
    assert_true(str_starts_with(first, "10.96."));
    server_expect(server, 422, "POST /api/v1/namespaces/default/services",
                  arena_printf(server->arena,
                               "{metadata: {name: b}, spec: {clusterIP: %s, ports: [{port: 80}]}}", first));
    server_expect(server, 200, "PUT /api/v1/namespaces/default/services/a",
                  "{metadata: {name: a}, spec: {ports: [{port: 81}]}}");
    assert_string_equal(server_text(server, "spec.clusterIP"), first);
}

#define CLAIMS "/api/v1/namespaces/default/persistentvolumeclaims"

TEST("gives a claim a class once, when it was made without one") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    static const struct {
        const char *when;
        const char *made_with; /* metadata and spec */
        const char *patch;
        int code;
    } rows[] = {
        { "none so far", "", "{\"spec\":{\"storageClassName\":\"late\"}}", 200 },
        { "none so far, and now the empty one", "", "{\"spec\":{\"storageClassName\":\"\"}}", 200 },
        { "none so far, and its volume with it", "",
          "{\"spec\":{\"storageClassName\":\"late\",\"volumeName\":\"v\"}}", 200 },
        { "bound without one", ", volumeName: v", "{\"spec\":{\"storageClassName\":\"late\"}}", 200 },
        { "the empty one", ", storageClassName: ''", "{\"spec\":{\"storageClassName\":\"late\"}}", 422 },
        { "another", ", storageClassName: a", "{\"spec\":{\"storageClassName\":\"late\"}}", 422 },
        { "taken away", ", storageClassName: a", "{\"spec\":{\"storageClassName\":null}}", 422 },
        { "and other access", "",
          "{\"spec\":{\"storageClassName\":\"a\",\"accessModes\":[\"ReadWriteMany\"]}}", 422 },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *path = arena_printf(server->arena, CLAIMS "/c%zu", i);
        server_expect(server, 201, "POST " CLAIMS,
                      arena_printf(server->arena,
                                   "{metadata: {name: c%zu}, spec: {accessModes: [ReadWriteOnce], "
                                   "resources: {requests: {storage: 1Gi}}%s}}",
                                   i, rows[i].made_with));
        int code = server_patch(server, path, rows[i].patch);
        if (code != rows[i].code)
            fail_msg("%s: %d %s", rows[i].when, code, server->text);
    }
    server_expect(server, 201, "POST " CLAIMS,
                  "{metadata: {name: old, annotations: {volume.beta.kubernetes.io/storage-class: a}}, spec: "
                  "{accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}");
    assert_int_equal(server_patch(server, CLAIMS "/old", "{\"spec\":{\"storageClassName\":\"b\"}}"), 422);
}

TEST("takes new objects only into a namespace that is there") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    server_expect(server, 404, "POST /api/v1/namespaces/nope/configmaps", "{metadata: {name: c}}");
    assert_string_equal(server_text(server, "message"), "namespaces \"nope\" not found");
    server_expect(server, 201, "POST /api/v1/namespaces", "{metadata: {name: team}}");
    server_expect(server, 200, "GET /api/v1/namespaces/team/serviceaccounts/default", NULL);
    server_expect(server, 200, "GET /api/v1/namespaces/team/configmaps/kube-root-ca.crt", NULL);
    assert_string_equal(server_text(server, "data"), "{\"ca.crt\":\"PEM\"}");
}

TEST("shows an event under the names of both its versions") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();
    server_expect(server, 201, "POST /apis/events.k8s.io/v1/namespaces/default/events",
                  "{metadata: {name: e}, eventTime: '2026-01-01T00:00:00.000000Z', note: hello, reason: R, "
                  "type: Normal, "
                  "reportingController: me, reportingInstance: i, action: A, "
                  "regarding: {kind: Pod, name: p, namespace: default}}");
    server_expect(server, 200, "GET /api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dp",
                  NULL);
    assert_string_equal(server_text(server, "items.0.message"), "hello");
    assert_string_equal(server_text(server, "items.0.involvedObject.name"), "p");
    assert_string_equal(server_text(server, "items.0.note"), "");
    server_expect(server, 200, "GET /apis/events.k8s.io/v1/namespaces/default/events/e", NULL);
    assert_string_equal(server_text(server, "note"), "hello");
    assert_string_equal(server_text(server, "apiVersion"), "events.k8s.io/v1");
}

#define CRDS  "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
#define SIZES "/apis/example.com/v1/namespaces/default/sizes"

static void define_sizes(struct server *server, const char *spec) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    server_apply(
        server, CRDS "/sizes.example.com", "test",
        arena_printf(arena,
                     "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                     "{name: sizes.example.com}, spec: {group: example.com, scope: Namespaced, names: "
                     "{kind: Size, plural: sizes, singular: size, listKind: SizeList}, versions: [{name: "
                     "v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, "
                     "properties: {spec: {%s}}}}}]}}",
                     spec));
    assert_true(server->code == 200 || server->code == 201);
    server_settle(server);
}

TEST("an object from before its definition is seen as that has it, and keeps what it broke before") {
    CLEANUP_POINTER(server_free) struct server *server = server_new();

    define_sizes(server, "type: object, x-kubernetes-preserve-unknown-fields: true");
    server_expect(server, 201, "POST " SIZES,
                  "{apiVersion: example.com/v1, kind: Size, metadata: {name: a}, spec: {size: 9, old: 1}}");
    define_sizes(server,
                 "type: object, properties: {size: {type: integer}, unit: {type: string, default: Gi}}, "
                 "x-kubernetes-validations: [{rule: 'self.size < 5', message: too large}]");
    server_expect(server, 200, "GET " SIZES "/a", NULL);
    assert_string_equal(server_text(server, "spec.unit"), "Gi");
    assert_string_equal(server_text(server, "spec.old"), "");
    server_expect(server, 200, "GET " SIZES, NULL);
    assert_string_equal(server_text(server, "items.0.spec.unit"), "Gi");
    assert_int_equal(server_patch(server, SIZES "/a", "{\"metadata\":{\"finalizers\":[\"example.com/x\"]}}"),
                     200);
    assert_int_equal(server_patch(server, SIZES "/a", "{\"spec\":{\"size\":8}}"), 422);
    assert_int_equal(server_patch(server, SIZES "/a", "{\"spec\":{\"size\":4}}"), 200);
}
