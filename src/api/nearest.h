/* The field that somebody who mistyped one may have meant. */
#pragma once

#include "base/nearest.h"
#include "schema/schema.h"

/* path is that of an unknown field: "spec.topologie", "spec.list[0].naem". The name of the known field beside
 * it that is nearest, or NULL when none is near. */
const char *nearest_field(struct arena *arena, const struct schema *schema, const char *path);
