/* The rules over several fields in words, made from crds/ by tools/generate_api.py. */
#pragma once

#include "base/memory.h"

struct api_rule {
    const char *kind;   /* "Neo4jEnterpriseCluster"; NULL: of several kinds */
    const char *number; /* "R2": once in a kind */
    const char *says;   /* a sentence */
    bool warns;         /* else it forbids */
};

/* Those of several kinds first, then by kind; in the order of the declarations. */
extern const struct api_rule api_rules[];
extern const size_t api_rule_count;
