/* Schema registry: the schemas of all kinds that the sandbox's API server serves, by group, version and kind:
 * the built-in ones (crds/kubernetes.yaml, embedded at build time) and those of CustomResourceDefinitions.
 *
 * Schemas belong to the registry. One thread at a time.
 */
#pragma once

#include "schema/schema.h"

struct schema_registry;

/* Knows the built-in kinds. Never NULL. */
struct schema_registry *schema_registry_new(void);
void schema_registry_free(struct schema_registry *registry);
DEFINE_CLEANUP(struct schema_registry, schema_registry_free);

/* NULL when the kind is not known. Holds until the registry is freed or, for a custom kind, its CRD is set or
 * removed. */
const struct schema *schema_registry_find(const struct schema_registry *registry, const char *group,
                                          const char *version, const char *kind);
/* Compiles every version of a CustomResourceDefinition object and replaces what was known of its kind.
 * ERROR_INVALID names the field of the CRD that can't be used (a broken pattern, an unknown type). */
CHECKED bool schema_registry_set_crd(struct schema_registry *registry, const struct json *crd,
                                     struct error *err);
/* Forgets the kind; fine when it is not known. */
void schema_registry_remove_crd(struct schema_registry *registry, const char *group, const char *kind);

/* The component schemas of the built-in kinds as OpenAPI v3 JSON (an object: component name -> schema, with
 * x-kubernetes-group-version-kind), for documents at /openapi/v3. Belongs to the registry. */
const struct json *schema_registry_components(const struct schema_registry *registry);
