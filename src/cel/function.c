#include "cel/function.h"

#include "cel/cel.h"

static const struct cel_overload *const tables[] = {
    cel_conversion_functions, cel_format_functions,   cel_list_functions,  cel_named_format_functions,
    cel_net_functions,        cel_optional_functions, cel_order_functions, cel_quantity_functions,
    cel_regex_functions,      cel_semver_functions,   cel_set_functions,   cel_string_functions,
    cel_text_functions,       cel_time_functions,     cel_url_functions,
};

struct cel_overloads cel_find_overloads(struct arena *arena, const char *name, bool is_member, size_t count) {
    struct cel_overloads found = { 0 };

    for (size_t i = 0; i < ARRAY_LENGTH(tables); i++)
        for (const struct cel_overload *row = tables[i]; row->name; row++) {
            if (row->is_member != is_member || strlen(row->signature) != count || !str_equal(row->name, name))
                continue;
            const struct cel_overload **rows =
                ARENA_ARRAY(arena, const struct cel_overload *, found.count + 1);
            for (size_t j = 0; j < found.count; j++)
                rows[j] = found.rows[j];
            rows[found.count++] = row;
            found.rows = rows;
        }
    return found;
}

bool cel_is_function(const char *name) {
    for (size_t i = 0; i < ARRAY_LENGTH(tables); i++)
        for (const struct cel_overload *row = tables[i]; row->name; row++)
            if (!row->is_member && str_equal(row->name, name))
                return true;
    return false;
}

static bool fits(const struct cel_overload *row, const struct cel_value *arguments, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (row->signature[i] != '*' && row->signature[i] != cel_kind_letter(arguments[i].kind))
            return false;
    return true;
}

bool cel_call(struct cel_run *run, const char *name, const struct cel_overloads *overloads,
              const struct cel_value *arguments, size_t count, struct cel_value *out) {
    for (size_t i = 0; i < overloads->count; i++)
        if (fits(overloads->rows[i], arguments, count))
            return overloads->rows[i]->call(run, arguments, out);
    return cel_fail_overload(run, name, arguments, count);
}
