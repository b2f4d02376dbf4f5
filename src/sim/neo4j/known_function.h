/* What is known of functions besides how they are computed: what SHOW FUNCTIONS tells.
 */
#pragma once

#include "sim/neo4j/server.h"

enum function_languages { IN_BOTH, ONLY_IN_5, ONLY_IN_25 };

struct known_function {
    const char *signature; /* as Neo4j prints it: "sign(input :: INTEGER | FLOAT) :: INTEGER" */
    const char *category;  /* "" of plug-ins' */
    enum function_languages languages;
    unsigned since, until;     /* as in struct procedure */
    const char *arguments;     /* where they are told otherwise than the signature has them */
    const char *deprecated_by; /* "": without replacement; NULL: it is not */
    const char *plugin;        /* that brings it; NULL: it is built in */
};

/* In the order of SHOW FUNCTIONS: by name. Ends with a row without signature. */
extern const struct known_function known_functions[];

/* The name, in arena. */
char *known_function_name(struct arena *arena, const struct known_function *function);
/* Whether a statement in this language has it. */
bool known_function_is_there(const struct known_function *function, const struct neo4j_process *process,
                             int language);
