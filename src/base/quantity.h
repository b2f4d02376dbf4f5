/* Quantity: amounts as Kubernetes writes them ("500m", "1.5Gi", "2", "1e3").
 *
 * Exact in milli units up to ±9.2e15 units, as Kubernetes' own int64 path; finer than a thousandth is rounded
 * up (away from zero), larger is refused. After: k8s.io/apimachinery, api/resource/quantity.go.
 */
#pragma once

#include "base/arena.h"
#include "base/json.h"

struct quantity {
    int64_t milli;
    bool is_binary;   /* was written with Ki, Mi, …: is printed so again */
    bool is_exponent; /* was written as 1e3: is printed so again */
};

CHECKED bool quantity_parse(struct text text, struct quantity *out_quantity);
/* int-or-string, as in manifests. */
CHECKED bool quantity_from_json(const struct json *value, struct quantity *out_quantity);
/* Whole units (bytes), rounded up. */
int64_t quantity_value(struct quantity quantity);
/* -1, 0, 1 */
int quantity_compare(struct quantity a, struct quantity b);
/* The canonical form: largest suffix without a fraction. In arena. */
char *quantity_format(struct arena *arena, struct quantity quantity);
