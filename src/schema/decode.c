/* Decoding: what the API server keeps of the JSON that it is sent.
 *
 * Custom kinds are pruned: members that the schema does not name go, unless it says to preserve them.
 * Built-in kinds, and metadata of every kind, go through Go's structs: beside the unknown members, null and
 * empty optional values disappear, and a value of another type is an error in the words of Go's decoder.
 * After: apiextensions-apiserver, apiserver/schema/pruning; sigs.k8s.io/json.
 */
#include "base/quantity.h"
#include "schema/field_name.h"
#include "schema/node.h"

struct decoder {
    struct arena *arena;
    struct schema_paths *unknown; /* NULL: nobody wants to know */
    struct buffer path;           /* "spec.ports[0]" */
    struct buffer go_path;        /* "spec.ports": Go names fields, no items or keys */
    const char *go_struct;        /* the struct that the field is in: "ServiceSpec" */
    const char *go_type;          /* of the field, when it has a name: "v1.PullPolicy" */
    struct error *err;
};

static void report_unknown(struct decoder *decoder, const char *name) {
    struct schema_paths *unknown = decoder->unknown;

    if (!unknown)
        return;
    size_t length = field_name_push(&decoder->path, name);
    if ((unknown->count & (unknown->count - 1)) == 0) { /* grows at every power of two */
        size_t capacity = unknown->count ? unknown->count * 2 : 1;
        const char **items = ARENA_ARRAY(decoder->arena, const char *, capacity);
        if (unknown->count > 0)
            memcpy(items, unknown->items, unknown->count * sizeof(*items));
        unknown->items = items;
    }
    unknown->items[unknown->count++] = arena_strdup(decoder->arena, buffer_string(&decoder->path));
    buffer_truncate(&decoder->path, length);
}

/* ---- Go's structs ---- */

static bool decode_go(struct decoder *decoder, const struct schema *schema, struct json *value);

static const char *go_type_of(struct arena *arena, const struct schema *schema) {
    const struct schema_rules *rules = schema->rules;

    switch (schema->type) {
    case SCHEMA_STRING:
        return "string";
    case SCHEMA_BOOLEAN:
        return "bool";
    case SCHEMA_NUMBER:
        return "float64";
    case SCHEMA_INTEGER:
        return rules && str_equal(rules->format, "int64") ? "int64" : "int32";
    case SCHEMA_ARRAY:
        return arena_printf(arena, "[]%s", schema->items ? go_type_of(arena, schema->items) : "interface {}");
    case SCHEMA_OBJECT:
        if (schema->go_name)
            return schema->go_name;
        return arena_printf(arena, "map[string]%s",
                            schema->additional ? go_type_of(arena, schema->additional) : "interface {}");
    case SCHEMA_ANY:
        return schema->is_quantity ? "resource.Quantity" : "interface {}";
    }
    return "";
}

static bool refuse_type(struct decoder *decoder, const struct schema *schema, const struct json *value) {
    const char *type = decoder->go_type ? decoder->go_type : go_type_of(decoder->arena, schema);
    const char *kind = schema_go_kind(value);

    if (schema->type == SCHEMA_INTEGER && json_is_number(value))
        kind = arena_printf(decoder->arena, "number %s", json_print(decoder->arena, value));
    if (str_empty(decoder->go_struct))
        return error_set(decoder->err, ERROR_INVALID, "json: cannot unmarshal %s into Go value of type %s",
                         kind, type);
    return error_set(decoder->err, ERROR_INVALID,
                     "json: cannot unmarshal %s into Go struct field %s.%s of type %s", kind,
                     decoder->go_struct, buffer_string(&decoder->go_path), type);
}

static bool fits_integer(const struct schema *schema, const struct json *value) {
    if (!json_is(value, JSON_INTEGER))
        return false;
    if (schema->rules && str_equal(schema->rules->format, "int64"))
        return true;
    return value->integer >= INT32_MIN && value->integer <= INT32_MAX;
}

