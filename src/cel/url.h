/* URLs, as Go's net/url parses them.
 * Source: net/url of Go, and k8s.io/apiserver, pkg/cel/library/urls.go, which wants an absolute URL or path.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

struct cel_url {
    struct text scheme; /* lower case */
    struct text host;   /* with its port, and brackets around IPv6 */
    struct text path;   /* as it was written */
    struct text query;  /* as it was written */
    struct text source;
};

/* For isURL(): what a request may ask for. A fragment counts to the path or query. */
CHECKED bool cel_url_check(struct arena *arena, struct text text);
/* For url(). The parts in arena, or borrowed from text. */
CHECKED bool cel_url_parse(struct arena *arena, struct text text, struct cel_url *out_url);

/* The host without port and brackets; the port, or nothing. */
struct text cel_url_hostname(const struct cel_url *url);
struct text cel_url_port(const struct cel_url *url);
/* The path, with what may not stand in it escaped. In arena. */
struct text cel_url_escaped_path(struct arena *arena, const struct cel_url *url);
/* Undoes %xx, and '+' in a query; false where % is not followed by two digits. Bytes that are no UTF-8 then
 * become U+FFFD, because strings of CEL are. In arena. */
CHECKED bool cel_url_unescape(struct arena *arena, struct text text, bool is_query, struct text *out_text);
