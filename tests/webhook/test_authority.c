#include "certificate_world.h"
#include "kube/fake_kube.h"
#include "kube/test_clock.h"
#include "test.h"

#include "base/encoding.h"
#include "base/file.h"
#include "base/log.h"
#include "base/yaml.h"
#include "webhook/authority.h"
#include "webhook/bundle.h"
#include "webhook/injector.h"

extern const char webhook_root_folder[];

enum { SECRET, VALIDATING, MUTATING, OBJECTS };

/* An API server that keeps one Secret and two configurations, and tells the watches of every change. */
struct registry {
    struct fake_kube kube; /* first */
    struct test_clock clock;
    struct arena *arena;
    struct json *objects[OBJECTS]; /* NULL: none */
    int version;
    int calls;
    struct json *used;         /* "update /secrets" … */
    enum error_kind refuses;   /* writes of the configurations */
    const struct json *ahead;  /* a Secret that another replica makes just before our next write of it */
    bool is_silent;            /* the watches are behind: they tell nothing */
    struct certificate served; /* what was handed on last */
    int handed_on;
};

static int place_of(const struct kube_resource *resource) {
    return resource == &KUBE_SECRETS                             ? SECRET
           : resource == &KUBE_VALIDATING_WEBHOOK_CONFIGURATIONS ? VALIDATING
                                                                 : MUTATING;
}

static const struct kube_resource *const resources[] = { &KUBE_SECRETS,
                                                         &KUBE_VALIDATING_WEBHOOK_CONFIGURATIONS,
                                                         &KUBE_MUTATING_WEBHOOK_CONFIGURATIONS };

static void tell(struct registry *registry, int place, enum kube_event event, const struct json *object) {
    const struct kube_watcher *watcher = &registry->kube.watches[place].watcher;

    if (place < registry->kube.watch_count && !registry->is_silent)
        watcher->event(watcher->context, event, object);
}

static struct json *store(struct registry *registry, int place, const struct json *object) {
    static const char *const names[] = { AUTHORITY_SECRET, INJECTOR_VALIDATING, INJECTOR_MUTATING };
    struct json *kept = json_copy(registry->arena, object);
    struct json *metadata = json_ensure_object(registry->arena, kept, "metadata");

    json_set_string(registry->arena, metadata, "name", names[place]);
    json_set_string(registry->arena, metadata, "uid", "u");
    json_set_string(registry->arena, metadata, "resourceVersion",
                    arena_printf(registry->arena, "%d", ++registry->version));
    kube_name_kind(registry->arena, kept, resources[place]);
    registry->objects[place] = kept;
    tell(registry, place, KUBE_EVENT_MODIFIED, kept);
    return kept;
}

static void erase(struct registry *registry, int place) {
    struct json *gone = registry->objects[place];

    registry->objects[place] = NULL;
    tell(registry, place, KUBE_EVENT_DELETED, gone);
}

/* What server-side apply does with it: the webhooks are told apart by their names. */
static struct json *merge(struct registry *registry, const struct json *present, const struct json *applied) {
    struct json *merged = json_copy(registry->arena, present);

    JSON_FOR_EACH_ITEM (wanted, json_get(applied, "webhooks"))
        JSON_FOR_EACH_ITEM (webhook, json_get(merged, "webhooks"))
            if (str_equal(json_string(json_get(webhook, "name"), ""),
                          json_string(json_get(wanted, "name"), "")))
                json_set_string(registry->arena, json_get(webhook, "clientConfig"), "caBundle",
                                json_string_at(wanted, "clientConfig.caBundle", ""));
    return merged;
}

static void record(struct registry *registry, const char *verb, const struct kube_resource *resource) {
    json_set_bool(registry->arena, registry->used,
                  arena_printf(registry->arena, "%s %s/%s", verb, resource->group, resource->plural), true);
}

