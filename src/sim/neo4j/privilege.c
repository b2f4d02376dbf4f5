#include "sim/neo4j/privilege.h"

#include "base/buffer.h"

#include <ctype.h>

/* ---- pieces ---- */

static int compare_strings(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "");
}

int privilege_compare(const struct privilege *a, const struct privilege *b) {
    const int orders[] = {
        (int)a->action - (int)b->action,           (int)a->scope - (int)b->scope,
        (int)a->segment - (int)b->segment,         a->is_denied - b->is_denied,
        a->is_immutable - b->is_immutable,         compare_strings(a->database, b->database),
        compare_strings(a->resource, b->resource), compare_strings(a->name, b->name)
    };

    for (size_t i = 0; i < ARRAY_LENGTH(orders); i++)
        if (orders[i])
            return orders[i];
    return 0;
}

static char *copy_or_null(const char *string) {
    return string ? xstrdup(string) : NULL;
}

struct privilege privilege_copy(const struct privilege *privilege) {
    struct privilege copy = *privilege;

    copy.database = copy_or_null(privilege->database);
    copy.resource = copy_or_null(privilege->resource);
    copy.name = copy_or_null(privilege->name);
    return copy;
}

static void free_string(const char *string) {
    union {
        const char *borrowed;
        char *own;
    } cast = { .borrowed = string };

    free(cast.own);
}

void privilege_clear(struct privilege *privilege) {
    free_string(privilege->database);
    free_string(privilege->resource);
    free_string(privilege->name);
    *privilege = (struct privilege){ 0 };
}

/* ---- JSON: in commands of the system database ---- */

static const char *const scopes[] = {
    [PRIVILEGE_ON_ALL] = "all", [PRIVILEGE_ON_HOME] = "home", [PRIVILEGE_ON_NAMED] = "named"
};

static const char *const segments[] = {
    [PRIVILEGE_SEGMENT_NONE] = "none",           [PRIVILEGE_SEGMENT_NODE] = "node",
    [PRIVILEGE_SEGMENT_RELATIONSHIP] = "type",   [PRIVILEGE_SEGMENT_PATTERN] = "pattern",
    [PRIVILEGE_SEGMENT_USER] = "user",           [PRIVILEGE_SEGMENT_PROCEDURE] = "procedure",
    [PRIVILEGE_SEGMENT_FUNCTION] = "function",   [PRIVILEGE_SEGMENT_SETTING] = "setting",
    [PRIVILEGE_SEGMENT_ALL_DATA] = "everything", [PRIVILEGE_SEGMENT_CIDR] = "cidr",
};

static bool find_word(const char *const *words, size_t count, const char *word, unsigned *out_index) {
    for (size_t i = 0; i < count; i++)
        if (str_equal(words[i], word)) {
            *out_index = (unsigned)i;
            return true;
        }
    return false;
}

struct json *privilege_to_json(struct arena *arena, const struct privilege *privilege) {
    struct json *json = json_new_object(arena);

    json_set_string(arena, json, "action", privilege_kind(privilege->action)->text);
    json_set_string(arena, json, "scope", scopes[privilege->scope]);
    json_set_string(arena, json, "segment", segments[privilege->segment]);
    if (privilege->is_denied)
        json_set_bool(arena, json, "denied", true);
    if (privilege->is_immutable)
        json_set_bool(arena, json, "immutable", true);
    if (privilege->database)
        json_set_string(arena, json, "database", privilege->database);
    if (privilege->resource)
        json_set_string(arena, json, "resource", privilege->resource);
    if (privilege->name)
        json_set_string(arena, json, "name", privilege->name);
    return json;
}

bool privilege_from_json(const struct json *json, struct privilege *out_privilege) {
    struct privilege privilege = {
        .action = privilege_action_of_text(json_string_at(json, "action", "")),
        .is_denied = json_bool_at(json, "denied", false),
        .is_immutable = json_bool_at(json, "immutable", false),
        .database = json_string_at(json, "database", NULL),
        .resource = json_string_at(json, "resource", NULL),
        .name = json_string_at(json, "name", NULL),
    };
    unsigned scope, segment;

    if (privilege.action == PRIVILEGE_UNSTATED ||
        !find_word(scopes, ARRAY_LENGTH(scopes), json_string_at(json, "scope", ""), &scope) ||
        !find_word(segments, ARRAY_LENGTH(segments), json_string_at(json, "segment", ""), &segment))
        return false;
    privilege.scope = (enum privilege_scope)scope;
    privilege.segment = (enum privilege_segment)segment;
    if ((privilege.scope == PRIVILEGE_ON_NAMED) != (privilege.database != NULL))
        return false;
    *out_privilege = privilege;
    return true;
}

