#include "sim/api_openapi.h"

/* OpenAPI v3: one document for each group and version, generated from the schemas that objects are judged by.
 *
 * What clients look for: the schema of a kind (kubectl explain), how its lists merge (client-side apply), and
 * whether the patch of a kind takes the parameter fieldValidation. After: k8s.io/kube-openapi. */

static const char reference_prefix[] = "#/components/schemas/";

struct document {
    struct arena *arena;
    const struct json *known; /* all components of built-in kinds */
    struct json *schemas;     /* of this document */
};

/* ---- schemas ---- */

static void add_component(struct document *document, const char *name);

static const char *component_of(const char *reference) {
    const char *slash = strrchr(reference, '/');
    return slash ? slash + 1 : reference;
}

/* A quantity and an int-or-string as the real documents write them. */
static void spell_out(struct arena *arena, struct json *schema) {
    if (!json_bool_at(schema, "x-kubernetes-int-or-string", false) || json_get(schema, "type"))
        return;
    if (str_equal(json_string_at(schema, "format", ""), "quantity")) {
        json_remove(schema, "x-kubernetes-int-or-string");
        json_remove(schema, "format");
    } else {
        json_set_string(arena, schema, "format", "int-or-string");
    }
    json_set_string(arena, schema, "type", "string");
}

/* Copies, adds what is referred to, and makes references whole. */
static struct json *copy_schema(struct document *document, const struct json *value) {
    struct arena *arena = document->arena;
    struct json *copy;

    if (json_is(value, JSON_ARRAY)) {
        copy = json_new_array(arena);
        JSON_FOR_EACH_ITEM (item, value)
            json_append(arena, copy, copy_schema(document, item));
        return copy;
    }
    if (!json_is(value, JSON_OBJECT))
        return json_copy(arena, value);
    copy = json_new_object(arena);
    JSON_FOR_EACH_MEMBER (member, value) {
        if (str_equal(member->key, "$ref") && json_is(&member->value, JSON_STRING)) {
            const char *name = component_of(json_string(&member->value, ""));
            add_component(document, name);
            json_set_string(arena, copy, "$ref", arena_printf(arena, "%s%s", reference_prefix, name));
        } else {
            json_set(arena, copy, member->key, copy_schema(document, &member->value));
        }
    }
    spell_out(arena, copy);
    return copy;
}

static void add_component(struct document *document, const char *name) {
    const struct json *schema = json_get(document->known, name);
    if (!schema || json_get(document->schemas, name))
        return;
    /* Its place is taken first: schemas refer to themselves. */
    json_set_object(document->arena, document->schemas, name);
    struct json *copy = copy_schema(document, schema);
    json_set(document->arena, document->schemas, name, copy);
}

/* "neo4j.neo4j.com" -> "com.neo4j.neo4j" */
static const char *reversed(struct arena *arena, const char *group) {
    const char *out = "";
    struct text rest = text_from(group);
    while (rest.data) {
        struct text part = text_cut(&rest, '.');
        out = arena_printf(arena, "%.*s%s%s", TEXT_ARGS(part), *out ? "." : "", out);
    }
    return out;
}

static void add_custom(struct document *document, const struct api_resource *resource) {
    struct arena *arena = document->arena;
    struct json *schema = copy_schema(document, json_at(resource->crd, "schema.openAPIV3Schema"));
    struct json *properties = json_ensure_object(arena, schema, "properties");
    static const char *const strings[] = { "apiVersion", "kind" };

    for (size_t i = 0; i < ARRAY_LENGTH(strings); i++)
        if (!json_get(properties, strings[i]))
            json_set_string(arena, json_set_object(arena, properties, strings[i]), "type", "string");
    add_component(document, "meta.v1.ObjectMeta");
    struct json *metadata = json_set_object(arena, properties, "metadata");
    json_append(arena, json_set_array(arena, metadata, "allOf"), json_new_object(arena));
    json_set_string(arena, json_item(json_get(metadata, "allOf"), 0), "$ref",
                    arena_printf(arena, "%smeta.v1.ObjectMeta", reference_prefix));
    json_append(arena, json_set_array(arena, schema, "x-kubernetes-group-version-kind"),
                openapi_kind(arena, resource));
    json_set(
        arena, document->schemas,
        arena_printf(arena, "%s.%s.%s", reversed(arena, resource->group), resource->version, resource->kind),
        schema);
}

