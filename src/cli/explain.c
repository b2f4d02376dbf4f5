#include "cli/explain.h"

#include "api/kinds.h"
#include "api/nearest.h"
#include "api/rule.h"

static bool unknown_kind(const char *kind, struct error *err) {
    CLEANUP_BUFFER struct buffer names = { 0 };

    for (size_t i = 0; i < api_kind_count; i++)
        buffer_printf(&names, "%s%s", i > 0 ? ", " : "", api_kinds[i].name);
    return error_set(err, ERROR_NOT_FOUND, "no kind %s; there are %s", kind, buffer_string(&names));
}

static bool is_wanted(const struct api_rule *rule, const char *number, const char *kind) {
    return strcasecmp(rule->number, number) == 0 && (!kind || !rule->kind || str_equal(rule->kind, kind));
}

bool explain_rule(struct buffer *out, const char *number, const char *kind, struct error *err) {
    size_t before = out->length;

    if (kind && !api_kind_find(kind))
        return unknown_kind(kind, err);
    for (size_t i = 0; i < api_rule_count; i++)
        if (is_wanted(&api_rules[i], number, kind))
            buffer_printf(out, "%s, %s, %s: %s\n", api_rules[i].number,
                          api_rules[i].kind ? api_rules[i].kind : "several kinds",
                          api_rules[i].warns ? "a warning" : "an error", api_rules[i].says);
    if (out->length > before)
        return true;
    return error_set(err, ERROR_NOT_FOUND, "no rule %s%s%s", number, kind ? " of " : "", kind ? kind : "");
}
