/* Who makes a request: told by a client certificate, or by a bearer token. */
#pragma once

#include "sim/api.h"
#include "sim/api_http.h"

#include <openssl/ssl.h>

struct evkeyvalq;

/* In arena; "system:anonymous" for one who shows nothing. NULL for a token that is not accepted: answer 401.
 * authorization is the header's value, or NULL. */
const struct api_user *api_server_client(struct api *api, struct arena *arena, SSL *connection,
                                         const char *authorization);

/* On whose behalf: user itself, or whom the headers Impersonate-User and Impersonate-Group name (kubectl
 * --as), in arena. Only system:masters may speak for others: for anybody else NULL, with the answer 403. */
const struct api_user *api_server_impersonate(struct arena *arena, const struct api_user *user,
                                              const struct evkeyvalq *headers,
                                              struct api_http_answer *answer);