static bool decode_quantity(struct decoder *decoder, struct json *value) {
    struct quantity quantity = { 0 };

    if (json_is(value, JSON_NULL)) {
        *value = *json_new_string(decoder->arena, "0");
        return true;
    }
    if (!quantity_from_json(value, &quantity))
        return error_set(decoder->err, ERROR_INVALID,
                         "quantities must match the regular expression "
                         "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    *value = *json_new_string(decoder->arena, quantity_format(decoder->arena, quantity));
    return true;
}

static struct json zero_value(struct decoder *decoder, const struct schema *schema) {
    switch (schema->type) {
    case SCHEMA_STRING:
        return schema->is_time ? *json_new_null(decoder->arena) : *json_new_string(decoder->arena, "");
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
        return *json_new_integer(decoder->arena, 0);
    case SCHEMA_BOOLEAN:
        return *json_new_bool(decoder->arena, false);
    case SCHEMA_OBJECT:
        return schema->property_count > 0 ? *json_new_object(decoder->arena) : *json_new_null(decoder->arena);
    case SCHEMA_ARRAY:
        return *json_new_null(decoder->arena);
    case SCHEMA_ANY:
        if (schema->is_quantity)
            return *json_new_string(decoder->arena, "0");
        return schema->is_int_or_string ? *json_new_integer(decoder->arena, 0)
                                        : *json_new_null(decoder->arena);
    }
    return (struct json){ .type = JSON_NULL };
}

/* Whether Go's omitempty leaves the value out. */
static bool is_omitted(const struct schema *schema, enum schema_zero zero, const struct json *value) {
    if (json_is(value, JSON_NULL))
        return true;
    if (schema->type == SCHEMA_ARRAY || (schema->type == SCHEMA_OBJECT && schema->property_count == 0))
        return json_length(value) == 0 && !schema->is_open && zero != SCHEMA_ZERO_KEPT;
    if (zero != SCHEMA_ZERO_OMITTED)
        return false;
    switch (schema->type) {
    case SCHEMA_STRING:
        return value->length == 0;
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
        return json_number(value, 1) == 0;
    case SCHEMA_BOOLEAN:
        return json_is(value, JSON_FALSE);
    case SCHEMA_ANY:
    case SCHEMA_OBJECT:
    case SCHEMA_ARRAY:
        return false;
    }
    return false;
}

static bool decode_go_member(struct decoder *decoder, const struct schema_property *property,
                             struct json *value) {
    size_t length = field_name_push(&decoder->path, property->name);
    size_t go_length = field_name_push(&decoder->go_path, property->name);

    decoder->go_type = property->go_type;
    bool is_sound = json_is(value, JSON_NULL) || decode_go(decoder, property->schema, value);
    decoder->go_type = NULL;
    buffer_truncate(&decoder->path, length);
    buffer_truncate(&decoder->go_path, go_length);
    return is_sound;
}

/* Fields that Go always prints and that are not there. */
static bool add_printed(struct decoder *decoder, const struct schema *schema, struct json *object) {
    for (size_t i = 0; i < schema->property_count; i++) {
        const struct schema_property *property = &schema->properties[i];
        if (property->zero != SCHEMA_ZERO_PRINTED && property->zero != SCHEMA_ZERO_NULL)
            continue;
        if (json_get(object, property->name))
            continue;
        struct json zero = { .type = JSON_NULL };
        if (property->zero == SCHEMA_ZERO_PRINTED) {
            zero = zero_value(decoder, property->schema);
            if (json_is(&zero, JSON_OBJECT) && !decode_go_member(decoder, property, &zero))
                return false;
        }
        json_set(decoder->arena, object, property->name, &zero);
    }
    return true;
}

static bool decode_go_struct(struct decoder *decoder, const struct schema *schema, struct json *object) {
    const char *outer = decoder->go_struct;
    const char *dot = schema->go_name ? strchr(schema->go_name, '.') : NULL;
    uint32_t kept = 0;

    decoder->go_struct = dot ? dot + 1 : outer;
    for (uint32_t i = 0; i < object->length; i++) {
        struct json_member *member = &object->members[i];
        const struct schema_property *property = schema_property(schema, member->key);
        if (!property && !schema->is_open) {
            report_unknown(decoder, member->key);
            continue;
        }
        if (property && !decode_go_member(decoder, property, &member->value))
            return false;
        if (property && is_omitted(property->schema, property->zero, &member->value))
            continue;
        object->members[kept++] = *member;
    }
    object->length = kept;
    if (!add_printed(decoder, schema, object))
        return false;
    decoder->go_struct = outer;
    return true;
}

static bool decode_go_map(struct decoder *decoder, const struct schema *schema, struct json *object) {
    for (uint32_t i = 0; i < object->length && schema->additional; i++) {
        struct json_member *member = &object->members[i];
        size_t length = field_name_push(&decoder->path, member->key);
        if (json_is(&member->value, JSON_NULL))
            member->value = zero_value(decoder, schema->additional);
        else if (!decode_go(decoder, schema->additional, &member->value))
            return false;
        buffer_truncate(&decoder->path, length);
    }
    return true;
}

static bool decode_go_list(struct decoder *decoder, const struct schema *schema, struct json *array) {
    for (uint32_t i = 0; i < array->length && schema->items; i++) {
        struct json *item = &array->items[i];
        size_t length = field_name_push_index(&decoder->path, i);
        if (json_is(item, JSON_NULL))
            *item = zero_value(decoder, schema->items);
        if (!json_is(item, JSON_NULL) && !decode_go(decoder, schema->items, item))
            return false;
        buffer_truncate(&decoder->path, length);
    }
    return true;
}

static bool decode_go_any(struct decoder *decoder, const struct schema *schema, struct json *value) {
    if (schema->is_quantity)
        return decode_quantity(decoder, value);
    if (!schema->is_int_or_string || json_is(value, JSON_STRING))
        return true;
    if (json_is(value, JSON_INTEGER) && value->integer >= INT32_MIN && value->integer <= INT32_MAX)
        return true;
    decoder->go_type = "int32";
    return refuse_type(decoder, schema, value);
}

/* value is not null, but for quantities. */
static bool decode_go(struct decoder *decoder, const struct schema *schema, struct json *value) {
    switch (schema->type) {
    case SCHEMA_ANY:
        return decode_go_any(decoder, schema, value);
    case SCHEMA_STRING:
        return json_is(value, JSON_STRING) || refuse_type(decoder, schema, value);
    case SCHEMA_BOOLEAN:
        return json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE) || refuse_type(decoder, schema, value);
    case SCHEMA_NUMBER:
        return json_is_number(value) || refuse_type(decoder, schema, value);
    case SCHEMA_INTEGER:
        return fits_integer(schema, value) || refuse_type(decoder, schema, value);
    case SCHEMA_ARRAY:
        if (!json_is(value, JSON_ARRAY))
            return refuse_type(decoder, schema, value);
        return decode_go_list(decoder, schema, value);
    case SCHEMA_OBJECT:
        if (!json_is(value, JSON_OBJECT))
            return refuse_type(decoder, schema, value);
        return schema->property_count > 0 ? decode_go_struct(decoder, schema, value)
                                          : decode_go_map(decoder, schema, value);
    }
    return true;
}

