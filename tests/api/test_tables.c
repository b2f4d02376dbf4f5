#include "test.h"

#include "api/cluster.h"
#include "api/kind_tables.h"
#include "api/kinds.h"

static void check_object(const struct api_object *object);

static bool is_scalar(enum api_type type) {
    return type == API_STRING || type == API_QUANTITY || type == API_BOOLEAN || type == API_INT32 ||
           type == API_INT64;
}

static void check_default(const struct api_object *object, const struct api_field *field) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *value = NULL;

    if (!field->default_value)
        return;
    if (!json_parse(arena, text_from(field->default_value), NULL, &value, NULL))
        fail_msg("%s.%s: the default is no JSON", object->name, field->name);
    assert_true(is_scalar(field->type));
    bool fits = field->type == API_BOOLEAN ? json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE)
                : field->type == API_INT32 || field->type == API_INT64 ? json_is(value, JSON_INTEGER)
                                                                       : json_is(value, JSON_STRING);
    if (!fits)
        fail_msg("%s.%s: the default has another type", object->name, field->name);
}

static void check_place(const struct api_object *object, const struct api_field *field) {
    if (field->has_place == (field->alias_of || field->effect == API_EFFECT_NONE))
        fail_msg("%s.%s: has a place when it should have none, or none when it should", object->name,
                 field->name);
    if (!field->has_place)
        return;
    assert_true(field->offset < object->size && field->offset_has < object->size);
    bool needs_object =
        field->type == API_OBJECT || field->type == API_OBJECT_LIST || field->type == API_OBJECT_MAP;
    assert_true((field->object != NULL) == needs_object);
    if (!needs_object && (field->type == API_STRING_MAP || field->type >= API_JSON))
        assert_true(field->is_carried);
}

static void check_alias(const struct api_object *object, const struct api_field *field) {
    if (!field->alias_of)
        return;
    const struct api_field *meant = api_object_field(object, field->alias_of, strlen(field->alias_of));
    assert_true(object->has_aliases);
    assert_non_null(meant);
    assert_true(meant->has_place && meant->type == field->type);
}

static void check_field(const struct api_object *object, const struct api_field *field) {
    assert_ptr_equal(api_object_field(object, field->name, strlen(field->name)), field);
    check_default(object, field);
    check_place(object, field);
    check_alias(object, field);
    if (field->object)
        check_object(field->object);
}

static void check_object(const struct api_object *object) {
    assert_true(object->field_count > 0);
    for (size_t i = 0; i < object->field_count; i++) {
        if (i > 0 && strcmp(object->fields[i - 1].name, object->fields[i].name) >= 0)
            fail_msg("%s: %s comes twice or too late", object->name, object->fields[i].name);
        check_field(object, &object->fields[i]);
    }
}

TEST("every row of every kind's tables is well formed") {
    for (size_t i = 0; i < api_kind_count; i++) {
        check_object(api_kind_tables[i].spec);
        check_object(api_kind_tables[i].status);
    }
}

TEST("finds fields by their whole name only") {
    static const struct {
        const char *name;
        bool exists;
    } rows[] = { { "image", true }, { "imag", false },  { "images", false },
                 { "", false },     { "Image", false }, { "additionalConfig", true },
                 { "zzz", false } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        assert_int_equal(api_object_field(&cluster_spec_object, rows[i].name, strlen(rows[i].name)) != NULL,
                         rows[i].exists);
    /* The length counts, not the end of the string. */
    assert_non_null(api_object_field(&cluster_spec_object, "image.tag", strlen("image")));
}
