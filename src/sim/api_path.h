/* JSONPath, as far as CustomResourceDefinitions use it for columns: ".spec.replicas", ".items[0].name",
 * ".conditions[?(@.type==\"Ready\")].status", "['key']", "\.", "[*]", and "{…}" around it.
 * After: k8s.io/client-go, util/jsonpath.
 */
#pragma once

#include "base/json.h"

/* Adds what the path finds to the array found, in arena; nothing when the path is malformed. */
void api_path_find(struct arena *arena, const char *path, const struct json *value, struct json *found);
