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

static const struct row_column columns[] = {
    ROW_KEY(struct database_row, name, TEXT, "name"),
    ROW(struct database_row, type, TEXT, "type"),
    ROW(struct database_row, aliases, TEXTS, "aliases"),
    ROW(struct database_row, access, TEXT, "access"),
    ROW(struct database_row, database_id, TEXT, "databaseID"),
    ROW_USED(struct database_row, server_id, TEXT, "serverID", ROW_SORTED),
    ROW(struct database_row, address, TEXT, "address"),
    ROW(struct database_row, role_text, TEXT, "role"),
    ROW(struct database_row, is_writer, BOOL, "writer"),
    ROW(struct database_row, requested_status, TEXT, "requestedStatus"),
    ROW_USED(struct database_row, current_status, TEXT, "currentStatus", ROW_NEEDED),
    ROW(struct database_row, status_message, TEXT, "statusMessage"),
    ROW(struct database_row, is_default, BOOL, "default"),
    ROW(struct database_row, is_home, BOOL, "home"),
    ROW(struct database_row, current_primaries, INTEGER, "currentPrimariesCount"),
    ROW(struct database_row, current_secondaries, INTEGER, "currentSecondariesCount"),
    ROW(struct database_row, current_shard_replicas, INTEGER, "currentPropertyShardReplicas"),
    ROW(struct database_row, requested_primaries, INTEGER, "requestedPrimariesCount"),
    ROW(struct database_row, requested_secondaries, INTEGER, "requestedSecondariesCount"),
    ROW(struct database_row, requested_shard_replicas, INTEGER, "requestedPropertyShardReplicas"),
    ROW(struct database_row, creation_wall_ns, WALL, "creationTime"),
    ROW(struct database_row, last_start_wall_ns, WALL, "lastStartTime"),
    ROW(struct database_row, last_stop_wall_ns, WALL, "lastStopTime"),
    ROW(struct database_row, store, TEXT, "store"),
    ROW(struct database_row, last_committed_transaction, INTEGER, "lastCommittedTxn"),
    ROW(struct database_row, replication_lag, LAG, "replicationLag"),
    ROW(struct database_row, shard_lag, LAG, "shardTxnLag"),
    ROW(struct database_row, constituents, TEXTS, "constituents"),
    ROW(struct database_row, graph_shards, TEXTS, "graphShards"),
    ROW(struct database_row, property_shards, TEXTS, "propertyShards"),
    ROW(struct database_row, default_language, TEXT, "defaultLanguage"),
    ROW(struct database_row, options, VALUE, "options"),
};
static const struct row_kind kind = ROW_KIND("SHOW DATABASES", struct database_row, columns);

bool databases_read(struct arena *arena, const struct neo4j_result *result, struct database_rows *out_rows,
                    struct error *err) {
    struct database_rows rows = { 0 };

    rows.items = rows_read(arena, &kind, result, &rows.count, err);
    if (!rows.items)
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        rows.items[i].role = parse_role(rows.items[i].role_text);
        rows.items[i].is_online = str_equal(rows.items[i].current_status, "online");
    }
    *out_rows = rows;
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
