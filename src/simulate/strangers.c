#include "simulate/strangers.h"

#include "base/yaml.h"
#include "simulate/stage.h"
#include "simulate/words.h"

enum { MINUTE_MS = 60 * 1000, MS_MAX = 60 * MINUTE_MS };

static const struct {
    const struct kube_resource *resource;
    const char *name;
    const char *rest;
} objects[] = {
    { &KUBE_CONFIG_MAPS, "graph-config", "data: {note: mine}" },
    { &KUBE_SERVICES, "graph-client", "spec: {ports: [{port: 80}]}" },
    { &KUBE_SERVICE_ACCOUNTS, "graph-discovery", "automountServiceAccountToken: false" },
    { &KUBE_ROLES, "graph-discovery", "rules: []" },
    { &KUBE_POD_DISRUPTION_BUDGETS, "graph-server", "spec: {minAvailable: 0}" },
};

const char *strangers_invent(struct chance *chance, struct arena *arena) {
    return arena_printf(arena, "%llu %lld", (unsigned long long)chance_below(chance, ARRAY_LENGTH(objects)),
                        (long long)chance_between(chance, 1000, 10 * MINUTE_MS));
}

static void go(struct run *run, struct text words) {
    size_t which = (size_t)words_take_number(&words, ARRAY_LENGTH(objects) - 1);
    const struct json *object =
        stage_get(run->universe, objects[which].resource, "default", objects[which].name);
    struct error ignored = { 0 };

    if (str_equal(json_string(json_get(json_at(object, "metadata.labels"), STRANGER_LABEL), ""),
                  STRANGER_VALUE))
        (void)!kube_delete(run->universe->kube, objects[which].resource, "default", objects[which].name, NULL,
                           KUBE_PROPAGATION_DEFAULT, &ignored);
}

void strangers_come(struct run *run, struct text words) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text which_words = words;
    size_t which = (size_t)words_take_number(&words, ARRAY_LENGTH(objects) - 1);
    const struct kube_resource *resource = objects[which].resource;
    const char *yaml = arena_printf(
        arena, "{apiVersion: %s, kind: %s, metadata: {name: %s, namespace: default, labels: {%s: %s}}, %s}",
        kube_resource_api_version(arena, resource), resource->kind, objects[which].name, STRANGER_LABEL,
        STRANGER_VALUE, objects[which].rest);
    struct json *documents = NULL;
    struct error ignored = { 0 };

    ensure(yaml_parse(arena, text_from(yaml), &documents, NULL));
    if (kube_create(run->universe->kube, arena, json_item(documents, 0), NULL, &ignored))
        run_later(run, words_take_number(&words, MS_MAX), go, which_words);
}
