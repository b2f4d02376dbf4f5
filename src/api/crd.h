/* The shipped CustomResourceDefinitions, made from crds/ by tools/generate_crd.py, as JSON: for the sandbox,
 * which serves them from its first moment. */
#pragma once

#include <stddef.h>

struct crd {
    const char *name; /* neo4jenterpriseclusters.neo4j.neo4j.com */
    const char *json; /* NUL-terminated */
    size_t length;
};

extern const struct crd crd_cluster;

/* Of all kinds, ended by NULL. */
extern const struct crd *const crds_shipped[];
