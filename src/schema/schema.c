#include "schema/node.h"

const struct schema schema_untyped = { .type = SCHEMA_ANY,
                                       .is_open = true,
                                       .is_atomic = true,
                                       .items = &schema_untyped,
                                       .additional = &schema_untyped };
const struct schema schema_deduced = {
    .type = SCHEMA_ANY, .is_open = true, .items = &schema_untyped, .additional = &schema_deduced
};

const struct schema schema_any_metadata = { .type = SCHEMA_OBJECT, .is_custom = true, .is_open = true };

const struct schema *schema_bundle_find(const struct schema_bundle *bundle, const char *group,
                                        const char *version, const char *kind) {
    for (size_t i = 0; i < bundle->root_count; i++) {
        const struct schema_kind *root = bundle->roots[i]->kind;
        if (str_equal(root->kind, kind) && str_equal(root->group, group) && str_equal(root->version, version))
            return bundle->roots[i];
    }
    return NULL;
}

bool schema_is_custom(const struct schema *schema) {
    return schema->is_custom;
}

bool schema_has_subresource(const struct schema *schema, const char *subresource) {
    if (!schema->kind)
        return false;
    if (str_equal(subresource, "status"))
        return schema->kind->has_status;
    return str_equal(subresource, "scale") && schema->kind->has_scale;
}

const struct schema_property *schema_property(const struct schema *schema, const char *name) {
    size_t low = 0;
    size_t high = schema->property_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, schema->properties[middle].name);
        if (order == 0)
            return &schema->properties[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct schema *schema_member(const struct schema *schema, const char *name) {
    const struct schema_property *property = schema_property(schema, name);

    if (property)
        return property->schema;
    if (schema->additional)
        return schema->additional;
    if (schema->is_open || schema->merges_unknown || schema->property_count == 0)
        return schema->is_atomic && schema->type == SCHEMA_ANY ? &schema_untyped : &schema_deduced;
    return NULL;
}
