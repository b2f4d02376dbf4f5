/* HTTP requests to the simulated API server, without the sockets: paths, parameters, media types, bodies.
 *
 * A request's bytes go in, an answer's bytes come out; a watch or a followed log comes out as a stream from
 * which the front reads what is ready, as lines for a chunked body. Also what is not an object: discovery,
 * OpenAPI, /version, health, and the counts of requests at /sandbox/requests.
 */
#pragma once

#include "sim/api.h"

enum {
    API_HTTP_BODY_BYTES_MAX = 3 * 1024 * 1024, /* the real server's limit */
    API_HTTP_PATH_BYTES_MAX = 16 * 1024,
};

struct api_http_request {
    const char *method;
    const char *target;       /* path and query as in the request line */
    const char *content_type; /* may be NULL */
    const char *accept;       /* may be NULL */
    const char *user_agent;   /* may be NULL */
    const struct api_user *user;
    struct text body;
};

struct api_http_stream;

struct api_http_answer {
    int code;
    const char *content_type;
    struct buffer body;
    struct json *warnings;   /* array of strings, each for a header Warning: 299 - "…", or NULL; in arena */
    int retry_after_seconds; /* 0: no header */
    const char *etag;        /* NULL: no header */
    struct api_http_stream *stream; /* not NULL: the body is chunked and comes from it */
};
void api_http_answer_clear(struct api_http_answer *answer);

/* 401: who calls is not known. */
void api_http_refuse_unauthorized(struct arena *arena, struct api_http_answer *answer);
/* 403: who calls may not speak for another. */
void api_http_refuse_forbidden(struct arena *arena, const char *message, struct api_http_answer *answer);

void api_http_do(struct api *api, const struct api_http_request *request, struct arena *arena,
                 struct api_http_answer *answer);

/* A stream belongs to who took it from the answer, and must be freed before the api. */
void api_http_stream_free(struct api_http_stream *stream);
DEFINE_CLEANUP(struct api_http_stream, api_http_stream_free);
/* Appends what is ready, up to about bytes_max. False when the stream has ended: nothing will come any more.
 * now is monotonic (time-outs, bookmarks). */
bool api_http_stream_read(struct api_http_stream *stream, int64_t now, size_t bytes_max, struct buffer *out);
