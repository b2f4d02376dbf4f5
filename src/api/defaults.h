/* Defaults: values for what a manifest leaves out.
 *
 * Two sorts. Those of the schema (default: in crds/KIND.yaml) are filled in by the API server too, wherever
 * the parent object is there. The others (assumed:) are the operator's alone and never written to the object,
 * so that a later version can choose better: whole absent parents, and fields that have an alias.
 */
#pragma once

#include "api/cluster.h"
#include "api/field.h"

/* Of clusters and standalones without an image, and without spec.auth.passwordPolicy (characters at least).
 * Source: crds/shared.yaml. */
#define DEFAULT_IMAGE_TAG "5.26.0-enterprise"
enum { DEFAULT_PASSWORD_LENGTH_MIN = 8 };

/* Fills absent fields of a decoded struct, and of all that is in it. Absent objects stay absent. */
void api_set_defaults(struct arena *arena, const struct api_object *object, void *structure);
/* The whole default of a cluster. Afterwards image, topology (with servers), storage, auth, service, tls,
 * placement within topology, and resources are not NULL.
 * Source: crds/cluster.yaml (default and assumed); the deprecated topology.primaries and
 * topology.secondaries give servers where it is absent. */
void cluster_spec_set_defaults(struct arena *arena, struct cluster_spec *spec);
