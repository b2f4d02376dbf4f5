/* Lists as sets.
 * Source: ext/sets.go of cel-go. */
#include "cel/compare.h"
#include "cel/function.h"

static bool has(struct cel_run *run, const struct cel_list *list, struct cel_value item, bool *out_has) {
    *out_has = false;
    for (size_t i = 0; i < list->length && !*out_has; i++)
        if (!cel_equal(run, cel_list_item(run->arena, list, i), item, out_has))
            return false;
    return true;
}

/* Whether list holds all items of part. */
static bool covers(struct cel_run *run, const struct cel_list *list, const struct cel_list *part,
                   bool *out_covers) {
    *out_covers = true;
    for (size_t i = 0; i < part->length && *out_covers; i++)
        if (!has(run, list, cel_list_item(run->arena, part, i), out_covers))
            return false;
    return true;
}

static bool contains(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    bool holds = false;

    if (!covers(run, arguments[0].list, arguments[1].list, &holds))
        return false;
    *out = cel_from_bool(holds);
    return true;
}

static bool equivalent(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    bool is_one = false, is_other = false;

    if (!covers(run, arguments[0].list, arguments[1].list, &is_one) ||
        !covers(run, arguments[1].list, arguments[0].list, &is_other))
        return false;
    *out = cel_from_bool(is_one && is_other);
    return true;
}

static bool intersects(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_list *list = arguments[0].list;
    bool is_common = false;

    for (size_t i = 0; i < list->length && !is_common; i++)
        if (!has(run, arguments[1].list, cel_list_item(run->arena, list, i), &is_common))
            return false;
    *out = cel_from_bool(is_common);
    return true;
}

const struct cel_overload cel_set_functions[] = {
    { .name = "sets.contains", .signature = "ll", .call = contains },
    { .name = "sets.equivalent", .signature = "ll", .call = equivalent },
    { .name = "sets.intersects", .signature = "ll", .call = intersects },
    { 0 },
};
