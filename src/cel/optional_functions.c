/* Optional values; or(), orValue(), optMap() and optFlatMap() are macros.
 * Source: cel/library.go of cel-go. */
#include "cel/evaluate.h"
#include "cel/function.h"

static bool none(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_optional(run->arena, NULL);
    return true;
}

static bool of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_optional(run->arena, &arguments[0]);
    return true;
}

/* Kinds that have a zero: the others never are one. */
static bool is_zero(struct cel_value value) {
    switch (value.kind) {
    case CEL_NULL:
        return true;
    case CEL_BOOL:
        return !value.boolean;
    case CEL_INT:
    case CEL_DURATION:
        return value.integer == 0;
    case CEL_UINT:
        return value.natural == 0;
    case CEL_DOUBLE:
        return value.number == 0;
    case CEL_STRING:
    case CEL_BYTES:
        return value.text.length == 0;
    case CEL_LIST:
        return value.list->length == 0;
    case CEL_MAP:
        return value.map->length == 0;
    case CEL_TIMESTAMP:
        /* The first second of the year 1, which is Go's zero. */
        return value.integer == INT64_C(-62135596800) && value.nanoseconds == 0;
    case CEL_TYPE:
    case CEL_OPTIONAL:
    case CEL_QUANTITY:
    case CEL_IP:
    case CEL_CIDR:
    case CEL_URL:
    case CEL_SEMVER:
    case CEL_FORMAT:
        return false;
    }
    ensure(false && "a kind of value");
    return false;
}

static bool of_non_zero(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_optional(run->arena, is_zero(arguments[0]) ? NULL : &arguments[0]);
    return true;
}

static bool value_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    if (!arguments[0].inside)
        return cel_fail(run, "optional.none() dereference");
    *out = *arguments[0].inside;
    return true;
}

static bool has_value(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_bool(arguments[0].inside);
    return true;
}

static bool unwrap(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[0].list;
    struct cel_items items = { 0 };

    if (!cel_spend(run, list->length))
        return false;
    for (size_t i = 0; i < list->length; i++) {
        struct cel_value item = cel_list_item(run->arena, list, i);
        if (item.kind != CEL_OPTIONAL)
            return cel_fail(run, "value of type %s is not optional", cel_kind_name(item.kind));
        if (item.inside)
            cel_items_add(run, &items, *item.inside);
    }
    *out = cel_from_items(run->arena, items.items, items.count);
    return true;
}

static bool first(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[0].list;
    struct cel_value item = list->length ? cel_list_item(run->arena, list, 0) : (struct cel_value){ 0 };

    *out = cel_from_optional(run->arena, list->length ? &item : NULL);
    return true;
}

static bool last(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[0].list;
    struct cel_value item =
        list->length ? cel_list_item(run->arena, list, list->length - 1) : (struct cel_value){ 0 };

    *out = cel_from_optional(run->arena, list->length ? &item : NULL);
    return true;
}

const struct cel_overload cel_optional_functions[] = {
    { .name = "optional.none", .signature = "", .call = none },
    { .name = "optional.of", .signature = "*", .call = of },
    { .name = "optional.ofNonZeroValue", .signature = "*", .call = of_non_zero },
    { .name = "optional.unwrap", .signature = "l", .call = unwrap },
    { .name = "unwrapOpt", .signature = "l", .is_member = true, .call = unwrap },
    { .name = "value", .signature = "o", .is_member = true, .call = value_of },
    { .name = "hasValue", .signature = "o", .is_member = true, .call = has_value },
    { .name = "first", .signature = "l", .is_member = true, .call = first },
    { .name = "last", .signature = "l", .is_member = true, .call = last },
    { 0 },
};
