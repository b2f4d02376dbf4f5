/* What users want. They see the API server as it is, through calls that do not fail, and do not wait for one
 * another. A new capability of the operator adds its fields to the tables here.
 */
#include "base/encoding.h"
#include "base/yaml.h"
#include "simulate/run.h"
#include "simulate/stage.h"
#include "simulate/strangers.h"
#include "simulate/words.h"
#include "simulate/writer.h"

enum { MINUTE_MS = 60 * 1000, MS_MAX = 60 * MINUTE_MS };

static const char secret_name[] = "neo4j-admin-secret";

static struct json *parse(struct arena *arena, const char *yaml) {
    struct json *documents = NULL;

    return yaml_parse(arena, text_from(yaml), &documents, NULL) ? json_item(documents, 0) : NULL;
}

/* ---- clusters ---- */

static const char manifest[] =
    "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: {name: %s, namespace: "
    "default}, spec: {image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 3}, storage: "
    "{className: standard, size: 1Gi}, config: {initial.dbms.default_primaries_count: '3'}}}";

static struct json *cluster_of(struct run *run, const char *name) {
    return stage_get(run->universe, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "default", name);
}

static void create(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *name = words_take(&words, arena);
    struct json *object = parse(arena, run->manifest ? run->manifest : arena_printf(arena, manifest, name));
    struct error ignored = { 0 };

    /* One that is there, or on its way out, is an answer like any other. */
    (void)!kube_create(run->universe->kube, arena, object, NULL, &ignored);
}

static const char *invent_create(struct chance *chance, struct arena *arena) {
    return "graph";
}

static void patch_cluster(struct run *run, const char *name, const char *yaml) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *patch = parse(arena, yaml);
    struct error refused = { 0 };

    if (patch && !kube_merge_patch(run->universe->kube, arena, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "default",
                                   name, NULL, patch, NULL, &refused))
        run_tell(run, "refused: %s", refused.text);
}

/* Fields that have an effect now, each with values that work. */
static const char *const edits[] = {
    "{spec: {topology: {servers: 3}}}",
    "{spec: {topology: {servers: 4}}}",
    "{spec: {topology: {servers: 5}}}",
    "{spec: {config: {db.logs.query.threshold: 1s}}}",
    "{spec: {config: {db.logs.query.threshold: 5s, db.transaction.timeout: 30s}}}",
    "{spec: {config: {db.logs.query.threshold: null, db.transaction.timeout: null}}}",
    "{spec: {additionalConfig: [server.logs.gc.enabled=true]}}",
    "{spec: {additionalConfig: null}}",
    "{spec: {service: {type: LoadBalancer}}}",
    "{spec: {service: {type: ClusterIP}}}",
    "{spec: {service: {annotations: {example.com/team: graph}}}}",
    "{spec: {service: {annotations: null}}}",
    "{spec: {labels: {example.com/stage: production}}}",
    "{spec: {labels: null}}",
    "{spec: {podLabels: {example.com/cost: high}}}",
    "{spec: {podLabels: null}}",
    "{spec: {env: [{name: EXAMPLE, value: one}]}}",
    "{spec: {env: null}}",
    "{spec: {nodeSelector: {kubernetes.io/os: linux}}}",
    "{spec: {nodeSelector: null}}",
    "{spec: {resources: {requests: {cpu: 500m, memory: 2Gi}, limits: {memory: 4Gi}}}}",
    "{spec: {resources: {requests: {cpu: 500m, memory: 2Gi}, limits: {memory: 2Gi}}}}",
    "{spec: {resources: null}}",
    "{metadata: {annotations: {example.com/note: hello}}}",
    "{metadata: {labels: {example.com/owner: me}}}",
    /* Refused by rules, whenever they come. */
    "{spec: {topology: {servers: 1}}}",
    "{spec: {image: {tag: 4.4.0-enterprise}}}",
    "{spec: {storage: {size: a lot}}}",
};

static int64_t servers_of(const struct json *object) {
    return json_integer_at(object, "spec.topology.servers", 0);
}

/* Growing is what this version can; a smaller number is not asked for. */
static void edit(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *name = words_take(&words, arena);
    const char *yaml = arena_strndup(arena, words.length ? words.data : "", words.length);
    int64_t wanted = servers_of(parse(arena, yaml));

    if (wanted > 1 && wanted < servers_of(cluster_of(run, name)))
        return;
    patch_cluster(run, name, yaml);
}

static const char *invent_edit(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "graph %s", CHANCE_OF(chance, edits));
}

