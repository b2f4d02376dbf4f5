#include "test.h"

#include "sim/neo4j/expression_node.h"
#include "sim/neo4j/known_function.h"

static const struct known_function *known(struct arena *arena, const char *name) {
    for (const struct known_function *row = known_functions; row->signature; row++)
        if (!strcasecmp(known_function_name(arena, row), name))
            return row;
    return NULL;
}

TEST("functions that can be called are known by a signature, but for those of auth rules") {
    static const struct function *const families[] = { functions_of_values, functions_of_numbers,
                                                       functions_of_texts,  functions_of_time,
                                                       functions_of_space,  functions_of_plugins };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(families); i++)
        for (const struct function *function = families[i]; function->name; function++) {
            const struct known_function *row = known(arena, function->name);
            if (str_starts_with(function->name, "abac.")) {
                assert_null(row);
                continue;
            }
            if (!row)
                fail_msg("%s has no signature", function->name);
            assert_true(str_equal(row->plugin, function->plugin));
        }
}

TEST("signatures of functions are whole, and in the order of their names") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *last = "";

    for (const struct known_function *row = known_functions; row->signature; row++) {
        const char *name = known_function_name(arena, row);
        if (strcmp(last, name) > 0)
            fail_msg("%s comes after %s", name, last);
        assert_non_null(strstr(row->signature, ") :: "));
        assert_int_equal(!*row->category, row->plugin != NULL);
        assert_true(!row->since || !row->until || row->since < row->until);
        last = name;
    }
}
