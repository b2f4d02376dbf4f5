/* Bundle: the caBundle of the webhooks in a ValidatingWebhookConfiguration or MutatingWebhookConfiguration.
 * Pure. */
#pragma once

#include "base/json.h"

/* Whether every webhook of the configuration has this bundle (PEM). */
bool bundle_is_everywhere(const struct json *configuration, const char *bundle);
/* What to apply (server-side) so that every webhook has the bundle and nothing else changes, in arena. It
 * names the configuration's uid, so that one that is gone meanwhile is not made anew. */
struct json *bundle_apply(struct arena *arena, const struct json *configuration, const char *bundle);
/* Whether cert-manager's injector was told to care for the configuration: two who write it would never rest.
 */
bool bundle_is_injected(const struct json *configuration);