/* Values that can't work, and what puts them right. */
static const struct {
    const char *breaks;
    const char *mends;
} breakages[] = {
    { "{spec: {image: {repo: nowhere.example/neo4x}}}", "{spec: {image: {repo: neo4j}}}" },
    { "{spec: {resources: {requests: {memory: 9000Gi}, limits: {memory: 9000Gi}}}}",
      "{spec: {resources: null}}" },
    { "{spec: {nodeSelector: {example.com/no: where}}}", "{spec: {nodeSelector: null}}" },
    { "{spec: {config: {server.memory.heap.max_size: 9000g}}}",
      "{spec: {config: {server.memory.heap.max_size: null}}}" },
    { "{spec: {config: {server.memory.pagecache.size: plenty}}}",
      "{spec: {config: {server.memory.pagecache.size: null}}}" },
    { "{spec: {auth: {adminSecret: not-there}}}", "{spec: {auth: {adminSecret: null}}}" },
    { "{spec: {serviceAccountName: nobody}}", "{spec: {serviceAccountName: null}}" },
};

static void mend(struct run *run, struct text words) {
    size_t which = (size_t)words_take_number(&words, ARRAY_LENGTH(breakages) - 1);

    patch_cluster(run, "graph", breakages[which].mends);
}

static void break_and_mend(struct run *run, struct text words) {
    struct text which = words;
    size_t number = (size_t)words_take_number(&words, ARRAY_LENGTH(breakages) - 1);

    patch_cluster(run, "graph", breakages[number].breaks);
    run_later(run, words_take_number(&words, MS_MAX), mend, which);
}

static const char *invent_breakage(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%llu %lld", (unsigned long long)chance_below(chance, ARRAY_LENGTH(breakages)),
                        (long long)chance_between(chance, 1000, 10 * MINUTE_MS));
}

/* Users keep their manifests: what comes again asks for what was there. */
static void remember(struct run *run, const char *name) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *object = cluster_of(run, name);
    struct json *again = parse(arena, arena_printf(arena, manifest, name));

    if (!object)
        return;
    json_set(arena, again, "spec", json_get(object, "spec"));
    free(run->manifest);
    run->manifest = xstrdup(json_print(arena, again));
}

static void recreate(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text name = words;
    const char *cluster = words_take(&words, arena);
    int64_t ms = words_take_number(&words, MS_MAX);

    remember(run, cluster);
    ensure(kube_delete(run->universe->kube, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "default", cluster, NULL,
                       KUBE_PROPAGATION_DEFAULT, NULL));
    /* Users try again until the name is free. */
    for (int64_t again_ms = ms; again_ms <= ms + 10 * MINUTE_MS; again_ms += 2 * MINUTE_MS)
        run_later(run, again_ms, create, name);
}

static const char *invent_recreate(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "graph %lld", (long long)chance_between(chance, 0, 5 * MINUTE_MS));
}

/* By then what belonged to the cluster is gone. */
static void recreate_with_stranger(struct run *run, struct text words) {
    recreate(run, TEXT("graph 60000"));
    run_later(run, MINUTE_MS / 2, strangers_come, words);
}

static void force(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    patch_cluster(run, words_take(&words, arena),
                  arena_printf(arena,
                               "{metadata: {annotations: {operator.neo4j.com/force-reconcile: '%lld'}}}",
                               (long long)universe_now(run->universe)));
}

/* ---- the administrator's password ---- */

static void set_password(struct arena *arena, struct json *secret, const char *password) {
    CLEANUP_BUFFER struct buffer encoded = { 0 };

    base64_encode(&encoded, password, strlen(password));
    json_set_string(arena, json_ensure_object(arena, secret, "data"), "password", buffer_string(&encoded));
}

static void set_secret(struct run *run, const char *password) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *patch = json_new_object(arena);
    struct error gone = { 0 };

    set_password(arena, patch, password);
    (void)!kube_merge_patch(run->universe->kube, arena, &KUBE_SECRETS, "default", secret_name, NULL, patch,
                            NULL, &gone);
}

/* The Secret gets what Neo4j has by now, as soon as a server says what that is. */
static void tell_secret(struct run *run, struct text words) {
    if (writer_find_password(run->writer))
        set_secret(run, writer_password(run->writer));
    else if (stage_get(run->universe, &KUBE_NEO4J_ENTERPRISE_CLUSTERS, "default", "graph"))
        run_later(run, MINUTE_MS / 2, tell_secret, TEXT(""));
}

