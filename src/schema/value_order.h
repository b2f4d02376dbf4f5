/* An order over JSON values, so that they can be sorted and found: numbers by value, then strings, booleans,
 * lists, objects (whose members must be sorted) and null. After: sigs.k8s.io/structured-merge-diff,
 * value.Compare. */
#pragma once

#include "base/json.h"

/* Less than, equal to or greater than 0. */
int value_compare(const struct json *a, const struct json *b);
