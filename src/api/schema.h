/* Schema: judges a manifest by its schema alone, as the API server does: types, required fields, words,
 * bounds, forms, duplicate keys; and unknown fields, as strict validation does.
 *
 * It knows the project's own fields. Embedded Kubernetes types are left to the API server, which has them in
 * the shipped CustomResourceDefinition.
 */
#pragma once

#include "api/field.h"
#include "api/finding.h"

/* Judges value, which stands at path ("spec"). Unknown fields are FINDING_UNKNOWN and name the nearest known
 * one. */
void schema_judge(const struct api_object *object, const struct json *value, const char *path,
                  struct findings *findings);
