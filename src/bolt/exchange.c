#include "bolt/connection_state.h"

void exchange_begin(struct bolt_connection *connection) {
    arena_free(TAKE(connection->refusal_arena));
}

bool exchange_fail(const struct bolt_connection *connection, struct error *err) {
    return error_wrap(err, "%s", connection->label);
}

bool exchange_defunct(struct bolt_connection *connection) {
    connection->state = BOLT_DEFUNCT;
    return false;
}

bool exchange_send(struct bolt_connection *connection, const struct buffer *wire, int64_t deadline_ns,
                   struct error *err) {
    return bolt_channel_send(connection->channel, wire, deadline_ns, err) || exchange_defunct(connection);
}

static bool refuse(struct bolt_connection *connection, const struct bolt_value *metadata, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_failure failure = bolt_failure_read(arena, metadata);

    /* A copy, because the reply lies in the arena of a caller that may be gone before the failure is read. */
    connection->refusal_arena = arena_new();
    connection->refusal = bolt_failure_copy(connection->refusal_arena, &failure);
    connection->state = BOLT_FAILED;
    return error_set(err, ERROR_REFUSED, "%s: %s", connection->refusal.code,
                     bolt_failure_sentence(connection->refusal_arena, &connection->refusal));
}

bool exchange_summary(struct bolt_connection *connection, struct arena *arena, struct text bytes,
                      const struct bolt_value **out_metadata, struct error *err) {
    struct bolt_value *message;

    if (!bolt_message_parse(arena, bytes, &message, err))
        return exchange_defunct(connection);
    const struct bolt_value *metadata = bolt_item(message, 0);
    if (message->tag == BOLT_FAILURE)
        return refuse(connection, metadata, err);
    if (message->tag == BOLT_SUCCESS && bolt_is(metadata, BOLT_MAP)) {
        *out_metadata = metadata;
        return true;
    }
    exchange_defunct(connection);
    return error_set(err, ERROR_PROTOCOL, "an unexpected %s", bolt_message_name(message->tag));
}

bool exchange_reply(struct bolt_connection *connection, int64_t deadline_ns, struct arena *arena,
                    const struct bolt_value **out_metadata, struct error *err) {
    struct text bytes;

    if (!bolt_channel_receive(connection->channel, deadline_ns, &bytes, err))
        return exchange_defunct(connection);
    return exchange_summary(connection, arena, bytes, out_metadata, err);
}

bool exchange_skip(struct bolt_connection *connection, int64_t deadline_ns, struct error *err) {
    struct text bytes;

    do
        if (!bolt_channel_receive(connection->channel, deadline_ns, &bytes, err))
            return exchange_defunct(connection);
    while (bolt_message_is_record(bytes));
    return true;
}

bool exchange_one(struct bolt_connection *connection, struct buffer *message, int64_t deadline_ns,
                  struct arena *arena, const struct bolt_value **out_metadata, struct error *err) {
    CLEANUP_BUFFER struct buffer wire = { 0 };

    bolt_channel_add(&wire, message);
    return exchange_send(connection, &wire, deadline_ns, err) &&
           exchange_reply(connection, deadline_ns, arena, out_metadata, err);
}

struct bolt_transaction exchange_bounded(const struct bolt_connection *connection,
                                         const struct bolt_transaction *transaction, int64_t deadline_ns) {
    struct bolt_transaction bounded = *transaction;
    int64_t left_ms = (deadline_ns - clock_monotonic(connection->network->clock)) / NANOSECONDS_PER_MS;

    if (left_ms < 1)
        left_ms = 1; /* 0 would be no limit at all */
    if (bounded.timeout_ms <= 0 || bounded.timeout_ms > left_ms)
        bounded.timeout_ms = left_ms;
    return bounded;
}
