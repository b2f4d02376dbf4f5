/* Reading statements about privileges: by recursive descent, one function a part of the sentence. */
#include "neo4j/privilege_tokens.h"
#include "neo4j/privileges.h"

enum { PATTERN_TOKENS_MAX = 200 };

struct parser {
    struct arena *arena;
    struct tokens tokens;
    const struct token *at;
    struct privilege_options options;
    struct error *err;
};

/* What a statement about privileges says before it is multiplied out. A list that is empty means all. */
struct parts {
    bool is_immutable;
    const struct privilege_kind *kind;
    struct text_list arguments;
    enum privilege_target target;
    struct text_list graphs;
    bool on_nodes;
    bool on_relationships;
    struct text_list labels;
    const char *pattern;
};

static bool expected(struct parser *parser, const char *what) {
    return error_set(parser->err, ERROR_INVALID, "at character %zu: expected %s, got '%s'",
                     parser->at->begin + 1, what, parser->at->text);
}

static bool skip_word(struct parser *parser, const char *word) {
    if (!token_is_word(parser->at, word))
        return false;
    parser->at++;
    return true;
}

static bool skip_symbol(struct parser *parser, const char *symbol) {
    if (!token_is_symbol(parser->at, symbol))
        return false;
    parser->at++;
    return true;
}

/* Either of two spellings. */
static bool skip_either(struct parser *parser, const char *one, const char *many) {
    return skip_word(parser, one) || skip_word(parser, many);
}

static bool skip_adjacent(struct parser *parser, const char *symbol) {
    return parser->at > parser->tokens.items && parser->at[-1].end == parser->at->begin &&
           skip_symbol(parser, symbol);
}

/* ---- lists of names ---- */

typedef const char *read_name(struct parser *parser);

/* NULL when there is none. */
static const char *name(struct parser *parser) {
    if (parser->at->type != TOKEN_WORD && parser->at->type != TOKEN_NAME)
        return NULL;
    return (parser->at++)->text;
}

/* Servers write $role where they show the privileges of a user. */
static const char *role_name(struct parser *parser) {
    if (parser->options.is_from_server && token_is_symbol(parser->at, "$") &&
        token_is_word(parser->at + 1, "role")) {
        parser->at += 2;
        return "";
    }
    return name(parser);
}

/* a.b is one name, in which case does not matter. */
static const char *graph_name(struct parser *parser) {
    const char *part = name(parser);
    char *all;

    if (!part)
        return NULL;
    all = arena_strdup(parser->arena, part);
    while (skip_adjacent(parser, ".")) {
        part = name(parser);
        if (!part)
            return NULL;
        all = arena_printf(parser->arena, "%s.%s", all, part);
    }
    for (char *byte = all; *byte; byte++)
        *byte = (char)(*byte >= 'A' && *byte <= 'Z' ? *byte | 0x20 : *byte);
    return all;
}

static bool is_glob_token(const struct token *token) {
    return token->type == TOKEN_WORD || token->type == TOKEN_NAME || token->type == TOKEN_NUMBER ||
           token_is_symbol(token, "*") || token_is_symbol(token, "?") || token_is_symbol(token, ".") ||
           token_is_symbol(token, "..");
}

/* Whatever stands together without a space. */
static const char *glob(struct parser *parser) {
    const char *all = "";
    const struct token *before = NULL;

    while (is_glob_token(parser->at) && (!before || before->end == parser->at->begin)) {
        all = arena_printf(parser->arena, "%s%s", all, parser->at->text);
        before = parser->at++;
    }
    return before ? all : NULL;
}

static bool read_list(struct parser *parser, read_name *read_one, const char *what, struct text_list *out) {
    struct text_list list = { .items = ARENA_ARRAY(parser->arena, const char *, parser->tokens.count + 1) };

    do {
        const char *item = read_one(parser);
        if (!item)
            return expected(parser, what);
        list.items[list.count++] = item;
    } while (skip_symbol(parser, ","));
    *out = list;
    return true;
}

/* "*" leaves the list empty. */
static bool read_list_or_all(struct parser *parser, read_name *read_one, const char *what,
                             struct text_list *out) {
    return skip_symbol(parser, "*") || read_list(parser, read_one, what, out);
}

/* ---- which privilege ---- */

