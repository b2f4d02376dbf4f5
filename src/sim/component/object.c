#include "sim/component/object.h"

#include "base/time.h"

const char *object_name(const struct json *object) {
    return json_string_at(object, "metadata.name", "");
}

const char *object_namespace(const struct json *object) {
    return json_string_at(object, "metadata.namespace", "");
}

const char *object_uid(const struct json *object) {
    return json_string_at(object, "metadata.uid", "");
}

bool object_is_deleting(const struct json *object) {
    return json_is(json_at(object, "metadata.deletionTimestamp"), JSON_STRING);
}

const struct json *object_controller(const struct json *object) {
    JSON_FOR_EACH_ITEM (owner, json_at(object, "metadata.ownerReferences")) {
        if (json_bool_at(owner, "controller", false))
            return owner;
    }
    return NULL;
}

bool object_is_controlled_by(const struct json *object, const char *uid) {
    return str_equal(json_string_at(object_controller(object), "uid", NULL), uid);
}

const char *object_label(const struct json *object, const char *key) {
    return json_string(json_get(json_at(object, "metadata.labels"), key), NULL);
}

const char *object_annotation(const struct json *object, const char *key) {
    return json_string(json_get(json_at(object, "metadata.annotations"), key), NULL);
}

bool object_has_finalizer(const struct json *object, const char *finalizer) {
    JSON_FOR_EACH_ITEM (item, json_at(object, "metadata.finalizers")) {
        if (str_equal(json_string(item, NULL), finalizer))
            return true;
    }
    return false;
}

struct json *object_owner_reference(struct arena *arena, const struct json *owner) {
    struct json *reference = json_new_object(arena);
    json_set_string(arena, reference, "apiVersion", json_string_at(owner, "apiVersion", ""));
    json_set_string(arena, reference, "kind", json_string_at(owner, "kind", ""));
    json_set_string(arena, reference, "name", object_name(owner));
    json_set_string(arena, reference, "uid", object_uid(owner));
    json_set_bool(arena, reference, "controller", true);
    json_set_bool(arena, reference, "blockOwnerDeletion", true);
    return reference;
}

/* ---- conditions ---- */

static struct json *find_condition(const struct json *conditions, const char *type) {
    JSON_FOR_EACH_ITEM (condition, conditions) {
        if (str_equal(json_string_at(condition, "type", NULL), type))
            return condition;
    }
    return NULL;
}

const struct json *object_condition(const struct json *object, const char *type) {
    return find_condition(json_at(object, "status.conditions"), type);
}

bool object_condition_is_true(const struct json *object, const char *type) {
    return str_equal(json_string_at(object_condition(object, type), "status", NULL), "True");
}

static void set_or_remove(struct arena *arena, struct json *object, const char *key, const char *value) {
    if (value)
        json_set_string(arena, object, key, value);
    else
        json_remove(object, key);
}

void conditions_set(struct arena *arena, struct json *conditions, const char *type, bool status,
                    const char *reason, const char *message, int64_t wall_ns) {
    const char *word = status ? "True" : "False";
    struct json *condition = find_condition(conditions, type);

    if (!condition) {
        condition = json_append_object(arena, conditions);
        json_set_string(arena, condition, "type", type);
    }
    if (!str_equal(json_string_at(condition, "status", NULL), word)) {
        json_set_string(arena, condition, "status", word);
        json_set_string(arena, condition, "lastTransitionTime", time_format(arena, wall_ns));
    }
    set_or_remove(arena, condition, "reason", reason);
    set_or_remove(arena, condition, "message", message);
}

/* ---- selectors ---- */

static bool is_in(const struct json *values, const char *value) {
    JSON_FOR_EACH_ITEM (item, values) {
        if (str_equal(json_string(item, NULL), value))
            return true;
    }
    return false;
}

/* Gt and Lt compare integers; what is no integer never matches. */
static bool compares(const struct json *requirement, const char *value, bool is_greater) {
    int64_t have, bound;
    if (!value || !parse_int64(text_from(value), &have) ||
        !parse_int64(text_from(json_string_at(requirement, "values.0", "")), &bound))
        return false;
    return is_greater ? have > bound : have < bound;
}

bool selector_requirement_matches(const struct json *requirement, const struct json *labels) {
    const char *operator= json_string_at(requirement, "operator", "");
    const struct json *values = json_get(requirement, "values");
    const char *value = json_string(json_get(labels, json_string_at(requirement, "key", "")), NULL);

    if (str_equal(operator, "In"))
        return value && is_in(values, value);
    if (str_equal(operator, "NotIn"))
        return !value || !is_in(values, value);
    if (str_equal(operator, "Exists"))
        return value != NULL;
    if (str_equal(operator, "DoesNotExist"))
        return value == NULL;
    if (str_equal(operator, "Gt"))
        return compares(requirement, value, true);
    if (str_equal(operator, "Lt"))
        return compares(requirement, value, false);
    return false;
}

static bool labels_include(const struct json *labels, const struct json *map) {
    JSON_FOR_EACH_MEMBER (member, map) {
        if (!str_equal(json_string(json_get(labels, member->key), NULL), json_string(&member->value, "")))
            return false;
    }
    return true;
}

bool selector_matches(const struct json *selector, const struct json *labels) {
    if (!json_is(selector, JSON_OBJECT) || !labels_include(labels, json_get(selector, "matchLabels")))
        return false;
    JSON_FOR_EACH_ITEM (requirement, json_get(selector, "matchExpressions")) {
        if (!selector_requirement_matches(requirement, labels))
            return false;
    }
    return true;
}

bool selector_map_matches(const struct json *map, const struct json *labels) {
    return json_length(map) > 0 && labels_include(labels, map);
}

/* ---- pods ---- */

bool pod_is_ready(const struct json *pod) {
    return object_condition_is_true(pod, "Ready");
}

bool pod_is_finished(const struct json *pod) {
    const char *phase = json_string_at(pod, "status.phase", "");
    return str_equal(phase, "Succeeded") || str_equal(phase, "Failed");
}

bool pod_is_running_and_ready(const struct json *pod) {
    return str_equal(json_string_at(pod, "status.phase", ""), "Running") && pod_is_ready(pod);
}

int64_t pod_ready_since(const struct json *pod) {
    const char *time = json_string_at(object_condition(pod, "Ready"), "lastTransitionTime", "");
    int64_t wall_ns;
    return pod_is_ready(pod) && time_parse(text_from(time), &wall_ns) ? wall_ns : 0;
}
