/* Manifests: files of Kubernetes objects, applied without kubectl. */
#pragma once

#include "kube/kube.h"

enum { MANIFESTS_BYTES_MAX = 4 * 1024 * 1024 };
#define MANIFESTS_FIELD_MANAGER "neo4j-sandbox"

/* Applies each object of the YAML text, server-side, in their order; those without a namespace go to
 * "default". A kind that is not known fails before any is applied. *out_objects: what the API server
 * answered, in arena. The error names the object. source: for messages. */
CHECKED bool manifests_apply(struct kube *kube, struct arena *arena, const char *source, struct text text,
                             struct json **out_objects, struct error *err);
CHECKED bool manifests_apply_file(struct kube *kube, struct arena *arena, const char *path,
                                  struct json **out_objects, struct error *err);

/* Applies the custom resource definitions that this program was built with. */
CHECKED bool manifests_apply_crds(struct kube *kube, struct error *err);