/* ---- names in commands ---- */

char *privilege_quote(struct arena *arena, const char *name) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    buffer_add_char(&text, '`');
    for (const char *c = name; *c; c++) {
        if (*c == '`')
            buffer_add_char(&text, '`');
        buffer_add_char(&text, *c);
    }
    buffer_add_char(&text, '`');
    return arena_strdup(arena, buffer_string(&text));
}

/* more: characters that need no backticks besides those of names. */
static bool is_plain(const char *name, const char *more) {
    if (!*name || isdigit((unsigned char)*name))
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && !(*more && strchr(more, *c)))
            return false;
    return true;
}

char *privilege_quote_if_needed(struct arena *arena, const char *name) {
    return is_plain(name, "") ? arena_strdup(arena, name) : privilege_quote(arena, name);
}

/* Dots divide the names of procedures, functions and settings; "*" and "?" stand for others. */
static void add_glob(struct buffer *out, struct arena *arena, const char *glob) {
    struct text rest = text_from(glob);
    bool is_first = true;

    while (rest.data) {
        struct text part = text_cut(&rest, '.');
        const char *name = arena_strndup(arena, part.data, part.length);
        buffer_printf(out, "%s%s", is_first ? "" : ".",
                      !*name || is_plain(name, "*?") ? name : privilege_quote(arena, name));
        is_first = false;
    }
}

/* ---- commands ---- */

static const char *star_or_name(struct arena *arena, const char *name) {
    return str_equal(name, "*") ? "*" : privilege_quote_if_needed(arena, name);
}

static void add_resource(struct buffer *out, struct arena *arena, const struct privilege *privilege) {
    enum privilege_qualifier qualifier = privilege_kind(privilege->action)->qualifier;

    if (!privilege->resource)
        return;
    if (qualifier == QUALIFIED_BY_LABELS)
        buffer_printf(out, " %s", star_or_name(arena, privilege->resource));
    else
        buffer_printf(out, " {%s}", star_or_name(arena, privilege->resource));
}

/* database: in place of the name, as it is to be written; NULL: the name. */
static void add_scope(struct buffer *out, struct arena *arena, const struct privilege *privilege,
                      const char *what, const char *database) {
    switch (privilege->scope) {
    case PRIVILEGE_ON_ALL:
        buffer_printf(out, "%s *", what);
        break;
    case PRIVILEGE_ON_HOME:
        buffer_printf(out, "HOME %s", what);
        break;
    case PRIVILEGE_ON_NAMED:
        buffer_printf(out, "%s %s", what, database ? database : privilege_quote(arena, privilege->database));
        break;
    }
}

/* What stands between the action and ON: users, procedures, functions, settings. */
static void add_segment_before(struct buffer *out, struct arena *arena, const struct privilege *privilege) {
    switch (privilege->segment) {
    case PRIVILEGE_SEGMENT_USER:
        buffer_printf(out, " (%s)", star_or_name(arena, privilege->name));
        break;
    case PRIVILEGE_SEGMENT_PROCEDURE:
    case PRIVILEGE_SEGMENT_FUNCTION:
    case PRIVILEGE_SEGMENT_SETTING:
        buffer_add_char(out, ' ');
        add_glob(out, arena, privilege->name);
        break;
    case PRIVILEGE_SEGMENT_NONE:
    case PRIVILEGE_SEGMENT_NODE:
    case PRIVILEGE_SEGMENT_RELATIONSHIP:
    case PRIVILEGE_SEGMENT_PATTERN:
    case PRIVILEGE_SEGMENT_ALL_DATA:
    case PRIVILEGE_SEGMENT_CIDR:
        break;
    }
}

/* What stands behind the graph. */
static void add_segment_after(struct buffer *out, struct arena *arena, const struct privilege *privilege) {
    if (privilege->segment == PRIVILEGE_SEGMENT_NODE)
        buffer_printf(out, " NODE %s", star_or_name(arena, privilege->name));
    else if (privilege->segment == PRIVILEGE_SEGMENT_RELATIONSHIP)
        buffer_printf(out, " RELATIONSHIP %s", star_or_name(arena, privilege->name));
    else if (privilege->segment == PRIVILEGE_SEGMENT_PATTERN)
        buffer_printf(out, " FOR %s", privilege->name);
}