static void add_built_in(struct document *document, const struct api_resource *resource) {
    JSON_FOR_EACH_MEMBER (component, document->known)
        JSON_FOR_EACH_ITEM (kind, json_get(&component->value, "x-kubernetes-group-version-kind"))
            if (str_equal(json_string_at(kind, "group", "-"), resource->group) &&
                str_equal(json_string_at(kind, "version", ""), resource->version) &&
                str_equal(json_string_at(kind, "kind", ""), resource->kind))
                add_component(document, component->key);
}

/* ---- documents ---- */

static struct json *document_of(struct http_exchange *exchange, const char *group, const char *version) {
    struct arena *arena = exchange->arena;
    struct document document = { .arena = arena,
                                 .known = schema_registry_components(exchange->api->schemas),
                                 .schemas = json_new_object(arena) };
    struct json *paths = json_new_object(arena), *out = json_new_object(arena);
    size_t count, found = 0;
    const struct api_resource **rows = api_list_resources(exchange->api, arena, &count);

    for (size_t i = 0; i < count; i++) {
        if (!str_equal(rows[i]->group, group) || !str_equal(rows[i]->version, version))
            continue;
        found++;
        openapi_add_paths(arena, paths, rows[i], OPENAPI_3);
        if (api_resource_is_custom(rows[i]))
            add_custom(&document, rows[i]);
        else
            add_built_in(&document, rows[i]);
    }
    if (!found)
        return NULL;
    json_set_string(arena, out, "openapi", "3.0.0");
    openapi_add_info(arena, out);
    json_set(arena, out, "paths", paths);
    json_set(arena, json_set_object(arena, out, "components"), "schemas", document.schemas);
    return out;
}

/* The hash lets clients keep a document: it changes when the group's definitions do. */
static void add_index_row(struct http_exchange *exchange, struct json *paths, const char *group,
                          const char *version) {
    struct arena *arena = exchange->arena;
    const char *path =
        *group ? arena_printf(arena, "apis/%s/%s", group, version) : arena_printf(arena, "api/%s", version);
    struct store_list definitions =
        store_list(exchange->api->store, arena, "customresourcedefinitions.apiextensions.k8s.io", NULL);
    int64_t newest = 0;

    if (json_get(paths, path))
        return;
    for (size_t i = 0; i < definitions.count; i++)
        if (definitions.items[i]->version > newest && str_ends_with(definitions.items[i]->key, group))
            newest = definitions.items[i]->version;
    const char *identity =
        arena_printf(arena, "%s %lld %s", path, (long long)newest, exchange->api->signing_key);
    json_set_string(arena, json_set_object(arena, paths, path), "serverRelativeURL",
                    arena_printf(arena, "/openapi/v3/%s?hash=%s", path,
                                 sha256_hex(arena, identity, strlen(identity), 40)));
}

static void answer_index(struct http_exchange *exchange) {
    struct json *index = json_new_object(exchange->arena);
    struct json *paths = json_set_object(exchange->arena, index, "paths");
    size_t count;
    const struct api_resource **rows = api_list_resources(exchange->api, exchange->arena, &count);
    for (size_t i = 0; i < count; i++)
        add_index_row(exchange, paths, rows[i]->group, rows[i]->version);
    http_answer_json(exchange, 200, index);
}

static void answer_document(struct http_exchange *exchange, const char *group, const char *version) {
    struct json *document = document_of(exchange, group, version);
    if (!document) {
        http_answer_text(exchange, 404, "404 page not found\n");
        return;
    }
    http_answer_json(exchange, 200, document);
    openapi_set_etag(exchange);
}

bool http_do_openapi(struct http_exchange *exchange) {
    const char *const *segments = exchange->url.segments;
    size_t count = exchange->url.segment_count;

    if (count < 2 || !str_equal(segments[0], "openapi"))
        return false;
    if (count == 2 && str_equal(segments[1], "v2"))
        http_do_openapi_v2(exchange);
    else if (count == 2 && str_equal(segments[1], "v3"))
        answer_index(exchange);
    else if (count == 4 && str_equal(segments[1], "v3") && str_equal(segments[2], "api"))
        answer_document(exchange, "", segments[3]);
    else if (count == 5 && str_equal(segments[1], "v3") && str_equal(segments[2], "apis"))
        answer_document(exchange, segments[3], segments[4]);
    else
        return false;
    return true;
}