static void rotate(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *password = words_take(&words, arena);
    struct bolt_value *parameters = bolt_new_map(arena);
    struct error err = { 0 };

    bolt_set_string(arena, parameters, "password", password);
    if (!*password ||
        !writer_administer(run->writer, "ALTER USER neo4j SET PASSWORD $password", parameters, &err)) {
        run_tell(run, "the password %s: %s", err.outcome_unknown ? "may have changed" : "stays", err.text);
        if (err.outcome_unknown)
            writer_suspect_password(run->writer, password);
    } else {
        writer_set_password(run->writer, password);
    }
    run_later(run, words_take_number(&words, MS_MAX), tell_secret, TEXT(""));
}

static const char *invent_rotation(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "rotated-%06llu %lld", (unsigned long long)chance_below(chance, 1000000),
                        (long long)chance_between(chance, 0, 3 * MINUTE_MS));
}

/* A Secret that somebody deleted is made again with the password that Neo4j has. Where no volume holds one
 * yet the operator may have made it already. */
static void restore_secret(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *secret = parse(arena, "{apiVersion: v1, kind: Secret, metadata: {name: neo4j-admin-secret, "
                                       "namespace: default}, data: {username: bmVvNGo=}}");
    struct error ignored = { 0 };

    if (stage_get(run->universe, &KUBE_SECRETS, "default", secret_name))
        return;
    /* Without servers there is nobody to ask, and there will be none before the Secret is there. */
    if (writer_find_password(run->writer) ||
        !stage_get(run->universe, &KUBE_STATEFUL_SETS, "default", "graph-server")) {
        set_password(arena, secret, writer_likely_password(run->writer));
        (void)!kube_create(run->universe->kube, arena, secret, NULL, &ignored);
    } else {
        run_later(run, MINUTE_MS / 2, restore_secret, TEXT(""));
    }
}

static void forget_secret(struct run *run, struct text words) {
    struct error ignored = { 0 };

    if (!*writer_password(run->writer))
        return;
    run_later(run, words_take_number(&words, MS_MAX), restore_secret, TEXT(""));
    (void)!kube_delete(run->universe->kube, &KUBE_SECRETS, "default", secret_name, NULL,
                       KUBE_PROPAGATION_DEFAULT, &ignored);
}

/* For a while the Secret holds a password that was never Neo4j's. */
static void mistype(struct run *run, struct text words) {
    if (!stage_get(run->universe, &KUBE_SECRETS, "default", secret_name) || !*writer_password(run->writer))
        return;
    run_later(run, words_take_number(&words, MS_MAX), tell_secret, TEXT(""));
    set_secret(run, "mistyped-by-hand");
}

static const char *invent_minutes(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%lld", (long long)chance_between(chance, 1000, 5 * MINUTE_MS));
}

/* ---- what is the operator's ---- */

static const struct {
    const struct kube_resource *resource;
    const char *name;
} owned[] = {
    { &KUBE_CONFIG_MAPS, "graph-config" },
    { &KUBE_SERVICES, "graph-headless" },
    { &KUBE_SERVICES, "graph-client" },
    { &KUBE_SERVICES, "graph-internals" },
    { &KUBE_SERVICES, "graph-server-1" },
    { &KUBE_STATEFUL_SETS, "graph-server" },
    { &KUBE_SERVICE_ACCOUNTS, "graph-discovery" },
    { &KUBE_ROLES, "graph-discovery" },
    { &KUBE_POD_DISRUPTION_BUDGETS, "graph-server" },
};

static const char *invent_owned(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%llu", (unsigned long long)chance_below(chance, ARRAY_LENGTH(owned)));
}

static void remove_owned(struct run *run, struct text words) {
    size_t which = (size_t)words_take_number(&words, ARRAY_LENGTH(owned) - 1);
    struct error ignored = { 0 };

    (void)!kube_delete(run->universe->kube, owned[which].resource, "default", owned[which].name, NULL,
                       KUBE_PROPAGATION_DEFAULT, &ignored);
}

static void change_owned(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    size_t which = (size_t)words_take_number(&words, ARRAY_LENGTH(owned) - 1);
    struct json *patch = parse(arena, "{metadata: {labels: {app.kubernetes.io/part-of: something-else, "
                                      "app.kubernetes.io/version: none}}}");
    struct error ignored = { 0 };

    (void)!kube_merge_patch(run->universe->kube, arena, owned[which].resource, "default", owned[which].name,
                            NULL, patch, NULL, &ignored);
}

