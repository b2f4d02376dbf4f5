/* The kinds of the API neo4j.neo4j.com/v1alpha1, made from crds/ by tools/generate_api.py. */
#pragma once

#include "base/packed_text.h"

#define API_GROUP   "neo4j.neo4j.com"
#define API_VERSION "v1alpha1"

struct api_kind {
    const char *name;   /* "Neo4jBackup" */
    const char *plural; /* "neo4jbackups" */
    const char *stem;   /* "backup": of crds/backup.yaml */
    /* The definition, as JSON, with what our own judge knows beyond it: see judge.h. */
    const struct packed_text *judged;
};

/* By name. */
extern const struct api_kind api_kinds[];
extern const size_t api_kind_count;

/* The kind of this name, or NULL. */
const struct api_kind *api_kind_find(const char *name);
