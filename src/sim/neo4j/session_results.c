/* Results: PULL and DISCARD. */
#include "sim/neo4j/session_state.h"

enum { BATCH_RECORDS = 1000 };

/* Before Bolt 5.0 nodes have no elementId, and without the utc patch points in time are structures of their
 * own that hold local seconds. A named zone is taken for UTC there: the simulated server has no table of
 * zones. */
static struct bolt_value legacy_value(const struct neo4j_session *session, struct arena *arena,
                                      const struct bolt_value *value) {
    struct bolt_value copy = *value, *container;
    bool is_instant = bolt_is_struct(value, BOLT_DATE_TIME) || bolt_is_struct(value, BOLT_DATE_TIME_ZONE);

    if (value->type != BOLT_LIST && value->type != BOLT_MAP && value->type != BOLT_STRUCT)
        return copy;
    container = value->type == BOLT_LIST  ? bolt_new_list(arena)
                : value->type == BOLT_MAP ? bolt_new_map(arena)
                                          : bolt_new_struct(arena, value->tag);
    for (uint32_t i = 0; value->type != BOLT_MAP && i < value->length; i++) {
        copy = legacy_value(session, arena, &value->items[i]);
        if (!(bolt_is_struct(value, BOLT_NODE) && i == 3 && !session_at_least(session, 5, 0)))
            bolt_append(arena, container, &copy);
    }
    BOLT_FOR_EACH_MEMBER(member, value) {
        copy = legacy_value(session, arena, &member->value);
        bolt_set(arena, container, member->key, &copy);
    }
    if (is_instant && !session->has_utc) {
        container->tag = value->tag == BOLT_DATE_TIME ? BOLT_LEGACY_DATE_TIME : BOLT_LEGACY_DATE_TIME_ZONE;
        if (value->tag == BOLT_DATE_TIME && value->length > 2)
            container->items[0].integer += value->items[2].integer;
    }
    return *container;
}

static void send_record(struct neo4j_session *session, struct session_result *result) {
    CLEANUP_BUFFER struct buffer bytes = { 0 };
    const struct bolt_value *row = result->statement.table.rows[result->next_row++];

    if (session_at_least(session, 5, 0)) {
        bolt_message_write_record(&bytes, row);
    } else {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct bolt_value legacy = legacy_value(session, arena, row);
        bolt_message_write_record(&bytes, &legacy);
    }
    session_send(session, &bytes);
}

static void add_status(const struct session_result *result, struct arena *arena,
                       struct bolt_value *metadata) {
    struct bolt_value *statuses = bolt_new_list(arena), *status = bolt_new_map(arena);
    const struct table *table = &result->statement.table;
    bool is_omitted = !table->column_count || result->statement.explains;
    const char *code = is_omitted ? "00001" : table->row_count ? "00000" : "02000";
    const char *description = is_omitted         ? "note: successful completion - omitted result"
                              : table->row_count ? "note: successful completion"
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

/* Only what is not zero, and whether there is any. */
static void add_counters(const struct statement *statement, struct arena *arena,
                         struct bolt_value *metadata) {
    const struct statement_counters *counters = &statement->counters;
    struct bolt_value *stats = bolt_new_map(arena);
    const struct {
        const char *name;
        int64_t count;
    } rows[] = {
        { "nodes-created", counters->nodes_created },
        { "nodes-deleted", counters->nodes_deleted },
        { "properties-set", counters->properties_set },
        { "labels-added", counters->labels_added },
        { "labels-removed", counters->labels_removed },
        { "indexes-added", counters->indexes_added },
        { "indexes-removed", counters->indexes_removed },
        { "constraints-added", counters->constraints_added },
        { "constraints-removed", counters->constraints_removed },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        if (rows[i].count)
            bolt_set_integer(arena, stats, rows[i].name, rows[i].count);
    if (stats->length)
        bolt_set_bool(arena, stats, "contains-updates", true);
    if (statement->write && statement->updates) {
        bolt_set_bool(arena, stats, "contains-system-updates", true);
        bolt_set_integer(arena, stats, "system-updates", statement->updates);
    }
    if (stats->length)
        bolt_set(arena, metadata, "stats", stats);
}

/* One operator: what comes out. The simulated server makes no plans, but drivers read them. */
static void add_plan(const struct statement *statement, struct arena *arena, struct bolt_value *metadata) {
    struct bolt_value *plan = bolt_new_map(arena), *arguments = bolt_new_map(arena),
                      *names = bolt_new_list(arena);

    if (!statement->explains && !statement->profiles)
        return;
    for (size_t i = 0; i < statement->table.column_count; i++)
        bolt_append_string(arena, names, statement->table.columns[i]);
    bolt_set_string(arena, arguments, "planner", "COST");
    bolt_set_string(arena, arguments, "runtime", "SLOTTED");
    bolt_set_string(arena, arguments, "version", statement->language == 25 ? "25" : "5");
    bolt_set_string(arena, plan, "operatorType",
                    arena_printf(arena, "ProduceResults@%s", statement->database));
    bolt_set(arena, plan, "args", arguments);
    bolt_set(arena, plan, "identifiers", names);
    bolt_set(arena, plan, "children", bolt_new_list(arena));
    if (statement->profiles) {
        bolt_set_integer(arena, plan, "dbHits", 0);
        bolt_set_integer(arena, plan, "rows", (int64_t)statement->table.row_count);
    }
    bolt_set(arena, metadata, statement->explains ? "plan" : "profile", plan);
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
    add_counters(statement, arena, metadata);
    add_plan(statement, arena, metadata);
    if (session_at_least(session, 5, 6))
        add_status(result, arena, metadata);
    else
        add_notifications(result, arena, metadata);
    session_free_result(session, result);
    if (!in_transaction)
        session_end_transaction(session);
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

/* The transaction of a single statement. */
static void committed(void *context, int64_t now_ns, const struct failure *failure) {
    struct neo4j_session *session = context;

    session->wait = WAIT_NOTHING;
    if (failure)
        session_fail(session, failure);
    else
        finish_result(session, TAILQ_FIRST(&session->results));
    session_pump(session);
}

/* As many records as may go at once. */
void session_stream(struct neo4j_session *session) {
    struct session_result *result = session->streaming;
    const struct table *table = &result->statement.table;

    if (result->late.kind) {
        session->streaming = NULL;
        session_fail(session, &result->late);
        return;
    }
    for (unsigned i = 0; i < BATCH_RECORDS && !session->is_paused; i++) {
        if (result->next_row == table->row_count) {
            session->streaming = NULL;
            if (session_is_in_transaction(session))
                finish_result(session, result);
            else
                session_commit_open(session, committed);
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
