/* Results: PULL and DISCARD. */
#include "sim/neo4j/session_state.h"

enum { BATCH_RECORDS = 1000 };

/* 4.4 without the utc patch has structures of its own for points in time; all of ours have offset 0. */
static const struct bolt_value *legacy_row(struct arena *arena, const struct bolt_value *row) {
    struct bolt_value *copy = bolt_new_list(arena);

    BOLT_FOR_EACH_ITEM(item, row) {
        struct bolt_value value = *item;
        if (bolt_is_struct(item, BOLT_DATE_TIME))
            value.tag = BOLT_LEGACY_DATE_TIME;
        bolt_append(arena, copy, &value);
    }
    return copy;
}

static void send_record(struct neo4j_session *session, struct session_result *result) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    const struct bolt_value *row = result->statement.table.rows[result->next_row++];

    if (session->has_utc) {
        bolt_message_write_record(&bytes, row);
    } else {
        CLEANUP_ARENA struct arena *arena = arena_new();
        bolt_message_write_record(&bytes, legacy_row(arena, row));
    }
    session_send(session, &bytes);
}

static void add_status(const struct session_result *result, struct arena *arena,
                       struct bolt_value *metadata) {
    struct bolt_value *statuses = bolt_new_list(arena), *status = bolt_new_map(arena);
    const struct table *table = &result->statement.table;
    const char *code = !table->column_count ? "00001" : table->row_count ? "00000" : "02000";
    const char *description = !table->column_count ? "note: successful completion - omitted result"
                              : table->row_count   ? "note: successful completion"
                                                   : "note: no data";

    bolt_set_string(arena, status, "gql_status", code);
    bolt_set_string(arena, status, "status_description", description);
    bolt_set(arena, status, "diagnostic_record", bolt_new_map(arena));
    bolt_append(arena, statuses, status);
    for (const struct notification *said = result->statement.notifications; said; said = said->next)
        bolt_append(arena, statuses, notification_to_status(arena, said));
    bolt_set(arena, metadata, "statuses", statuses);
}

/* Up to Bolt 5.5. */
static void add_notifications(const struct session_result *result, struct arena *arena,
                              struct bolt_value *metadata) {
    struct bolt_value *list = bolt_new_list(arena);

    for (const struct notification *said = result->statement.notifications; said; said = said->next)
        bolt_append(arena, list, notification_to_map(arena, said));
    if (list->length)
        bolt_set(arena, metadata, "notifications", list);
}

static void finish_result(struct neo4j_session *session, struct session_result *result) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);
    const struct statement *statement = &result->statement;
    const char *database = statement->is_administration ? "system" : statement->database;
    bool in_transaction = session_is_in_transaction(session);

    bolt_set_string(arena, metadata, "type", statement->type);
    bolt_set_integer(arena, metadata, "t_last", 0);
    bolt_set_string(arena, metadata, "db", database);
    if (!in_transaction)
        bolt_set_string(arena, metadata, "bookmark", session_bookmark(session, arena, database));
    if (statement->write && statement->updates) {
        struct bolt_value *stats = bolt_new_map(arena);
        bolt_set_bool(arena, stats, "contains-system-updates", true);
        bolt_set_integer(arena, stats, "system-updates", statement->updates);
        bolt_set(arena, metadata, "stats", stats);
    }
    if (session_at_least(session, 5, 6))
        add_status(result, arena, metadata);
    else
        add_notifications(result, arena, metadata);
    session_free_result(session, result);
    session->state = !in_transaction                  ? STATE_READY
                     : TAILQ_EMPTY(&session->results) ? STATE_TX_READY
                                                      : STATE_TX_STREAMING;
    session_succeed(session, metadata);
}

static void has_more(struct neo4j_session *session) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *metadata = bolt_new_map(arena);

    bolt_set_bool(arena, metadata, "has_more", true);
    session->streaming = NULL;
    session_succeed(session, metadata);
}

/* As many records as may go at once. */
void session_stream(struct neo4j_session *session) {
    struct session_result *result = session->streaming;
    const struct table *table = &result->statement.table;

    for (unsigned i = 0; i < BATCH_RECORDS && !session->is_paused; i++) {
        if (result->next_row == table->row_count) {
            session->streaming = NULL;
            finish_result(session, result);
            return;
        }
        if (session->rows_left == 0) {
            has_more(session);
            return;
        }
        session->rows_left -= session->rows_left > 0;
        if (session->discards)
            result->next_row++;
        else
            send_record(session, result);
    }
}

void session_fetch(struct neo4j_session *session, const struct bolt_request *request) {
    struct session_result *result = TAILQ_LAST(&session->results, session_results);

    if (request->query_id >= 0 && session_is_in_transaction(session))
        TAILQ_FOREACH (result, &session->results, link)
            if (result->query_id == request->query_id)
                break;
    if (!result) {
        session_fail_with(session, FAILURE_REQUEST_INVALID, "There is no open result with id %ld",
                          (long)request->query_id);
        return;
    }
    session->streaming = result;
    session->rows_left = request->rows;
    session->discards = request->tag == BOLT_DISCARD;
}
