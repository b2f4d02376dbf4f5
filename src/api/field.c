#include "api/field.h"

#include "api/kinds.h"

const struct api_field *api_object_field(const struct api_object *object, const char *name,
                                         size_t name_length) {
    size_t low = 0;
    size_t high = object->field_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *candidate = object->fields[middle].name;
        int order = strncmp(name, candidate, name_length);
        if (order == 0 && candidate[name_length] != '\0')
            order = -1;
        if (order == 0)
            return &object->fields[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct api_kind *api_kind_find(const char *name) {
    for (size_t i = 0; i < api_kind_count; i++)
        if (str_equal(api_kinds[i].name, name))
            return &api_kinds[i];
    return NULL;
}
