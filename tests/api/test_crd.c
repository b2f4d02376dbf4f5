#include "test.h"

#include "api/kind_tables.h"
#include "api/kinds.h"

enum { CRD_BYTES_MAX = 200 * 1000 };

static struct json *read_definition(struct arena *arena, struct text text) {
    struct json *definition = NULL;
    struct error err = { 0 };

    if (!json_parse(arena, text, NULL, &definition, &err))
        fail_msg("%s", err.text);
    return definition;
}

static void compare_object(const struct api_object *object, const struct json *schema) {
    const struct json *properties = json_get(schema, "properties");

    assert_int_equal(json_length(properties), object->field_count);
    for (size_t i = 0; i < object->field_count; i++) {
        const struct api_field *field = &object->fields[i];
        const struct json *property = json_get(properties, field->name);
        if (!property)
            fail_msg("%s.%s is not in the definition", object->name, field->name);
        if (json_get(property, "default") && !field->default_value)
            fail_msg("%s.%s: a default in the definition only", object->name, field->name);
        if (field->object)
            compare_object(field->object, field->type == API_OBJECT_LIST ? json_get(property, "items")
                                          : field->type == API_OBJECT_MAP
                                              ? json_get(property, "additionalProperties")
                                              : property);
    }
}

TEST("every embedded definition has exactly the fields of the tables") {
    for (size_t i = 0; i < api_kind_count; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const struct json *definition =
            read_definition(arena, packed_text_unpack(arena, api_kinds[i].judged));
        const struct json *schema = json_at(definition, "spec.versions.0.schema.openAPIV3Schema.properties");
        compare_object(api_kind_tables[i].spec, json_get(schema, "spec"));
        compare_object(api_kind_tables[i].status, json_get(schema, "status"));
    }
}

TEST("every shipped definition has what kubectl needs, and room in an annotation") {
    for (size_t i = 0; i < api_kind_count; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const struct crd *shipped = api_kind_tables[i].shipped;
        const struct json *definition =
            read_definition(arena, (struct text){ shipped->json, shipped->length });
        const struct json *version = json_at(definition, "spec.versions.0");
        const struct json *columns = json_get(version, "additionalPrinterColumns");
        assert_string_equal(json_string_at(definition, "metadata.name", ""),
                            arena_printf(arena, "%s." API_GROUP, api_kinds[i].plural));
        assert_string_equal(json_string_at(definition, "spec.names.categories.0", ""), "neo4j");
        assert_true(json_length(json_at(definition, "spec.names.shortNames")) > 0);
        assert_non_null(json_at(version, "subresources.status"));
        assert_true(json_length(columns) >= 3);
        assert_true(shipped->length < CRD_BYTES_MAX);
    }
}

TEST("finds kinds by their whole name") {
    assert_string_equal(api_kind_find("Neo4jEnterpriseCluster")->stem, "cluster");
    assert_null(api_kind_find("Neo4jEnterprise"));
    assert_null(api_kind_find(""));
}
