/* What the files of the OpenAPI documents share. */
#pragma once

#include "sim/api_http_internal.h"

enum openapi_version { OPENAPI_2, OPENAPI_3 };

/* {group, kind, version} */
struct json *openapi_kind(struct arena *arena, const struct api_resource *resource);

/* The operations on a collection and on one object of it. */
void openapi_add_paths(struct arena *arena, struct json *paths, const struct api_resource *resource,
                       enum openapi_version version);
void openapi_add_info(struct arena *arena, struct json *document);

/* A client that has the document need not fetch it again. */
void openapi_set_etag(struct http_exchange *exchange);

/* GET /openapi/v2, as JSON or in protobuf. */
void http_do_openapi_v2(struct http_exchange *exchange);
