/* Which Secret an object needs, and what must be in it: by the fields of each kind. */
#pragma once

#include "controllers/acceptance/acceptance.h"

/* spec.passwordSecret, or its other name spec.passwordSecretRef: {name, key} or the name alone (UW2). */
struct acceptance_secret secret_of_user(const struct json *object);
/* spec.seedCredentials, with what the scheme of spec.seedURI needs (DB9). */
struct acceptance_secret secret_of_seed(const struct json *object);

/* Looks for the Secret of seen->secret, and for its entries: sets is_there and absent. False and err: it
 * can't be read. */
bool secret_observe(struct pass *pass, struct acceptance *seen, struct error *err);
