/* Rules of Neo4jEnterpriseCluster that look at more than one field, or say more than a schema can.
 *
 * Pure: the object alone decides. What needs the world (does the Secret exist, can the class grow, which
 * databases are hosted) is the controller's. Each rule has a number, given in the finding and in the field
 * reference: R… forbid, W… warn.
 * Source: the list of rules in crds/cluster.yaml.
 */
#pragma once

#include "api/cluster.h"
#include "api/finding.h"

/* cluster is the whole object as read or to be written; spec what it decodes to, with defaults set. Findings
 * of the R rules go to errors, of the W rules to warnings. */
void cluster_judge(const struct json *cluster, const struct cluster_spec *spec, struct findings *errors,
                   struct findings *warnings);

/* What may not change from one accepted spec to the next (R9 shrinking, R22 downgrades, R24 immutable
 * fields). Both with defaults set. running_version is status.version, or NULL: the tag of `before`. */
void cluster_judge_change(const struct cluster_spec *before, const struct cluster_spec *after,
                          const char *running_version, struct findings *errors);
