/* Quantities.
 * Source: k8s.io/apiserver, pkg/cel/library/quantity.go. */
#include "cel/function.h"

static bool fail_overflow(struct cel_run *run) {
    return cel_fail(run, "the quantity is too large");
}

static bool make(struct cel_run *run, struct quantity quantity, struct cel_value *out) {
    struct quantity *copy = ARENA_NEW(run->arena, struct quantity);

    *copy = quantity;
    *out = (struct cel_value){ .kind = CEL_QUANTITY, .quantity = copy };
    return true;
}

static bool parse(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct quantity quantity;

    if (!quantity_parse(arguments[0].text, &quantity))
        return cel_fail(run, "quantities must match the regular expression "
                             "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    return make(run, quantity, out);
}

static bool is_quantity(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct quantity quantity;

    *out = cel_from_bool(quantity_parse(arguments[0].text, &quantity));
    return true;
}

static bool sign(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    int64_t milli = arguments[0].quantity->milli;

    *out = cel_from_int((milli > 0) - (milli < 0));
    return true;
}

static bool compare(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_int(quantity_compare(*arguments[0].quantity, *arguments[1].quantity));
    return true;
}

static bool is_greater(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_bool(quantity_compare(*arguments[0].quantity, *arguments[1].quantity) > 0);
    return true;
}

static bool is_less(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_bool(quantity_compare(*arguments[0].quantity, *arguments[1].quantity) < 0);
    return true;
}

static bool as_double(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_double((double)arguments[0].quantity->milli / 1000);
    return true;
}

static bool is_integer(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_bool(arguments[0].quantity->milli % 1000 == 0);
    return true;
}

static bool as_integer(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    if (arguments[0].quantity->milli % 1000 != 0)
        return cel_fail(run, "cannot convert value to integer");
    *out = cel_from_int(arguments[0].quantity->milli / 1000);
    return true;
}

/* The other operand in thousandths: a quantity, or an int. */
static bool milli_of(struct cel_value value, int64_t *out_milli) {
    *out_milli = value.kind == CEL_QUANTITY ? value.quantity->milli : 0;
    return value.kind == CEL_QUANTITY || !__builtin_mul_overflow(value.integer, 1000, out_milli);
}

static bool add(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct quantity sum = *arguments[0].quantity;
    int64_t other;

    if (!milli_of(arguments[1], &other) || __builtin_add_overflow(sum.milli, other, &sum.milli))
        return fail_overflow(run);
    return make(run, sum, out);
}

static bool subtract(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct quantity difference = *arguments[0].quantity;
    int64_t other;

    if (!milli_of(arguments[1], &other) || __builtin_sub_overflow(difference.milli, other, &difference.milli))
        return fail_overflow(run);
    return make(run, difference, out);
}

const struct cel_overload cel_quantity_functions[] = {
    { .name = "quantity", .signature = "s", .call = parse },
    { .name = "isQuantity", .signature = "s", .call = is_quantity },
    { .name = "sign", .signature = "q", .call = sign },
    { .name = "compareTo", .signature = "qq", .is_member = true, .call = compare },
    { .name = "isGreaterThan", .signature = "qq", .is_member = true, .call = is_greater },
    { .name = "isLessThan", .signature = "qq", .is_member = true, .call = is_less },
    { .name = "asApproximateFloat", .signature = "q", .is_member = true, .call = as_double },
    { .name = "asInteger", .signature = "q", .is_member = true, .call = as_integer },
    { .name = "isInteger", .signature = "q", .is_member = true, .call = is_integer },
    { .name = "add", .signature = "qq", .is_member = true, .call = add },
    { .name = "add", .signature = "qi", .is_member = true, .call = add },
    { .name = "sub", .signature = "qq", .is_member = true, .call = subtract },
    { .name = "sub", .signature = "qi", .is_member = true, .call = subtract },
    { 0 },
};
