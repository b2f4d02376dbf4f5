/* Properties: which values an entry may hold, and how a ledger writes them.
 *
 * Booleans, integers, floats, strings, bytes, points, points in time, durations, and lists of values of one
 * of these kinds (Cypher Manual, property, structural, and constructed values). In JSON: booleans, integers
 * and strings as they are; {"float": "1.5"}, {"bytes": base64}, {"tag": 88, "fields": […]} for structures.
 */
#pragma once

#include "base/json.h"
#include "bolt/value.h"

/* In arena; NULL when the value can't be stored. */
struct json *property_to_json(struct arena *arena, const struct bolt_value *value);
/* What property_to_json() made. In arena; null for anything else. */
struct bolt_value *property_from_json(struct arena *arena, const struct json *json);
