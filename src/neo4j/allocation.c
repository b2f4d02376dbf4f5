#include "neo4j/allocation.h"

/* Sources: Operations Manual, "Managing databases in a cluster" (allocation), "Clustering procedures",
 * "Monitoring replication status". */

const char topology_config_query[] = "CALL dbms.showTopologyGraphConfig()";
const char protocols_query[] = "CALL dbms.cluster.protocols()";

/* ---- moving ---- */

static const struct administration *end_call(struct statement *statement, bool is_dry_run) {
    statement_add(statement, is_dry_run ? ", true)" : ", false)");
    return statement_end(statement, is_dry_run ? EFFECT_READS : EFFECT_CHANGES);
}

const struct administration *allocation_rebalance(struct arena *arena, bool is_dry_run) {
    return statement_of(arena, is_dry_run ? "DRYRUN REALLOCATE DATABASES" : "REALLOCATE DATABASES",
                        is_dry_run ? EFFECT_READS : EFFECT_CHANGES);
}

const struct administration *allocation_move_database(struct arena *arena, const char *database,
                                                      bool is_dry_run) {
    struct statement statement;

    statement_start(&statement, arena, "CALL dbms.cluster.reallocateDatabase(");
    statement_add_parameter(&statement, "database", database);
    return end_call(&statement, is_dry_run);
}

const struct administration *allocation_move_some(struct arena *arena, int64_t count, bool is_dry_run) {
    struct statement statement;

    statement_start(&statement, arena, "CALL dbms.cluster.reallocateNumberOfDatabases(");
    statement_add_value(&statement, "count", bolt_new_integer(arena, count));
    return end_call(&statement, is_dry_run);
}

const struct administration *allocation_remove_database(struct arena *arena, const char *server,
                                                        const char *database, bool is_dry_run) {
    struct statement statement;

    statement_start(&statement, arena, "CALL dbms.cluster.deallocateDatabaseFromServer(");
    statement_add_parameter(&statement, "server", server);
    statement_add(&statement, ", ");
    statement_add_parameter(&statement, "database", database);
    return end_call(&statement, is_dry_run);
}

const struct administration *allocation_remove_some(struct arena *arena, const char *server, int64_t count,
                                                    bool is_dry_run) {
    struct statement statement;

    statement_start(&statement, arena, "CALL dbms.cluster.deallocateNumberOfDatabases(");
    statement_add_parameter(&statement, "server", server);
    statement_add(&statement, ", ");
    statement_add_value(&statement, "count", bolt_new_integer(arena, count));
    return end_call(&statement, is_dry_run);
}

static const struct row_column allocation_columns[] = {
    ROW_KEY(struct allocation_row, database, TEXT, "database"),
    ROW(struct allocation_row, from_name, TEXT, "fromServerName"),
    ROW_USED(struct allocation_row, from_id, TEXT, "fromServerId", ROW_SORTED),
    ROW(struct allocation_row, to_name, TEXT, "toServerName"),
    ROW_USED(struct allocation_row, to_id, TEXT, "toServerId", ROW_SORTED),
    ROW(struct allocation_row, mode, TEXT, "mode"),
};
static const struct row_kind allocation_kind = ROW_KIND("DRYRUN", struct allocation_row, allocation_columns);
ROWS_READ(allocation_read, struct allocation_rows, &allocation_kind)

/* ---- defaults of the DBMS ---- */

bool allocation_set_defaults(struct arena *arena, const struct dialect *dialect, int64_t primaries,
                             int64_t secondaries, int64_t shard_replicas, const struct administration **out,
                             struct error *err) {
    struct statement statement;

    if (shard_replicas && !dialect_require(dialect, FORM_SHARD_REPLICAS, err))
        return false;
    statement_start(&statement, arena, shard_replicas ? dialect_prefix(dialect, FORM_SHARD_REPLICAS) : "");
    statement_add(&statement, "CALL dbms.setDefaultAllocationNumbers(");
    statement_add_value(&statement, "primaries", bolt_new_integer(arena, primaries));
    statement_add(&statement, ", ");
    statement_add_value(&statement, "secondaries", bolt_new_integer(arena, secondaries));
    if (shard_replicas) {
        statement_add(&statement, ", ");
        statement_add_value(&statement, "replicas", bolt_new_integer(arena, shard_replicas));
    }
    statement_add(&statement, ")");
    *out = statement_end(&statement, EFFECT_CHANGES);
    return true;
}

const struct administration *allocation_set_automatic_enabling(struct arena *arena, bool is_automatic) {
    return statement_of(arena,
                        is_automatic ? "CALL dbms.cluster.setAutomaticallyEnableFreeServers(true)"
                                     : "CALL dbms.cluster.setAutomaticallyEnableFreeServers(false)",
                        EFFECT_CHANGES);
}

const struct administration *allocation_set_default_database(struct arena *arena, const char *database) {
    struct statement statement;

    statement_start(&statement, arena, "CALL dbms.setDefaultDatabase(");
    statement_add_parameter(&statement, "database", database);
    statement_add(&statement, ")");
    return statement_end(&statement, EFFECT_CHANGES);
}

static const struct row_column config_columns[] = {
    ROW(struct topology_config, allocator, TEXT, "allocator"),
    ROW_USED(struct topology_config, default_primaries, INTEGER, "defaultPrimariesCount", ROW_NEEDED),
    ROW(struct topology_config, default_secondaries, INTEGER, "defaultSecondariesCount"),
    ROW(struct topology_config, default_shard_replicas, INTEGER, "propertyShardReplicas"),
    ROW(struct topology_config, default_database, TEXT, "defaultDatabase"),
    ROW(struct topology_config, enables_free_servers, BOOL, "autoEnableFreeServers"),
};
static const struct row_kind config_kind =
    ROW_KIND("dbms.showTopologyGraphConfig()", struct topology_config, config_columns);
