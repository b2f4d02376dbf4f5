/* Compiling OpenAPI v3 JSON into schema nodes. One walk serves both sources: the component schemas of the
 * built-in kinds, which refer to each other by name, and a CRD's openAPIV3Schema, which is one tree. The CRD
 * was written by a user: whatever it says is checked here, so that the nodes can be trusted afterwards. */
#include "schema/compile.h"

struct schema_components {
    const char **names;
    struct schema *nodes; /* as many */
    size_t count;
};

struct schema_bundle *schema_bundle_new(void) {
    struct schema_bundle *bundle = XNEW(struct schema_bundle);

    bundle->arena = arena_new();
    return bundle;
}

void schema_bundle_free(struct schema_bundle *bundle) {
    if (!bundle)
        return;
    for (size_t i = 0; i < bundle->pattern_count; i++)
        pcre2_code_free(bundle->patterns[i]);
    for (size_t i = 0; i < bundle->program_count; i++)
        cel_program_free(bundle->programs[i]);
    free(bundle->patterns);
    free(bundle->programs);
    free(bundle->roots);
    arena_free(bundle->arena);
    free(bundle);
}

static void bundle_add_root(struct schema_bundle *bundle, const struct schema *root) {
    bundle->roots = xrealloc(bundle->roots, (bundle->root_count + 1) * sizeof(*bundle->roots));
    bundle->roots[bundle->root_count++] = root;
}

const struct schema *schema_component(const struct schema_components *components, const char *name) {
    for (size_t i = 0; i < components->count; i++)
        if (str_equal(components->names[i], name))
            return &components->nodes[i];
    return NULL;
}

static bool compile_node(struct compiler *compiler, const struct json *source, const char *path, bool is_open,
                         int depth, struct schema *node);

/* Where a child of the node at path is, for error texts; only a CRD's schema can be wrong. */
static const char *child_path(struct compiler *compiler, const char *path, const char *part,
                              const char *name) {
    if (compiler->components)
        return path;
    return name ? arena_printf(compiler->paths, "%s.%s[%s]", path, part, name)
                : arena_printf(compiler->paths, "%s.%s", path, part);
}

const struct schema *schema_compile_child(struct compiler *compiler, const struct json *source,
                                          const char *path, bool is_open, int depth) {
    const char *reference = json_string(json_get(source, "$ref"), NULL);
    const char *map_type = json_string(json_get(source, "x-kubernetes-map-type"), NULL);

    if (reference && compiler->components) {
        const struct schema *target = schema_component(compiler->components, reference);
        ensure(target);
        if (!map_type)
            return target;
        /* The place overrides how the type merges. Types are compiled in the order of their names, so the
         * copy is good only of one that comes earlier. */
        ensure(target->property_count > 0);
        struct schema *copy = ARENA_NEW(compiler->bundle->arena, struct schema);
        *copy = *target;
        copy->is_atomic = str_equal(map_type, "atomic");
        return copy;
    }
    struct schema *node = ARENA_NEW(compiler->bundle->arena, struct schema);
    return compile_node(compiler, source, path, is_open, depth, node) ? node : NULL;
}

static bool text_in(const struct json *array, const char *text) {
    JSON_FOR_EACH_ITEM (item, array)
        if (str_equal(json_string(item, NULL), text))
            return true;
    return false;
}

static enum schema_zero zero_of(const struct json *go, const char *name) {
    if (text_in(json_get(go, "always"), name))
        return SCHEMA_ZERO_PRINTED;
    if (text_in(json_get(go, "null"), name))
        return SCHEMA_ZERO_NULL;
    return text_in(json_get(go, "zero"), name) ? SCHEMA_ZERO_KEPT : SCHEMA_ZERO_OMITTED;
}

static unsigned strategy_of(const struct json *source) {
    const char *text = json_string(json_get(source, "x-kubernetes-patch-strategy"), "");
    unsigned strategy = 0;

    if (str_starts_with(text, "merge"))
        strategy |= SCHEMA_STRATEGY_MERGE;
    if (str_ends_with(text, "retainKeys"))
        strategy |= SCHEMA_STRATEGY_RETAIN_KEYS;
    if (str_equal(text, "replace"))
        strategy |= SCHEMA_STRATEGY_REPLACE;
    return strategy;
}

static int compare_properties(const void *a, const void *b) {
    return strcmp(((const struct schema_property *)a)->name, ((const struct schema_property *)b)->name);
}

