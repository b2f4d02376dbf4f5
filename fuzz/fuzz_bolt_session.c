/* Bolt session: whatever a client sends, each reply is a message of the server's, and none comes after the
 * end. Messages are cut from the input by a length byte; the first byte chooses the version. */
#include "bolt/message.h"
#include "neo4j_server.h"
#include "sim/neo4j/session.h"

static void on_send(void *context, struct text bytes) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const bool *is_closed = context;
    struct bolt_value *message;

    ensure(!*is_closed);
    ensure(bolt_message_parse(arena, bytes, &message, NULL));
    ensure(message->tag == BOLT_SUCCESS || message->tag == BOLT_RECORD || message->tag == BOLT_IGNORED ||
           message->tag == BOLT_FAILURE);
}

static void on_close(void *context) {
    *(bool *)context = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bool is_closed = false;
    struct neo4j_session_options options = { .client_address = "127.0.0.1:1" };
    struct neo4j_session_events events = { &is_closed, on_send, on_close };

    if (!size)
        return 0;
    struct bolt_version version =
        data[0] % 10 == 9 ? (struct bolt_version){ 4, 4 } : (struct bolt_version){ 5, data[0] % 10 };
    struct neo4j_session *session = neo4j_session_new(neo4j_server(), version, &options, &events);
    for (size_t at = 1; at < size && !is_closed;) {
        size_t length = data[at++];
        length = length < size - at ? length : size - at;
        neo4j_session_receive(session, neo4j_server_now(), (struct text){ (const char *)data + at, length });
        at += length;
    }
    neo4j_session_free(session);
    return 0;
}