ROW_READ(topology_config_read, struct topology_config, &config_kind)

/* ---- how servers do ---- */

const struct administration *status_check(struct arena *arena, const struct text_list *databases,
                                          int64_t timeout_ms) {
    struct statement statement;

    statement_start(&statement, arena, "CALL dbms.cluster.statusCheck(");
    statement_add_value(&statement, "databases", statement_list(arena, databases));
    if (timeout_ms) {
        statement_add(&statement, ", ");
        statement_add_value(&statement, "timeout", bolt_new_integer(arena, timeout_ms));
    }
    statement_add(&statement, ")");
    return statement_end_here(&statement, EFFECT_READS);
}

static const struct row_column status_columns[] = {
    ROW_KEY(struct status_check_row, database, TEXT, "database"),
    ROW_USED(struct status_check_row, server_id, TEXT, "serverId", ROW_SORTED),
    ROW(struct status_check_row, server_name, TEXT, "serverName"),
    ROW(struct status_check_row, address, TEXT, "address"),
    ROW(struct status_check_row, is_replicating, BOOL, "replicationSuccessful"),
    ROW(struct status_check_row, member_status, TEXT, "memberStatus"),
    ROW(struct status_check_row, leader_id, TEXT, "recognisedLeader"),
    ROW(struct status_check_row, leader_term, INTEGER, "recognisedLeaderTerm"),
    ROW(struct status_check_row, is_requester, BOOL, "requester"),
    ROW(struct status_check_row, problem, TEXT, "error"),
};
static const struct row_kind status_kind =
    ROW_KIND("dbms.cluster.statusCheck()", struct status_check_row, status_columns);
ROWS_READ(status_check_read, struct status_check_rows, &status_kind)

bool status_check_is_good(const struct status_check_rows *rows, const char *database) {
    size_t members = 0;

    for (size_t i = 0; i < rows->count; i++) {
        if (!str_equal(rows->items[i].database, database))
            continue;
        members++;
        if (!rows->items[i].is_replicating)
            return false;
    }
    return members > 0;
}

const struct administration *connectivity_check(struct arena *arena) {
    struct statement statement;

    statement_start(&statement, arena, "CALL dbms.cluster.checkConnectivity()");
    return statement_end_here(&statement, EFFECT_READS);
}

static const struct row_column connectivity_columns[] = {
    ROW_KEY(struct connectivity_row, server_id, TEXT, "serverId"),
    ROW(struct connectivity_row, name, TEXT, "name"),
    ROW(struct connectivity_row, address, TEXT, "address"),
    ROW(struct connectivity_row, mode_constraint, TEXT, "mode-constraint"),
    ROW_KEY(struct connectivity_row, port_name, TEXT, "port-name"),
    ROW(struct connectivity_row, port_address, TEXT, "port-address"),
    ROW(struct connectivity_row, result, TEXT, "result"),
};
static const struct row_kind connectivity_kind =
    ROW_KIND("dbms.cluster.checkConnectivity()", struct connectivity_row, connectivity_columns);
ROWS_READ(connectivity_read, struct connectivity_rows, &connectivity_kind)

static const struct row_column protocol_columns[] = {
    ROW_USED(struct protocol_row, orientation, TEXT, "orientation", ROW_SORTED),
    ROW_KEY(struct protocol_row, remote_address, TEXT, "remoteAddress"),
    ROW_USED(struct protocol_row, protocol, TEXT, "applicationProtocol", ROW_SORTED),
    ROW(struct protocol_row, version, INTEGER, "applicationProtocolVersion"),
    ROW(struct protocol_row, modifiers, TEXT, "modifierProtocols"),
};
static const struct row_kind protocol_kind =
    ROW_KIND("dbms.cluster.protocols()", struct protocol_row, protocol_columns);
ROWS_READ(protocols_read, struct protocol_rows, &protocol_kind)

const struct administration *allocation_pause_replication(struct arena *arena, const char *database,
                                                          bool is_paused) {
    struct statement statement;

    statement_start(&statement, arena, "CALL dbms.cluster.secondaryReplicationDisable(");
    statement_add_parameter(&statement, "database", database);
    statement_add(&statement, is_paused ? ", true)" : ", false)");
    return statement_end_here(&statement, EFFECT_CHANGES);
}

bool discovery_state(struct arena *arena, const struct dialect *dialect, const struct administration **out,
                     struct error *err) {
    if (!dialect_require(dialect, FORM_DISCOVERY_STATE, err))
        return false;
    *out = statement_of(arena, "CALL dbms.cluster.showParallelDiscoveryState()", EFFECT_READS);
    return true;
}

static const struct row_column discovery_columns[] = {
    ROW_USED(struct discovery_state_row, mode, TEXT, "mode", ROW_NEEDED),
    ROW(struct discovery_state_row, comparison, TEXT, "stateComparison"),
    ROW(struct discovery_state_row, v1_servers, INTEGER, "v1ServerCount"),
    ROW(struct discovery_state_row, v2_servers, INTEGER, "v2ServerCount"),
};
static const struct row_kind discovery_kind =
    ROW_KIND("dbms.cluster.showParallelDiscoveryState()", struct discovery_state_row, discovery_columns);
ROW_READ(discovery_state_read, struct discovery_state_row, &discovery_kind)
