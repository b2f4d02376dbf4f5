/* Bolt values from and to JSON: parameters that come out of Kubernetes objects, rows that are shown. */
#pragma once

#include "base/json.h"
#include "bolt/value.h"

/* Deeper JSON can't be sent: no server reads it. */
enum { BOLT_JSON_DEPTH_MAX = 90 };

/* In arena, as a new value; absent JSON is BOLT_NULL. JSON has no type that Bolt lacks. NULL when the JSON is
 * nested deeper than BOLT_JSON_DEPTH_MAX. */
struct bolt_value *bolt_from_json(struct arena *arena, const struct json *json);
/* In arena. Bytes become base64, instants RFC 3339 texts, other structures {"tag", "fields"}; NaN and
 * infinities, which JSON lacks, become null. */
struct json *bolt_to_json(struct arena *arena, const struct bolt_value *value);
