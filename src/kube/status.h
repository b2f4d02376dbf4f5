/* Status: what the API server's answers mean as errors.
 *
 * Source of the reasons: k8s.io/apimachinery, meta/v1, StatusReason; of the codes: Kubernetes API
 * conventions, "HTTP status codes".
 */
#pragma once

#include "base/json.h"
#include "kube/http_pool.h"
#include "kube/resource.h"

/* Sets err from an answer that is no success. Always false. is_write: it may have changed something, so that
 * outcome_unknown can be set. */
bool status_error(const struct http_answer *answer, const struct kube_resource *resource, bool is_write,
                  struct error *err);
/* The same from a Status object in a watch. */
bool status_error_of_object(const struct json *status, struct error *err);
