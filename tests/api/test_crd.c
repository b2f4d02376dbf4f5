#include "test.h"

#include "api/cluster.h"
#include "api/crd.h"

static struct json *read_definition(struct arena *arena) {
    struct json *definition = NULL;
    struct error err = { 0 };

    if (!json_parse(arena, (struct text){ crd_cluster.json, crd_cluster.length }, NULL, &definition, &err))
        fail_msg("%s", err.text);
    return definition;
}

static void compare_object(const struct api_object *object, const struct json *schema);

static void compare_words(const struct api_object *object, const struct api_field *field,
                          const struct json *schema) {
    const struct json *list =
        json_get(field->type == API_STRING_LIST ? json_get(schema, "items") : schema, "enum");
    size_t count = 0;

    for (; field->words && field->words[count]; count++) {
        if (!str_equal(json_string(json_item(list, count), NULL), field->words[count]))
            fail_msg("%s.%s: %s is no word of the definition", object->name, field->name,
                     field->words[count]);
    }
    assert_int_equal(json_length(list), count);
}

static void compare_default(struct arena *arena, const struct api_object *object,
                            const struct api_field *field, const struct json *schema) {
    const struct json *stored = json_get(schema, "default");
    struct json *expected = NULL;

    if (field->is_default_stored)
        assert_true(json_parse(arena, text_from(field->default_value), NULL, &expected, NULL));
    if ((stored || expected) && !(stored && expected && json_equal(stored, expected)))
        fail_msg("%s.%s: the definition has another default", object->name, field->name);
}

static void compare_field(const struct api_object *object, const struct api_field *field,
                          const struct json *schema) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    compare_default(arena, object, field, schema);
    if (field->type == API_STRING || field->type == API_STRING_LIST)
        compare_words(object, field, schema);
    if (field->type == API_INT32 || field->type == API_INT64) {
        assert_int_equal(json_integer_at(schema, "minimum", 0), field->has_minimum ? field->minimum : 0);
        assert_int_equal(json_integer_at(schema, "maximum", 0), field->has_maximum ? field->maximum : 0);
    }
    if (field->object)
        compare_object(field->object, field->type == API_OBJECT_LIST ? json_get(schema, "items")
                                      : field->type == API_OBJECT_MAP
                                          ? json_get(schema, "additionalProperties")
                                          : schema);
}

static bool requires(const struct json *schema, const char *name) {
    JSON_FOR_EACH_ITEM (required, json_get(schema, "required"))
        if (str_equal(json_string(required, NULL), name))
            return true;
    return false;
}

static void compare_object(const struct api_object *object, const struct json *schema) {
    const struct json *properties = json_get(schema, "properties");

    assert_int_equal(json_length(properties), object->field_count);
    for (size_t i = 0; i < object->field_count; i++) {
        const struct api_field *field = &object->fields[i];
        const struct json *property = json_get(properties, field->name);
        if (!property)
            fail_msg("%s.%s is not in the definition", object->name, field->name);
        if (requires(schema, field->name) != field->is_required)
            fail_msg("%s.%s: required in one of the two only", object->name, field->name);
        compare_field(object, field, property);
    }
}

TEST("the embedded definition has the fields of the tables, with their words, bounds and defaults") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *definition = read_definition(arena);
    const struct json *schema = json_at(definition, "spec.versions.0.schema.openAPIV3Schema.properties");

    compare_object(&cluster_spec_object, json_get(schema, "spec"));
    compare_object(&cluster_status_object, json_get(schema, "status"));
}

TEST("the embedded definition has what kubectl needs to list, scale and name clusters") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *definition = read_definition(arena);
    const struct json *version = json_at(definition, "spec.versions.0");

    assert_string_equal(json_string_at(definition, "metadata.name", ""), crd_cluster.name);
    assert_string_equal(json_string_at(definition, "spec.names.shortNames.0", ""), "n4jcluster");
    assert_string_equal(json_string_at(definition, "spec.names.categories.0", ""), "neo4j");
    assert_string_equal(json_string_at(version, "subresources.scale.specReplicasPath", ""),
                        ".spec.topology.servers");
    assert_non_null(json_at(version, "subresources.status"));
    static const char *const columns[] = { "Servers", "Ready", "Phase", "Age" };
    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++)
        assert_string_equal(
            json_string(json_get(json_item(json_get(version, "additionalPrinterColumns"), i), "name"), ""),
            columns[i]);
}
