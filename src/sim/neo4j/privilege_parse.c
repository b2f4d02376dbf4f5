#include "sim/neo4j/privilege_parse.h"

#include "base/buffer.h"
#include "sim/neo4j/words.h"

#include <ctype.h>

/* What a privilege applies to, before it is taken apart. */
struct parts {
    enum privilege_action action;
    struct json *resources; /* names, "*" */
    struct json *names;     /* of segments, "*" */
    struct json *databases; /* names */
    enum privilege_scope scope;
    bool is_node, is_relationship; /* ELEMENTS: both */
    enum privilege_segment segment;
};

static struct cursor *cursor_of(struct statement *statement) {
    return &statement->cursor;
}

/* ---- the action ---- */

/* ALL [PRIVILEGES], without saying of what: what comes after ON does. */
static bool read_all(struct statement *statement, struct parts *parts) {
    static const struct {
        const char *words;
        enum privilege_action action;
    } targets[] = {
        { "ON GRAPH|GRAPHS", PRIVILEGE_ALL_GRAPH },
        { "ON HOME GRAPH", PRIVILEGE_ALL_GRAPH },
        { "ON DATABASE|DATABASES", PRIVILEGE_ALL_DATABASE },
        { "ON HOME DATABASE", PRIVILEGE_ALL_DATABASE },
        { "ON DBMS", PRIVILEGE_ALL_DBMS },
    };
    struct cursor *cursor = cursor_of(statement);

    (void)cursor_take(cursor, "PRIVILEGES");
    for (size_t i = 0; i < ARRAY_LENGTH(targets); i++)
        if (words_match(cursor, targets[i].words)) {
            parts->action = targets[i].action;
            return true;
        }
    return cursor_fail(cursor, "'ON GRAPH', 'ON DATABASE' or 'ON DBMS'");
}

static bool is_known(const struct statement *statement, const struct privilege_kind *kind) {
    return !kind->since ||
           neo4j_version_at_least(&statement->process->version, kind->since / 100, kind->since % 100);
}

static bool read_action(struct statement *statement, struct parts *parts) {
    struct cursor *cursor = cursor_of(statement);
    size_t best = 0;

    for (unsigned action = PRIVILEGE_NOTHING + 1; action < PRIVILEGE_ACTIONS_COUNT; action++) {
        const struct privilege_kind *kind = privilege_kind((enum privilege_action)action);
        size_t words = is_known(statement, kind) ? words_match(cursor, kind->words) : 0;
        if (words > best) {
            best = words;
            parts->action = (enum privilege_action)action;
        }
    }
    if (!best && cursor_take(cursor, "ALL"))
        return read_all(statement, parts);
    cursor->at += best;
    return best || cursor_fail(cursor, "a privilege");
}

/* ---- what it is narrowed to, before ON ---- */

/* "*" or names, divided by commas. */
static bool read_names(struct statement *statement, struct json *names, bool may_be_parameters) {
    struct cursor *cursor = cursor_of(statement);
    char *name;

    if (cursor_take_symbol(cursor, "*")) {
        json_append_string(statement->arena, names, "*");
        return true;
    }
    do {
        if (!(may_be_parameters ? statement_name(statement, &name) : cursor_name(cursor, &name)))
            return false;
        json_append_string(statement->arena, names, name);
    } while (cursor_take_symbol(cursor, ","));
    return true;
}

static bool read_properties(struct statement *statement, struct parts *parts) {
    struct cursor *cursor = cursor_of(statement);

    parts->resources = json_new_array(statement->arena);
    return cursor_expect_symbol(cursor, "{") && read_names(statement, parts->resources, false) &&
           cursor_expect_symbol(cursor, "}");
}

static bool read_users(struct statement *statement, struct parts *parts) {
    struct cursor *cursor = cursor_of(statement);

    parts->segment = PRIVILEGE_SEGMENT_USER;
    if (!cursor_take_symbol(cursor, "(")) {
        json_append_string(statement->arena, parts->names, "*");
        return true;
    }
    return read_names(statement, parts->names, true) && cursor_expect_symbol(cursor, ")");
}

