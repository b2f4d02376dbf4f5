#include "sandbox/bolt_http.h"

#include <time.h>

#define NS_OF_SECOND INT64_C(1000000000)

static bool asks_for_websocket(struct text head) {
    struct text rest = head;

    while (rest.data) {
        struct text value = text_trim(text_cut(&rest, '\n'));
        struct text name = text_trim(text_cut(&value, ':'));
        value = value.data ? text_trim(value) : value;
        if (name.length == 7 && !strncasecmp(name.data, "upgrade", 7) && value.length == 9 &&
            !strncasecmp(value.data, "websocket", 9))
            return true;
    }
    return false;
}

static void write_empty_document(struct buffer *reply, int64_t wall_ns) {
    char date[40];
    struct tm parts;
    time_t seconds = (time_t)(wall_ns / NS_OF_SECOND);

    gmtime_r(&seconds, &parts);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    buffer_printf(reply,
                  "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\naccess-control-allow-origin: *\r\n"
                  "vary: Accept\r\ndate: %s\r\ncontent-length: 0\r\n\r\n",
                  date);
}

static void write_refusal(struct buffer *reply) {
    static const char words[] =
        "Bolt over WebSocket is not simulated: use a driver, or cypher-shell, over TCP.\n";

    buffer_printf(reply,
                  "HTTP/1.1 501 Not Implemented\r\ncontent-type: text/plain\r\nconnection: close\r\n"
                  "content-length: %zu\r\n\r\n%s",
                  sizeof(words) - 1, words);
}

enum bolt_http_result bolt_http_answer(struct text received, int64_t wall_ns, size_t *out_consumed,
                                       struct buffer *reply) {
    const char *end = received.length ? memmem(received.data, received.length, "\r\n\r\n", 4) : NULL;

    *out_consumed = 0;
    if (!end)
        return received.length > BOLT_HTTP_REQUEST_BYTES_MAX ? BOLT_HTTP_REFUSED : BOLT_HTTP_NEED_MORE;
    struct text head = { received.data, (size_t)(end - received.data) };
    *out_consumed = head.length + 4;
    if (head.length > BOLT_HTTP_REQUEST_BYTES_MAX || !text_starts_with(head, "GET "))
        return BOLT_HTTP_REFUSED;
    if (asks_for_websocket(head)) {
        write_refusal(reply);
        return BOLT_HTTP_REFUSED;
    }
    write_empty_document(reply, wall_ns);
    return BOLT_HTTP_ANSWERED;
}
