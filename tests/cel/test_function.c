#include "test.h"

#include "cel/function.h"

static const struct cel_overload *const tables[] = {
    cel_conversion_functions, cel_format_functions,   cel_list_functions,     cel_named_format_functions,
    cel_net_functions,        cel_optional_functions, cel_quantity_functions, cel_regex_functions,
    cel_semver_functions,     cel_set_functions,      cel_string_functions,   cel_text_functions,
    cel_time_functions,       cel_url_functions,
};

static bool is_letter(char letter) {
    static const char letters[] = {
#define X(kind, letter, name) letter,
        CEL_KINDS(X)
#undef X
            '*',
    };

    return memchr(letters, letter, sizeof(letters));
}

TEST("each form of a function has a signature of known kinds, and fits the arguments of a call") {
    for (size_t i = 0; i < ARRAY_LENGTH(tables); i++)
        for (const struct cel_overload *row = tables[i]; row->name; row++) {
            size_t count = strlen(row->signature);
            assert_non_null(row->call);
            assert_true(count <= CEL_ARGUMENTS_MAX);
            for (size_t j = 0; j < count; j++)
                if (!is_letter(row->signature[j]))
                    fail_msg("%s(%s)", row->name, row->signature);
            /* A receiver is an argument. */
            assert_true(!row->is_member || count > 0);
            assert_true(!row->has_pattern || (count > 1 && row->signature[1] == 's'));
        }
}

TEST("no form of a function comes twice, and no kind has the letter of another") {
    for (size_t i = 0; i < ARRAY_LENGTH(tables); i++)
        for (const struct cel_overload *row = tables[i]; row->name; row++) {
            CLEANUP_ARENA struct arena *arena = arena_new();
            struct cel_overloads found =
                cel_find_overloads(arena, row->name, row->is_member, strlen(row->signature));
            size_t same = 0;
            for (size_t j = 0; j < found.count; j++)
                same += str_equal(found.rows[j]->signature, row->signature);
            if (same != 1)
                fail_msg("%s(%s): %zu", row->name, row->signature, same);
        }
    for (enum cel_kind a = CEL_NULL; a <= CEL_FORMAT; a++)
        for (enum cel_kind b = CEL_NULL; b < a; b++)
            assert_int_not_equal(cel_kind_letter(a), cel_kind_letter(b));
}
