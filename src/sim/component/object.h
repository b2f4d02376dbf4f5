/* Questions that controllers ask of any object, and of pods. All accept objects with fields missing. */
#pragma once

#include "base/json.h"

const char *object_name(const struct json *object);
/* "" for those without. */
const char *object_namespace(const struct json *object);
const char *object_uid(const struct json *object);
bool object_is_deleting(const struct json *object);
/* The owner reference with controller: true, or NULL. */
const struct json *object_controller(const struct json *object);
bool object_is_controlled_by(const struct json *object, const char *uid);
/* A label or annotation, or NULL. */
const char *object_label(const struct json *object, const char *key);
const char *object_annotation(const struct json *object, const char *key);
bool object_has_finalizer(const struct json *object, const char *finalizer);
/* {apiVersion, kind, name, uid, controller, blockOwnerDeletion} of owner, as a new value. */
struct json *object_owner_reference(struct arena *arena, const struct json *owner);

/* The entry of status.conditions with this type, or NULL. */
const struct json *object_condition(const struct json *object, const char *type);
bool object_condition_is_true(const struct json *object, const char *type);
/* Sets the condition in the array conditions; lastTransitionTime moves only when the status changes. */
void conditions_set(struct arena *arena, struct json *conditions, const char *type, bool status,
                    const char *reason, const char *message, int64_t wall_ns);

/* Whether labels (an object, may be NULL) match a LabelSelector {matchLabels, matchExpressions}. A selector
 * that is NULL matches nothing, an empty one everything. */
bool selector_matches(const struct json *selector, const struct json *labels);
/* The same for a plain map, as Services have it: an empty one matches nothing. */
bool selector_map_matches(const struct json *map, const struct json *labels);
/* One requirement {key, operator, values}: In, NotIn, Exists, DoesNotExist, Gt, Lt. */
bool selector_requirement_matches(const struct json *requirement, const struct json *labels);

bool pod_is_ready(const struct json *pod);
/* Succeeded or Failed. */
bool pod_is_finished(const struct json *pod);
bool pod_is_running_and_ready(const struct json *pod);
/* Wall time since when it is ready; 0 when it is not. */
int64_t pod_ready_since(const struct json *pod);
