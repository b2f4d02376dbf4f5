/* What must hold. A capability that comes adds its rows here. */
#include "api/kinds.h"
#include "base/encoding.h"
#include "resources/labels.h"
#include "simulate/discipline.h"
#include "simulate/stage.h"
#include "simulate/writer.h"

struct run_state *invariant_state(struct run *run, const struct invariant *self) {
    return &run->states[self - invariants];
}

struct json *invariant_object(struct run *run, struct arena *arena, const char *collection,
                              const char *namespace, const char *name) {
    const struct store_value *value =
        store_get(api_store(run->universe->api), collection, store_key(arena, namespace, name));

    return value ? store_value_parse(arena, value) : NULL;
}

static const struct json *condition_of(const struct json *object, const char *type) {
    JSON_FOR_EACH_ITEM (item, json_at(object, "status.conditions"))
        if (str_equal(json_string_at(item, "type", ""), type))
            return item;
    return NULL;
}

static bool is_true(const struct json *condition) {
    return str_equal(json_string_at(condition, "status", ""), "True");
}

bool invariant_is_change(enum kube_verb verb) {
    return verb != KUBE_GET && verb != KUBE_LIST;
}

/* ---- what the operator does ---- */

/* What a call rests on is there no more: the API server refuses it. */
bool invariant_is_refused(const struct json *live, const char *uid, const char *resource_version) {
    return (uid && !str_equal(uid, json_string_at(live, "metadata.uid", ""))) ||
           (resource_version &&
            !str_equal(resource_version, json_string_at(live, "metadata.resourceVersion", "")));
}

static void keep_volumes(struct run *run, const struct invariant *self, const struct kube_call *call) {
    if (call->verb == KUBE_DELETE &&
        (call->resource == &KUBE_PERSISTENT_VOLUME_CLAIMS || call->resource == &KUBE_PERSISTENT_VOLUMES))
        run_break(run, self, "the operator deletes %s", call->name);
}

static void keep_serving_pods(struct run *run, const struct invariant *self, const struct kube_call *call) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    if (call->verb != KUBE_DELETE || call->resource != &KUBE_PODS)
        return;
    const struct json *pod = invariant_object(run, arena, "pods", call->namespace, call->name);
    if (pod && !invariant_is_refused(pod, call->precondition_uid, call->precondition_resource_version) &&
        is_true(condition_of(pod, "Ready")))
        run_break(run, self, "the operator deletes pod %s, which serves", call->name);
}

static void keep_servers(struct run *run, const struct invariant *self, const struct kube_call *call) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    if (call->resource != &KUBE_STATEFUL_SETS || !invariant_is_change(call->verb))
        return;
    if (call->verb == KUBE_DELETE) {
        run_break(run, self, "the operator deletes StatefulSet %s", call->name);
        return;
    }
    const struct json *live = invariant_object(run, arena, "statefulsets.apps", call->namespace, call->name);
    int64_t before = json_integer_at(live, "spec.replicas", 0);
    int64_t after = json_integer_at(call->body, "spec.replicas", before);
    if (after < before && !invariant_is_refused(live, json_string_at(call->body, "metadata.uid", NULL),
                                                json_string_at(call->body, "metadata.resourceVersion", NULL)))
        run_break(run, self, "the operator takes StatefulSet %s from %lld to %lld servers", call->name,
                  (long long)before, (long long)after);
}

static void keep_password(struct run *run, const struct invariant *self, const struct kube_call *call) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    if (call->verb != KUBE_CREATE || call->resource != &KUBE_SECRETS)
        return;
    struct store_list claims = store_list(api_store(run->universe->api), arena, "persistentvolumeclaims",
                                          arena_printf(arena, "%s/", call->namespace ? call->namespace : ""));
    if (claims.count)
        run_break(run, self, "the operator makes up a new password while %zu volumes hold another",
                  claims.count);
}

static void rest(struct run *run, const struct invariant *self, const struct kube_call *call) {
    if (run->rest_ns && invariant_is_change(call->verb))
        run_break(run, self, "the operator writes %s %s although all has come to rest",
                  call->resource->plural, call->name ? call->name : "");
}

