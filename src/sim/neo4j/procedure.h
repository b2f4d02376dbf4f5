/* Procedures: what CALL name(arguments) [YIELD …] finds in the tables of procedures_*.c.
 *
 * Signatures are written as Neo4j prints them: "server :: STRING, dryrun = false :: BOOLEAN"; an argument
 * with a value may be left out. They are what arguments are checked against and where the names of columns
 * come from.
 */
#pragma once

#include "sim/neo4j/statement.h"

enum { PROCEDURE_ARGUMENTS_MAX = 8 };

struct procedure_run {
    struct statement *statement;
    const struct bolt_value *arguments;
    size_t argument_count;
    struct table *out;
};

enum procedure_mode { PROCEDURE_READ, PROCEDURE_WRITE, PROCEDURE_DBMS };

struct procedure {
    const char *name;
    const char *arguments;
    const char *results; /* "": none */
    const char *description;
    bool (*run)(struct procedure_run *run);
    enum procedure_mode mode;
    bool is_admin;              /* EXECUTE ADMIN PROCEDURES, or an execute privilege that is boosted */
    bool is_of_system;          /* refuses other databases */
    bool is_only_5;             /* unknown to Cypher 25 */
    enum setting_family family; /* 0: all */
    unsigned since, until; /* year * 100 + month of the first calendar release, and of the first without it */
    const char *plugin;    /* that brings it; NULL: it is built in */
    const char *deprecated_by; /* "": without replacement; NULL: it is not */
};

/* Each ends with a row without name. */
extern const struct procedure procedures_of_information[];
extern const struct procedure procedures_of_cluster[];
extern const struct procedure procedures_of_databases[];
extern const struct procedure procedures_of_settings[];
extern const struct procedure procedures_of_plugins[];

/* The one that a statement in this language can call, or NULL. */
const struct procedure *procedure_find(const struct neo4j_process *process, int language, const char *name);
/* Walks all that a statement in this language can call, by name. */
void procedures_each(const struct neo4j_process *process, int language,
                     void (*visit)(void *context, const struct procedure *procedure), void *context);

/* As Neo4j prints it: "db.ping() :: (success :: BOOLEAN)"; in arena. */
char *procedure_signature(struct arena *arena, const struct procedure *procedure);
/* One field of a signature. */
struct procedure_field {
    struct text name;
    struct text type;
    bool is_optional;
    struct text value;    /* that it has when it is left out */
    struct text declared; /* all before the type: "dryrun = false" */
};
/* Cuts the next field off; false at the end. */
bool procedure_cut_field(struct text *rest, struct procedure_field *out);
/* A list of maps, as SHOW tells arguments and results; without has_values "=" is a part of names. */
struct bolt_value *procedure_describe_fields(struct arena *arena, const char *fields, bool has_values);

/* ---- for the tables ---- */

struct arena *procedure_arena(const struct procedure_run *run);
/* A row by the names of the columns. */
bool procedure_add(struct procedure_run *run, const struct bolt_value *map);
const char *procedure_string(const struct procedure_run *run, size_t index, const char *fallback);
bool procedure_bool(const struct procedure_run *run, size_t index, bool fallback);
int64_t procedure_integer(const struct procedure_run *run, size_t index, int64_t fallback);
