/* kubectl: what the API server does for the one manager that may have applied on the client's side before.
 *
 * Client-side apply keeps the last configuration in an annotation. When "kubectl" applies on the server's
 * side, fields that are still as that configuration set them are no conflict, and the annotation is kept up
 * to date, so that client-side apply goes on working. After: k8s.io/apimachinery,
 * util/managedfields/internal, lastappliedmanager.go and lastappliedupdater.go.
 */
#pragma once

#include "sim/apply.h"
#include "sim/apply_set.h"

/* Fields of live that kubectl may take over. Empty for other managers. */
struct field_set apply_kubectl_fields(struct arena *arena, const struct apply_request *request,
                                      const struct json *live);
/* Renews the annotation in merged, when it is there and kubectl applies. */
void apply_kubectl_annotate(struct arena *arena, const struct apply_request *request,
                            const struct json *applied, struct json *merged);
