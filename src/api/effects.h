/* Effects: which fields of an object this version accepts without doing anything about them.
 *
 * Declared beside the field in crds/KIND.yaml (effect: later or none), so that a field is never accepted in
 * silence: the controller names what this finds in a condition.
 */
#pragma once

#include "api/field.h"

/* Dotted paths, an array of strings in arena: each outermost field that is set in `spec` and has no effect,
 * ["spec.service.ingress", "spec.tls.mode"]. A field that is set to its default, to false, "" or {} asks for
 * nothing and is not named. In the order of the manifest. */
struct json *api_fields_without_effect(struct arena *arena, const struct api_object *object,
                                       const struct json *value, const char *path);

/* Of a whole Neo4jEnterpriseCluster. */
struct json *cluster_fields_without_effect(struct arena *arena, const struct json *cluster);
