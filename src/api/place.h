/* Place: the members of a struct that belong to one field, found by the table's offsets. For what walks
 * tables. */
#pragma once

#include "api/field.h"

struct place {
    union {
        const char **string;
        bool *boolean;
        int32_t *int32;
        int64_t *int64;
        char *object; /* where a pointer to a struct is: of a list or map, to its first element */
        const char ***strings;
        const struct json **json;
    };
    union {
        bool *has;
        size_t *count;
    };
};

static inline struct place place_of(const struct api_field *field, void *structure) {
    ensure(field->has_place);
    char *bytes = structure;
    return (struct place){
        .object = bytes + field->offset,
        .count = (size_t *)(void *)(bytes + field->offset_has),
    };
}

/* Pointers to structs have a type each; they are moved as bytes, so that the compiler's view of types holds.
 */
static inline void *place_object(struct place place) {
    void *object;
    memcpy(&object, place.object, sizeof(object));
    return object;
}

static inline void place_set_object(struct place place, void *object) {
    memcpy(place.object, &object, sizeof(object));
}

/* Whether the struct holds a value for the field. */
static inline bool place_is_set(const struct api_field *field, const void *structure) {
    /* Only read from. */
    struct place place = place_of(field, (void *)(uintptr_t)structure);

    if (field->is_carried)
        return *place.json != NULL;
    switch (field->type) {
    case API_BOOLEAN:
    case API_INT32:
    case API_INT64:
        return *place.has;
    case API_STRING:
    case API_QUANTITY:
        return *place.string != NULL;
    case API_STRING_LIST:
        return *place.strings != NULL;
    case API_OBJECT:
    case API_OBJECT_LIST:
    case API_OBJECT_MAP:
        return place_object(place) != NULL;
    case API_STRING_MAP:
    case API_JSON:
    case API_JSON_OBJECT:
    case API_JSON_LIST:
        break;
    }
    return *place.json != NULL;
}