/* ---- custom kinds ---- */

static bool prune(struct decoder *decoder, const struct schema *schema, bool is_open, struct json *value);

/* metadata is of a built-in type: it goes through Go. */
static bool prune_member(struct decoder *decoder, const struct schema *schema, struct json_member *member) {
    if (schema->is_custom)
        return prune(decoder, schema, schema->is_open, &member->value);
    if (json_is(&member->value, JSON_NULL))
        return true;
    return decode_go(decoder, schema, &member->value);
}

/* Null where it is not allowed and nothing stands in for it: as if it was not there. */
static bool is_unwanted_null(const struct schema_property *property, const struct schema *inner,
                             const struct json *value) {
    const struct json *stand_in = property ? property->default_value : inner->default_value;

    return json_is(value, JSON_NULL) && inner->is_custom && !inner->is_nullable && !stand_in;
}

static bool prune_object(struct decoder *decoder, const struct schema *schema, bool is_open,
                         struct json *object) {
    uint32_t kept = 0;

    for (uint32_t i = 0; i < object->length; i++) {
        struct json_member *member = &object->members[i];
        const struct schema_property *property = schema ? schema_property(schema, member->key) : NULL;
        const struct schema *inner = property ? property->schema : schema ? schema->additional : NULL;
        if (!inner && !is_open) {
            report_unknown(decoder, member->key);
            continue;
        }
        if (inner && is_unwanted_null(property, inner, &member->value))
            continue;
        size_t length = field_name_push(&decoder->path, member->key);
        if (inner && !prune_member(decoder, inner, member))
            return false;
        buffer_truncate(&decoder->path, length);
        object->members[kept++] = *member;
    }
    object->length = kept;
    return true;
}

static bool prune(struct decoder *decoder, const struct schema *schema, bool is_open, struct json *value) {
    if (json_is(value, JSON_OBJECT))
        return prune_object(decoder, schema, is_open, value);
    if (!json_is(value, JSON_ARRAY))
        return true;
    for (uint32_t i = 0; i < value->length; i++) {
        size_t length = field_name_push_index(&decoder->path, i);
        const struct schema *items = schema->items;
        if (items && !prune(decoder, items, items->is_open, &value->items[i]))
            return false;
        buffer_truncate(&decoder->path, length);
    }
    return true;
}

/* ---- */

static bool decode(struct decoder *decoder, const struct schema *schema, struct json *object) {
    bool is_sound = schema->is_custom ? prune(decoder, schema, schema->is_open, object)
                                      : decode_go(decoder, schema, object);

    buffer_clear(&decoder->path);
    buffer_clear(&decoder->go_path);
    return is_sound;
}

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool schema_decode(struct arena *arena, const struct schema *schema, struct json *object,
                   struct schema_paths *out_unknown, struct error *err) {
    struct decoder decoder = { .arena = arena, .unknown = out_unknown, .err = err };

    bool is_sound = decode(&decoder, schema, object);
    if (out_unknown && out_unknown->count > 1 &&
        schema->is_custom) /* as the real server, which prunes in no order */
        qsort(out_unknown->items, out_unknown->count, sizeof(*out_unknown->items), compare_texts);
    if (is_sound)
        return true;
    if (!schema->kind)
        return false;
    return error_wrap(err, "%s in version \"%s\" cannot be handled as a %s", schema->kind->kind,
                      schema->kind->version, schema->kind->kind);
}

void schema_normalize(struct arena *arena, const struct schema *schema, struct json *object) {
    struct decoder decoder = { .arena = arena };

    if (schema->is_custom)
        return;
    bool is_sound = decode(&decoder, schema, object);
    (void)is_sound; /* what could not be read stays as it is: the caller has decoded the object before */
}