static bool compile_properties(struct compiler *compiler, const struct json *source, const struct json *go,
                               const char *path, bool is_open, int depth, struct schema *node) {
    const struct json *properties = json_get(source, "properties");
    struct arena *arena = compiler->bundle->arena;
    size_t count = json_is(properties, JSON_OBJECT) ? json_length(properties) : 0;
    struct schema_property *out = ARENA_ARRAY(arena, struct schema_property, count);
    size_t i = 0;

    JSON_FOR_EACH_MEMBER (member, properties) {
        struct schema_property *property = &out[i++];
        property->name = arena_strdup(arena, member->key);
        property->schema =
            schema_compile_child(compiler, &member->value,
                                 child_path(compiler, path, "properties", member->key), is_open, depth + 1);
        if (!property->schema)
            return false;
        const struct json *default_value = json_get(&member->value, "default");
        property->default_value = default_value ? json_copy(arena, default_value) : NULL;
        property->strategy = strategy_of(&member->value);
        const char *merge_key = json_string(json_get(&member->value, "x-kubernetes-patch-merge-key"), NULL);
        property->merge_key = merge_key ? arena_strdup(arena, merge_key) : NULL;
        property->zero = zero_of(go, member->key);
        property->go_type = json_string(json_get(json_get(go, "types"), member->key), NULL);
    }
    qsort(out, count, sizeof(*out), compare_properties);
    node->properties = out;
    node->property_count = count;
    return true;
}

static bool type_of(struct compiler *compiler, const struct json *source, const char *path,
                    enum schema_type *out_type) {
    static const struct {
        const char *name;
        enum schema_type type;
    } types[] = {
        { "", SCHEMA_ANY },
        { "object", SCHEMA_OBJECT },
        { "array", SCHEMA_ARRAY },
        { "string", SCHEMA_STRING },
        { "integer", SCHEMA_INTEGER },
        { "number", SCHEMA_NUMBER },
        { "boolean", SCHEMA_BOOLEAN },
    };
    const char *name = json_string(json_get(source, "type"), "");

    for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
        if (str_equal(types[i].name, name)) {
            *out_type = types[i].type;
            return true;
        }
    }
    return error_set(compiler->err, ERROR_INVALID,
                     "%s.type: Unsupported value: \"%s\": supported values: \"array\", \"boolean\", "
                     "\"integer\", \"number\", \"object\", \"string\"",
                     path, name);
}

static bool set_list_type(struct compiler *compiler, const struct json *source, const char *path,
                          struct schema *node) {
    const char *list_type = json_string(json_get(source, "x-kubernetes-list-type"), NULL);
    const char *merge_key = json_string(json_get(source, "x-kubernetes-patch-merge-key"), NULL);
    struct arena *arena = compiler->bundle->arena;

    if (!list_type && (strategy_of(source) & SCHEMA_STRATEGY_MERGE)) {
        node->list_type = merge_key ? SCHEMA_LIST_MAP : SCHEMA_LIST_SET;
        node->list_keys = ARENA_ARRAY(arena, const char *, 1);
        node->list_keys[0] = merge_key ? arena_strdup(arena, merge_key) : NULL;
        node->list_key_count = merge_key ? 1 : 0;
        return true;
    }
    if (str_equal(list_type, "set"))
        node->list_type = SCHEMA_LIST_SET;
    if (!str_equal(list_type, "map"))
        return true;
    node->list_type = SCHEMA_LIST_MAP;
    node->list_keys =
        schema_compile_texts(arena, json_get(source, "x-kubernetes-list-map-keys"), &node->list_key_count);
    if (node->list_key_count == 0)
        return error_set(compiler->err, ERROR_INVALID,
                         "%s.x-kubernetes-list-map-keys: Required value: must not be empty if "
                         "x-kubernetes-list-type is map",
                         path);
    return true;
}

static void set_flags(struct compiler *compiler, const struct json *source, struct schema *node) {
    const char *format = json_string(json_get(source, "format"), "");

    node->is_custom = !compiler->components;
    node->is_nullable = json_bool(json_get(source, "nullable"), false);
    node->is_int_or_string = json_bool(json_get(source, "x-kubernetes-int-or-string"), false);
    node->is_quantity = node->is_int_or_string && str_equal(format, "quantity");
    node->is_time = node->type == SCHEMA_STRING && str_equal(format, "date-time");
    node->is_embedded = json_bool(json_get(source, "x-kubernetes-embedded-resource"), false);
    node->is_atomic = str_equal(json_string(json_get(source, "x-kubernetes-map-type"), ""), "atomic");
}

static bool compile_additional(struct compiler *compiler, const struct json *source, const char *path,
                               bool is_open, int depth, struct schema *node) {
    const struct json *additional = json_get(source, "additionalProperties");

    if (json_is(additional, JSON_TRUE))
        node->is_open = true;
    if (!json_is(additional, JSON_OBJECT))
        return true;
    node->additional = schema_compile_child(
        compiler, additional, child_path(compiler, path, "additionalProperties", NULL), is_open, depth + 1);
    return node->additional != NULL;
}