static bool answer(void *context, const struct kube_call *call, struct arena *arena, struct json **out_object,
                   struct error *err) {
    static const char *const verbs[] = {
        [KUBE_GET] = "get", [KUBE_CREATE] = "create", [KUBE_UPDATE] = "update", [KUBE_APPLY] = "patch"
    };
    struct registry *registry = context;
    int place = place_of(call->resource);

    registry->calls++;
    record(registry, verbs[call->verb], call->resource);
    if (place == SECRET && call->verb != KUBE_GET && registry->ahead) {
        store(registry, SECRET, registry->ahead);
        registry->ahead = NULL;
    }
    struct json *present = registry->objects[place];
    if (call->verb == KUBE_CREATE && present)
        return error_set(err, ERROR_ALREADY_EXISTS, "there");
    if (call->verb != KUBE_CREATE && !present)
        return error_set(err, ERROR_NOT_FOUND, "none");
    if (call->verb == KUBE_UPDATE && !str_equal(json_string_at(call->body, "metadata.resourceVersion", ""),
                                                json_string_at(present, "metadata.resourceVersion", "")))
        return error_set(err, ERROR_CONFLICT, "changed");
    if (place != SECRET && registry->refuses)
        return error_set(err, registry->refuses, "no");
    if (call->verb != KUBE_GET)
        present = store(registry, place, place == SECRET ? call->body : merge(registry, present, call->body));
    *out_object = json_copy(arena, present);
    return true;
}

static bool serve(void *context, const struct certificate_secret *held, struct error *err) {
    struct registry *registry = context;

    certificate_clear(&registry->served);
    registry->served = certificate_share(&held->serving);
    registry->handed_on++;
    return true;
}

static const struct json *configuration(struct arena *arena) {
    struct json *documents = NULL;
    struct error err = { 0 };

    if (!yaml_parse(
            arena,
            TEXT(
                "webhooks: [{name: a.example, failurePolicy: Ignore, clientConfig: {service: {name: hook}}}, "
                "{name: b.example, timeoutSeconds: 5, clientConfig: {caBundle: eA==}}]"),
            &documents, &err))
        fail_msg("%s", err.text);
    return json_item(documents, 0);
}

static void registry_begin(struct registry *registry) {
    *registry =
        (struct registry){ .kube = fake_kube_make(), .clock = test_clock_make(), .arena = arena_new() };
    log_set_level(LOG_LEVEL_ERROR);
    registry->kube.answer = answer;
    registry->kube.context = registry;
    registry->clock.now_ns = T0 * NANOSECONDS_PER_SECOND;
    registry->used = json_new_object(registry->arena);
    store(registry, VALIDATING, configuration(registry->arena));
    store(registry, MUTATING, configuration(registry->arena));
}

static void registry_clear(struct registry *registry) {
    certificate_clear(&registry->served);
    arena_free(registry->arena);
}
#define REGISTRY(name)                                                                                       \
    CLEANUP(registry_clear) struct registry name;                                                            \
    registry_begin(&name)

static struct authority *authority_of(struct registry *registry, enum certificates_mode mode) {
    return authority_new(&(struct authority_options){ .kube = &registry->kube.port,
                                                      .clock = &registry->clock.clock,
                                                      .namespace = "ns",
                                                      .names = service_names,
                                                      .mode = mode,
                                                      .context = registry,
                                                      .serve = serve });
}

/* The watches' first lists. */
static void list(struct registry *registry) {
    for (int place = 0; place < registry->kube.watch_count; place++) {
        const struct kube_watcher *watcher = &registry->kube.watches[place].watcher;
        record(registry, "list", registry->kube.watches[place].resource);
        record(registry, "watch", registry->kube.watches[place].resource);
        if (registry->objects[place])
            watcher->event(watcher->context, KUBE_EVENT_LISTED, registry->objects[place]);
        watcher->listed(watcher->context);
    }
}

static int64_t step(struct authority *authority) {
    struct error err = { 0 };
    int64_t wait_ms = 0;

    if (!authority_step(authority, &wait_ms, &err))
        fail_msg("%s", err.text);
    return wait_ms;
}

