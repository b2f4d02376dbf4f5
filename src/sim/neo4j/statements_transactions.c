/* SHOW TRANSACTIONS and TERMINATE TRANSACTIONS, of the server that is asked.
 * Source: Cypher Manual, transaction commands. */
#include "sim/neo4j/statement.h"
#include "sim/neo4j/transaction.h"

static const struct table_column shown[] = {
    { "database", true, 0 },       { "transactionId", true, 0 },
    { "currentQueryId", true, 0 }, { "outerTransactionId", false, 0 },
    { "connectionId", true, 0 },   { "clientAddress", true, 0 },
    { "username", true, 0 },       { "metaData", false, 0 },
    { "currentQuery", true, 0 },   { "startTime", true, 0 },
    { "status", true, 0 },         { "statusDetails", false, 0 },
    { "elapsedTime", true, 0 },
};

static const struct table_column terminated[] = {
    { "transactionId", true, 0 },
    { "username", true, 0 },
    { "message", true, 0 },
};

static bool is_wanted(const struct bolt_value *ids, const char *id) {
    if (!ids)
        return true;
    BOLT_FOR_EACH_ITEM(item, ids)
    if (str_equal(bolt_string(item, ""), id))
        return true;
    return false;
}

static bool add_transaction(struct statement *statement, const struct transaction_view *view) {
    struct arena *arena = statement->arena;
    struct bolt_value *row = bolt_new_map(arena);
    int64_t elapsed_ns = process_wall(statement->process) - view->started_wall_ns;

    bolt_set_string(arena, row, "database", view->database);
    bolt_set_string(arena, row, "transactionId", view->id);
    bolt_set_string(arena, row, "currentQueryId", "");
    bolt_set_string(arena, row, "outerTransactionId", "");
    bolt_set_string(arena, row, "connectionId", view->connection);
    bolt_set_string(arena, row, "clientAddress", view->client_address);
    bolt_set_string(arena, row, "username", view->user);
    bolt_set(arena, row, "metaData", bolt_new_map(arena));
    bolt_set_string(arena, row, "currentQuery", view->query);
    bolt_set_string(arena, row, "startTime", statement_time(arena, view->started_wall_ns));
    bolt_set_string(arena, row, "status", view->status);
    bolt_set_string(arena, row, "statusDetails", "");
    bolt_set(arena, row, "elapsedTime",
             bolt_new_duration(arena, 0, 0, elapsed_ns / SECOND_NS, elapsed_ns % SECOND_NS));
    return table_add_map(&statement->cursor, &statement->table, row);
}

static bool show_transactions(struct statement *statement) {
    const struct transaction *transaction = NULL;
    struct bolt_value *ids;

    if (!statement_texts(statement, &ids))
        return false;
    statement_columns(statement, shown, ARRAY_LENGTH(shown));
    while ((transaction = transaction_after(statement->process, transaction))) {
        struct transaction_view view = transaction_look(transaction, statement->arena);
        if (is_wanted(ids, view.id) && !add_transaction(statement, &view))
            return false;
    }
    return table_show_tail(&statement->cursor, &statement->table, shown, ARRAY_LENGTH(shown));
}

static bool add_outcome(struct statement *statement, const char *id, const char *user, const char *message) {
    struct bolt_value *row = bolt_new_map(statement->arena);

    bolt_set_string(statement->arena, row, "transactionId", id);
    bolt_set_string(statement->arena, row, "username", user);
    bolt_set_string(statement->arena, row, "message", message);
    return table_add_map(&statement->cursor, &statement->table, row);
}

static bool terminate_one(struct statement *statement, const char *id) {
    struct transaction *transaction = NULL;

    while ((transaction = transaction_after(statement->process, transaction))) {
        struct transaction_view view = transaction_look(transaction, statement->arena);
        if (!str_equal(view.id, id))
            continue;
        transaction_terminate(
            transaction, FAILURE_TERMINATED,
            "The transaction has been terminated. Retry your operation in a new transaction, "
            "and you should see a successful result. Explicitly terminated by the user. ");
        return add_outcome(statement, id, view.user, "Transaction terminated.");
    }
    return add_outcome(statement, id, NULL, "Transaction not found.");
}

static bool terminate_transactions(struct statement *statement) {
    struct bolt_value *ids;

    if (!statement_texts(statement, &ids))
        return false;
    if (!ids)
        return cursor_fail(&statement->cursor, "the id of a transaction");
    statement_columns(statement, terminated, ARRAY_LENGTH(terminated));
    BOLT_FOR_EACH_ITEM(id, ids)
    if (!terminate_one(statement, bolt_string(id, "")))
        return false;
    return table_show_tail(&statement->cursor, &statement->table, terminated, ARRAY_LENGTH(terminated));
}

const struct statement_form statements_of_transactions[] = {
    { "SHOW TRANSACTION|TRANSACTIONS", show_transactions },
    { "TERMINATE TRANSACTION|TRANSACTIONS", terminate_transactions },
    { NULL, NULL, false, false },
};
