/* What the files of the HTTP layer share. */
#pragma once

#include "sim/api_http.h"
#include "sim/api_internal.h"
#include "sim/api_url.h"

enum http_form { HTTP_PLAIN, HTTP_TABLE, HTTP_PARTIAL };
enum http_syntax { HTTP_JSON, HTTP_YAML };

/* What the client accepts. */
struct http_media {
    enum http_form form;
    enum http_syntax syntax;
    const char *content_type;
    const char *include_object; /* of a Table: "None", "Metadata", "Object" */
};

struct http_exchange {
    struct api *api;
    struct arena *arena;
    const struct api_http_request *request;
    struct api_http_answer *answer;
    struct url url;
    struct http_media media;
};

/* ---- answers (api_http_answer.c) ---- */

/* False (and the answer is 406) when nothing of what the client accepts can be given. */
bool http_negotiate(struct http_exchange *exchange, bool is_object);
void http_answer_json(struct http_exchange *exchange, int code, struct json *value);
void http_answer_text(struct http_exchange *exchange, int code, const char *text);
void http_answer_status(struct http_exchange *exchange, int code, const char *reason, const char *message);
/* The answer of a call, in the form that was negotiated. resource may be NULL. */
void http_answer_call(struct http_exchange *exchange, const struct api_resource *resource,
                      const struct api_answer *answer);
/* The object or list as the client wants to see it. columns: whether a Table shows its column definitions. */
struct json *http_render(struct api *api, struct arena *arena, const struct http_media *media,
                         const struct api_resource *resource, struct json *object, bool columns);

/* ---- requests for resources (api_http_resource.c) ---- */

/* segments: what follows "/api/v1" or "/apis/G/V". */
void http_do_resource(struct http_exchange *exchange, const char *group, const char *version,
                      const char *const *segments, size_t count);

/* ---- streams (api_http_stream.c) ---- */

struct api_http_stream *http_stream_of_watch(struct http_exchange *exchange,
                                             const struct api_resource *resource, struct api_watch *watch);
void http_do_log(struct http_exchange *exchange, const struct api_resource *resource,
                 const struct api_call *call);

/* ---- what is not an object ---- */

/* True when the path was one of these. */
bool http_do_discovery(struct http_exchange *exchange);
bool http_do_openapi(struct http_exchange *exchange);

/* Table (api_table.c): items are the objects; metadata of the list (or of the one object). */
struct json *api_table(struct api *api, struct arena *arena, const struct api_resource *resource,
                       const struct json *object, bool with_columns, const char *include_object);
/* {apiVersion: meta.k8s.io/v1, kind: PartialObjectMetadata, metadata} */
struct json *api_partial_metadata(struct arena *arena, const struct json *object);
