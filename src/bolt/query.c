/* Queries and their rows.
 *
 * RUN and the first PULL travel together, and the next PULL is sent as soon as the server says that there is
 * more, so that it works on the next rows while the caller works on these. What is under way is never more
 * than one PULL: the rest stays at the server.
 */
#include "bolt/connection_state.h"

#include "bolt/structure.h"

static void write_fetch(struct buffer *wire, enum bolt_message_tag tag, int64_t rows) {
    CLEANUP_BUFFER struct buffer message = { 0 };

    bolt_message_write_fetch(&message, tag, rows, BOLT_LAST_QUERY);
    bolt_channel_add(wire, &message);
}

static void write_query(struct bolt_connection *connection, const struct bolt_query *query,
                        int64_t deadline_ns, struct buffer *wire) {
    CLEANUP_BUFFER struct buffer message = { 0 };
    struct bolt_transaction alone = exchange_bounded(connection, &query->transaction, deadline_ns);

    bolt_message_write_run(&message, query->text, query->parameters,
                           connection->is_in_transaction ? NULL : &alone);
    bolt_channel_add(wire, &message);
    if (query->discards_rows)
        write_fetch(wire, BOLT_DISCARD, BOLT_FETCH_ALL);
    else
        write_fetch(wire, BOLT_PULL, connection->fetch_rows);
}

static bool ask_for_more(struct bolt_connection *connection, enum bolt_message_tag tag, int64_t rows,
                         int64_t deadline_ns, struct error *err) {
    CLEANUP_BUFFER struct buffer wire = { 0 };

    write_fetch(&wire, tag, rows);
    connection->is_fetching = true;
    return exchange_send(connection, &wire, deadline_ns, err);
}

/* An answer that got lost leaves open what a write of its own did; one in a transaction ends with it. */
static bool fail(struct bolt_connection *connection, struct error *err) {
    if (err && connection->state == BOLT_DEFUNCT && !connection->refusal_arena)
        err->outcome_unknown = connection->writes_alone;
    return exchange_fail(connection, err);
}

static bool run_query(struct bolt_connection *connection, const struct bolt_query *query, int64_t deadline_ns,
                      struct arena *arena, struct bolt_value *out_columns, struct error *err) {
    CLEANUP_BUFFER struct buffer wire = { 0 };
    const struct bolt_value *metadata;

    write_query(connection, query, deadline_ns, &wire);
    if (!exchange_send(connection, &wire, deadline_ns, err)) {
        connection->writes_alone = false; /* without its last byte nothing is done */
        return false;
    }
    if (!exchange_reply(connection, deadline_ns, arena, &metadata, err)) {
        bool is_skipped = connection->state != BOLT_FAILED || exchange_skip(connection, deadline_ns, NULL);
        (void)is_skipped; /* if not, the connection is defunct */
        return false;
    }
    const struct bolt_value *columns = bolt_get(metadata, "fields");
    if (!bolt_is(columns, BOLT_LIST)) {
        exchange_defunct(connection);
        return error_set(err, ERROR_PROTOCOL, "the answer to a query names no columns");
    }
    *out_columns = *columns;
    return true;
}

bool bolt_connection_query(struct bolt_connection *connection, const struct bolt_query *query,
                           int64_t deadline_ns, struct arena *arena, struct bolt_value *out_columns,
                           struct error *err) {
    struct bolt_value columns = { .type = BOLT_LIST };

    ensure(connection->state == BOLT_READY || connection->state == BOLT_IN_TRANSACTION);
    exchange_begin(connection);
    if (!bolt_fits_version(query->parameters, bolt_connection_version(connection), err)) {
        error_wrap(err, "a parameter");
        return exchange_fail(connection, err);
    }
    connection->is_in_transaction = connection->state == BOLT_IN_TRANSACTION;
    connection->writes_alone = !connection->is_in_transaction && !query->transaction.is_read;
    connection->fetch_rows = query->fetch_rows > 0 ? query->fetch_rows : BOLT_FETCH_ROWS;
    if (!run_query(connection, query, deadline_ns, arena, &columns, err))
        return fail(connection, err);
    connection->column_count = columns.length;
    connection->is_fetching = true;
    connection->state = BOLT_STREAMING;
    *out_columns = columns;
    return true;
}

/* ---- rows ---- */

static bool add_row(struct bolt_connection *connection, struct text bytes, struct arena *arena,
                    struct bolt_batch *batch, struct error *err) {
    struct bolt_value *message;

    if (!bolt_message_parse(arena, bytes, &message, err))
        return exchange_defunct(connection);
    const struct bolt_value *row = bolt_item(message, 0);
    if (!bolt_is(row, BOLT_LIST) || row->length != connection->column_count) {
        exchange_defunct(connection);
        return error_set(err, ERROR_PROTOCOL, "a row has not one value for each column");
    }
    bolt_append(arena, &batch->rows, row);
    batch->bytes += bytes.length;
    return true;
}

