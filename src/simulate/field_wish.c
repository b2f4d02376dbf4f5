#include "simulate/field_wish.h"

#include "base/text.h"
#include "base/yaml.h"
#include "simulate/field_values.h"

/* ---- samples ---- */

#define OBJECT(kind, name, rest)                                                                             \
    "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: " kind ", metadata: {name: " name                          \
    ", namespace: default}, spec: " rest "}"
#define SECRET(name, data)                                                                                   \
    "{apiVersion: v1, kind: Secret, metadata: {name: " name                                                  \
    ", namespace: default, labels: {example.com/of: user}}, data: " data "}"

#define CLUSTER                                                                                              \
    OBJECT("Neo4jEnterpriseCluster", "graph",                                                                \
           "{image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 3}, storage: {className: "    \
           "standard, size: 1Gi}, config: {initial.dbms.default_primaries_count: '3'}}")
#define STANDALONE                                                                                           \
    OBJECT("Neo4jEnterpriseStandalone", "solo",                                                              \
           "{image: {repo: neo4j, tag: 5.26.0-enterprise}, storage: {className: standard, size: 1Gi}}")
#define BACKUP                                                                                               \
    OBJECT("Neo4jBackup", "nightly",                                                                         \
           "{target: {kind: Cluster, name: graph}, storage: {type: pvc, pvc: {name: backups, size: 5Gi}}}")

/* There in every world; and in those of what refers to them. */
static const char *const neighbours[] = {
    SECRET("spare", "{username: bmVvNGo=, password: bG9uZy1lbm91Z2gtMQ==}"),
    SECRET("empty", "{}"),
    CLUSTER,
};
static const char *const servants[] = { STANDALONE, BACKUP };

static const struct {
    const char *kind;
    const char *manifest;
} samples[] = {
    { "Neo4jEnterpriseCluster", CLUSTER },
    { "Neo4jEnterpriseStandalone", STANDALONE },
    { "Neo4jBackup", BACKUP },
    { "Neo4jRestore",
      OBJECT("Neo4jRestore", "back",
             "{targetCluster: graph, databaseName: neo4j, source: {type: backup, backupRef: nightly}, "
             "stopCluster: true}") },
    { "Neo4jDatabase", OBJECT("Neo4jDatabase", "sales", "{clusterRef: graph, name: sales}") },
    { "Neo4jShardedDatabase",
      OBJECT(
          "Neo4jShardedDatabase", "events",
          "{clusterRef: graph, name: events, defaultCypherLanguage: '25', propertySharding: {propertyShards: "
          "4, graphShard: {primaries: 3, secondaries: 0}, propertyShardTopology: {replicas: 2}}}") },
    { "Neo4jPlugin", OBJECT("Neo4jPlugin", "apoc", "{clusterRef: graph, name: apoc, version: 5.26.0}") },
    { "Neo4jUser",
      OBJECT("Neo4jUser", "ann",
             "{clusterRef: graph, username: ann, passwordSecret: {name: spare, key: password}}") },
    { "Neo4jRole",
      OBJECT("Neo4jRole", "analyst", "{clusterRef: graph, privileges: ['GRANT ACCESS ON DATABASE sales']}") },
    { "Neo4jGrant",
      OBJECT(
          "Neo4jGrant", "more",
          "{clusterRef: graph, target: {kind: Role, name: analyst}, statements: ['GRANT ACCESS ON DATABASE "
          "archive TO analyst']}") },
};

