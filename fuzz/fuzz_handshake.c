/* Handshake: both sides answer any bytes, want more only of what may still become something, and what a
 * client and a server agree on is the same version on both sides. The first byte chooses the side. */
#include "bolt/handshake.h"

static const struct bolt_version_range versions[] = {
    { 6, 1, 1 }, { 5, 8, 2 }, { 5, 4, 4 }, { 4, 4, 0 }, { 0 }
};

static void as_client(struct text received) {
    CLEANUP_BUFFER struct buffer reply = { 0 };
    struct bolt_version version = { 0 };
    size_t consumed = 0;
    enum handshake_result result = handshake_client_read(received, &consumed, &reply, &version);

    ensure(result != HANDSHAKE_CONTINUE);
    ensure(consumed <= received.length);
    ensure((result == HANDSHAKE_AGREED) == (version.major != 0));
    ensure(!reply.length || result == HANDSHAKE_AGREED);
    if (version.major && version.major < 6)
        ensure(version.major == 5 ? version.minor <= 8 : version.major == 4 && version.minor == 4);
}

static void as_server(struct text received, bool has_manifest) {
    CLEANUP_BUFFER struct buffer reply = { 0 };
    CLEANUP_BUFFER struct buffer answer = { 0 };
    struct handshake_server server = { .versions = versions, .has_manifest = has_manifest };
    struct bolt_version version = { 0 };
    struct bolt_version theirs = { 0 };
    size_t consumed = 0;
    enum handshake_result result = handshake_server_read(&server, received, &consumed, &reply, &version);

    ensure(consumed <= received.length);
    if (result == HANDSHAKE_CONTINUE) {
        ensure(handshake_client_read(buffer_text(&reply), &consumed, &answer, &theirs) == HANDSHAKE_AGREED);
        ensure(handshake_server_read(&server, buffer_text(&answer), &consumed, &reply, &version) ==
               HANDSHAKE_AGREED);
        ensure(version.major == theirs.major && version.minor == theirs.minor);
    } else if (result == HANDSHAKE_AGREED && version.major < 6) {
        ensure(reply.length == 4 && reply.data[3] == version.major && reply.data[2] == version.minor);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size)
        return 0;
    struct text received = { (const char *)data + 1, size - 1 };
    if (data[0] & 1)
        as_client(received);
    else
        as_server(received, data[0] & 2);
    return 0;
}