/* ---- what must stay hidden ---- */

enum { SECRETS_MAX = 64 };

struct known_secrets {
    char *texts[SECRETS_MAX];
    size_t count;
};

static void learn(struct known_secrets *known, const char *text) {
    for (size_t i = 0; i < known->count; i++)
        if (str_equal(known->texts[i], text))
            return;
    if (known->count < SECRETS_MAX)
        known->texts[known->count++] = xstrdup(text);
}

static void free_known(void *data) {
    struct known_secrets *known = data;

    for (size_t i = 0; i < known->count; i++)
        free(known->texts[i]);
    free(known);
}

static struct known_secrets *known_secrets(struct run *run, const struct invariant *self) {
    struct run_state *state = invariant_state(run, self);

    if (!state->data)
        *state = (struct run_state){ XNEW(struct known_secrets), free_known };
    return state->data;
}

static void look_for_secrets(struct run *run, const struct invariant *self, const char *text,
                             const char *where) {
    const struct known_secrets *known = known_secrets(run, self);

    for (size_t i = 0; i < known->count; i++)
        if (strstr(text, known->texts[i]))
            run_break(run, self, "a password stands in %s", where);
}

static void learn_secret(struct run *run, const struct invariant *self, const struct store_event *event) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *secret = store_value_parse(arena, event->value);
    const char *encoded = json_string_at(secret, "data.password", NULL);
    CLEANUP_BUFFER struct buffer password = { 0 };

    if (encoded && base64_decode(&password, text_from(encoded)) && password.length >= 6)
        learn(known_secrets(run, self), buffer_string(&password));
}

static bool is_shown(const char *collection) {
    return str_starts_with(collection, "events") || strstr(collection, "neo4j.neo4j.com") ||
           str_equal(collection, "configmaps") || str_starts_with(collection, "statefulsets") ||
           str_equal(collection, "pods");
}

static void hide_in_objects(struct run *run, const struct invariant *self, const struct store_event *event) {
    if (str_equal(event->collection, "secrets"))
        learn_secret(run, self, event);
    else if (is_shown(event->collection)) {
        CLEANUP_FREE char *text = xstrndup(event->value->bytes.data, event->value->bytes.length);
        look_for_secrets(run, self, text, event->collection);
    }
}

static void hide_in_log(struct run *run, const struct invariant *self, const char *line) {
    look_for_secrets(run, self, line, "the log");
}

/* ---- what status says ---- */

#define CLUSTERS "neo4jenterpriseclusters.neo4j.neo4j.com"

static void explain(struct run *run, const struct invariant *self, const struct store_event *event) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    if (!strstr(event->collection, "neo4j.neo4j.com") || event->type == STORE_DELETED)
        return;
    const struct json *object = store_value_parse(arena, event->value);
    const struct json *ready = condition_of(object, "Ready");
    const char *phase = json_string_at(object, "status.phase", NULL);
    if (run->coverage && phase) {
        CLEANUP_FREE char *state = xprintf("%s %s %s", json_string_at(object, "kind", ""), phase,
                                           json_string_at(ready, "reason", ""));
        coverage_note(run->coverage, "state", state);
    }
    if (!phase || is_true(ready))
        return;
    if (!ready || strlen(json_string_at(ready, "message", "")) < 8 ||
        str_empty(json_string_at(ready, "reason", "")))
        run_break(run, self, "%s is %s and does not say why", event->value->key, phase);
}

/* Whether status tells of server i of replicas that it is part of the cluster, and of none before it. */
static bool is_told_to_serve(const struct json *replicas, uint32_t i) {
    const struct json *replica = &replicas->members[i].value;
    const char *id = json_string_at(replica, "serverId", "");

    for (uint32_t before = 0; before < i; before++)
        if (str_equal(id, json_string_at(&replicas->members[before].value, "serverId", "")))
            return false;
    return str_equal(json_string_at(replica, "state", ""), "Enabled") &&
           str_equal(json_string_at(replica, "health", ""), "Available");
}

