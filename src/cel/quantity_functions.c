/* Quantities.
 * Source: k8s.io/apiserver, pkg/cel/library/quantity.go. */
#include "cel/amount.h"
#include "cel/function.h"

static bool fail_overflow(struct cel_run *run) {
    return cel_fail(run, "the quantity is too large");
}

static bool make(struct cel_run *run, const struct cel_amount *amount, struct cel_value *out) {
    struct cel_amount *copy = ARENA_NEW(run->arena, struct cel_amount);

    *copy = *amount;
    *out = (struct cel_value){ .kind = CEL_QUANTITY, .quantity = copy };
    return true;
}

static bool parse(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_amount amount;

    if (!cel_amount_parse(arguments[0].text, &amount))
        return cel_fail(run, "quantities must match the regular expression "
                             "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    return make(run, &amount, out);
}

static bool is_quantity(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_bool(cel_amount_check(arguments[0].text));
    return true;
}

static bool sign(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    __int128 nano = arguments[0].quantity->nano;

    *out = cel_from_int((nano > 0) - (nano < 0));
    return true;
}

static bool as_double(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_double(cel_amount_double(arguments[0].quantity));
    return true;
}

static bool is_integer(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    int64_t integer;

    *out = cel_from_bool(cel_amount_integer(arguments[0].quantity, &integer));
    return true;
}

static bool as_integer(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    int64_t integer;

    if (!cel_amount_integer(arguments[0].quantity, &integer))
        return cel_fail(run, "cannot convert value to integer");
    *out = cel_from_int(integer);
    return true;
}

/* The other operand: a quantity, or an int. */
static struct cel_amount amount_of(struct cel_value value) {
    return value.kind == CEL_QUANTITY ? *value.quantity : cel_amount_from_int(value.integer);
}

static bool add(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_amount other = amount_of(arguments[1]), sum;

    if (!cel_amount_add(arguments[0].quantity, &other, &sum))
        return fail_overflow(run);
    return make(run, &sum, out);
}

static bool subtract(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    struct cel_amount other = amount_of(arguments[1]), difference;

    if (!cel_amount_subtract(arguments[0].quantity, &other, &difference))
        return fail_overflow(run);
    return make(run, &difference, out);
}

const struct cel_overload cel_quantity_functions[] = {
    { .name = "quantity", .signature = "s", .call = parse },
    { .name = "isQuantity", .signature = "s", .call = is_quantity },
    { .name = "sign", .signature = "q", .call = sign },
    { .name = "asApproximateFloat", .signature = "q", .is_member = true, .call = as_double },
    { .name = "asInteger", .signature = "q", .is_member = true, .call = as_integer },
    { .name = "isInteger", .signature = "q", .is_member = true, .call = is_integer },
    { .name = "add", .signature = "qq", .is_member = true, .call = add },
    { .name = "add", .signature = "qi", .is_member = true, .call = add },
    { .name = "sub", .signature = "qq", .is_member = true, .call = subtract },
    { .name = "sub", .signature = "qi", .is_member = true, .call = subtract },
    { 0 },
};
