/* HTTP on the Bolt port: what a browser's or a load balancer's request gets there.
 *
 * A real server answers GET with an empty JSON document, and a GET that asks for a WebSocket by switching to
 * Bolt over WebSocket. That is not simulated: it is refused, in words. Anything else is hung up on. Source:
 * what a real Community server of 5.26 and of 2026.08 answers on 7687.
 */
#pragma once

#include "base/buffer.h"

enum { BOLT_HTTP_REQUEST_BYTES_MAX = 8192 };

enum bolt_http_result {
    BOLT_HTTP_NEED_MORE,
    BOLT_HTTP_ANSWERED, /* the reply is to be sent; another request may follow */
    BOLT_HTTP_REFUSED,  /* the reply, if there is one, is to be sent, then close */
};

/* Reads one request. *out_consumed of the received bytes are done with. */
enum bolt_http_result bolt_http_answer(struct text received, int64_t wall_ns, size_t *out_consumed,
                                       struct buffer *reply);