/* What is served is trusted by every webhook, and both configurations are as they were otherwise. */
static void assert_in_order(struct registry *registry) {
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret held = { 0 };
    CLEANUP_ARENA struct arena *arena = arena_new();

    certificate_secret_read(registry->objects[SECRET], &held);
    assert_non_null(held.issuer);
    assert_true(certificate_equal(&held.serving, &registry->served));
    for (int place = VALIDATING; place <= MUTATING; place++) {
        assert_true(bundle_is_everywhere(registry->objects[place], certificate_secret_bundle(arena, &held)));
        struct json *rest = json_copy(arena, registry->objects[place]);
        const struct json *before = configuration(arena);
        json_remove(json_at(rest, "webhooks.0.clientConfig"), "caBundle");
        json_set_string(arena, json_at(rest, "webhooks.1.clientConfig"), "caBundle", "eA==");
        assert_true(json_equal(json_get(rest, "webhooks"), json_get(before, "webhooks")));
    }
}

TEST("the Secret is made, served, and trusted by both configurations; then nothing is sent") {
    REGISTRY(registry);
    CLEANUP_POINTER(authority_free) struct authority *authority = authority_of(&registry, CERTIFICATES_OWN);

    step(authority);
    assert_int_equal(registry.calls, 0); /* nothing is known yet */
    assert_false(authority_state(authority).is_usable);
    list(&registry);
    step(authority);
    assert_in_order(&registry);
    assert_int_equal(registry.calls, 3);
    assert_true(authority_state(authority).is_usable);
    assert_int_equal(authority_state(authority).ends, T0 + SERVING_SECONDS);
    for (int i = 0; i < 10; i++)
        assert_true(step(authority) <= AUTHORITY_LOOK_MS_MAX);
    assert_int_equal(registry.calls, 3);
    assert_int_equal(registry.handed_on, 1);
}

TEST("what is damaged or deleted is put right by one pass") {
    REGISTRY(registry);
    CLEANUP_POINTER(authority_free) struct authority *authority = authority_of(&registry, CERTIFICATES_OWN);

    list(&registry);
    step(authority);
    struct json *damaged = json_copy(registry.arena, registry.objects[SECRET]);
    erase(&registry, SECRET);
    step(authority);
    assert_in_order(&registry);

    json_remove(damaged, "data");
    store(&registry, SECRET, damaged);
    step(authority);
    assert_in_order(&registry);

    damaged = json_copy(registry.arena, registry.objects[MUTATING]);
    json_set_string(registry.arena, json_at(damaged, "webhooks.0.clientConfig"), "caBundle", "bm9uZQ==");
    store(&registry, MUTATING, damaged);
    step(authority);
    assert_in_order(&registry);

    registry.clock.now_ns += 400 * DAY * NANOSECONDS_PER_SECOND;
    step(authority);
    assert_in_order(&registry);

    erase(&registry, VALIDATING);
    int calls = registry.calls;
    step(authority);
    assert_int_equal(registry.calls, calls);
    store(&registry, VALIDATING, configuration(registry.arena));
    step(authority);
    assert_in_order(&registry);
}

TEST("of two replicas that write at the same time, the loser serves the winner's") {
    for (int is_behind = 0; is_behind < 2; is_behind++) {
        REGISTRY(registry);
        CLEANUP_POINTER(authority_free)
        struct authority *authority = authority_of(&registry, CERTIFICATES_OWN);
        CLEANUP_CERTIFICATE_SECRET struct certificate_secret other = { 0 };

        carry_out_at(&other, ROTATION_CREATE, T0);
        list(&registry);
        registry.is_silent = is_behind;
        registry.ahead = secret_of(registry.arena, &other);
        step(authority); /* both create */
        assert_true(certificate_equal(&registry.served, &other.serving));

        registry.clock.now_ns = (T0 + 250 * DAY) * NANOSECONDS_PER_SECOND;
        carry_out_at(&other, ROTATION_RENEW, T0 + 250 * DAY);
        registry.ahead = secret_of(registry.arena, &other);
        step(authority); /* both renew */
        assert_true(certificate_equal(&registry.served, &other.serving));
        assert_int_equal(authority_state(authority).rotations, 0);
        assert_in_order(&registry);
    }
}

