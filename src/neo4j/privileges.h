/* Privileges: a model of what GRANT, DENY and REVOKE say, read from statements and written into them.
 *
 * One struct privilege is the smallest thing that can be granted: one action, one property or label or
 * procedure, one graph, one kind of entity, one label, one role. A statement of lists is the set of all their
 * combinations, and a grant on a graph without a qualifier is two: all nodes, all relationships. Servers
 * split and spell what they are told in ways of their own (SHOW … PRIVILEGES AS COMMANDS); two sets of
 * privileges are the same here when they mean the same, however they were written.
 *
 * The same grammar reads what users write and what servers answer. It is strict: one statement, nothing
 * after it, no parameters, no comments.
 * Sources: Operations Manual, "Role-based access control" and its chapters on read, write, database, DBMS
 * and load privileges.
 */
#pragma once

#include "neo4j/dialect.h"
#include "neo4j/statement.h"

enum privilege_scope { PRIVILEGE_ON_GRAPH, PRIVILEGE_ON_DATABASE, PRIVILEGE_ON_DBMS, PRIVILEGE_ON_LOAD };

/* What stands between the action and ON. */
enum privilege_argument {
    ARGUMENT_NONE,
    ARGUMENT_PROPERTIES, /* {a, b} or {*} */
    ARGUMENT_LABELS,     /* A, B or * */
    ARGUMENT_USERS,      /* (a, b) or (*), which is also meant when nothing stands there */
    ARGUMENT_GLOBS,      /* names of procedures, functions or settings, with * and ? in them */
};

/* Which part of a graph can be named. */
enum privilege_part {
    PART_NONE,
    PART_ENTITIES,           /* nodes, relationships, with labels and types */
    PART_ENTITIES_OR_PATTERN /* or FOR (n:A) WHERE … */
};

struct privilege_kind {
    const char *words; /* as servers write it: "EXECUTE BOOSTED FUNCTION" */
    /* As it may be written: words, "|" between spellings of one, brackets around what may be left out. */
    const char *spelling;
    enum privilege_scope scope;
    enum privilege_argument argument;
    enum privilege_part part;
    enum form form; /* FORM_PLAIN: all versions have it */
};

/* All that there are, sorted by words within a scope. */
extern const struct privilege_kind privilege_kinds[];
extern const size_t privilege_kind_count;

enum privilege_target { TARGET_ALL, TARGET_HOME, TARGET_NAMED };
enum privilege_entity { ENTITY_NONE, ENTITY_NODE, ENTITY_RELATIONSHIP, ENTITY_PATTERN };

struct privilege {
    const struct privilege_kind *kind;
    bool is_denied;
    bool is_immutable;
    const char *argument; /* a property, label, user or glob; NULL: all, or the kind has none */
    enum privilege_target target;
    const char *graph; /* TARGET_NAMED: lower case, as servers keep it; of LOAD the CIDR, else NULL */
    enum privilege_entity entity;
    const char *label; /* NULL: all; of ENTITY_PATTERN the pattern, with one space between its parts */
    const char *role;  /* "": servers that show a user's privileges say $role instead of a name */
};

/* Sorted, each once. */
struct privilege_set {
    const struct privilege *items;
    size_t count;
};

enum privilege_verb { VERB_GRANT, VERB_DENY, VERB_REVOKE, VERB_REVOKE_GRANT, VERB_REVOKE_DENY };

/* What a statement says. */
struct privilege_statement {
    enum privilege_verb verb;
    bool is_membership;       /* GRANT ROLE … TO …, REVOKE ROLE … FROM … */
    struct text_list roles;   /* that get or lose something; of a membership: that are given or taken */
    struct text_list users;   /* of a membership */
    struct privilege_set set; /* else. Of a VERB_REVOKE (of both) none is denied */
};

enum { PRIVILEGE_STATEMENT_BYTES_MAX = 64 * 1024, PRIVILEGES_MAX = 100000 };

struct privilege_options {
    /* Whose they are when the statement ends before TO or FROM; NULL: it must say it. */
    const char *role;
    /* Also takes what only servers write: $role for a role. */
    bool is_from_server;
};

/* In arena. ERROR_INVALID says where, what was expected, and what stands there. options may be NULL. */
CHECKED bool privilege_read(struct arena *arena, const char *text, const struct privilege_options *options,
                            struct privilege_statement *out_statement, struct error *err);

/* ---- writing ---- */

/* "GRANT MATCH {*} ON GRAPH `sales` NODE * TO `reader`": as servers write it, but that names are quoted
 * wherever there could be doubt. What is written parses to the same privilege. */
void privilege_write(struct buffer *out, const struct privilege *privilege);
char *privilege_text(struct arena *arena, const struct privilege *privilege);
/* ERROR_INVALID when the version has no such privilege. */
CHECKED bool privilege_grant(struct arena *arena, const struct dialect *dialect,
                             const struct privilege *privilege, const struct administration **out,
                             struct error *err);
const struct administration *privilege_revoke(struct arena *arena, const struct dialect *dialect,
                                              const struct privilege *privilege);

/* ---- sets, in arena ---- */

int privilege_order(const struct privilege *a, const struct privilege *b);
/* Sorts items in place and takes out what comes twice. */
struct privilege_set privilege_set_of(struct privilege *items, size_t count);
struct privilege_set privilege_union(struct arena *arena, const struct privilege_set *a,
                                     const struct privilege_set *b);
/* What is in a and not in b. */
struct privilege_set privilege_difference(struct arena *arena, const struct privilege_set *a,
                                          const struct privilege_set *b);
bool privilege_set_has(const struct privilege_set *set, const struct privilege *privilege);
/* The same privileges of another role. */
struct privilege_set privilege_set_for_role(struct arena *arena, const struct privilege_set *set,
                                            const char *role);

/* ---- what servers answer ---- */

/* SHOW ROLES $role, … PRIVILEGES AS COMMANDS YIELD command, immutable */
const struct administration *privileges_show(struct arena *arena, const struct text_list *roles);

struct privileges_shown {
    struct privilege_set set;
    /* Commands that this grammar does not know, as they came: never to be revoked, always to be told. */
    struct text_list unknown;
};
CHECKED bool privileges_read(struct arena *arena, const struct neo4j_result *result,
                             struct privileges_shown *out_shown, struct error *err);

/* SHOW PRIVILEGES YIELD *: the same as a table, for people; the model comes from commands. */
extern const char privilege_rows_query[];
struct privilege_row {
    const char *role;
    const char *access;   /* "GRANTED", "DENIED" */
    const char *action;   /* "match", "traverse", "execute" … */
    const char *resource; /* "all_properties", "property(name)", "database" … */
    const char *graph;    /* "*", "DEFAULT", a name */
    const char *segment;  /* "NODE(Person)", "RELATIONSHIP(*)", "PROCEDURE(*)" … */
    bool is_immutable;
};
struct privilege_rows {
    struct privilege_row *items;
    size_t count;
};
CHECKED bool privilege_rows_read(struct arena *arena, const struct neo4j_result *result,
                                 struct privilege_rows *out_rows, struct error *err);

/* SHOW SUPPORTED PRIVILEGES YIELD *: what the server's version knows. */
extern const char supported_privileges_query[];
struct supported_privilege {
    const char *action; /* "match" … */
    const char *qualifier;
    const char *target; /* "graph", "database", "dbms", "load" */
    const struct bolt_value *scope;
    const char *description;
};
struct supported_privileges {
    struct supported_privilege *items;
    size_t count;
};
CHECKED bool supported_privileges_read(struct arena *arena, const struct neo4j_result *result,
                                       struct supported_privileges *out_rows, struct error *err);
