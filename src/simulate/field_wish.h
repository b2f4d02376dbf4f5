/* Field wish: a manifest in which one field differs from a sample of its kind.
 *
 * A sample is the least that is Ready in its world, or waits for nothing but this version; what it refers to
 * is there before it. What a field is within comes with it: required siblings, `enabled: true`, and what the
 * rules of the kind ask for beside it.
 */
#pragma once

#include "simulate/fields.h"

/* In arena: the sample of a kind; NULL when there is none yet, which fails the walk. */
struct json *field_sample(struct arena *arena, const struct api_kind *kind);
/* All that is there in the sample's world, as manifests in JSON, a line each, the sample last. */
const char *field_sample_world(struct arena *arena, const struct json *sample);
/* The sample with this value (null: without the field), in arena. */
struct json *field_wish(struct arena *arena, const struct json *sample, const struct field *field,
                        const struct json *value);
