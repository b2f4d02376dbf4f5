/* Who makes a request: told by a client certificate, or by a bearer token. */
#pragma once

#include "sim/api.h"
#include "sim/api_http.h"

#include <openssl/ssl.h>

/* In arena; "system:anonymous" for one who shows nothing. NULL for a token that is not accepted: answer 401.
 * authorization is the header's value, or NULL. */
const struct api_user *api_server_client(struct api *api, struct arena *arena, SSL *connection,
                                         const char *authorization);
