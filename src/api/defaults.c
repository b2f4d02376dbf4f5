#include "api/defaults.h"

#include "api/place.h"

/* The value of a field's default: the table has it as text. */
static struct json *default_value(struct arena *arena, const struct api_field *field) {
    struct json *value = NULL;
    struct error err = { 0 };
    bool parsed = json_parse(arena, text_from(field->default_value), NULL, &value, &err);
    ensure(parsed);
    return value;
}

static void set_default(struct arena *arena, const struct api_field *field, void *structure) {
    struct place place = place_of(field, structure);
    const struct json *value = default_value(arena, field);

    if (field->is_carried) {
        *place.json = value;
        return;
    }
    switch (field->type) {
    case API_STRING:
    case API_QUANTITY:
        *place.string = json_string(value, NULL);
        break;
    case API_BOOLEAN:
        *place.boolean = json_bool(value, false);
        *place.has = true;
        break;
    case API_INT32:
        *place.int32 = (int32_t)json_integer(value, 0);
        *place.has = true;
        break;
    case API_INT64:
        *place.int64 = json_integer(value, 0);
        *place.has = true;
        break;
    case API_OBJECT:
    case API_STRING_LIST:
    case API_OBJECT_LIST:
    case API_OBJECT_MAP:
    case API_STRING_MAP:
    case API_JSON:
    case API_JSON_OBJECT:
    case API_JSON_LIST:
        ensure(field->is_carried); /* the generator gives defaults to scalars only */
        break;
    }
}

/* The objects that a field holds. */
static void set_defaults_within(struct arena *arena, const struct api_field *field, void *structure) {
    struct place place = place_of(field, structure);
    char *items = place_object(place);
    size_t count = field->type == API_OBJECT ? 1 : *place.count;

    for (size_t i = 0; items && i < count; i++)
        api_set_defaults(arena, field->object, items + field->object->size * i);
}

void api_set_defaults(struct arena *arena, const struct api_object *object, void *structure) {
    for (size_t i = 0; i < object->field_count; i++) {
        const struct api_field *field = &object->fields[i];
        if (!field->has_place)
            continue;
        if (field->default_value && !place_is_set(field, structure))
            set_default(arena, field, structure);
        if (field->object)
            set_defaults_within(arena, field, structure);
    }
}

/* ---- Neo4jEnterpriseCluster ---- */

#define DEFAULT_STORAGE_SIZE "10Gi"

static const struct json *default_resources(struct arena *arena) {
    struct json *resources = json_new_object(arena);
    struct json *limits = json_set_object(arena, resources, "limits");
    json_set_string(arena, limits, "cpu", "1");
    json_set_string(arena, limits, "memory", "2Gi");
    struct json *requests = json_set_object(arena, resources, "requests");
    json_set_string(arena, requests, "cpu", "500m");
    json_set_string(arena, requests, "memory", "1Gi");
    return resources;
}

#define MAKE_IF_ABSENT(arena, pointer)                                                                       \
    do {                                                                                                     \
        if (!(pointer))                                                                                      \
            (pointer) = arena_alloc((arena), sizeof(*(pointer)));                                            \
    } while (0)

static void set_topology(struct cluster_topology *topology) {
    if (topology->has_servers || (!topology->has_primaries && !topology->has_secondaries))
        return;
    /* Both are small unless the schema was not asked; then the sum must still be a number that R2 refuses. */
    int64_t servers = (int64_t)topology->primaries + topology->secondaries;
    if (servers >= INT32_MIN && servers <= INT32_MAX)
        API_SET(topology, servers, (int32_t)servers);
}

void cluster_spec_set_defaults(struct arena *arena, struct cluster_spec *spec) {
    if (!spec->image) {
        spec->image = ARENA_NEW(arena, struct image);
        spec->image->tag = DEFAULT_IMAGE_TAG;
    }
    if (!spec->storage) {
        spec->storage = ARENA_NEW(arena, struct cluster_storage);
        spec->storage->size = DEFAULT_STORAGE_SIZE;
    }
    MAKE_IF_ABSENT(arena, spec->topology);
    if (!spec->topology->placement)
        spec->topology->placement = spec->placement;
    MAKE_IF_ABSENT(arena, spec->topology->placement);
    MAKE_IF_ABSENT(arena, spec->auth);
    MAKE_IF_ABSENT(arena, spec->auth->password_policy);
    MAKE_IF_ABSENT(arena, spec->service);
    MAKE_IF_ABSENT(arena, spec->tls);
    if (!spec->tls->mode)
        spec->tls->mode = spec->tls->issuer_ref ? "cert-manager" : "disabled";
    if (!spec->resources)
        spec->resources = default_resources(arena);
    set_topology(spec->topology);

    api_set_defaults(arena, &cluster_spec_object, spec);
    if (!spec->auth->admin_secret && str_equal(spec->auth->provider, "native"))
        spec->auth->admin_secret = spec->auth->secret_ref;
}
