/* Decode: JSON from the API server into the structs of api/KIND.h.
 *
 * Fields that the table does not know are ignored: the API server prunes and checks; schema.h names them to
 * who writes manifests. null counts as absent. An alias is folded into the field that it is another name of;
 * when both are set and differ, that is an error naming both. A value of the wrong type is an error. No
 * defaults: see defaults.h.
 *
 * Strings and embedded values are borrowed from the JSON, which must live as long as the struct.
 *
 * api/KIND.h wraps it with types: cluster_spec_decode(), cluster_status_decode().
 */
#pragma once

#include "api/field.h"
#include "schema/field_error.h"

/* The struct of `object`, in arena, all zero where nothing is set: never NULL. value may be NULL (absent).
 * path is what stands before a field's name in findings: "spec". */
void *api_decode(struct arena *arena, const struct api_object *object, const struct json *value,
                 const char *path, struct field_errors *errors);