/* The words behind the first ON tell the scope: no privilege and no argument has that word without quotes. */
static bool find_scope(const struct parser *parser, enum privilege_scope *out_scope) {
    static const struct {
        const char *word;
        enum privilege_scope scope;
    } rows[] = {
        { "GRAPH", PRIVILEGE_ON_GRAPH },       { "GRAPHS", PRIVILEGE_ON_GRAPH },
        { "DATABASE", PRIVILEGE_ON_DATABASE }, { "DATABASES", PRIVILEGE_ON_DATABASE },
        { "DBMS", PRIVILEGE_ON_DBMS },         { "ALL", PRIVILEGE_ON_LOAD },
        { "CIDR", PRIVILEGE_ON_LOAD },
    };
    const struct token *token = parser->at;

    while (token->type != TOKEN_END && !token_is_word(token, "ON"))
        token++;
    if (token->type == TOKEN_END)
        return false;
    token++;
    token += token_is_word(token, "HOME");
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (token_is_word(token, rows[i].word)) {
            *out_scope = rows[i].scope;
            return true;
        }
    return false;
}

static bool read_kind(struct parser *parser, const struct privilege_kind **out_kind) {
    enum privilege_scope scope = PRIVILEGE_ON_GRAPH;
    bool has_scope = find_scope(parser, &scope);
    const struct privilege_kind *best = NULL;
    const struct privilege_kind *elsewhere = NULL;
    int most = 0;

    for (size_t i = 0; i < privilege_kind_count; i++) {
        const struct privilege_kind *kind = &privilege_kinds[i];
        int taken = privilege_kind_fit(kind, parser->at);
        if (taken > 0)
            elsewhere = kind;
        if (has_scope && kind->scope == scope && taken > most) {
            best = kind;
            most = taken;
        }
    }
    if (!elsewhere)
        return expected(parser, "a privilege such as MATCH {*}, ACCESS or EXECUTE PROCEDURE");
    if (!has_scope)
        return error_set(parser->err, ERROR_INVALID,
                         "%s: it must say ON GRAPH, ON DATABASE, ON DBMS or, of LOAD, ON ALL DATA or CIDR",
                         elsewhere->words);
    if (!best) {
        static const char *const scopes[] = { "GRAPH", "DATABASE", "DBMS", "ALL DATA or CIDR" };
        return error_set(parser->err, ERROR_INVALID, "%s is a privilege ON %s", elsewhere->words,
                         scopes[elsewhere->scope]);
    }
    parser->at += most;
    *out_kind = best;
    return true;
}

/* ---- its argument ---- */

static bool read_properties(struct parser *parser, struct text_list *out) {
    if (!skip_symbol(parser, "{"))
        return expected(parser, "properties in braces, such as {*}");
    if (!read_list_or_all(parser, name, "the name of a property", out))
        return false;
    return skip_symbol(parser, "}") || expected(parser, "',' or '}'");
}

static bool read_users(struct parser *parser, struct text_list *out) {
    if (!skip_symbol(parser, "("))
        return true;
    if (!read_list_or_all(parser, name, "the name of a user", out))
        return false;
    return skip_symbol(parser, ")") || expected(parser, "',' or ')'");
}

static bool read_arguments(struct parser *parser, struct parts *parts) {
    switch (parts->kind->argument) {
    case ARGUMENT_NONE:
        return true;
    case ARGUMENT_PROPERTIES:
        return read_properties(parser, &parts->arguments);
    case ARGUMENT_LABELS:
        return read_list_or_all(parser, name, "a label or *", &parts->arguments);
    case ARGUMENT_USERS:
        return read_users(parser, &parts->arguments);
    case ARGUMENT_GLOBS:
        return read_list(parser, glob, "a name, which may have * and ? in it", &parts->arguments);
    }
    return false;
}

/* ---- on what ---- */

static bool read_load_target(struct parser *parser, struct parts *parts) {
    if (skip_word(parser, "ALL"))
        return skip_word(parser, "DATA") || expected(parser, "DATA");
    if (!skip_word(parser, "CIDR"))
        return expected(parser, "ALL DATA or CIDR");
    if (parser->at->type != TOKEN_STRING)
        return expected(parser, "a range of addresses in quotes, such as '10.0.0.0/8'");
    parts->target = TARGET_NAMED;
    parts->graphs.items = ARENA_ARRAY(parser->arena, const char *, 1);
    parts->graphs.items[parts->graphs.count++] = (parser->at++)->text;
    return true;
}

static bool read_target(struct parser *parser, struct parts *parts) {
    bool on_graph = parts->kind->scope == PRIVILEGE_ON_GRAPH;
    const char *one = on_graph ? "GRAPH" : "DATABASE";

    if (!skip_word(parser, "ON"))
        return expected(parser, "ON");
    if (parts->kind->scope == PRIVILEGE_ON_DBMS)
        return skip_word(parser, "DBMS") || expected(parser, "DBMS");
    if (parts->kind->scope == PRIVILEGE_ON_LOAD)
        return read_load_target(parser, parts);
    if (skip_word(parser, "HOME")) {
        parts->target = TARGET_HOME;
        return skip_word(parser, one) || expected(parser, one);
    }
    if (!skip_either(parser, one, on_graph ? "GRAPHS" : "DATABASES"))
        return expected(parser, one);
    if (!read_list_or_all(parser, graph_name, "the name of a database or *", &parts->graphs))
        return false;
    parts->target = parts->graphs.count ? TARGET_NAMED : TARGET_ALL;
    return true;
}

