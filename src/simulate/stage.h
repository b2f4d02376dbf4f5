/* Stage: what is there before anybody does anything: the shipped definitions, and users who apply manifests.
 */
#pragma once

#include "simulate/universe.h"

/* Cluster graph of three servers, as a manifest. */
extern const char stage_manifest[];

/* Installs the definitions of all kinds. */
void stage_install(struct universe *universe);

/* Applies a manifest in YAML as a user; ERROR_… of the API server. */
CHECKED bool stage_apply(struct universe *universe, const char *yaml, struct error *err);
/* NULL when there is none; in the universe's arena. */
struct json *stage_get(struct universe *universe, const struct kube_resource *resource, const char *namespace,
                       const char *name);
/* Whether every custom resource is in phase Ready. */
bool stage_is_ready(struct universe *universe);
/* Whether objects of a collection of the store are part of what users want or get; leases, nodes and events
 * tell of time only. */
bool stage_matters(const char *collection);