/* "apoc.*": names and the symbols between them, as one. A name does not follow upon a name. */
static bool read_glob(struct statement *statement, struct json *names) {
    struct cursor *cursor = cursor_of(statement);
    CLEANUP_BUFFER struct buffer glob = { 0 };
    bool was_name = false;

    for (;;) {
        const struct token *token = cursor_look(cursor);
        bool is_name = token->type == TOKEN_WORD || token->type == TOKEN_NAME || token->type == TOKEN_INTEGER;
        bool is_wildcard = token->type == TOKEN_SYMBOL && strspn(token->text, "*?.") == strlen(token->text);
        bool is_on = glob.length && cursor_is(cursor, "ON") && buffer_string(&glob)[glob.length - 1] != '.';
        if ((!is_name && !is_wildcard) || (is_name && was_name) || is_on)
            break;
        buffer_add_string(&glob, token->text);
        was_name = is_name;
        cursor->at++;
    }
    if (!glob.length)
        return cursor_fail(cursor, "a name, in which '*' and '?' may stand for others");
    json_append_string(statement->arena, names, buffer_string(&glob));
    return true;
}

static bool read_globs(struct statement *statement, struct parts *parts, enum privilege_segment segment) {
    parts->segment = segment;
    do
        if (!read_glob(statement, parts->names))
            return false;
    while (cursor_take_symbol(cursor_of(statement), ","));
    return true;
}

static bool read_qualifier(struct statement *statement, struct parts *parts) {
    switch (privilege_kind(parts->action)->qualifier) {
    case QUALIFIED_BY_NOTHING:
    case QUALIFIED_BY_ENTITIES:
        return true;
    case QUALIFIED_BY_PROPERTIES:
        return read_properties(statement, parts);
    case QUALIFIED_BY_LABELS:
        parts->resources = json_new_array(statement->arena);
        return read_names(statement, parts->resources, false);
    case QUALIFIED_BY_USERS:
        return read_users(statement, parts);
    case QUALIFIED_BY_PROCEDURES:
        return read_globs(statement, parts, PRIVILEGE_SEGMENT_PROCEDURE);
    case QUALIFIED_BY_FUNCTIONS:
        return read_globs(statement, parts, PRIVILEGE_SEGMENT_FUNCTION);
    case QUALIFIED_BY_SETTINGS:
        return read_globs(statement, parts, PRIVILEGE_SEGMENT_SETTING);
    }
    return false;
}

/* ---- after ON ---- */

