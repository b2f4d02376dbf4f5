#include "api/effects.h"

#include "api/cluster.h"
#include "api/path.h"

static bool is_nothing(const struct json *value) {
    switch (value->type) {
    case JSON_NULL:
    case JSON_FALSE:
        return true;
    case JSON_STRING:
    case JSON_ARRAY:
    case JSON_OBJECT:
        return value->length == 0;
    case JSON_TRUE:
    case JSON_INTEGER:
    case JSON_DOUBLE:
        return false;
    }
    return false;
}

static bool is_default(struct arena *arena, const struct api_field *field, const struct json *value) {
    struct json *standard = NULL;

    return field->default_value &&
           json_parse(arena, text_from(field->default_value), NULL, &standard, NULL) &&
           json_equal(standard, value);
}

static bool asks(struct arena *arena, const struct api_field *field, const struct json *value);

enum switch_state { SWITCH_NONE, SWITCH_OFF, SWITCH_ON };

/* An object with a field `enabled` asks for nothing else while that is off. */
static enum switch_state switch_of(const struct api_object *object, const struct json *value) {
    const struct api_field *field = api_object_field(object, "enabled", strlen("enabled"));
    const struct json *enabled = json_get(value, "enabled");

    if (!field || field->type != API_BOOLEAN || (!enabled && !field->default_value))
        return SWITCH_NONE;
    bool is_on = enabled ? json_is(enabled, JSON_TRUE) : strcmp(field->default_value, "true") == 0;
    return is_on ? SWITCH_ON : SWITCH_OFF;
}

static bool object_asks(struct arena *arena, const struct api_object *object, const struct json *value) {
    enum switch_state state = switch_of(object, value);
    if (state != SWITCH_NONE)
        return state == SWITCH_ON;
    JSON_FOR_EACH_MEMBER (member, value) {
        const struct api_field *field = api_object_field(object, member->key, member->key_length);
        if (field && asks(arena, field, &member->value))
            return true;
    }
    return false;
}

/* Whether a value wants anything that would not happen if the field were left out. */
static bool asks(struct arena *arena, const struct api_field *field, const struct json *value) {
    if (field->type == API_OBJECT && json_is(value, JSON_OBJECT))
        return object_asks(arena, field->object, value);
    if (json_is(value, JSON_FALSE) && field->default_value && strcmp(field->default_value, "true") == 0)
        return true;
    return !is_nothing(value) && !is_default(arena, field, value);
}

static void collect(struct arena *arena, const struct api_object *object, const struct json *value,
                    const struct field_path *path, struct json *found) {
    JSON_FOR_EACH_MEMBER (member, value) {
        const struct api_field *field = api_object_field(object, member->key, member->key_length);
        const struct field_path *place = FIELD_PATH_MEMBER(path, member->key);
        if (!field)
            continue;
        /* Another name of a field has that field's effect. */
        const struct api_field *meant = field;
        if (field->alias_of)
            meant = api_object_field(object, field->alias_of, strlen(field->alias_of));
        if (meant->effect != API_EFFECT_NOW) {
            if (asks(arena, meant, &member->value))
                json_append_string(arena, found, field_path_text(arena, place));
        } else if (field->type == API_OBJECT) {
            collect(arena, field->object, &member->value, place, found);
        }
    }
}

struct json *api_fields_without_effect(struct arena *arena, const struct api_object *object,
                                       const struct json *value, const char *path) {
    struct json *found = json_new_array(arena);
    collect(arena, object, value, FIELD_PATH_ROOT(path), found);
    return found;
}

struct json *cluster_fields_without_effect(struct arena *arena, const struct json *cluster) {
    return api_fields_without_effect(arena, &cluster_spec_object, json_get(cluster, "spec"), "spec");
}
