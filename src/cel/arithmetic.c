/* The operators between two values.
 * Source: common/types of cel-go: int.go, uint.go, double.go, overflow.go, string.go, list.go, timestamp.go.
 */
#include "cel/compare.h"
#include "cel/evaluate.h"
#include "cel/instant.h"

static const char *const overloads[] = {
#define X(name, text, overload) [CEL_OPERATOR_##name] = overload,
    CEL_OPERATORS(X)
#undef X
};

static bool fail_overflow(struct cel_run *run, enum cel_kind kind) {
    return cel_fail(run, "%s overflow",
                    kind == CEL_UINT       ? "unsigned integer"
                    : kind == CEL_DURATION ? "duration"
                                           : "integer");
}

bool cel_negate(struct cel_run *run, struct cel_value value, struct cel_value *out) {
    *out = value;
    if (value.kind == CEL_DOUBLE) {
        out->number = -value.number;
        return true;
    }
    if (value.kind != CEL_INT && value.kind != CEL_DURATION)
        return cel_fail_overload(run, "-_", &value, 1);
    return !__builtin_sub_overflow(0, value.integer, &out->integer) || fail_overflow(run, value.kind);
}

/* Of ints or uints, in a type that holds every sum and difference of both. */
static bool calculate_whole(struct cel_run *run, enum cel_operator operator, enum cel_kind kind, __int128 a,
                            __int128 b, __int128 *out) {
    __int128 least = kind == CEL_INT ? INT64_MIN : 0;
    __int128 most = kind == CEL_INT ? (__int128)INT64_MAX : (__int128)UINT64_MAX;
    bool is_quotient = operator== CEL_OPERATOR_DIVIDE || operator== CEL_OPERATOR_MODULO;
    bool is_too_large = false;

    if (is_quotient && b == 0)
        return cel_fail(run, operator== CEL_OPERATOR_DIVIDE ? "division by zero" : "modulus by zero");
    if (operator== CEL_OPERATOR_ADD)
        *out = a + b;
    else if (operator== CEL_OPERATOR_SUBTRACT)
        *out = a - b;
    else if (operator== CEL_OPERATOR_MULTIPLY)
        is_too_large = __builtin_mul_overflow(a, b, out);
    else
        /* Where the quotient is too large, Go has no remainder either. */
        *out = operator== CEL_OPERATOR_DIVIDE || a / b> most ? a / b : a % b;
    return !(is_too_large || *out < least || *out > most) || fail_overflow(run, kind);
}

/* The operator is not %. Division by zero gives infinity, or NaN: written out, because C leaves it open. */
static double calculate_double(enum cel_operator operator, double a, double b) {
    if (operator== CEL_OPERATOR_ADD)
        return a + b;
    if (operator== CEL_OPERATOR_SUBTRACT)
        return a - b;
    if (operator== CEL_OPERATOR_MULTIPLY)
        return a * b;
    if (b != 0)
        return a / b;
    if (a == 0 || __builtin_isnan(a))
        return __builtin_nan("");
    return __builtin_copysign(__builtin_inf(), a) * __builtin_copysign(1, b);
}

static bool join_texts(struct cel_run *run, struct cel_value a, struct cel_value b, struct cel_value *out) {
    size_t length = a.text.length + b.text.length;

    if (!cel_spend_bytes(run, length))
        return false;
    char *data = arena_alloc_bytes(run->arena, length + 1);
    if (a.text.length)
        memcpy(data, a.text.data, a.text.length);
    if (b.text.length)
        memcpy(data + a.text.length, b.text.data, b.text.length);
    data[length] = '\0';
    *out = (struct cel_value){ .kind = a.kind, .text = { data, length } };
    return true;
}

static bool join_lists(struct cel_run *run, const struct cel_list *a, const struct cel_list *b,
                       struct cel_value *out) {
    size_t length = a->length + b->length;

    if (!cel_spend(run, length))
        return false;
    struct cel_value *items = ARENA_ARRAY(run->arena, struct cel_value, length);
    for (size_t i = 0; i < length; i++)
        items[i] =
            i < a->length ? cel_list_item(run->arena, a, i) : cel_list_item(run->arena, b, i - a->length);
    *out = cel_from_items(run->arena, items, length);
    return true;
}

/* Numbers of one kind: *out_known says whether they were. */
static bool calculate(struct cel_run *run, enum cel_operator operator, struct cel_value a, struct cel_value b,
                      bool *out_known, struct cel_value *out) {
    __int128 whole = 0;

    *out_known = a.kind == b.kind && (a.kind == CEL_INT || a.kind == CEL_UINT ||
                                      (a.kind == CEL_DOUBLE && operator!= CEL_OPERATOR_MODULO));
    if (!*out_known)
        return true;
    if (a.kind == CEL_DOUBLE) {
        *out = cel_from_double(calculate_double(operator, a.number, b.number));
        return true;
    }
    bool is_int = a.kind == CEL_INT;
    if (!calculate_whole(run, operator, a.kind, is_int ? (__int128)a.integer : (__int128)a.natural,
                         is_int ? (__int128)b.integer : (__int128)b.natural, &whole))
        return false;
    *out = is_int ? cel_from_int((int64_t)whole) : cel_from_uint((uint64_t)whole);
    return true;
}

