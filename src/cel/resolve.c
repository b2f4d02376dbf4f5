/* The second pass: a name is a macro's variable, a type or a variable of the caller; a call is one of the
 * functions that there are; a regular expression that is written out is compiled here, once. */
#include "cel/ast.h"
#include "cel/instant.h"
#include "cel/lexer.h"
#include "cel/regex.h"

struct resolver {
    struct cel_program *program;
    const char *bound[CEL_SLOTS_MAX]; /* by slot */
    unsigned bound_count;
    struct error *err;
};

static bool resolve(struct resolver *resolver, struct cel_node *node);

static bool fail(struct resolver *resolver, const struct cel_node *node, const char *why) {
    struct cel_program *program = resolver->program;

    return error_set(resolver->err, ERROR_INVALID, "%s: %s",
                     cel_place(program->arena, program->source, node->position), why);
}

static bool is_bound(const struct resolver *resolver, const char *name, unsigned *out_slot) {
    for (unsigned i = resolver->bound_count; i > 0; i--)
        if (str_equal(resolver->bound[i - 1], name)) {
            *out_slot = i - 1;
            return true;
        }
    return false;
}

/* "a.b.c" when the node is names with dots between them and the first is not bound; NULL otherwise. */
static const char *qualified_name(const struct resolver *resolver, const struct cel_node *node) {
    unsigned slot;

    if (node->kind == CEL_NODE_NAME)
        return is_bound(resolver, node->name, &slot) ? NULL : node->name;
    if (node->kind != CEL_NODE_SELECT || node->is_optional)
        return NULL;
    const char *outer = qualified_name(resolver, node->children[0]);
    return outer ? arena_printf(resolver->program->arena, "%s.%s", outer, node->name) : NULL;
}

static bool find_type(const char *name, enum cel_kind *out_kind) {
    static const enum cel_kind kinds[] = {
#define X(kind, letter, name) CEL_##kind,
        CEL_KINDS(X)
#undef X
    };

    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (str_equal(cel_kind_name(kinds[i]), name)) {
            *out_kind = kinds[i];
            return true;
        }
    return false;
}

static bool become_type(struct cel_node *node, const char *name) {
    enum cel_kind kind;

    if (!name || !find_type(name, &kind))
        return false;
    node->kind = CEL_NODE_LITERAL;
    node->literal = cel_from_type(kind);
    return true;
}

static void add_name(struct cel_program *program, const char *name) {
    for (size_t i = 0; i < program->name_count; i++)
        if (str_equal(program->names[i], name))
            return;
    const char **names = ARENA_ARRAY(program->arena, const char *, program->name_count + 1);
    for (size_t i = 0; i < program->name_count; i++)
        names[i] = program->names[i];
    names[program->name_count++] = name;
    program->names = names;
}

static bool resolve_name(struct resolver *resolver, struct cel_node *node) {
    if (is_bound(resolver, node->name, &node->slot))
        node->kind = CEL_NODE_SLOT;
    else if (!become_type(node, node->name))
        add_name(resolver->program, node->name);
    return true;
}

/* A pattern that is no regular expression is refused here, as the API server refuses it in a definition. */
static bool compile_pattern(struct resolver *resolver, struct cel_node *node) {
    struct cel_program *program = resolver->program;
    struct cel_pattern *pattern = NULL;
    struct error err = { 0 };

    if (!node->overloads.rows[0]->has_pattern || node->children[1]->kind != CEL_NODE_LITERAL ||
        node->children[1]->literal.kind != CEL_STRING)
        return true;
    if (!cel_pattern_new(node->children[1]->literal.text, &pattern, &err))
        return fail(resolver, node->children[1], err.text);
    program->patterns =
        xrealloc(program->patterns, (program->pattern_count + 1) * sizeof(struct cel_pattern *));
    program->patterns[program->pattern_count++] = pattern;
    node->pattern = pattern;
    return true;
}

/* More items than clauses are an error only where both are written out, as in cel-go. */
static bool check_format(struct resolver *resolver, const struct cel_node *node) {
    if (!str_equal(node->name, "format") || node->children[0]->kind != CEL_NODE_LITERAL ||
        node->children[0]->literal.kind != CEL_STRING || node->children[1]->kind != CEL_NODE_LIST)
        return true;
    return node->children[1]->child_count <= cel_format_clauses(node->children[0]->literal.text) ||
           fail(resolver, node, "format() has more items than clauses");
}

