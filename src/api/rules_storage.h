/* Rules of the types that several kinds share: places of backups and access to clouds.
 * Source: the list of rules in crds/cluster.yaml (R16). */
#pragma once

#include "api/finding.h"
#include "api/shared.h"

/* Both take decoded values with defaults set, which stand at `field`. NULL is fine. */
void rules_judge_storage_location(const struct storage_location *location, const char *field,
                                  struct findings *errors);
void rules_judge_cloud(const struct cloud *cloud, const char *field, struct findings *errors);
