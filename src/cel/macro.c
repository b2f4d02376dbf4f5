/* Macros: calls that bind variables, or that look at the form of their argument.
 * Source: parser/macro.go, cel/library.go, ext/comprehensions.go and ext/lists.go of cel-go. */
#include "cel/ast.h"
#include "cel/lexer.h"

/* Arguments come in this order: variables, filter, result; counts do not include the receiver. */
static const struct macro {
    const char *name;
    enum cel_macro macro;
    unsigned variables, filters, results;
} macros[] = {
    { "all", CEL_MACRO_ALL, 1, 1, 0 },
    { "all", CEL_MACRO_ALL, 2, 1, 0 },
    { "exists", CEL_MACRO_EXISTS, 1, 1, 0 },
    { "exists", CEL_MACRO_EXISTS, 2, 1, 0 },
    { "exists_one", CEL_MACRO_EXISTS_ONE, 1, 1, 0 },
    { "exists_one", CEL_MACRO_EXISTS_ONE, 2, 1, 0 },
    { "existsOne", CEL_MACRO_EXISTS_ONE, 2, 1, 0 },
    { "filter", CEL_MACRO_FILTER, 1, 1, 0 },
    { "map", CEL_MACRO_MAP, 1, 0, 1 },
    { "map", CEL_MACRO_MAP, 1, 1, 1 },
    { "transformList", CEL_MACRO_MAP, 2, 0, 1 },
    { "transformList", CEL_MACRO_MAP, 2, 1, 1 },
    { "transformMap", CEL_MACRO_TRANSFORM_MAP, 2, 0, 1 },
    { "transformMap", CEL_MACRO_TRANSFORM_MAP, 2, 1, 1 },
    { "transformMapEntry", CEL_MACRO_TRANSFORM_MAP_ENTRY, 2, 0, 1 },
    { "transformMapEntry", CEL_MACRO_TRANSFORM_MAP_ENTRY, 2, 1, 1 },
    { "sortBy", CEL_MACRO_SORT_BY, 1, 0, 1 },
    { "optMap", CEL_MACRO_OPT_MAP, 1, 0, 1 },
    { "optFlatMap", CEL_MACRO_OPT_FLAT_MAP, 1, 0, 1 },
    /* These two are functions, but for what they are given: that is not looked at where it is not needed. */
    { "or", CEL_MACRO_OR, 0, 0, 1 },
    { "orValue", CEL_MACRO_OR_VALUE, 0, 0, 1 },
};

static bool fail(struct arena *arena, struct text source, const struct cel_node *node, const char *why,
                 struct error *err) {
    return error_set(err, ERROR_INVALID, "%s: %s", cel_place(arena, source, node->position), why);
}

static bool expand_has(struct arena *arena, struct text source, struct cel_node *call, struct error *err) {
    struct cel_node *field = call->children[0];

    if (field->kind != CEL_NODE_SELECT || field->is_optional)
        return fail(arena, source, call, "has() takes a field: has(a.b)", err);
    call->kind = CEL_NODE_HAS;
    call->name = field->name;
    call->children = field->children;
    return true;
}

static const struct macro *find_macro(const struct cel_node *call) {
    for (size_t i = 0; i < ARRAY_LENGTH(macros); i++) {
        const struct macro *macro = &macros[i];
        if (str_equal(call->name, macro->name) &&
            call->child_count == 1 + macro->variables + macro->filters + macro->results)
            return macro;
    }
    return NULL;
}

bool cel_expand_macro(struct arena *arena, struct text source, struct cel_node **call_place,
                      struct error *err) {
    struct cel_node *call = *call_place;

    if (!call->is_member)
        return call->child_count != 1 || !str_equal(call->name, "has") ||
               expand_has(arena, source, call, err);
    const struct macro *macro = find_macro(call);
    if (!macro)
        return true;
    for (unsigned i = 0; i < macro->variables; i++) {
        const struct cel_node *variable = call->children[1 + i];
        if (variable->kind != CEL_NODE_NAME)
            return fail(arena, source, variable, "a macro's variable is a name alone", err);
        call->variables[i] = variable->name;
    }
    if (macro->variables == 2 && str_equal(call->variables[0], call->variables[1]))
        return fail(arena, source, call, "a macro's two variables have the same name", err);
    size_t filter = 1 + macro->variables;
    call->kind = CEL_NODE_MACRO;
    call->macro = macro->macro;
    call->filter = macro->filters ? call->children[filter] : NULL;
    call->result = macro->results ? call->children[filter + macro->filters] : NULL;
    call->child_count = 1;
    return true;
}