/* What every object has that is a resource of its own. */
static void add_type_properties(struct compiler *compiler, struct schema *node) {
    static const struct schema text = { .type = SCHEMA_STRING, .is_custom = true };
    struct arena *arena = compiler->bundle->arena;
    const struct schema_property added[] = { { .name = "apiVersion", .schema = &text },
                                             { .name = "kind", .schema = &text },
                                             { .name = "metadata", .schema = compiler->object_meta } };
    struct schema_property *all =
        ARENA_ARRAY(arena, struct schema_property, node->property_count + ARRAY_LENGTH(added));
    size_t count = 0;

    memcpy(all, added, sizeof(added));
    count = ARRAY_LENGTH(added);
    for (size_t i = 0; i < node->property_count; i++) {
        const struct schema_property *property = &node->properties[i];
        bool is_added = str_equal(property->name, "apiVersion") || str_equal(property->name, "kind") ||
                        str_equal(property->name, "metadata");
        if (!is_added)
            all[count++] = *property;
    }
    qsort(all, count, sizeof(*all), compare_properties);
    node->properties = all;
    node->property_count = count;
}

static bool compile_node(struct compiler *compiler, const struct json *source, const char *path, bool is_open,
                         int depth, struct schema *node) {
    struct arena *arena = compiler->bundle->arena;
    const struct json *go = NULL;
    const struct json *items = json_get(source, "items");
    const struct json *default_value = json_get(source, "default");

    if (depth > SCHEMA_DEPTH_MAX || ++compiler->nodes > SCHEMA_NODES_MAX)
        return error_set(compiler->err, ERROR_INVALID, "the schema is too deep or too large, at %s", path);
    if (!type_of(compiler, source, path, &node->type))
        return false;
    set_flags(compiler, source, node);
    node->is_open = json_bool(json_get(source, "x-kubernetes-preserve-unknown-fields"), false);
    is_open = is_open || node->is_open;
    node->merges_unknown = is_open;
    node->default_value = default_value ? json_copy(arena, default_value) : NULL;
    if (compiler->components && depth == 0)
        go = json_get(compiler->go, path);
    if (!compile_properties(compiler, source, go, path, is_open, depth, node) ||
        !compile_additional(compiler, source, path, is_open, depth, node) ||
        !set_list_type(compiler, source, path, node) ||
        !schema_compile_rules(compiler, source, path, depth, node))
        return false;
    if (json_is(items, JSON_OBJECT)) {
        node->items = schema_compile_child(compiler, items, child_path(compiler, path, "items", NULL),
                                           is_open, depth + 1);
        if (!node->items)
            return false;
    }
    if (node->is_embedded && compiler->object_meta)
        add_type_properties(compiler, node);
    return compiler->components || schema_compile_validations(compiler, source, path, node);
}

/* "core.v1.PodSpec" -> "v1.PodSpec" */
static const char *go_name_of(struct arena *arena, const char *component) {
    const char *last = strrchr(component, '.');
    const char *start = last;

    while (start && start > component && start[-1] != '.')
        start--;
    return arena_strdup(arena, start ? start : component);
}

static void add_builtin_root(struct compiler *compiler, const struct json *source, struct schema *node) {
    const struct json *identity = json_item(json_get(source, "x-kubernetes-group-version-kind"), 0);
    struct schema_kind *kind = NULL;

    if (!identity)
        return;
    kind = ARENA_NEW(compiler->bundle->arena, struct schema_kind);
    kind->group = json_string(json_get(identity, "group"), "");
    kind->version = json_string(json_get(identity, "version"), "");
    kind->kind = json_string(json_get(identity, "kind"), "");
    kind->has_status = schema_property(node, "status") != NULL;
    kind->has_scale = str_equal(kind->group, "apps") && !str_equal(kind->kind, "ControllerRevision");
    node->kind = kind;
    bundle_add_root(compiler->bundle, node);
}

struct schema_components *schema_compile_builtin(struct schema_bundle *bundle, const struct json *document) {
    struct arena *arena = bundle->arena;
    const struct json *schemas = json_get(document, "schemas");
    struct schema_components *components = ARENA_NEW(arena, struct schema_components);
    CLEANUP_ARENA struct arena *paths = arena_new();
    struct compiler compiler = {
        .bundle = bundle, .components = components, .go = json_get(document, "go"), .paths = paths
    };
    size_t i = 0;