/* Times that are written out are refused when they are none. */
static bool check_time(struct resolver *resolver, const struct cel_node *node) {
    bool is_duration = str_equal(node->name, "duration"), is_timestamp = str_equal(node->name, "timestamp");
    struct cel_value value;

    if ((!is_duration && !is_timestamp) || node->is_member || node->children[0]->kind != CEL_NODE_LITERAL ||
        node->children[0]->literal.kind != CEL_STRING)
        return true;
    struct text text = node->children[0]->literal.text;
    return (is_duration ? cel_duration_parse(text, &value) : cel_instant_parse(text, &value)) ||
           fail(resolver, node->children[0],
                is_duration ? "invalid duration argument" : "invalid timestamp argument");
}

static bool fail_function(struct resolver *resolver, const struct cel_node *node) {
    return fail(resolver, node,
                arena_printf(resolver->program->arena, "there is no function %s%s with %zu arguments",
                             node->is_member ? "(value)." : "", node->name,
                             node->child_count - node->is_member));
}

/* A receiver may be the first part of a function's name: optional.of(x). */
static bool resolve_call(struct resolver *resolver, struct cel_node *node) {
    struct arena *arena = resolver->program->arena;
    const char *space = node->is_member ? qualified_name(resolver, node->children[0]) : NULL;
    const char *name = space ? arena_printf(arena, "%s.%s", space, node->name) : NULL;

    if (name && cel_is_function(name)) {
        node->name = name;
        node->is_member = false;
        node->children++;
        node->child_count--;
    }
    node->overloads = cel_find_overloads(arena, node->name, node->is_member, node->child_count);
    if (node->overloads.count == 0)
        return fail_function(resolver, node);
    for (size_t i = 0; i < node->child_count; i++)
        if (!resolve(resolver, node->children[i]))
            return false;
    return check_format(resolver, node) && check_time(resolver, node) && compile_pattern(resolver, node);
}

static bool resolve_macro(struct resolver *resolver, struct cel_node *node) {
    if (!resolve(resolver, node->children[0]))
        return false;
    node->slot = resolver->bound_count;
    for (size_t i = 0; i < ARRAY_LENGTH(node->variables) && node->variables[i]; i++) {
        ensure(resolver->bound_count < CEL_SLOTS_MAX);
        resolver->bound[resolver->bound_count++] = node->variables[i];
    }
    bool is_fine = (!node->filter || resolve(resolver, node->filter)) &&
                   (!node->result || resolve(resolver, node->result));
    resolver->bound_count = node->slot;
    return is_fine;
}

static bool resolve_select(struct resolver *resolver, struct cel_node *node) {
    return become_type(node, qualified_name(resolver, node)) || resolve(resolver, node->children[0]);
}

static bool resolve(struct resolver *resolver, struct cel_node *node) {
    switch (node->kind) {
    case CEL_NODE_LITERAL:
    case CEL_NODE_SLOT:
        return true;
    case CEL_NODE_NAME:
        return resolve_name(resolver, node);
    case CEL_NODE_SELECT:
        return resolve_select(resolver, node);
    case CEL_NODE_CALL:
        return resolve_call(resolver, node);
    case CEL_NODE_MACRO:
        return resolve_macro(resolver, node);
    case CEL_NODE_HAS:
    case CEL_NODE_INDEX:
    case CEL_NODE_NOT:
    case CEL_NODE_NEGATE:
    case CEL_NODE_BINARY:
    case CEL_NODE_AND:
    case CEL_NODE_OR:
    case CEL_NODE_CONDITION:
    case CEL_NODE_LIST:
    case CEL_NODE_MAP:
        break;
    }
    for (size_t i = 0; i < node->child_count; i++)
        if (!resolve(resolver, node->children[i]))
            return false;
    return true;
}

bool cel_resolve(struct cel_program *program, struct error *err) {
    struct resolver resolver = { .program = program, .err = err };

    return resolve(&resolver, program->root);
}
