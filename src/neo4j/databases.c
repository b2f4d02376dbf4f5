#include "neo4j/databases.h"

const char databases_query[] = "SHOW DATABASES YIELD *";

static enum database_role parse_role(const char *text) {
    static const struct {
        enum database_role role;
        const char *text;
    } roles[] = {
#define X(role, text) { DATABASE_##role, text },
        DATABASE_ROLES(X)
#undef X
    };

    for (size_t i = 0; i < ARRAY_LENGTH(roles); i++)
        if (str_equal(roles[i].text, text))
            return roles[i].role;
    return str_empty(text) ? DATABASE_ROLE_NONE : DATABASE_UNKNOWN;
}

static void read_counts(const struct neo4j_result *result, size_t row, struct database_row *database) {
    database->current_primaries = row_integer(result, row, "currentPrimariesCount", DATABASE_COUNT_UNKNOWN);
    database->current_secondaries =
        row_integer(result, row, "currentSecondariesCount", DATABASE_COUNT_UNKNOWN);
    database->requested_primaries =
        row_integer(result, row, "requestedPrimariesCount", DATABASE_COUNT_UNKNOWN);
    database->requested_secondaries =
        row_integer(result, row, "requestedSecondariesCount", DATABASE_COUNT_UNKNOWN);
}

static struct database_row read_row(struct arena *arena, const struct neo4j_result *result, size_t row) {
    struct database_row database = {
        .name = row_string(result, row, "name"),
        .type = row_string(result, row, "type"),
        .access = row_string(result, row, "access"),
        .database_id = row_string(result, row, "databaseID"),
        .server_id = row_string(result, row, "serverID"),
        .address = row_string(result, row, "address"),
        .role = parse_role(row_string(result, row, "role")),
        .is_writer = row_bool(result, row, "writer"),
        .requested_status = row_string(result, row, "requestedStatus"),
        .current_status = row_string(result, row, "currentStatus"),
        .status_message = row_string(result, row, "statusMessage"),
        .is_default = row_bool(result, row, "default"),
        .is_home = row_bool(result, row, "home"),
        .creation_wall_ns = row_wall(result, row, "creationTime"),
        .last_start_wall_ns = row_wall(result, row, "lastStartTime"),
        .store = row_string(result, row, "store"),
        .last_committed_transaction = row_integer(result, row, "lastCommittedTxn", -1),
        .replication_lag = row_integer(result, row, "replicationLag", 0),
        .aliases = row_texts(arena, result, row, "aliases"),
        .constituents = row_texts(arena, result, row, "constituents"),
        .default_language = row_string(result, row, "defaultLanguage"),
    };

    database.is_online = str_equal(database.current_status, "online");
    read_counts(result, row, &database);
    return database;
}

static int compare_rows(const void *a, const void *b) {
    const struct database_row *left = a;
    const struct database_row *right = b;
    int by_name = strcmp(left->name, right->name);

    return by_name ? by_name : strcmp(left->server_id, right->server_id);
}

bool databases_read(struct arena *arena, const struct neo4j_result *result, struct database_rows *out_rows,
                    struct error *err) {
    size_t count = neo4j_result_rows(result);
    struct database_row *items = ARENA_ARRAY(arena, struct database_row, count);

    for (size_t i = 0; i < count; i++) {
        items[i] = read_row(arena, result, i);
        if (str_empty(items[i].name) || str_empty(items[i].current_status))
            return error_set(err, ERROR_PROTOCOL, "SHOW DATABASES: row %zu has no name or status", i + 1);
    }
    if (count)
        qsort(items, count, sizeof(*items), compare_rows);
    *out_rows = (struct database_rows){ .items = items, .count = count };
    return true;
}

struct database_summary databases_summary(const struct database_rows *rows, const char *name) {
    struct database_summary summary = { .worst_status = "absent", .status_message = "" };

    for (size_t i = 0; i < rows->count; i++) {
        const struct database_row *row = &rows->items[i];
        if (!str_equal(row->name, name))
            continue;
        if (!summary.hosts++)
            summary.worst_status = "online";
        summary.online += row->is_online;
        if (row->is_writer) {
            summary.has_writer = true;
            summary.writer_server_id = row->server_id;
        }
        if (!row->is_online) {
            summary.worst_status = row->current_status;
            summary.status_message = row->status_message;
        }
    }
    summary.is_online = summary.hosts > 0 && summary.online == summary.hosts;
    return summary;
}