/* ---- other kinds, which are judged so far ---- */

static const char *const others[] = {
    "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jDatabase, metadata: {name: sales, namespace: "
    "default}, "
    "spec: {clusterRef: graph, name: sales}}",
    "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jUser, metadata: {name: ann, namespace: default}, "
    "spec: "
    "{clusterRef: graph, username: ann, passwordSecretRef: {name: ann, key: password}}}",
    "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jRole, metadata: {name: reader, namespace: default}, "
    "spec: {clusterRef: graph, privileges: ['GRANT ACCESS ON DATABASE *']}}",
    "{apiVersion: v1, kind: Secret, metadata: {name: ann, namespace: default, labels: {example.com/of: "
    "user}}, "
    "stringData: {password: long-enough-1}}",
};

static const char *invent_other(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%llu %s", (unsigned long long)chance_below(chance, ARRAY_LENGTH(others)),
                        chance_is(chance, 600) ? "apply" : "delete");
}

static void do_other(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *object = parse(arena, others[words_take_number(&words, ARRAY_LENGTH(others) - 1)]);
    struct error ignored = { 0 };

    if (text_is(text_cut(&words, ' '), "apply")) {
        (void)!kube_apply(run->universe->kube, arena, "user", object, NULL, &ignored);
        return;
    }
    const struct kube_resource *resource =
        kube_resource_of_kind(json_string_at(object, "apiVersion", ""), json_string_at(object, "kind", ""));
    ensure(resource);
    (void)!kube_delete(run->universe->kube, resource, "default", json_string_at(object, "metadata.name", ""),
                       NULL, KUBE_PROPAGATION_DEFAULT, &ignored);
}

/* ---- the operator's own options ---- */

static void watch_all(struct run *run, struct text words) {
    run->namespaces = NULL;
    run_kill_operator(run, 1000);
}

/* For a while the operator watches another namespace only. */
static void look_elsewhere(struct run *run, struct text words) {
    static const char *const elsewhere[] = { "kube-public", NULL };

    run->namespaces = elsewhere;
    run_kill_operator(run, 1000);
    run_later(run, words_take_number(&words, MS_MAX), watch_all, TEXT(""));
}

static void apply_all(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    while (words.length) {
        struct text line = text_cut(&words, '\n');
        struct json *object = NULL;
        struct error err = { 0 };
        if (!json_parse(arena, line, NULL, &object, NULL) || !json_is(object, JSON_OBJECT))
            continue;
        if (!kube_apply(run->universe->kube, arena, "user", object, NULL, &err))
            run_tell(run, "refused: %s", err.text);
    }
}

const struct deed_kind intent_apply = { "apply", false, 0, NULL, apply_all, "all that is wanted is applied" };

void intents_put_right(struct run *run) {
    /* After wrong passwords Neo4j answers nobody for some seconds: until it does. */
    run_later(run, MINUTE_MS / 6, tell_secret, TEXT(""));
    for (size_t i = 0; i < ARRAY_LENGTH(breakages); i++)
        patch_cluster(run, "graph", breakages[i].mends);
}

/* The first is what every schedule begins with. */
const struct deed_kind intents[] = {
    { "create", false, 6, invent_create, create, "a cluster is wanted" },
    { "edit", false, 40, invent_edit, edit, "a field changes" },
    { "break", false, 8, invent_breakage, break_and_mend,
      "a field gets a value that can't work, for a while" },
    { "recreate", false, 3, invent_recreate, recreate, "the cluster is deleted, and wanted again" },
    { "force", false, 4, invent_create, force, "a reconcile is asked for" },
    { "rotate", false, 4, invent_rotation, rotate, "the password changes in Neo4j, then in the Secret" },
    { "mistype", false, 3, invent_minutes, mistype, "the Secret holds a wrong password for a while" },
    { "forget-secret", false, 2, invent_minutes, forget_secret,
      "the admin Secret is deleted, and made again later" },
    { "stranger", false, 2, strangers_invent, recreate_with_stranger,
      "the cluster is deleted, and when it comes back one of its names is taken" },
    { "remove-owned", false, 6, invent_owned, remove_owned, "an object of the operator's is deleted" },
    { "change-owned", false, 6, invent_owned, change_owned, "an object of the operator's is changed" },
    { "other", false, 6, invent_other, do_other, "an object of another kind comes or goes" },
    { "elsewhere", false, 1, invent_minutes, look_elsewhere,
      "the operator watches another namespace for a while" },
    { 0 },
};