/* The end of one PULL: of all, or the server has more. */
static bool end_fetch(struct bolt_connection *connection, struct text bytes, struct arena *arena,
                      struct bolt_value *out_summary, bool *out_is_last, struct error *err) {
    const struct bolt_value *metadata;

    connection->is_fetching = false;
    if (!exchange_summary(connection, arena, bytes, &metadata, err))
        return false;
    *out_is_last = !bolt_bool(bolt_get(metadata, "has_more"), false);
    if (*out_is_last) {
        *out_summary = *metadata;
        connection->state = connection->is_in_transaction ? BOLT_IN_TRANSACTION : BOLT_READY;
    }
    return true;
}

static bool fetch(struct bolt_connection *connection, int64_t deadline_ns, struct arena *arena,
                  struct bolt_batch *batch, struct error *err) {
    bool is_whole = false;

    while (!is_whole) {
        struct text bytes;
        if (!bolt_channel_receive(connection->channel, deadline_ns, &bytes, err))
            return exchange_defunct(connection);
        if (bolt_message_is_record(bytes)) {
            if (!add_row(connection, bytes, arena, batch, err))
                return false;
            is_whole = batch->bytes >= BOLT_BATCH_BYTES;
            continue;
        }
        if (!end_fetch(connection, bytes, arena, &batch->summary, &batch->is_last, err))
            return false;
        if (!batch->is_last && !ask_for_more(connection, BOLT_PULL, connection->fetch_rows, deadline_ns, err))
            return false;
        is_whole = batch->is_last || batch->rows.length > 0;
    }
    return true;
}

bool bolt_connection_fetch(struct bolt_connection *connection, int64_t deadline_ns, struct arena *arena,
                           struct bolt_batch *out_batch, struct error *err) {
    struct bolt_batch batch = { .rows.type = BOLT_LIST, .summary.type = BOLT_MAP };

    ensure(connection->state == BOLT_STREAMING);
    exchange_begin(connection);
    if (!fetch(connection, deadline_ns, arena, &batch, err))
        return fail(connection, err);
    *out_batch = batch;
    return true;
}

static bool discard(struct bolt_connection *connection, int64_t deadline_ns, struct arena *arena,
                    struct bolt_value *summary, struct error *err) {
    for (bool is_last = false; !is_last;) {
        struct text bytes;
        if (!connection->is_fetching &&
            !ask_for_more(connection, BOLT_DISCARD, BOLT_FETCH_ALL, deadline_ns, err))
            return false;
        if (!bolt_channel_receive(connection->channel, deadline_ns, &bytes, err))
            return exchange_defunct(connection);
        if (!bolt_message_is_record(bytes) && !end_fetch(connection, bytes, arena, summary, &is_last, err))
            return false;
    }
    return true;
}

bool bolt_connection_discard(struct bolt_connection *connection, int64_t deadline_ns, struct arena *arena,
                             struct bolt_value *out_summary, struct error *err) {
    struct bolt_value summary = { .type = BOLT_MAP };

    ensure(connection->state == BOLT_STREAMING);
    exchange_begin(connection);
    if (!discard(connection, deadline_ns, arena, &summary, err))
        return fail(connection, err);
    *out_summary = summary;
    return true;
}

/* ---- all rows ---- */

static bool collect(struct bolt_connection *connection, int64_t deadline_ns, struct arena *arena,
                    struct bolt_result *result, struct error *err) {
    struct bolt_batch batch = { 0 };
    size_t bytes = 0;

    while (!batch.is_last) {
        if (!bolt_connection_fetch(connection, deadline_ns, arena, &batch, err))
            return false;
        bytes += batch.bytes;
        if (result->rows.length + batch.rows.length > BOLT_RESULT_ROWS_MAX || bytes > BOLT_RESULT_BYTES_MAX) {
            exchange_defunct(connection);
            error_set(err, ERROR_INVALID, "the result has more than %d rows or %d MiB", BOLT_RESULT_ROWS_MAX,
                      BOLT_RESULT_BYTES_MAX / (1024 * 1024));
            return fail(connection, err);
        }
        BOLT_FOR_EACH_ITEM(row, &batch.rows) {
            bolt_append(arena, &result->rows, row);
        }
    }
    result->summary = batch.summary;
    return true;
}

bool bolt_connection_run(struct bolt_connection *connection, const struct bolt_query *query,
                         int64_t deadline_ns, struct arena *arena, struct bolt_result *out_result,
                         struct error *err) {
    struct bolt_result result = { .rows.type = BOLT_LIST };

    if (!bolt_connection_query(connection, query, deadline_ns, arena, &result.columns, err) ||
        !collect(connection, deadline_ns, arena, &result, err))
        return false;
    *out_result = result;
    return true;
}