/* What rules ask for beside a field: where a path begins so, this is in the manifest, too. */
static const struct {
    const char *kind;
    const char *path;
    const char *spec;
} contexts[] = {
    { NULL, "spec.tls", "{tls: {issuerRef: {name: internal}}}" },
    { NULL, "spec.auth.ldap", "{auth: {ldap: {host: 'ldaps://ldap.example.com'}}}" },
    { NULL, "spec.auth.externalSecrets",
      "{auth: {externalSecrets: {secretStoreRef: store, keyMapping: {password: password}}}}" },
    { NULL, "spec.tls.externalSecrets",
      "{tls: {externalSecrets: {secretStoreRef: store, keyMapping: {password: password}}}}" },
    { NULL, "spec.auth.authorizationProviders", "{auth: {authenticationProviders: [native]}}" },
    { NULL, "spec.service.ingress.tls", "{service: {ingress: {tlsSecretName: spare}}}" },
    { "Neo4jEnterpriseCluster", "spec.backups", "{backups: {schedule: '0 2 * * *'}}" },
    { "Neo4jEnterpriseCluster", "spec.backups.storage", "{backups: {storage: {bucket: backups}}}" },
    { "Neo4jEnterpriseCluster", "spec.backups.defaultStorage",
      "{backups: {defaultStorage: {bucket: backups}}}" },
    { "Neo4jEnterpriseCluster", "spec.backups.encryption", "{backups: {encryption: {keySecret: spare}}}" },
};

static struct json *parse(struct arena *arena, const char *yaml) {
    struct json *documents = NULL;

    ensure(yaml_parse(arena, text_from(yaml), &documents, NULL));
    return json_item(documents, 0);
}

struct json *field_sample(struct arena *arena, const struct api_kind *kind) {
    for (size_t i = 0; i < ARRAY_LENGTH(samples); i++)
        if (str_equal(samples[i].kind, kind->name))
            return parse(arena, samples[i].manifest);
    return NULL;
}

static bool is_same_object(const struct json *a, const struct json *b) {
    return str_equal(json_string_at(a, "kind", ""), json_string_at(b, "kind", "")) &&
           str_equal(json_string_at(a, "metadata.name", ""), json_string_at(b, "metadata.name", ""));
}

static const char *add_others(struct arena *arena, const char *world, const struct json *sample,
                              const char *const *manifests, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct json *other = parse(arena, manifests[i]);
        if (!is_same_object(other, sample))
            world = arena_printf(arena, "%s%s\n", world, json_print(arena, other));
    }
    return world;
}

const char *field_sample_world(struct arena *arena, const struct json *sample) {
    const char *world = add_others(arena, "", sample, neighbours, ARRAY_LENGTH(neighbours));

    if (!str_equal(json_string_at(sample, "kind", ""), "Neo4jEnterpriseCluster"))
        world = add_others(arena, world, sample, servants, ARRAY_LENGTH(servants));
    return arena_printf(arena, "%s%s\n", world, json_print(arena, sample));
}

/* ---- wishes ---- */

static void merge(struct arena *arena, struct json *into, const struct json *from) {
    JSON_FOR_EACH_MEMBER (member, from) {
        struct json *there = json_get(into, member->key);
        if (json_is(there, JSON_OBJECT) && json_is(&member->value, JSON_OBJECT))
            merge(arena, there, &member->value);
        else
            json_set(arena, into, member->key, &member->value);
    }
}

static bool is_list(const struct json *schema) {
    return str_equal(json_string_at(schema, "type", ""), "array");
}

static void fill(struct arena *arena, struct json *object, const struct json *schema, const char *path,
                 const char *but);

/* The least that has this schema. */
static struct json *least(struct arena *arena, const struct json *schema, const char *path) {
    struct json *object = json_new_object(arena);

    if (is_list(schema)) {
        struct json *list = json_new_array(arena);
        json_append(arena, list, least(arena, json_get(schema, "items"), arena_printf(arena, "%s[0]", path)));
        return list;
    }
    if (!json_length(json_get(schema, "properties"))) {
        struct json *example = field_example(arena, path, schema);
        return example ? example : object;
    }
    fill(arena, object, schema, path, NULL);
    return object;
}

