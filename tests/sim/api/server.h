/* A simulated API server in virtual time, for tests: requests in, answers out. */
#pragma once

#include "sim/api_http.h"

struct server {
    struct arena *arena;
    struct api *api;
    int code;            /* of the last answer */
    struct json *answer; /* its body when it is JSON, else NULL */
    const char *text;    /* its body */
    struct json *warnings;
    struct api_http_stream *stream; /* of the last watch; freed by the next */
};

/* Starts at 2026-01-01T00:00:00Z with a fixed seed. */
struct server *server_new(void);
/* limits may be NULL. */
struct server *server_new_limited(const struct store_limits *limits);
void server_free(struct server *server);
DEFINE_CLEANUP(struct server, server_free);

extern const struct clock server_clock;
void server_sleep(int64_t seconds);

/* line: "POST /api/v1/namespaces". body: YAML (flow style is shorter than JSON), or NULL. Returns the code.
 */
int server_send(struct server *server, const char *line, const char *body);
/* type: a content type, with body as it is; accept may be NULL. */
int server_send_as(struct server *server, const char *line, const char *type, const char *accept,
                   struct text body);
/* Merge patch, server-side apply. */
int server_patch(struct server *server, const char *path, const char *json);
int server_apply(struct server *server, const char *path, const char *manager, const char *yaml);
/* Fails the test when the code is another: shows what was answered. */
void server_expect(struct server *server, int code, const char *line, const char *body);
/* The value at a path of the last answer, as text; "" when absent. */
const char *server_text(struct server *server, const char *path);
/* What the last watch has to tell: "ADDED a, MODIFIED b". Names of objects; BOOKMARK and ERROR with the code.
 */
const char *server_events(struct server *server);
/* Lets the server's own controllers run until nothing is left to do. */
void server_settle(struct server *server);
/* The names of the items of a list: "a b". */
const char *server_names(struct server *server, const char *path);