static void add_privilege(struct buffer *out, struct arena *arena, const struct privilege *privilege,
                          const char *database) {
    const struct privilege_kind *kind = privilege_kind(privilege->action);

    buffer_add_string(out, kind->text);
    add_resource(out, arena, privilege);
    add_segment_before(out, arena, privilege);
    buffer_add_string(out, " ON ");
    switch (kind->target) {
    case PRIVILEGE_OF_GRAPH:
        add_scope(out, arena, privilege, "GRAPH", database);
        add_segment_after(out, arena, privilege);
        break;
    case PRIVILEGE_OF_DATABASE:
        add_scope(out, arena, privilege, "DATABASE", database);
        break;
    case PRIVILEGE_OF_DBMS:
        buffer_add_string(out, "DBMS");
        break;
    case PRIVILEGE_OF_LOAD:
        if (privilege->segment == PRIVILEGE_SEGMENT_CIDR)
            buffer_printf(out, "CIDR '%s'", privilege->name);
        else
            buffer_add_string(out, "ALL DATA");
        break;
    }
}

char *privilege_command_on(struct arena *arena, const struct privilege *privilege, const char *database,
                           const char *role) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    buffer_printf(&text, "%s %s", privilege->is_denied ? "DENY" : "GRANT",
                  privilege->is_immutable ? "IMMUTABLE " : "");
    add_privilege(&text, arena, privilege, database);
    buffer_printf(&text, " TO %s", role);
    return arena_strdup(arena, buffer_string(&text));
}

char *privilege_command(struct arena *arena, const struct privilege *privilege, const char *role) {
    return privilege_command_on(arena, privilege, NULL, role);
}

char *privilege_revoke_command(struct arena *arena, const struct privilege *privilege, const char *role) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    buffer_printf(&text, "REVOKE %s%s ", privilege->is_immutable ? "IMMUTABLE " : "",
                  privilege->is_denied ? "DENY" : "GRANT");
    add_privilege(&text, arena, privilege, NULL);
    buffer_printf(&text, " FROM %s", role);
    return arena_strdup(arena, buffer_string(&text));
}

/* ---- columns ---- */

char *privilege_resource_text(struct arena *arena, const struct privilege *privilege) {
    const struct privilege_kind *kind = privilege_kind(privilege->action);
    bool is_label = kind->qualifier == QUALIFIED_BY_LABELS;

    if (privilege->resource && str_equal(privilege->resource, "*"))
        return arena_strdup(arena, is_label ? "all_labels" : "all_properties");
    if (privilege->resource)
        return arena_printf(arena, "%s(%s)", is_label ? "label" : "property", privilege->resource);
    if (kind->target == PRIVILEGE_OF_LOAD)
        return arena_strdup(arena, "file");
    return arena_strdup(arena, kind->target == PRIVILEGE_OF_GRAPH ? "graph" : "database");
}

char *privilege_segment_text(struct arena *arena, const struct privilege *privilege) {
    static const char *const names[] = {
        [PRIVILEGE_SEGMENT_NODE] = "NODE",         [PRIVILEGE_SEGMENT_RELATIONSHIP] = "RELATIONSHIP",
        [PRIVILEGE_SEGMENT_USER] = "USER",         [PRIVILEGE_SEGMENT_PROCEDURE] = "PROCEDURE",
        [PRIVILEGE_SEGMENT_FUNCTION] = "FUNCTION", [PRIVILEGE_SEGMENT_SETTING] = "SETTING",
        [PRIVILEGE_SEGMENT_CIDR] = "CIDR",
    };

    switch (privilege->segment) {
    case PRIVILEGE_SEGMENT_NONE:
        return arena_strdup(arena, privilege_kind(privilege->action)->qualifier == QUALIFIED_BY_LABELS
                                       ? "NODE(*)"
                                       : "database");
    case PRIVILEGE_SEGMENT_PATTERN:
        return arena_strdup(arena, privilege->name);
    case PRIVILEGE_SEGMENT_ALL_DATA:
        return arena_strdup(arena, "ALL DATA");
    case PRIVILEGE_SEGMENT_NODE:
    case PRIVILEGE_SEGMENT_RELATIONSHIP:
    case PRIVILEGE_SEGMENT_USER:
    case PRIVILEGE_SEGMENT_PROCEDURE:
    case PRIVILEGE_SEGMENT_FUNCTION:
    case PRIVILEGE_SEGMENT_SETTING:
    case PRIVILEGE_SEGMENT_CIDR:
        break;
    }
    return arena_printf(arena, "%s(%s)", names[privilege->segment], privilege->name);
}
