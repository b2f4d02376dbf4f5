/* Privileges: what a role may do, in canonical pieces.
 *
 * A statement that grants on several graphs, labels or properties becomes one piece for each of them, as the
 * system database keeps them and SHOW PRIVILEGES lists them. Source: Operations Manual, manage privileges;
 * read, write, database, DBMS and load privileges.
 *
 *     privilege_actions.c  the table of actions
 *     privilege.c          pieces: comparing, JSON, and the commands that they stand for
 *     privilege_parse.c    from the words of GRANT, DENY and REVOKE
 */
#pragma once

#include "base/json.h"

enum privilege_action {
    PRIVILEGE_UNSTATED, /* of a statement: whoever may do everything on the DBMS */
    PRIVILEGE_NOTHING,  /* of a statement: everybody */

    PRIVILEGE_ALL_GRAPH,
    PRIVILEGE_TRAVERSE,
    PRIVILEGE_READ,
    PRIVILEGE_MATCH,
    PRIVILEGE_MERGE,
    PRIVILEGE_CREATE,
    PRIVILEGE_DELETE,
    PRIVILEGE_SET_LABEL,
    PRIVILEGE_REMOVE_LABEL,
    PRIVILEGE_SET_PROPERTY,
    PRIVILEGE_WRITE,

    PRIVILEGE_ALL_DATABASE,
    PRIVILEGE_ACCESS,
    PRIVILEGE_START,
    PRIVILEGE_STOP,
    PRIVILEGE_INDEX_MANAGEMENT,
    PRIVILEGE_CREATE_INDEX,
    PRIVILEGE_DROP_INDEX,
    PRIVILEGE_SHOW_INDEX,
    PRIVILEGE_CONSTRAINT_MANAGEMENT,
    PRIVILEGE_CREATE_CONSTRAINT,
    PRIVILEGE_DROP_CONSTRAINT,
    PRIVILEGE_SHOW_CONSTRAINT,
    PRIVILEGE_NAME_MANAGEMENT,
    PRIVILEGE_CREATE_LABEL,
    PRIVILEGE_CREATE_TYPE,
    PRIVILEGE_CREATE_PROPERTY_NAME,
    PRIVILEGE_TRANSACTION_MANAGEMENT,
    PRIVILEGE_SHOW_TRANSACTION,
    PRIVILEGE_TERMINATE_TRANSACTION,

    PRIVILEGE_ALL_DBMS,
    PRIVILEGE_ROLE_MANAGEMENT,
    PRIVILEGE_CREATE_ROLE,
    PRIVILEGE_RENAME_ROLE,
    PRIVILEGE_DROP_ROLE,
    PRIVILEGE_ASSIGN_ROLE,
    PRIVILEGE_REMOVE_ROLE,
    PRIVILEGE_SHOW_ROLE,
    PRIVILEGE_USER_MANAGEMENT,
    PRIVILEGE_CREATE_USER,
    PRIVILEGE_RENAME_USER,
    PRIVILEGE_ALTER_USER,
    PRIVILEGE_SET_PASSWORDS,
    PRIVILEGE_SET_AUTH,
    PRIVILEGE_SET_USER_STATUS,
    PRIVILEGE_SET_USER_HOME_DATABASE,
    PRIVILEGE_DROP_USER,
    PRIVILEGE_SHOW_USER,
    PRIVILEGE_USER_METADATA_MANAGEMENT,
    PRIVILEGE_SET_USER_METADATA,
    PRIVILEGE_SHOW_USER_METADATA,
    PRIVILEGE_AUTH_RULE_MANAGEMENT,
    PRIVILEGE_CREATE_AUTH_RULE,
    PRIVILEGE_ALTER_AUTH_RULE,
    PRIVILEGE_RENAME_AUTH_RULE,
    PRIVILEGE_DROP_AUTH_RULE,
    PRIVILEGE_SHOW_AUTH_RULE,
    PRIVILEGE_IMPERSONATE,
    PRIVILEGE_DATABASE_MANAGEMENT,
    PRIVILEGE_CREATE_DATABASE,
    PRIVILEGE_DROP_DATABASE,
    PRIVILEGE_ALTER_DATABASE,
    PRIVILEGE_SET_DATABASE_ACCESS,
    PRIVILEGE_SET_DATABASE_LANGUAGE,
    PRIVILEGE_COMPOSITE_MANAGEMENT,
    PRIVILEGE_CREATE_COMPOSITE,
    PRIVILEGE_DROP_COMPOSITE,
    PRIVILEGE_ALTER_COMPOSITE,
    PRIVILEGE_ALIAS_MANAGEMENT,
    PRIVILEGE_CREATE_ALIAS,
    PRIVILEGE_ALTER_ALIAS,
    PRIVILEGE_DROP_ALIAS,
    PRIVILEGE_SHOW_ALIAS,
    PRIVILEGE_PRIVILEGE_MANAGEMENT,
    PRIVILEGE_ASSIGN_PRIVILEGE,
    PRIVILEGE_REMOVE_PRIVILEGE,
    PRIVILEGE_SHOW_PRIVILEGE,
    PRIVILEGE_SERVER_MANAGEMENT,
    PRIVILEGE_SHOW_SERVERS,
    PRIVILEGE_EXECUTE_PROCEDURE,
    PRIVILEGE_EXECUTE_BOOSTED_PROCEDURE,
    PRIVILEGE_EXECUTE_ADMIN_PROCEDURES,
    PRIVILEGE_EXECUTE_FUNCTION,
    PRIVILEGE_EXECUTE_BOOSTED_FUNCTION,
    PRIVILEGE_SHOW_SETTING,