/* Required members that are absent, and the switch. */
static void fill(struct arena *arena, struct json *object, const struct json *schema, const char *path,
                 const char *but) {
    const struct json *properties = json_get(schema, "properties");

    JSON_FOR_EACH_ITEM (item, json_get(schema, "required")) {
        const char *name = json_string(item, "");
        if (!json_get(object, name) && !str_equal(name, but))
            json_set(arena, object, name,
                     least(arena, json_get(properties, name), arena_printf(arena, "%s.%s", path, name)));
    }
    if (str_equal(json_string_at(json_get(properties, "enabled"), "type", ""), "boolean") &&
        !json_get(object, "enabled") && !str_equal(but, "enabled"))
        json_set_bool(arena, object, "enabled", true);
}

struct putting {
    struct arena *arena;
    const struct field *field;
    const struct json *value;
};

static void put(const struct putting *putting, struct json *node, size_t depth, const char *path);

/* Goes on below a place, which is made when it is absent. */
static void put_below(const struct putting *putting, struct json *child, size_t depth, const char *path) {
    if (depth + 1 < putting->field->step_count)
        put(putting, child, depth + 1, path);
}

static struct json *made(const struct putting *putting, size_t depth) {
    bool is_last = depth + 1 == putting->field->step_count;

    if (is_last)
        return json_copy(putting->arena, putting->value);
    return putting->field->steps[depth + 1].type == FIELD_STEP_ITEM ? json_new_array(putting->arena)
                                                                    : json_new_object(putting->arena);
}

static void put_member(const struct putting *putting, struct json *node, size_t depth, const char *path,
                       const char *name) {
    bool is_last = depth + 1 == putting->field->step_count;
    struct json *child = json_get(node, name);

    if (json_is(putting->value, JSON_NULL)) {
        if (is_last)
            json_remove(node, name);
        else if (child)
            put_below(putting, child, depth, path);
        return;
    }
    fill(putting->arena, node, putting->field->steps[depth].within, path, name);
    child = json_get(node, name);
    if (is_last || !child || json_is(child, JSON_STRING))
        child = json_set(putting->arena, node, name, made(putting, depth));
    put_below(putting, child, depth, arena_printf(putting->arena, "%s.%s", path, name));
}

static void put_item(const struct putting *putting, struct json *node, size_t depth, const char *path) {
    bool is_last = depth + 1 == putting->field->step_count;

    if (json_is(putting->value, JSON_NULL) && (is_last || !json_length(node))) {
        if (json_length(node))
            json_remove_item(node, 0);
        return;
    }
    /* A string may stand for an object. */
    if (json_length(node) && (is_last || json_is(json_item(node, 0), JSON_STRING)))
        json_remove_item(node, 0);
    struct json *child = json_item(node, 0);
    put_below(putting, child ? child : json_append(putting->arena, node, made(putting, depth)), depth,
              arena_printf(putting->arena, "%s[0]", path));
}

static void put(const struct putting *putting, struct json *node, size_t depth, const char *path) {
    const struct field_step *step = &putting->field->steps[depth];

    switch (step->type) {
    case FIELD_STEP_MEMBER:
        put_member(putting, node, depth, path, step->name);
        break;
    case FIELD_STEP_ENTRY:
        put_member(putting, node, depth, path, FIELD_ENTRY);
        break;
    case FIELD_STEP_ITEM:
        put_item(putting, node, depth, path);
        break;
    }
}

static void add_contexts(struct arena *arena, struct json *wish, const struct field *field) {
    for (size_t i = 0; i < ARRAY_LENGTH(contexts); i++)
        if ((!contexts[i].kind || str_equal(contexts[i].kind, json_string_at(wish, "kind", ""))) &&
            str_starts_with(field->path, contexts[i].path))
            merge(arena, json_get(wish, "spec"), parse(arena, contexts[i].spec));
}

struct json *field_wish(struct arena *arena, const struct json *sample, const struct field *field,
                        const struct json *value) {
    struct json *wish = json_copy(arena, sample);
    const struct putting putting = { arena, field, value };

    if (!json_is(value, JSON_NULL))
        add_contexts(arena, wish, field);
    put(&putting, wish, 0, "");
    return wish;
}