TEST("in seventy years every authority hands over to the next, and at each step everybody trusts") {
    REGISTRY(registry);
    CLEANUP_POINTER(authority_free) struct authority *authority = authority_of(&registry, CERTIFICATES_OWN);
    int passes = 0;

    list(&registry);
    while (registry.clock.now_ns / NANOSECONDS_PER_SECOND < T0 + 25550 * DAY) {
        step(authority);
        assert_in_order(&registry);
        registry.clock.now_ns += DAY * 30 * NANOSECONDS_PER_SECOND;
        passes++;
    }
    /* A take-over is begun and done every 6 2/3 years, a certificate renewed every 2/3 year. */
    uint64_t rotations = authority_state(authority).rotations;
    assert_in_range(rotations, 105, 150);
    assert_true(passes > 800);
}

TEST("a refusal is told, backs off, and does not keep the certificate from being served") {
    REGISTRY(registry);
    CLEANUP_POINTER(authority_free) struct authority *authority = authority_of(&registry, CERTIFICATES_OWN);
    struct error err = { 0 };
    int64_t wait_ms = 0, last_ms = 0;

    registry.refuses = ERROR_FORBIDDEN;
    list(&registry);
    for (int i = 0; i < 12; i++) {
        assert_false(authority_step(authority, &wait_ms, &err));
        assert_int_equal(err.kind, ERROR_FORBIDDEN);
        assert_true(wait_ms >= last_ms && wait_ms <= AUTHORITY_RETRY_MS_MAX);
        last_ms = wait_ms;
    }
    assert_int_equal(last_ms, AUTHORITY_RETRY_MS_MAX);
    assert_string_equal(err.text, "ValidatingWebhookConfiguration neo4j-operator-validating: no");
    assert_true(authority_state(authority).is_usable);
    registry.refuses = ERROR_NONE;
    step(authority);
    assert_in_order(&registry);
}

TEST("cert-manager's Secret is served and copied to configurations, and never written") {
    REGISTRY(registry);
    CLEANUP_POINTER(authority_free)
    struct authority *authority = authority_of(&registry, CERTIFICATES_CERT_MANAGER);
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret theirs = { 0 };

    list(&registry);
    step(authority);
    assert_int_equal(registry.calls, 0);
    assert_string_equal(authority_state(authority).reason, "cert-manager has not written the Secret yet");
    carry_out_at(&theirs, ROTATION_CREATE, T0);
    store(&registry, SECRET, secret_of(registry.arena, &theirs));
    step(authority);
    assert_in_order(&registry);
    assert_int_equal(registry.calls, 2);
    assert_true(authority_state(authority).is_usable);

    struct json *injected = json_copy(registry.arena, configuration(registry.arena));
    json_set_string(registry.arena,
                    json_ensure_object(registry.arena,
                                       json_ensure_object(registry.arena, injected, "metadata"),
                                       "annotations"),
                    "cert-manager.io/inject-ca-from", "ns/hook");
    store(&registry, MUTATING, injected);
    step(authority);
    assert_int_equal(registry.calls, 2);
}

/* Steps until a pass succeeds or fails; returns the failure, or none. */
static struct error failure_of(struct authority *authority) {
    struct error err = { 0 };
    int64_t wait_ms;

    (void)authority_step(authority, &wait_ms, &err);
    return err;
}

