/* Cypher: a text either fails with a message, or gives rows that fit their columns. Nothing that it asks to
 * be written names no operation. */
#include "neo4j_server.h"
#include "sim/neo4j/statement.h"

/* One on the database that statements run on; what it changes is never committed. */
static struct transaction *begin(void) {
    static const struct transaction_options options = {
        .database = "neo4j", .user = "", .connection = "bolt-1", .timeout_ms = -1
    };
    return transaction_new(neo4j_server(), &options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct bolt_value *parameters = bolt_new_map(arena);

    bolt_set_string(arena, parameters, "name", "a-name");
    bolt_set_integer(arena, parameters, "count", 2);
    struct statement statement = { .arena = arena,
                                   .process = neo4j_server(),
                                   .text = arena_strndup(arena, (const char *)data, size),
                                   .parameters = parameters,
                                   .database = size % 2 ? "neo4j" : "system",
                                   .user = "",
                                   .transaction = begin() };
    bool ok = statement_run(&statement);
    transaction_free(statement.transaction);
    if (!ok) {
        ensure(statement.failure.kind != FAILURE_NONE && statement.failure.message);
        return 0;
    }
    ensure(statement.failure.kind == FAILURE_NONE);
    for (size_t i = 0; i < statement.table.row_count; i++)
        ensure(bolt_length(statement.table.rows[i]) == statement.table.column_count);
    ensure(!statement.write || *json_string_at(statement.write, "op", ""));
    return 0;
}