    components->names = ARENA_ARRAY(arena, const char *, json_length(schemas));
    components->nodes = ARENA_ARRAY(arena, struct schema, json_length(schemas));
    JSON_FOR_EACH_MEMBER (member, schemas)
        components->names[components->count++] = member->key;
    JSON_FOR_EACH_MEMBER (member, schemas) {
        struct schema *node = &components->nodes[i++];
        bool is_sound = compile_node(&compiler, &member->value, member->key, false, 0, node);
        ensure(is_sound);
        if (str_equal(member->key, "runtime.RawExtension")) {
            /* Any object of another kind: owned as a whole. */
            node->type = SCHEMA_ANY;
            node->is_atomic = true;
        }
        if (node->type == SCHEMA_OBJECT && node->property_count > 0) {
            node->component = member->key;
            node->go_name = go_name_of(arena, member->key);
        }
        add_builtin_root(&compiler, &member->value, node);
    }
    return components;
}

static bool check_structure(struct compiler *compiler, const struct json *source, const struct schema *node,
                            const char *path) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct field_errors errors = { .arena = arena };

    schema_check_structure(source, node, path, &errors);
    return errors.count == 0 || error_set(compiler->err, ERROR_INVALID, "%s", field_errors_message(&errors));
}

/* The real server keeps a schema that all versions share in one place, and names that. */
static const char *path_of_version(struct arena *arena, const struct json *crd, size_t index) {
    return json_length(json_at(crd, "spec.versions")) == 1
               ? "spec.validation.openAPIV3Schema"
               : arena_printf(arena, "spec.versions[%zu].schema.openAPIV3Schema", index);
}

/* What a CRD may ask of metadata: of its name only, and the rest is the same for all kinds. A name that can't
 * be compiled is refused with the rest of the schema, of which it is part. */
static const struct schema *name_schema(struct compiler *compiler, const struct json *source,
                                        const char *path) {
    const struct json *name = json_at(source, "properties.metadata.properties.name");

    return name ? schema_compile_child(compiler, name, path, false, 1) : NULL;
}

static const char *scale_path(struct arena *arena, const struct json *version, const char *name) {
    const char *path = json_string(json_get(json_at(version, "subresources.scale"), name), NULL);

    return path ? arena_strdup(arena, path) : NULL;
}

static bool compile_version(struct compiler *compiler, const struct json *crd, const struct json *version,
                            size_t index) {
    struct arena *arena = compiler->bundle->arena;
    const struct json *source = json_at(version, "schema.openAPIV3Schema");
    const char *path = path_of_version(arena, crd, index);
    struct schema *node = ARENA_NEW(arena, struct schema);
    struct schema_kind *kind = ARENA_NEW(arena, struct schema_kind);

    if (!json_is(source, JSON_OBJECT))
        return error_set(compiler->err, ERROR_INVALID, "%s: Required value: schemas are required", path);
    if (!compile_node(compiler, source, path, false, 0, node))
        return false;
    if (node->type != SCHEMA_OBJECT)
        return error_set(compiler->err, ERROR_INVALID, "%s.type: Invalid value: must be object at the root",
                         path);
    add_type_properties(compiler, node);
    kind->group = arena_strdup(arena, json_string_at(crd, "spec.group", ""));
    kind->kind = arena_strdup(arena, json_string_at(crd, "spec.names.kind", ""));
    kind->version = arena_strdup(arena, json_string(json_get(version, "name"), ""));
    kind->has_status = json_at(version, "subresources.status") != NULL;
    kind->has_scale = json_at(version, "subresources.scale") != NULL;
    kind->scale_spec_path = scale_path(arena, version, "specReplicasPath");
    kind->scale_status_path = scale_path(arena, version, "statusReplicasPath");
    kind->name = name_schema(compiler, source, path);
    node->kind = kind;
    bundle_add_root(compiler->bundle, node);
    return check_structure(compiler, source, node, path);
}

bool schema_compile_crd(struct schema_bundle *bundle, const struct json *crd,
                        const struct schema *object_meta, struct error *err) {
    CLEANUP_ARENA struct arena *paths = arena_new();
    struct compiler compiler = { .bundle = bundle, .object_meta = object_meta, .paths = paths, .err = err };
    const struct json *versions = json_at(crd, "spec.versions");

    if (str_empty(json_string_at(crd, "spec.group", NULL)) ||
        str_empty(json_string_at(crd, "spec.names.kind", NULL)))
        return error_set(err, ERROR_INVALID,
                         "the CustomResourceDefinition has no spec.group or spec.names.kind");
    if (json_length(versions) == 0 || !json_is(versions, JSON_ARRAY))
        return error_set(err, ERROR_INVALID, "spec.versions: Required value: must have at least one version");
    for (size_t i = 0; i < json_length(versions); i++)
        if (!compile_version(&compiler, crd, json_item(versions, i), i))
            return false;
    return true;
}
