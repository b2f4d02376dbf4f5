/* Tokens of service accounts: made by the subresource "token", accepted until they expire.
 *
 * JSON Web Tokens signed with HMAC-SHA-256 and a key that only this process has.
 */
#pragma once

#include "sim/api_internal.h"

/* The name "system:serviceaccount:NAMESPACE:NAME", in arena, or NULL when the token is not ours, has expired, or its
 * account (or the pod it is bound to) is gone. *out_uid: of the account. */
const char *api_token_check(struct api *api, struct arena *arena, struct text token, const char **out_uid);
