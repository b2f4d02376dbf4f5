/* matches(), find() and findAll().
 * Source: k8s.io/apiserver, pkg/cel/library/regex.go; FindAllString() of Go's regexp. */
#include "cel/regex.h"

#include "cel/evaluate.h"
#include "cel/function.h"

/* The compiled pattern of the call: that of the program, or *own, made from the argument, which costs as much
 * as matching does. */
static bool pattern_of(struct cel_run *run, struct text source, struct cel_pattern **own,
                       const struct cel_pattern **out_pattern) {
    struct error err = { 0 };

    *out_pattern = run->pattern;
    if (run->pattern)
        return true;
    if (!cel_spend(run, 1 + source.length))
        return false;
    if (!cel_pattern_new(source, own, &err))
        return cel_fail(run, "%s", err.text);
    *out_pattern = *own;
    return true;
}

static bool matches(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    CLEANUP_POINTER(cel_pattern_free) struct cel_pattern *own = NULL;
    const struct cel_pattern *pattern;
    bool is_found = false;
    size_t begin, end;

    if (!pattern_of(run, arguments[1].text, &own, &pattern) ||
        !cel_pattern_find(run, pattern, arguments[0].text, 0, &is_found, &begin, &end))
        return false;
    *out = cel_from_bool(is_found);
    return true;
}

static bool find(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    CLEANUP_POINTER(cel_pattern_free) struct cel_pattern *own = NULL;
    const struct cel_pattern *pattern;
    bool is_found = false;
    size_t begin = 0, end = 0;

    if (!pattern_of(run, arguments[1].text, &own, &pattern) ||
        !cel_pattern_find(run, pattern, arguments[0].text, 0, &is_found, &begin, &end))
        return false;
    *out = is_found ? cel_from_text((struct text){ arguments[0].text.data + begin, end - begin })
                    : cel_from_string("");
    return true;
}

/* A match of nothing that touches the match before it does not count; after it, one character is passed over.
 */
static bool find_up_to(struct cel_run *run, const struct cel_value *arguments, int64_t limit,
                       struct cel_value *out) {
    CLEANUP_POINTER(cel_pattern_free) struct cel_pattern *own = NULL;
    struct text subject = arguments[0].text;
    const struct cel_pattern *pattern;
    struct cel_items items = { 0 };
    size_t start = 0, begin = 0, end = 0, previous = SIZE_MAX;
    bool is_found = true;

    if (!pattern_of(run, arguments[1].text, &own, &pattern))
        return false;
    while (start <= subject.length && (limit < 0 || items.count < (uint64_t)limit)) {
        if (!cel_pattern_find(run, pattern, subject, start, &is_found, &begin, &end))
            return false;
        if (!is_found)
            break;
        if (end > begin || begin != previous)
            cel_items_add(run, &items, cel_from_text((struct text){ subject.data + begin, end - begin }));
        previous = end;
        start = end;
        if (end == begin) {
            size_t length = utf8_character((struct text){ subject.data + end, subject.length - end });
            start += length ? length : 1;
        }
    }
    *out = cel_from_items(run->arena, items.items, items.count);
    return true;
}

static bool find_all(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return find_up_to(run, arguments, -1, out);
}

static bool find_some(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return find_up_to(run, arguments, arguments[2].integer, out);
}

const struct cel_overload cel_regex_functions[] = {
    { .name = "matches", .signature = "ss", .has_pattern = true, .call = matches },
    { .name = "matches", .signature = "ss", .is_member = true, .has_pattern = true, .call = matches },
    { .name = "find", .signature = "ss", .is_member = true, .has_pattern = true, .call = find },
    { .name = "findAll", .signature = "ss", .is_member = true, .has_pattern = true, .call = find_all },
    { .name = "findAll", .signature = "ssi", .is_member = true, .has_pattern = true, .call = find_some },
    { 0 },
};
