/* Quantities, exact: base/quantity.h rounds to thousandths and ends at 9.2e15 units, which is fine for sizes;
 * an expression may compare others.
 *
 * Between ±1.7e29 units, to a billionth; what is finer is rounded away from zero. Larger ones are refused,
 * where Kubernetes has no limit.
 * Source: k8s.io/apimachinery, api/resource/quantity.go.
 */
#pragma once

#include "base/arena.h"
#include "base/quantity.h"

struct cel_amount {
    __int128 nano;
    /* Kubernetes keeps most amounts as a 64-bit number and a power of ten, as they are written; only those
     * whose power is not negative count as integers. */
    bool is_scaled;
    int64_t scaled;
    int scale;
    bool is_binary, is_exponent; /* as in struct quantity: how it is printed */
};

/* Whether the text is an amount, also one out of range. */
bool cel_amount_check(struct text text);
CHECKED bool cel_amount_parse(struct text text, struct cel_amount *out_amount);
struct cel_amount cel_amount_from_int(int64_t integer);
int cel_amount_compare(const struct cel_amount *a, const struct cel_amount *b);
/* False when it is out of range. */
CHECKED bool cel_amount_add(const struct cel_amount *a, const struct cel_amount *b,
                            struct cel_amount *out_sum);
CHECKED bool cel_amount_subtract(const struct cel_amount *a, const struct cel_amount *b,
                                 struct cel_amount *out_difference);
/* False where Kubernetes does not take it for an integer. */
CHECKED bool cel_amount_integer(const struct cel_amount *amount, int64_t *out_integer);
double cel_amount_double(const struct cel_amount *amount);
/* In the canonical form, or as a number or billionths where base/quantity.h can not say it. In arena. */
char *cel_amount_format(struct arena *arena, const struct cel_amount *amount);