static void agree(struct run *run, const struct invariant *self, const struct store_event *event) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    if (!str_equal(event->collection, CLUSTERS) || event->type == STORE_DELETED)
        return;
    const struct json *object = store_value_parse(arena, event->value);
    const struct json *replicas = json_at(object, "status.replicas");
    int64_t servers = json_integer_at(object, "status.servers", 0), serving = 0;
    if (!is_true(condition_of(object, "Ready")))
        return;
    for (uint32_t i = 0; i < json_length(replicas); i++)
        serving += is_told_to_serve(replicas, i);
    if (!servers || serving < servers)
        run_break(run, self, "%s claims to be Ready, and tells of %lld of its %lld servers that they serve",
                  event->value->key, (long long)serving, (long long)servers);
}

static size_t ready_pods(struct run *run, struct arena *arena, const char *cluster) {
    struct store_list pods = store_list(api_store(run->universe->api), arena, "pods", "default/");
    CLEANUP_FREE char *prefix = xprintf("default/%s-server-", cluster);
    size_t count = 0;

    for (size_t i = 0; i < pods.count; i++)
        count += str_starts_with(pods.items[i]->key, prefix) &&
                 is_true(condition_of(store_value_parse(arena, pods.items[i]), "Ready"));
    return count;
}

static void be_ready_at_the_end(struct run *run, const struct invariant *self) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *cluster = invariant_object(run, arena, CLUSTERS, "default", "graph");
    int64_t wanted = json_integer_at(cluster, "spec.topology.servers", 0);
    size_t there = ready_pods(run, arena, "graph");

    if (!cluster)
        return;
    bool claims = str_equal(json_string_at(cluster, "status.phase", ""), "Ready");
    if (claims && (int64_t)there < wanted)
        run_break(run, self, "graph claims to be Ready with %zu of %lld servers", there, (long long)wanted);
    if (!claims && run->is_over)
        run_break(run, self, "all was put right, and graph is %s: %s",
                  json_string_at(cluster, "status.phase", "?"),
                  json_string_at(condition_of(cluster, "Ready"), "message", ""));
}

static void see_generation(struct run *run, const struct invariant *self) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *cluster = invariant_object(run, arena, CLUSTERS, "default", "graph");

    if (cluster && json_integer_at(cluster, "status.observedGeneration", -1) !=
                       json_integer_at(cluster, "metadata.generation", 0))
        run_break(run, self, "graph's generation %lld was never seen: status is of %lld",
                  (long long)json_integer_at(cluster, "metadata.generation", 0),
                  (long long)json_integer_at(cluster, "status.observedGeneration", -1));
}

static void let_go(struct run *run, const struct invariant *self) {
    for (size_t i = 0; i < api_kind_count; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const struct kube_resource *resource =
            kube_resource_of_kind("neo4j.neo4j.com/v1alpha1", api_kinds[i].name);
        struct json *items = NULL;
        if (!kube_list(run->universe->kube, arena, resource, NULL, NULL, &items, NULL))
            continue;
        JSON_FOR_EACH_ITEM (item, items)
            if (json_at(item, "metadata.deletionTimestamp"))
                run_break(run, self, "%s %s is still being deleted", api_kinds[i].name,
                          json_string_at(item, "metadata.name", ""));
    }
}

/* ---- what is left behind ---- */

static const struct kube_resource *const owned[] = {
    &KUBE_CONFIG_MAPS, &KUBE_SERVICES,      &KUBE_STATEFUL_SETS,          &KUBE_SERVICE_ACCOUNTS,
    &KUBE_ROLES,       &KUBE_ROLE_BINDINGS, &KUBE_POD_DISRUPTION_BUDGETS,
};

static bool is_owned_by(const struct json *object, const char *uid) {
    JSON_FOR_EACH_ITEM (owner, json_at(object, "metadata.ownerReferences"))
        if (json_bool_at(owner, "controller", false) && str_equal(json_string_at(owner, "uid", ""), uid))
            return true;
    return false;
}

static void belong(struct run *run, const struct invariant *self) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *cluster = invariant_object(run, arena, CLUSTERS, "default", "graph");
    const char *uid = json_string_at(cluster, "metadata.uid", "?");

    for (size_t i = 0; i < ARRAY_LENGTH(owned); i++) {
        struct json *items = NULL;
        if (!kube_list(run->universe->kube, arena, owned[i], "default", SELECTOR_MANAGED, &items, NULL))
            continue;
        JSON_FOR_EACH_ITEM (item, items)
            if (!is_owned_by(item, uid))
                run_break(run, self, "%s %s belongs to no cluster that is there", owned[i]->kind,
                          json_string_at(item, "metadata.name", ""));
    }
}