TEST("a Secret that somebody else writes is served, trusted and not written, and told") {
    REGISTRY(registry);
    CLEANUP_POINTER(authority_free) struct authority *authority = authority_of(&registry, CERTIFICATES_OWN);
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret theirs = { 0 };

    carry_out_at(&theirs, ROTATION_CREATE, T0);
    struct json *secret = secret_of(registry.arena, &theirs);
    struct json *metadata = json_ensure_object(registry.arena, secret, "metadata");
    json_set_string(registry.arena, json_ensure_object(registry.arena, metadata, "annotations"),
                    "cert-manager.io/certificate-name", "hook");
    store(&registry, SECRET, secret);
    list(&registry);
    for (int i = 0; i < 5; i++) {
        struct error err = failure_of(authority);
        assert_non_null(strstr(err.text, "Secret ns/" AUTHORITY_SECRET " is left as it is"));
        assert_non_null(strstr(err.text, "--webhook-certificates=cert-manager"));
        registry.clock.now_ns += 60 * DAY * NANOSECONDS_PER_SECOND;
    }
    assert_true(certificate_equal(&registry.served, &theirs.serving));
    assert_int_equal(registry.calls, 2); /* the two bundles */
    assert_true(authority_state(authority).is_usable);
    assert_in_order(&registry);

    registry.clock.now_ns += 365 * DAY * NANOSECONDS_PER_SECOND;
    assert_int_not_equal(failure_of(authority).kind, ERROR_NONE);
    assert_int_equal(registry.calls, 2);
    assert_false(authority_state(authority).is_usable);
    erase(&registry, SECRET);
    step(authority);
    assert_in_order(&registry);
}

static void forbid(struct registry *registry, int place) {
    const struct kube_watcher *watcher = &registry->kube.watches[place].watcher;
    struct error err = { 0 };

    error_set(&err, ERROR_FORBIDDEN, "not permitted");
    watcher->failed(watcher->context, &err);
}

TEST("a Secret that may not be read is told where readiness is asked for") {
    REGISTRY(registry);
    CLEANUP_POINTER(authority_free) struct authority *authority = authority_of(&registry, CERTIFICATES_OWN);

    forbid(&registry, SECRET);
    struct error err = failure_of(authority);
    assert_int_equal(err.kind, ERROR_FORBIDDEN);
    assert_string_equal(err.text, "not permitted");
    assert_string_equal(authority_state(authority).reason, err.text);
    assert_int_equal(registry.calls, 0);
    list(&registry);
    step(authority);
    assert_in_order(&registry);
}

TEST("a configuration that may not be read is told, and does not keep the other from its bundle") {
    REGISTRY(registry);
    CLEANUP_POINTER(authority_free) struct authority *authority = authority_of(&registry, CERTIFICATES_OWN);
    const struct kube_watcher *watchers[OBJECTS];

    for (int place = 0; place < OBJECTS; place++)
        watchers[place] = &registry.kube.watches[place].watcher;
    forbid(&registry, VALIDATING);
    watchers[SECRET]->listed(watchers[SECRET]->context);
    watchers[MUTATING]->event(watchers[MUTATING]->context, KUBE_EVENT_LISTED, registry.objects[MUTATING]);
    watchers[MUTATING]->listed(watchers[MUTATING]->context);
    struct error err = failure_of(authority);
    assert_int_equal(err.kind, ERROR_FORBIDDEN);
    assert_string_equal(err.text, "ValidatingWebhookConfiguration neo4j-operator-validating: not permitted");
    assert_true(authority_state(authority).is_usable);
    assert_int_equal(authority_state(authority).injections, 1);
    list(&registry);
    step(authority);
    assert_in_order(&registry);
}

TEST("configurations that were never installed are nobody's concern") {
    REGISTRY(registry);
    CLEANUP_POINTER(authority_free) struct authority *authority = authority_of(&registry, CERTIFICATES_OWN);

    registry.objects[VALIDATING] = registry.objects[MUTATING] = NULL;
    list(&registry);
    for (int i = 0; i < 5; i++)
        step(authority);
    assert_int_equal(registry.calls, 1); /* the Secret */
    assert_true(authority_state(authority).is_usable);
}

