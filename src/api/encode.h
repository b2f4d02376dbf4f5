/* Encode: the structs of api/KIND.h as JSON, for server-side apply of a status.
 *
 * What is absent is left out: NULL, has_… false. Members come in the table's order, so that
 * the same struct always gives the same text. What was decoded encodes to an equal value, but for aliases,
 * fields without a place in the struct, and quantities that were numbers, which become strings.
 */
#pragma once

#include "api/field.h"

/* An object, in arena; embedded values are shared with the struct. */
struct json *api_encode(struct arena *arena, const struct api_object *object, const void *structure);