/* ---- which part of it ---- */

/* Up to TO or FROM outside of brackets, where it is no property (n.to). The tokens are kept with a space
 * between each two, so that spaces and quotes make no difference. */
static bool read_pattern(struct parser *parser, struct parts *parts) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    int depth = 0;
    size_t count = 0;

    if (!token_is_symbol(parser->at, "("))
        return expected(parser, "a pattern in brackets");
    for (; parser->at->type != TOKEN_END; parser->at++) {
        bool is_end = token_is_word(parser->at, "TO") || token_is_word(parser->at, "FROM");
        if (depth == 0 && count && is_end && !token_is_symbol(parser->at - 1, "."))
            break;
        if (token_is_symbol(parser->at, ";") || token_is_symbol(parser->at, "$") ||
            ++count > PATTERN_TOKENS_MAX)
            return expected(parser, "a pattern of fixed values");
        depth += token_is_symbol(parser->at, "(") - token_is_symbol(parser->at, ")");
        if (depth < 0)
            return expected(parser, "an open bracket before it");
        buffer_add_string(&out, out.length ? " " : "");
        token_write(&out, parser->at);
    }
    if (depth)
        return expected(parser, "')'");
    if (token_is_symbol(parser->at - 1, "."))
        return expected(parser, "the name of a property");
    parts->pattern = arena_strdup(parser->arena, buffer_string(&out));
    return true;
}

static bool read_part(struct parser *parser, struct parts *parts) {
    enum privilege_part part = parts->kind->part;

    if (part == PART_NONE)
        return true;
    if (part == PART_ENTITIES_OR_PATTERN && skip_word(parser, "FOR"))
        return read_pattern(parser, parts);
    parts->on_nodes = true;
    parts->on_relationships = true;
    if (skip_either(parser, "NODE", "NODES"))
        parts->on_relationships = false;
    else if (skip_either(parser, "RELATIONSHIP", "RELATIONSHIPS"))
        parts->on_nodes = false;
    else if (!skip_either(parser, "ELEMENT", "ELEMENTS"))
        return true;
    if (!read_list_or_all(parser, name, "a label, a type or *", &parts->labels))
        return false;
    if (!skip_symbol(parser, "("))
        return true;
    return (skip_symbol(parser, "*") && skip_symbol(parser, ")")) || expected(parser, "(*)");
}

/* ---- all combinations ---- */

static size_t at_least_one(size_t count) {
    return count ? count : 1;
}

static const char *pick(const struct text_list *list, size_t index) {
    return list->count ? list->items[index] : NULL;
}

static size_t entity_count(const struct parts *parts) {
    return at_least_one((size_t)parts->on_nodes + parts->on_relationships);
}

static enum privilege_entity pick_entity(const struct parts *parts, size_t index) {
    if (parts->pattern)
        return ENTITY_PATTERN;
    if (!parts->on_nodes && !parts->on_relationships)
        return ENTITY_NONE;
    return parts->on_nodes && index == 0 ? ENTITY_NODE : ENTITY_RELATIONSHIP;
}

/* The combination of that number, as digits of a number whose places count what the lists hold. */
static struct privilege combination(const struct parts *parts, const struct text_list *roles, size_t number) {
    size_t arguments = at_least_one(parts->arguments.count);
    size_t graphs = at_least_one(parts->graphs.count);
    size_t entities = entity_count(parts);
    size_t labels = at_least_one(parts->labels.count);
    struct privilege privilege = { .kind = parts->kind,
                                   .is_immutable = parts->is_immutable,
                                   .target = parts->target };

    privilege.argument = pick(&parts->arguments, number % arguments);
    number /= arguments;
    privilege.graph = pick(&parts->graphs, number % graphs);
    number /= graphs;
    privilege.entity = pick_entity(parts, number % entities);
    number /= entities;
    privilege.label = parts->pattern ? parts->pattern : pick(&parts->labels, number % labels);
    number /= labels;
    privilege.role = pick(roles, number);
    return privilege;
}