static bool arithmetic(struct cel_run *run, enum cel_operator operator, struct cel_value a,
                       struct cel_value b, struct cel_value *out) {
    bool is_known;

    if (!calculate(run, operator, a, b, &is_known, out))
        return false;
    if (is_known)
        return true;
    if (operator== CEL_OPERATOR_ADD && a.kind == b.kind &&(a.kind == CEL_STRING || a.kind == CEL_BYTES))
        return join_texts(run, a, b, out);
    if (operator== CEL_OPERATOR_ADD && a.kind == CEL_LIST && b.kind == CEL_LIST)
        return join_lists(run, a.list, b.list, out);
    if (operator== CEL_OPERATOR_ADD && cel_instant_add(run, a, b, &is_known, out) && is_known)
        return true;
    if (operator== CEL_OPERATOR_SUBTRACT && cel_instant_subtract(run, a, b, &is_known, out) && is_known)
        return true;
    return is_known ? false : cel_fail_overload(run, overloads[operator], (struct cel_value[]){ a, b }, 2);
}

bool cel_add(struct cel_run *run, struct cel_value a, struct cel_value b, struct cel_value *out) {
    return arithmetic(run, CEL_OPERATOR_ADD, a, b, out);
}

static bool is_in(struct cel_run *run, struct cel_value item, struct cel_value container, bool *out_in) {
    size_t index;

    *out_in = false;
    if (container.kind == CEL_MAP) {
        if (!cel_map_find(run, container.map, item, &index))
            return false;
        *out_in = index != SIZE_MAX;
        return true;
    }
    if (container.kind != CEL_LIST)
        return cel_fail_overload(run, "@in", (struct cel_value[]){ item, container }, 2);
    for (size_t i = 0; i < container.list->length && !*out_in; i++)
        if (!cel_equal(run, cel_list_item(run->arena, container.list, i), item, out_in))
            return false;
    return true;
}

/* Kubernetes' own kinds can be asked for equality only with their own and with null; but of others they are
 * different without an error. */
static bool is_particular(enum cel_kind kind) {
    return kind == CEL_QUANTITY || kind == CEL_IP || kind == CEL_CIDR || kind == CEL_URL ||
           kind == CEL_SEMVER || kind == CEL_FORMAT;
}

static bool equal_operands(struct cel_run *run, enum cel_operator operator, struct cel_value a,
                           struct cel_value b, bool *out_equal) {
    if (operator== CEL_OPERATOR_EQUAL && is_particular(a.kind) && a.kind != b.kind && b.kind != CEL_NULL)
        return cel_fail_overload(run, "_==_", (struct cel_value[]){ a, b }, 2);
    return cel_equal(run, a, b, out_equal);
}

bool cel_evaluate_binary(struct cel_run *run, const struct cel_node *node, struct cel_value *out) {
    struct cel_value a, b;
    bool holds = false;
    int order = 0;

    if (!cel_evaluate(run, node->children[0], &a) || !cel_evaluate(run, node->children[1], &b))
        return false;
    switch (node->operator) {
    case CEL_OPERATOR_EQUAL:
    case CEL_OPERATOR_NOT_EQUAL:
        if (!equal_operands(run, node->operator, a, b, &holds))
            return false;
        *out = cel_from_bool(holds == (node->operator== CEL_OPERATOR_EQUAL));
        return true;
    case CEL_OPERATOR_IN:
        if (!is_in(run, a, b, &holds))
            return false;
        *out = cel_from_bool(holds);
        return true;
    case CEL_OPERATOR_LESS:
    case CEL_OPERATOR_LESS_OR_EQUAL:
    case CEL_OPERATOR_GREATER:
    case CEL_OPERATOR_GREATER_OR_EQUAL:
        if (!cel_compare(run, a, b, overloads[node->operator], &order))
            return false;
        *out = cel_from_bool((node->operator== CEL_OPERATOR_LESS && order<0) ||
                             (node->operator== CEL_OPERATOR_LESS_OR_EQUAL && order <= 0) ||
                             (node->operator== CEL_OPERATOR_GREATER && order> 0) ||
                             (node->operator== CEL_OPERATOR_GREATER_OR_EQUAL && order >= 0));
        return true;
    case CEL_OPERATOR_ADD:
    case CEL_OPERATOR_SUBTRACT:
    case CEL_OPERATOR_MULTIPLY:
    case CEL_OPERATOR_DIVIDE:
    case CEL_OPERATOR_MODULO:
        return arithmetic(run, node->operator, a, b, out);
    }
    ensure(false && "an operator");
    return false;
}
