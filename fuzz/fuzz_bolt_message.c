/* Messages: a request that a server takes has what its tag promises, and a failure that was read and written
 * again, in either shape, is read as the same. The first byte chooses the version of Bolt. */
#include "bolt/message.h"

static void check_request(const struct bolt_value *message, struct bolt_version version) {
    struct bolt_request request;

    if (!bolt_request_read(message, version, &request, NULL))
        return;
    ensure(request.tag == message->tag);
    ensure((request.tag == BOLT_RUN) == (request.query != NULL));
    ensure(request.tag != BOLT_PULL || request.rows == BOLT_FETCH_ALL || request.rows > 0);
    ensure(!request.extra || bolt_is(request.extra, BOLT_MAP));
}

static void check_failure(struct arena *arena, const struct bolt_value *metadata,
                          struct bolt_version version) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct bolt_failure failure = bolt_failure_read(arena, metadata);
    struct bolt_value *message;

    ensure(failure.code && failure.message);
    bolt_message_write_failure(&out, version, &failure);
    ensure(bolt_message_parse(arena, buffer_text(&out), &message, NULL));
    struct bolt_failure again = bolt_failure_read(arena, bolt_item(message, 0));
    ensure(str_equal(failure.code, again.code) && str_equal(failure.message, again.message));
    if (bolt_version_at_least(version, 5, 7))
        ensure(!failure.gql_status || str_equal(failure.gql_status, again.gql_status));
    else
        ensure(!again.gql_status && !again.cause);
    ensure(bolt_message_is_record((struct text){ out.data, out.length }) == false);
    ensure(bolt_failure_sentence(arena, &failure));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *message;

    if (!size)
        return 0;
    static const struct bolt_version others[] = { { 4, 4 }, { 6, 0 }, { 6, 1 } };
    uint8_t choice = data[0] % 12;
    struct bolt_version version = choice < 9 ? (struct bolt_version){ 5, choice } : others[choice - 9];
    if (!bolt_message_parse(arena, (struct text){ (const char *)data + 1, size - 1 }, &message, NULL))
        return 0;
    check_request(message, version);
    check_failure(arena, bolt_item(message, 0), version);
    return 0;
}