TEST("an operator that is killed after any write leaves what the next goes on with") {
    REGISTRY(registry);
    int64_t end = T0 + 2700 * DAY; /* every step of a take-over is behind it */

    while (registry.clock.now_ns / NANOSECONDS_PER_SECOND < end) {
        registry.kube.watch_count = 0; /* those of the one before ended with it */
        CLEANUP_POINTER(authority_free)
        struct authority *authority = authority_of(&registry, CERTIFICATES_OWN);
        list(&registry);
        /* The write of the Secret is the last that happens. */
        registry.refuses = ERROR_UNAVAILABLE;
        (void)failure_of(authority);
        registry.refuses = ERROR_NONE;
        if (registry.clock.now_ns / (DAY * NANOSECONDS_PER_SECOND) % 2) {
            step(authority);
            assert_in_order(&registry);
        }
        registry.clock.now_ns += 15 * DAY * NANOSECONDS_PER_SECOND;
    }
    registry.kube.watch_count = 0;
    CLEANUP_POINTER(authority_free) struct authority *last = authority_of(&registry, CERTIFICATES_OWN);
    list(&registry);
    step(last);
    assert_in_order(&registry);
}

TEST("the thread heals what breaks, and ends when told") {
    REGISTRY(registry);
    CLEANUP_POINTER(authority_free) struct authority *authority = authority_of(&registry, CERTIFICATES_OWN);

    list(&registry);
    authority_start(authority);
    for (int i = 0; i < 5000 && !authority_state(authority).is_usable; i++)
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    assert_true(authority_state(authority).is_usable);
}

/* ---- permissions ---- */

/* The rules of one role of deploy/rbac.yaml, as {"patch /secrets": true}. */
static void add_granted(struct arena *arena, const struct json *documents, const char *role,
                        struct json *permissions) {
    JSON_FOR_EACH_ITEM (document, documents) {
        if (!str_equal(json_string_at(document, "metadata.name", ""), role))
            continue;
        JSON_FOR_EACH_ITEM (rule, json_get(document, "rules"))
            JSON_FOR_EACH_ITEM (resource, json_get(rule, "resources"))
                JSON_FOR_EACH_ITEM (verb, json_get(rule, "verbs"))
                    json_set_bool(arena, permissions,
                                  arena_printf(arena, "%s %s/%s", json_string(verb, ""),
                                               json_string_at(rule, "apiGroups.0", ""),
                                               json_string(resource, "")),
                                  true);
    }
}

TEST("the shipped webhook role grants what the authority calls, and nothing else") {
    REGISTRY(registry);
    CLEANUP_POINTER(authority_free) struct authority *authority = authority_of(&registry, CERTIFICATES_OWN);
    CLEANUP_CERTIFICATE_SECRET struct certificate_secret other = { 0 };
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct json *documents = NULL, *permissions = json_new_object(registry.arena);
    struct error err = { 0 };

    list(&registry);
    step(authority);
    registry.clock.now_ns += 250 * DAY * NANOSECONDS_PER_SECOND;
    carry_out_at(&other, ROTATION_CREATE, T0 + 250 * DAY);
    registry.ahead = secret_of(registry.arena, &other);
    step(authority);
    registry.clock.now_ns += 250 * DAY * NANOSECONDS_PER_SECOND;
    step(authority);
    if (!file_read(arena_printf(registry.arena, "%s/deploy/rbac.yaml", webhook_root_folder), 1 << 20, &text,
                   &err) ||
        !yaml_parse(registry.arena, buffer_text(&text), &documents, &err))
        fail_msg("%s", err.text);
    add_granted(registry.arena, documents, "neo4j-operator-webhook-role", permissions);
    JSON_FOR_EACH_MEMBER (used, registry.used)
        if (!json_get(permissions, used->key))
            fail_msg("used, but not granted: %s", used->key);
    JSON_FOR_EACH_MEMBER (permission, permissions)
        if (!json_get(registry.used, permission->key))
            fail_msg("granted, but never used: %s", permission->key);
}
