/* Bolt values from and to JSON: parameters that come out of Kubernetes objects, rows that are shown. */
#pragma once

#include "base/json.h"
#include "bolt/value.h"

/* In arena, as a new value. JSON has no type that Bolt lacks. */
struct bolt_value *bolt_from_json(struct arena *arena, const struct json *json);
/* In arena. Bytes become base64, instants RFC 3339 texts, other structures {"tag", "fields"}; NaN and
 * infinities, which JSON lacks, become null. */
struct json *bolt_to_json(struct arena *arena, const struct bolt_value *value);