static bool read_databases(struct statement *statement, struct parts *parts) {
    struct cursor *cursor = cursor_of(statement);
    char *name;

    if (cursor_take_symbol(cursor, "*"))
        return true;
    parts->scope = PRIVILEGE_ON_NAMED;
    do {
        if (!cursor_dotted_name(cursor, &name))
            return false;
        for (char *c = name; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        json_append_string(statement->arena, parts->databases, name);
    } while (cursor_take_symbol(cursor, ","));
    return true;
}

static bool read_scope(struct statement *statement, struct parts *parts, const char *one, const char *many) {
    struct cursor *cursor = cursor_of(statement);

    if (cursor_take(cursor, "HOME")) {
        parts->scope = PRIVILEGE_ON_HOME;
        return cursor_expect(cursor, one);
    }
    if (!cursor_take(cursor, many) && !cursor_expect(cursor, one))
        return false;
    return read_databases(statement, parts);
}

static bool read_pattern(struct statement *statement, struct parts *parts) {
    char *pattern;

    parts->segment = PRIVILEGE_SEGMENT_PATTERN;
    if (!privilege_parse_pattern(statement, &pattern))
        return false;
    json_append_string(statement->arena, parts->names, pattern);
    return true;
}

static bool read_entities(struct statement *statement, struct parts *parts) {
    struct cursor *cursor = cursor_of(statement);
    const struct privilege_kind *kind = privilege_kind(parts->action);

    if (kind->qualifier != QUALIFIED_BY_ENTITIES && kind->qualifier != QUALIFIED_BY_PROPERTIES)
        return true;
    if (!kind->has_no_pattern && cursor_take(cursor, "FOR"))
        return read_pattern(statement, parts);
    parts->is_node = cursor_take(cursor, "NODE") || cursor_take(cursor, "NODES");
    parts->is_relationship =
        !parts->is_node && (cursor_take(cursor, "RELATIONSHIP") || cursor_take(cursor, "RELATIONSHIPS"));
    bool is_given = parts->is_node || parts->is_relationship || cursor_take(cursor, "ELEMENT") ||
                    cursor_take(cursor, "ELEMENTS");
    if (!parts->is_node && !parts->is_relationship)
        parts->is_node = parts->is_relationship = true;
    if (!is_given) {
        json_append_string(statement->arena, parts->names, "*");
        return true;
    }
    if (!read_names(statement, parts->names, false))
        return false;
    /* "NODES A (*)" is an old way of writing it. */
    return !cursor_take_symbol(cursor, "(") ||
           (cursor_expect_symbol(cursor, "*") && cursor_expect_symbol(cursor, ")"));
}

/* An address and how many of its bits count: 192.168.0.0/16, fe80::/10. */
static bool is_cidr(const char *cidr) {
    const char *slash = strchr(cidr, '/');
    uint64_t bits;

    return slash && slash > cidr && strspn(cidr, "0123456789abcdefABCDEF.:") == (size_t)(slash - cidr) &&
           parse_uint64(text_from(slash + 1), &bits) && bits <= 128;
}

static bool read_load(struct statement *statement, struct parts *parts) {
    struct cursor *cursor = cursor_of(statement);
    char *cidr;

    if (cursor_take(cursor, "ALL")) {
        parts->segment = PRIVILEGE_SEGMENT_ALL_DATA;
        return cursor_expect(cursor, "DATA");
    }
    parts->segment = PRIVILEGE_SEGMENT_CIDR;
    if (!cursor_expect(cursor, "CIDR") || !cursor_string_or_parameter(cursor, &cidr))
        return false;
    if (!is_cidr(cidr))
        return statement_fail(statement, FAILURE_ARGUMENT, "'%s' is not a valid CIDR IP range", cidr);
    json_append_string(statement->arena, parts->names, cidr);
    return true;
}

static bool read_target(struct statement *statement, struct parts *parts) {
    if (!cursor_expect(cursor_of(statement), "ON"))
        return false;
    switch (privilege_kind(parts->action)->target) {
    case PRIVILEGE_OF_GRAPH:
        return read_scope(statement, parts, "GRAPH", "GRAPHS") && read_entities(statement, parts);
    case PRIVILEGE_OF_DATABASE:
        return read_scope(statement, parts, "DATABASE", "DATABASES");
    case PRIVILEGE_OF_DBMS:
        return cursor_expect(cursor_of(statement), "DBMS");
    case PRIVILEGE_OF_LOAD:
        return read_load(statement, parts);
    }
    return false;
}

/* ---- taking it apart ---- */

static size_t at_least_one(size_t count) {
    return count ? count : 1;
}

static void add(struct privilege_list *list, const struct parts *parts, const char *database,
                const char *resource, const char *name, enum privilege_segment segment) {
    list->items[list->count++] = (struct privilege){ .action = parts->action,
                                                     .scope = parts->scope,
                                                     .segment = segment,
                                                     .database = database,
                                                     .resource = resource,
                                                     .name = name };
}

static void add_segments(struct privilege_list *list, const struct parts *parts, const char *database,
                         const char *resource) {
    for (size_t i = 0; i < at_least_one(json_length(parts->names)); i++) {
        const char *name = json_string(json_item(parts->names, i), NULL);
        if (parts->is_node)
            add(list, parts, database, resource, name, PRIVILEGE_SEGMENT_NODE);
        if (parts->is_relationship)
            add(list, parts, database, resource, name, PRIVILEGE_SEGMENT_RELATIONSHIP);
        if (!parts->is_node && !parts->is_relationship)
            add(list, parts, database, resource, name, parts->segment);
    }
}

static bool take_apart(struct statement *statement, const struct parts *parts,
                       struct privilege_list *out_privileges) {
    size_t databases = at_least_one(json_length(parts->databases));
    size_t resources = at_least_one(json_length(parts->resources));
    size_t segments =
        at_least_one(json_length(parts->names)) * (parts->is_node && parts->is_relationship ? 2 : 1);

    if (databases > PRIVILEGE_PIECES_MAX || resources > PRIVILEGE_PIECES_MAX ||
        segments > PRIVILEGE_PIECES_MAX || databases * resources * segments > PRIVILEGE_PIECES_MAX)
        return statement_fail(statement, FAILURE_ARGUMENT,
                              "The statement names more than %d privileges, which is all that is simulated.",
                              PRIVILEGE_PIECES_MAX);
    *out_privileges = (struct privilege_list){
        ARENA_ARRAY(statement->arena, struct privilege, databases * resources * segments), 0
    };
    for (size_t i = 0; i < databases; i++)
        for (size_t k = 0; k < resources; k++)
            add_segments(out_privileges, parts, json_string(json_item(parts->databases, i), NULL),
                         json_string(json_item(parts->resources, k), NULL));
    return true;
}

bool privilege_parse(struct statement *statement, struct privilege_list *out_privileges) {
    struct parts parts = { .names = json_new_array(statement->arena),
                           .databases = json_new_array(statement->arena) };

    return read_action(statement, &parts) && read_qualifier(statement, &parts) &&
           read_target(statement, &parts) && take_apart(statement, &parts, out_privileges);
}
