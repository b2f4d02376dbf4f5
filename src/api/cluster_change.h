/* What a running cluster cannot change to, judged against what runs: the API server judges the same changes
 * from one spec to the next (crds/cluster.yaml), but what runs may differ from the spec before.
 */
#pragma once

#include "api/cluster.h"
#include "schema/field_error.h"

/* Rules A13 (shrinking, another class) and A16 (downgrades) of crds/shared.yaml, R24 (what else never
 * changes) of crds/cluster.yaml. before is what is there, both with defaults set. running_version: the
 * highest that a server runs, or NULL: the tag of `before`. */
void cluster_judge_change(const struct cluster_spec *before, const struct cluster_spec *after,
                          const char *running_version, struct field_errors *errors);
