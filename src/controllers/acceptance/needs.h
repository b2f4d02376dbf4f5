/* Which other object an object needs, and what must be in it: by the fields of each kind. */
#pragma once

#include "controllers/acceptance/acceptance.h"

/* spec.passwordSecret, or its other name spec.passwordSecretRef: {name, key} or the name alone (UW2); its
 * password must fit the policy of the target (U6). */
struct acceptance_need need_of_user(const struct json *object);
/* spec.seedCredentials, with what the scheme of spec.seedURI needs (DB9, DBW13). */
struct acceptance_need need_of_seed(const struct json *object);
/* spec.source.backupRef (X3). */
struct acceptance_need need_of_restore(const struct json *object);

/* Looks for seen->need, and for its entries: sets is_there and absent, and judges what is there. False and
 * err: it can't be read. */
CHECKED bool need_observe(struct pass *pass, struct acceptance *seen, struct error *err);
