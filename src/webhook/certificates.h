/* Certificates: carries a step of the rotation (webhook/rotation.h) out on what the Secret holds.
 *
 * Pure but for the system's generator of random bytes: nothing is written here. The authority is called
 * "neo4j-operator-webhook-ca" and lives AUTHORITY_SECONDS, the serving certificate SERVING_SECONDS; both
 * begin BACKDATED_SECONDS before now.
 */
#pragma once

#include "webhook/rotation.h"

/* Changes held as act says, which must not be ROTATION_NOTHING. On failure held may be cleared but is sound.
 */
CHECKED bool certificates_carry_out(struct certificate_secret *held, enum rotation_act act,
                                    const char *const *names, int64_t now, struct error *err);

/* The names of a Service: NAME.NAMESPACE.svc, NAME.NAMESPACE.svc.cluster.local, NAME.NAMESPACE; ends with
 * NULL, in arena. Both must be DNS labels (certificates_is_label()). */
const char *const *certificates_names(struct arena *arena, const char *service, const char *namespace);
/* RFC 1123, lower case. */
bool certificates_is_label(const char *name);