static bool multiply(struct parser *parser, const struct parts *parts,
                     struct privilege_statement *statement) {
    const size_t counts[] = { at_least_one(parts->arguments.count), at_least_one(parts->graphs.count),
                              entity_count(parts), at_least_one(parts->labels.count),
                              statement->roles.count };
    size_t count = 1;

    for (size_t i = 0; i < ARRAY_LENGTH(counts); i++)
        if (__builtin_mul_overflow(count, counts[i], &count) || count > PRIVILEGES_MAX)
            return error_set(parser->err, ERROR_INVALID,
                             "it has more than %d combinations of names: make several statements of it",
                             PRIVILEGES_MAX);
    struct privilege *items = ARENA_ARRAY(parser->arena, struct privilege, count);
    for (size_t i = 0; i < count; i++) {
        items[i] = combination(parts, &statement->roles, i);
        items[i].is_denied = statement->verb == VERB_DENY || statement->verb == VERB_REVOKE_DENY;
    }
    statement->set = privilege_set_of(items, count);
    return true;
}

/* ---- the statement ---- */

static bool read_end(struct parser *parser) {
    return parser->at->type == TOKEN_END ||
           expected(parser,
                    "the end (a name with other characters than letters, digits and _ needs backticks)");
}

static bool is_revoke(enum privilege_verb verb) {
    return verb == VERB_REVOKE || verb == VERB_REVOKE_GRANT || verb == VERB_REVOKE_DENY;
}

static bool read_roles(struct parser *parser, struct privilege_statement *statement) {
    const char *preposition = is_revoke(statement->verb) ? "FROM" : "TO";

    if (parser->at->type == TOKEN_END && parser->options.role) {
        statement->roles.items = ARENA_ARRAY(parser->arena, const char *, 1);
        statement->roles.items[statement->roles.count++] = parser->options.role;
        return true;
    }
    if (!skip_word(parser, preposition))
        return expected(parser, preposition);
    return read_list(parser, role_name, "the name of a role", &statement->roles) && read_end(parser);
}

static bool read_membership(struct parser *parser, struct privilege_statement *statement) {
    const char *preposition = is_revoke(statement->verb) ? "FROM" : "TO";

    statement->is_membership = true;
    if (!read_list(parser, name, "the name of a role", &statement->roles))
        return false;
    if (!skip_word(parser, preposition))
        return expected(parser, preposition);
    return read_list(parser, name, "the name of a user", &statement->users) && read_end(parser);
}

static bool read_verb(struct parser *parser, struct privilege_statement *statement, bool *out_immutable) {
    if (skip_word(parser, "GRANT"))
        statement->verb = VERB_GRANT;
    else if (skip_word(parser, "DENY"))
        statement->verb = VERB_DENY;
    else if (skip_word(parser, "REVOKE"))
        statement->verb = VERB_REVOKE;
    else
        return expected(parser, "GRANT, DENY or REVOKE");
    *out_immutable = skip_word(parser, "IMMUTABLE");
    if (statement->verb != VERB_REVOKE)
        return true;
    if (skip_word(parser, "GRANT"))
        statement->verb = VERB_REVOKE_GRANT;
    else if (skip_word(parser, "DENY"))
        statement->verb = VERB_REVOKE_DENY;
    return true;
}

/* ROLE MANAGEMENT ON DBMS is a privilege; ROLE anything else is a membership. */
static bool begins_membership(const struct parser *parser, const struct privilege_statement *statement) {
    bool is_role = token_is_word(parser->at, "ROLE") || token_is_word(parser->at, "ROLES");
    bool is_privilege =
        is_role && token_is_word(parser->at + 1, "MANAGEMENT") && token_is_word(parser->at + 2, "ON");

    return is_role && !is_privilege && (statement->verb == VERB_GRANT || statement->verb == VERB_REVOKE);
}

static bool read_statement(struct parser *parser, struct privilege_statement *statement) {
    struct parts parts = { 0 };

    if (!read_verb(parser, statement, &parts.is_immutable))
        return false;
    if (!parts.is_immutable && begins_membership(parser, statement)) {
        parser->at++;
        return read_membership(parser, statement);
    }
    return read_kind(parser, &parts.kind) && read_arguments(parser, &parts) && read_target(parser, &parts) &&
           read_part(parser, &parts) && read_roles(parser, statement) && multiply(parser, &parts, statement);
}

bool privilege_read(struct arena *arena, const char *text, const struct privilege_options *options,
                    struct privilege_statement *out_statement, struct error *err) {
    struct parser parser = { .arena = arena, .err = err };
    struct privilege_statement statement = { 0 };

    if (options)
        parser.options = *options;
    if (strlen(text) > PRIVILEGE_STATEMENT_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "a statement may have %d bytes at most",
                         PRIVILEGE_STATEMENT_BYTES_MAX);
    if (!tokens_read(arena, text, &parser.tokens, err))
        return false;
    parser.at = parser.tokens.items;
    if (!read_statement(&parser, &statement))
        return false;
    *out_statement = statement;
    return true;
}
