/* SHOW FUNCTIONS. Source: Cypher Manual, SHOW FUNCTIONS. */
#include "sim/neo4j/known_function.h"
#include "sim/neo4j/plugin.h"
#include "sim/neo4j/procedure.h"

static const struct table_column columns[] = {
    { "name", true, 0 },
    { "category", true, 0 },
    { "description", true, 0 },
    { "signature", false, 0 },
    { "isBuiltIn", false, 0 },
    { "argumentDescription", false, 0 },
    { "returnDescription", false, 0 },
    { "aggregating", false, 0 },
    { "rolesExecution", false, 0 },
    { "rolesBoostedExecution", false, 0 },
    { "isDeprecated", false, 0 },
    { "deprecatedBy", false, 0 },
};

enum origin { ALL, BUILT_IN, USER_DEFINED };

char *known_function_name(struct arena *arena, const struct known_function *function) {
    return arena_strndup(arena, function->signature, strcspn(function->signature, "("));
}

bool known_function_is_there(const struct known_function *function, const struct neo4j_process *process,
                             int language) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    if ((function->languages == ONLY_IN_5 && language == 25) ||
        (function->languages == ONLY_IN_25 && language != 25))
        return false;
    if (function->plugin && !plugin_brings(process, function->plugin, known_function_name(arena, function)))
        return false;
    return neo4j_version_is_within(&process->version, function->since, function->until);
}

/* What stands between the outer parentheses, and behind them. */
static void cut_signature(struct arena *arena, const char *signature, char **out_arguments,
                          const char **out_result) {
    static const char end[] = ") :: ";
    const char *arguments = strchr(signature, '(') + 1, *closing = strstr(arguments, end);

    for (const char *next = closing; next; next = strstr(next + 1, end))
        closing = next;
    ensure(closing);
    *out_arguments = arena_strndup(arena, arguments, (size_t)(closing - arguments));
    *out_result = closing + strlen(end);
}

static bool add_function(struct statement *statement, const struct known_function *function) {
    struct arena *arena = statement->arena;
    struct bolt_value *row = bolt_new_map(arena);
    const char *result;
    char *arguments;

    cut_signature(arena, function->signature, &arguments, &result);
    bolt_set_string(arena, row, "name", known_function_name(arena, function));
    bolt_set_string(arena, row, "category", function->category);
    bolt_set_string(arena, row, "description",
                    function->plugin
                        ? arena_printf(arena, "A function of the plug-in %s.", function->plugin)
                        : arena_printf(arena, "See the Cypher Manual, %s functions.", function->category));
    bolt_set_string(arena, row, "signature", function->signature);
    bolt_set_bool(arena, row, "isBuiltIn", !function->plugin);
    bolt_set(arena, row, "argumentDescription",
             procedure_describe_fields(arena, function->arguments ? function->arguments : arguments,
                                       !function->arguments));
    bolt_set_string(arena, row, "returnDescription", result);
    bolt_set_bool(arena, row, "aggregating", str_equal(function->category, "Aggregating"));
    bolt_set_bool(arena, row, "isDeprecated", function->deprecated_by != NULL);
    bolt_set_string(arena, row, "deprecatedBy",
                    str_empty(function->deprecated_by) ? NULL : function->deprecated_by);
    return table_add_map(&statement->cursor, &statement->table, row);
}

/* user: who can call them; NULL: all are wanted. */
static bool is_wanted(struct statement *statement, const struct known_function *function, enum origin origin,
                      const char *user) {
    if (!known_function_is_there(function, statement->process, statement->language) ||
        (origin == BUILT_IN && function->plugin) || (origin == USER_DEFINED && !function->plugin))
        return false;
    return !user || !function->plugin ||
           privilege_allows_function(&statement->process->state, user,
                                     known_function_name(statement->arena, function));
}

static bool show(struct statement *statement, enum origin origin) {
    const char *user = NULL;

    if (!statement_executable(statement, &user))
        return false;
    statement_columns(statement, columns, ARRAY_LENGTH(columns));
    for (const struct known_function *row = known_functions; row->signature; row++)
        if (is_wanted(statement, row, origin, user) && !add_function(statement, row))
            return false;
    return table_show_tail(&statement->cursor, &statement->table, columns, ARRAY_LENGTH(columns));
}

static bool show_all(struct statement *statement) {
    return show(statement, ALL);
}

static bool show_built_in(struct statement *statement) {
    return show(statement, BUILT_IN);
}

static bool show_user_defined(struct statement *statement) {
    return show(statement, USER_DEFINED);
}

const struct statement_form statements_of_functions[] = {
    { "SHOW ALL? FUNCTION|FUNCTIONS", show_all, .is_administration = false },
    { "SHOW BUILT IN FUNCTION|FUNCTIONS", show_built_in, .is_administration = false },
    { "SHOW USER DEFINED FUNCTION|FUNCTIONS", show_user_defined, .is_administration = false },
    { NULL, NULL, false, false },
};