/* With it a server that lost its store would wait for others to form a new cluster with. Source: Operations
 * Manual, "Deploy a basic cluster". */
static void form_once(struct run *run, const struct invariant *self) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *cluster = invariant_object(run, arena, CLUSTERS, "default", "graph");
    const struct json *files = invariant_object(run, arena, "configmaps", "default", "graph-config");

    if (str_empty(json_string_at(cluster, "status.clusterID", "")))
        return;
    JSON_FOR_EACH_MEMBER (file, json_get(files, "data"))
        if (strstr(json_string(&file->value, ""), "minimum_initial_system_primaries_count"))
            run_break(run, self, "graph has formed, and %s tells its servers to form a cluster", file->key);
}

static void keep_identity(struct run *run, const struct invariant *self, const struct store_event *event) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct run_state *state = invariant_state(run, self);

    if (!str_equal(event->collection, CLUSTERS) || event->type == STORE_DELETED ||
        !str_equal(event->value->key, "default/graph"))
        return;
    const char *id = json_string_at(store_value_parse(arena, event->value), "status.clusterID", "");
    if (*id && state->data && !str_equal(state->data, id))
        run_break(run, self, "graph was cluster %s and is now %s", (const char *)state->data, id);
    if (*id && !state->data)
        *state = (struct run_state){ xstrdup(id), free };
}

/* ---- data ---- */

static void keep_writes(struct run *run, const struct invariant *self) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct error err = { 0 };
    uint64_t missing;

    if (!invariant_object(run, arena, CLUSTERS, "default", "graph") || !writer_acknowledged(run->writer))
        return;
    if (!writer_check(run->writer, &missing, &err))
        run_break(run, self, "the database does not answer: %s", err.text);
    else if (missing)
        run_break(run, self, "entry %llu was acknowledged, and is gone", (unsigned long long)missing);
}

const struct invariant invariants[] = {
    { "volumes-stay", "No volume is removed that the spec did not ask for.", .at_call = keep_volumes },
    { "serving-pods-stay", "No pod that serves is deleted.", .at_call = keep_serving_pods },
    { "servers-stay", "No cluster is made smaller than it is.", .at_call = keep_servers },
    { "password-stays", "No password is made up while volumes hold another.", .at_call = keep_password },
    { "others-stay", "What somebody else made is left alone.", .at_call = discipline_leave_others },
    { "retries-wait", "What fails is not tried again at once, over and over.",
      .at_call = discipline_keep_calm, .at_failure = discipline_wait_to_retry },
    { "told-once", "An event is not told at each pass.", .at_write = discipline_tell_once },
    { "rest", "Nothing is written when all is as it is wanted.", .at_call = rest },
    { "secrets-hidden", "No password is in a log line, an event, a status or a manifest.",
      .at_write = hide_in_objects, .at_log = hide_in_log },
    { "waits-explained", "What is not Ready says why.", .at_write = explain },
    { "identity-stays", "A cluster that formed never becomes another one.", .at_write = keep_identity },
    { "ready-means-ready", "Ready is claimed when it is so, and it is so in the end.",
      .at_end = be_ready_at_the_end },
    { "ready-agrees", "Ready is claimed only together with every server that serves.", .at_write = agree },
    { "owners-live", "What the operator made belongs to what is there.", .at_end = belong },
    { "forms-once", "A cluster that formed is not told to form again.", .at_end = form_once },
    { "generation-seen", "Status speaks of the spec as it is.", .at_end = see_generation },
    { "deletions-end", "Nothing stays in deletion.", .at_end = let_go },
    { "writes-stay", "What the database acknowledged is there.", .at_end = keep_writes },
    { 0 },
};

_Static_assert(ARRAY_LENGTH(invariants) <= RUN_INVARIANTS_MAX, "each has a place for what it remembers");
