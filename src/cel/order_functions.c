/* The order of Kubernetes' kinds that have one, which have functions instead of < and >.
 * Source: k8s.io/apiserver, pkg/cel/library/quantity.go and semverlib.go. */
#include "cel/amount.h"
#include "cel/function.h"
#include "cel/semver.h"

/* Both are of the same kind. */
static int order(const struct cel_value *values) {
    if (values[0].kind == CEL_QUANTITY)
        return cel_amount_compare(values[0].quantity, values[1].quantity);
    ensure(values[0].kind == CEL_SEMVER);
    return cel_semver_compare(values[0].semver, values[1].semver);
}

static bool compare(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_int(order(arguments));
    return true;
}

static bool is_greater(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_bool(order(arguments) > 0);
    return true;
}

static bool is_less(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_bool(order(arguments) < 0);
    return true;
}

const struct cel_overload cel_order_functions[] = {
    { .name = "compareTo", .signature = "qq", .is_member = true, .call = compare },
    { .name = "compareTo", .signature = "vv", .is_member = true, .call = compare },
    { .name = "isGreaterThan", .signature = "qq", .is_member = true, .call = is_greater },
    { .name = "isGreaterThan", .signature = "vv", .is_member = true, .call = is_greater },
    { .name = "isLessThan", .signature = "qq", .is_member = true, .call = is_less },
    { .name = "isLessThan", .signature = "vv", .is_member = true, .call = is_less },
    { 0 },
};
