/* The name that somebody who mistyped one may have meant. */
#pragma once

#include "schema/schema.h"

/* path is that of an unknown field: "spec.topologie", "spec.list[0].naem". The name of the known field beside
 * it that is nearest, or NULL when none is near. */
const char *nearest_field(struct arena *arena, const struct schema *schema, const char *path);
/* The nearest of count names, or NULL when none is near. */
const char *nearest_name(const char *name, const char *const *names, size_t count);