    PRIVILEGE_LOAD,

    PRIVILEGE_ACTIONS_COUNT,
};

/* What stands after ON. */
enum privilege_target { PRIVILEGE_OF_GRAPH, PRIVILEGE_OF_DATABASE, PRIVILEGE_OF_DBMS, PRIVILEGE_OF_LOAD };

/* What narrows an action down, beside the graph or database. */
enum privilege_qualifier {
    QUALIFIED_BY_NOTHING,
    QUALIFIED_BY_ENTITIES,   /* NODES, RELATIONSHIPS, ELEMENTS, FOR pattern */
    QUALIFIED_BY_PROPERTIES, /* {p, q}, and entities */
    QUALIFIED_BY_LABELS,     /* SET LABEL a, b */
    QUALIFIED_BY_USERS,      /* (a, b) */
    QUALIFIED_BY_PROCEDURES,
    QUALIFIED_BY_FUNCTIONS,
    QUALIFIED_BY_SETTINGS,
};

enum { PRIVILEGE_PARENTS_MAX = 2 };

struct privilege_kind {
    const char
        *words; /* as statements write it: alternatives divided by "|", a word with "?" may be left out */
    const char *text; /* as commands show it */
    const char *name; /* as SHOW PRIVILEGES does */
    enum privilege_target target;
    enum privilege_qualifier qualifier;
    enum privilege_action parents[PRIVILEGE_PARENTS_MAX]; /* actions that include this one */
    bool has_no_pattern;                                  /* FOR is for reading only */
    unsigned since;                                       /* year * 100 + month; 0: always */
    const char *description;                              /* of SHOW SUPPORTED PRIVILEGES */
};

const struct privilege_kind *privilege_kind(enum privilege_action action);
/* Whether who may do wide may do narrow: itself, or what it is made of. */
bool privilege_action_includes(enum privilege_action wide, enum privilege_action narrow);
/* By what commands call it: "SHOW INDEX". PRIVILEGE_UNSTATED: there is none. */
enum privilege_action privilege_action_of_text(const char *text);

enum privilege_scope { PRIVILEGE_ON_ALL, PRIVILEGE_ON_HOME, PRIVILEGE_ON_NAMED };

enum privilege_segment {
    PRIVILEGE_SEGMENT_NONE,
    PRIVILEGE_SEGMENT_NODE,
    PRIVILEGE_SEGMENT_RELATIONSHIP,
    PRIVILEGE_SEGMENT_PATTERN,
    PRIVILEGE_SEGMENT_USER,
    PRIVILEGE_SEGMENT_PROCEDURE,
    PRIVILEGE_SEGMENT_FUNCTION,
    PRIVILEGE_SEGMENT_SETTING,
    PRIVILEGE_SEGMENT_ALL_DATA,
    PRIVILEGE_SEGMENT_CIDR,
};

/* One piece. Strings are borrowed, or owned by whoever says so. */
struct privilege {
    enum privilege_action action;
    enum privilege_scope scope;
    enum privilege_segment segment;
    bool is_denied;
    bool is_immutable;
    const char *database; /* of PRIVILEGE_ON_NAMED, lower-case; else NULL */
    const char *resource; /* a property or label, "*" for all; NULL: none */
    const char *name;     /* of the segment: a label, type, user, procedure …, "*" for all; NULL: none */
};

/* Total: 0 only for the same piece. */
int privilege_compare(const struct privilege *a, const struct privilege *b);
/* A copy whose strings are its own, to be given to privilege_clear(). */
struct privilege privilege_copy(const struct privilege *privilege);
void privilege_clear(struct privilege *privilege);

struct json *privilege_to_json(struct arena *arena, const struct privilege *privilege);
/* Borrows from the JSON. False when it is none. */
CHECKED bool privilege_from_json(const struct json *json, struct privilege *out_privilege);

/* A name in backticks, always. In arena. */
char *privilege_quote(struct arena *arena, const char *name);
/* In backticks where it needs them. */
char *privilege_quote_if_needed(struct arena *arena, const char *name);
/* "GRANT ACCESS ON DATABASE `neo4j` TO …"; role as it is to be written. In arena. */
char *privilege_command(struct arena *arena, const struct privilege *privilege, const char *role);
/* The same on another database, as it is to be written: "GRANT ACCESS ON DATABASE $database TO …". */
char *privilege_command_on(struct arena *arena, const struct privilege *privilege, const char *database,
                           const char *role);
/* "REVOKE GRANT ACCESS ON DATABASE `neo4j` FROM …". */
char *privilege_revoke_command(struct arena *arena, const struct privilege *privilege, const char *role);
/* The columns resource and segment of SHOW PRIVILEGES; in arena. */
char *privilege_resource_text(struct arena *arena, const struct privilege *privilege);
char *privilege_segment_text(struct arena *arena, const struct privilege *privilege);
