/* Procedures that tell about the cluster and change it.
 * Source: Operations Manual, procedures, cluster management; managing servers and databases in a cluster. */
#include "sim/neo4j/procedure.h"
#include "sim/neo4j/status_check.h"

#define MOVE_COLUMNS                                                                                         \
    "database :: STRING, fromServerName :: STRING, fromServerId :: STRING, toServerName :: STRING, "         \
    "toServerId :: "                                                                                         \
    "STRING, mode :: STRING"
#define STATUS_COLUMNS                                                                                       \
    "database :: STRING, serverId :: STRING, serverName :: STRING, address :: STRING, "                      \
    "replicationSuccessful :: "                                                                              \
    "BOOLEAN, memberStatus :: STRING, recognisedLeader :: STRING, recognisedLeaderTerm :: INTEGER, "         \
    "requester :: "                                                                                          \
    "BOOLEAN, error :: STRING"

static bool get_routing_table(struct procedure_run *run) {
    struct statement *statement = run->statement;
    const char *home = statement->process->state.default_database;
    const char *database = procedure_string(run, 1, home);
    struct bolt_value *table = routing_table(statement->process, statement->arena, database,
                                             statement->routes_by_address, &statement->failure);

    return table && procedure_add(run, table);
}

static bool show_parallel_discovery_state(struct procedure_run *run) {
    struct arena *arena = procedure_arena(run);
    const struct neo4j_process *process = run->statement->process;
    const char *mode = discovery_mode(process);
    const struct server_peer *peer;
    struct bolt_value *row = bolt_new_map(arena);
    int64_t count = 1;

    TAILQ_FOREACH (peer, &process->peers, link)
        count += discovery_is_reachable(process, peer);
    bolt_set_string(arena, row, "mode", mode ? mode : "V2_ONLY");
    bolt_set_string(arena, row, "stateComparison", "Matching");
    bolt_set_integer(arena, row, "v1ServerCount", str_equal(mode, "V2_ONLY") ? 0 : count);
    bolt_set_integer(arena, row, "v2ServerCount", str_equal(mode, "V1_ONLY") ? 0 : count);
    return procedure_add(run, row);
}

static bool move_to_next_discovery_version(struct procedure_run *run) {
    return discovery_move_on(run->statement->process) ||
           statement_fail(run->statement, FAILURE_PROCEDURE_FAILED,
                          "This server uses discovery V2 only: there is no next version.");
}

/* ---- servers and databases ---- */

static struct json *write_about(struct procedure_run *run, const char *op, const char *server) {
    struct json *write = statement_write(run->statement, op);

    json_set_string(procedure_arena(run), write, "server", server);
    return write;
}

static bool cordon_server(struct procedure_run *run) {
    write_about(run, "cordon-server", procedure_string(run, 0, ""));
    return true;
}

static bool uncordon_server(struct procedure_run *run) {
    write_about(run, "uncordon-server", procedure_string(run, 0, ""));
    return true;
}

static struct json *servers_of(struct procedure_run *run, const struct bolt_value *given) {
    struct json *servers = json_new_array(procedure_arena(run));

    if (bolt_is(given, BOLT_STRING))
        json_append_string(procedure_arena(run), servers, bolt_string(given, ""));
    BOLT_FOR_EACH_ITEM(item, given)
    json_append_string(procedure_arena(run), servers, bolt_string(item, ""));
    return servers;
}

static bool deallocate_database(struct procedure_run *run) {
    struct json *write = statement_write(run->statement, "deallocate-database");

    json_set(procedure_arena(run), write, "servers", servers_of(run, &run->arguments[0]));
    json_set_string(procedure_arena(run), write, "database", procedure_string(run, 1, ""));
    return statement_moves(run->statement, run->out, procedure_bool(run, 2, false));
}

static bool deallocate_number(struct procedure_run *run) {
    struct json *write = statement_write(run->statement, "deallocate-number");

    json_set(procedure_arena(run), write, "servers", servers_of(run, &run->arguments[0]));
    json_set_integer(procedure_arena(run), write, "number", procedure_integer(run, 1, 0));
    return statement_moves(run->statement, run->out, procedure_bool(run, 2, false));
}

static bool reallocate_database(struct procedure_run *run) {
    json_set_string(procedure_arena(run), statement_write(run->statement, "reallocate"), "database",
                    procedure_string(run, 0, ""));
    return statement_moves(run->statement, run->out, procedure_bool(run, 1, false));
}

static bool reallocate_number(struct procedure_run *run) {
    json_set_integer(procedure_arena(run), statement_write(run->statement, "reallocate"), "number",
                     procedure_integer(run, 0, 0));
    return statement_moves(run->statement, run->out, procedure_bool(run, 1, false));
}

/* ---- the DBMS ---- */

static bool show_topology_graph_config(struct procedure_run *run) {
    struct arena *arena = procedure_arena(run);
    const struct cluster_state *state = &run->statement->process->state;
    struct bolt_value *row = bolt_new_map(arena);

    bolt_set_string(arena, row, "allocator", "EQUAL_NUMBERS");
    bolt_set_integer(arena, row, "defaultPrimariesCount", state->default_primaries);
    bolt_set_integer(arena, row, "defaultSecondariesCount", state->default_secondaries);
    bolt_set_string(arena, row, "defaultDatabase", state->default_database);
    bolt_set_bool(arena, row, "autoEnableFreeServers", state->enables_free_servers);
    bolt_set_integer(arena, row, "propertyShardReplicas", state->default_replicas);
    return procedure_add(run, row);
}

static bool set_automatically_enable(struct procedure_run *run) {
    json_set_bool(procedure_arena(run),
                  statement_write(run->statement, "set-automatically-enable-free-servers"), "value",
                  procedure_bool(run, 0, false));
    return true;
}

static bool set_default_allocation_numbers(struct procedure_run *run) {
    struct json *write = statement_write(run->statement, "set-default-allocation-numbers");

    json_set_integer(procedure_arena(run), write, "primaries", procedure_integer(run, 0, 0));
    json_set_integer(procedure_arena(run), write, "secondaries", procedure_integer(run, 1, 0));
    if (run->argument_count > 2)
        json_set_integer(procedure_arena(run), write, "replicas", procedure_integer(run, 2, 0));
    return true;
}

static bool set_default_database(struct procedure_run *run) {
    struct json *write = statement_write(run->statement, "set-default-database");
    const struct neo4j_version *version = &run->statement->process->version;
    struct bolt_value *row = bolt_new_map(procedure_arena(run));

    json_set_string(procedure_arena(run), write, "database", procedure_string(run, 0, ""));
    json_set_bool(procedure_arena(run), write, "takesAliases",
                  neo4j_version_is_calendar(version) && neo4j_version_at_least(version, 2025, 4));
    bolt_set_string(
        procedure_arena(run), row, "result",
        arena_printf(procedure_arena(run), "Default database set to: %s", procedure_string(run, 0, "")));
    return procedure_add(run, row);
}

static bool set_database_allocator(struct procedure_run *run) {
    if (str_equal(procedure_string(run, 0, ""), "EQUAL_NUMBERS"))
        return true;
    return statement_fail(run->statement, FAILURE_ARGUMENT,
                          "'%s' is not an allocator: only EQUAL_NUMBERS is.", procedure_string(run, 0, ""));
}

/* ---- connections between servers ---- */

static const struct {
    const char *name;
    const char *address; /* in descriptors */
} cluster_ports[] = { { "CLUSTER", "cluster" }, { "RAFT", "raft" }, { "INTRA_BOLT", "routing" } };

static bool add_connectivity(struct procedure_run *run, const struct state_server *server, size_t port) {
    struct arena *arena = procedure_arena(run);
    struct bolt_value *row = bolt_new_map(arena);
    bool is_reached = discovery_is_available(run->statement->process, server->id);

    bolt_set_string(arena, row, "serverId", server->id);
    bolt_set_string(arena, row, "name", server->name);
    bolt_set_string(arena, row, "address", statement_server_address(run->statement, server->id, "bolt"));
    bolt_set_string(arena, row, "mode-constraint", server->mode_constraint);
    bolt_set_string(arena, row, "port-name", cluster_ports[port].name);
    bolt_set_string(arena, row, "port-address",
                    statement_server_address(run->statement, server->id, cluster_ports[port].address));
    bolt_set_string(arena, row, "result", is_reached ? "SUCCESS" : "FAILURE");
    return procedure_add(run, row);
}

static bool check_connectivity(struct procedure_run *run) {
    const struct cluster_state *state = &run->statement->process->state;
    const char *port_name = procedure_string(run, 0, NULL), *server_id = procedure_string(run, 1, NULL);
    bool is_known = !port_name;

    for (size_t port = 0; port < ARRAY_LENGTH(cluster_ports); port++)
        is_known = is_known || !strcasecmp(cluster_ports[port].name, port_name);
    if (!is_known)
        return statement_fail(
            run->statement, FAILURE_PROCEDURE_FAILED,
            "'%s' is not a port: valid values for 'port-name' are [CLUSTER, INTRA_BOLT, RAFT]", port_name);
    for (size_t i = 0; i < state->server_count; i++) {
        const struct state_server *server = &state->servers[i];
        if (server->state == SERVER_DROPPED || (server_id && !str_equal(server_id, server->id)) ||
            str_equal(server->id, process_id(run->statement->process)))
            continue;
        for (size_t port = 0; port < ARRAY_LENGTH(cluster_ports); port++)
            if ((!port_name || !strcasecmp(cluster_ports[port].name, port_name)) &&
                !add_connectivity(run, server, port))
                return false;
    }
    return true;
}

/* Each server has opened a connection of either kind to each other one, so that there are two of each. */
static bool protocols(struct procedure_run *run) {
    static const struct {
        const char *orientation;
        const char *name;
        const char *address;
        int64_t version;
    } rows[] = { { "inbound", "CATCHUP", "cluster", 5 },
                 { "inbound", "RAFT", "raft", 5 },
                 { "outbound", "CATCHUP", "cluster", 5 },
                 { "outbound", "RAFT", "raft", 5 } };
    const struct neo4j_process *process = run->statement->process;
    struct arena *arena = procedure_arena(run);
    const struct server_peer *peer;

    TAILQ_FOREACH (peer, &process->peers, link)
        for (size_t i = 0; discovery_is_reachable(process, peer) && i < ARRAY_LENGTH(rows); i++) {
            struct bolt_value *row = bolt_new_map(arena);
            bolt_set_string(arena, row, "orientation", rows[i].orientation);
            bolt_set_string(arena, row, "remoteAddress",
                            statement_server_address(run->statement, peer->id, rows[i].address));
            bolt_set_string(arena, row, "applicationProtocol", rows[i].name);
            bolt_set_integer(arena, row, "applicationProtocolVersion", rows[i].version);
            bolt_set_string(arena, row, "modifierProtocols", "[]");
            if (!procedure_add(run, row))
                return false;
        }
    return true;
}

static bool status_check(struct procedure_run *run) {
    status_check_begin(run->statement, servers_of(run, &run->arguments[0]), procedure_integer(run, 1, 1000));
    return true;
}

/* ---- secondaries ---- */

static bool disable_replication(struct procedure_run *run) {
    struct neo4j_process *process = run->statement->process;
    const char *name = procedure_string(run, 0, "");
    const struct state_database *database = state_resolve_database(&process->state, name);
    struct hosted_database *hosted = database ? hosting_find(process, database->id) : NULL;
    struct bolt_value *row = bolt_new_map(procedure_arena(run));
    bool pauses = procedure_bool(run, 1, false);

    if (!database)
        return statement_fail(run->statement, FAILURE_DATABASE_NOT_FOUND, "Database '%s' does not exist.",
                              name);
    if (!hosted || !hosted->is_secondary)
        return statement_fail(
            run->statement, FAILURE_NOT_A_SECONDARY,
            "The procedure can only be run on a server that hosts database '%s' as a secondary.", name);
    hosted->is_paused = pauses;
    bolt_set_string(procedure_arena(run), row, "state",
                    pauses ? "Secondary replication is paused" : "Secondary replication is running");
    return procedure_add(run, row);
}

const struct procedure procedures_of_cluster[] = {
    { "dbms.cluster.checkConnectivity", "port-name = null :: STRING, server = null :: STRING",
      "serverId :: STRING, name :: STRING, address :: STRING, mode-constraint :: STRING, port-name :: "
      "STRING, "
      "port-address :: STRING, result :: STRING",
      "Check the connectivity of this instance to other cluster members.", check_connectivity, PROCEDURE_DBMS,
      .is_admin = true },
    { "dbms.cluster.cordonServer", "server :: STRING", "",
      "Mark a server in the topology as not suitable for new allocations. It will not force current "
      "allocations off the "
      "server.",
      cordon_server, PROCEDURE_WRITE },
    { "dbms.cluster.deallocateDatabaseFromServer",
      "server :: STRING, database :: STRING, dryrun = false :: BOOLEAN", MOVE_COLUMNS,
      "Deallocate a specific user database from a specific server.", deallocate_database, PROCEDURE_WRITE },
    { "dbms.cluster.deallocateDatabaseFromServers",
      "servers :: LIST<STRING>, database :: STRING, dryrun = false :: BOOLEAN", MOVE_COLUMNS,
      "Deallocate a specific user database from a list of servers.", deallocate_database, PROCEDURE_WRITE },
    { "dbms.cluster.deallocateNumberOfDatabases",
      "server :: STRING, number :: INTEGER, dryrun = false :: BOOLEAN", MOVE_COLUMNS,
      "Deallocate a number of user databases from a specific server.", deallocate_number, PROCEDURE_WRITE },
    { "dbms.cluster.protocols", "",
      "orientation :: STRING, remoteAddress :: STRING, applicationProtocol :: STRING, "
      "applicationProtocolVersion :: "
      "INTEGER, modifierProtocols :: STRING",
      "Overview of installed protocols.", protocols, PROCEDURE_DBMS },
    { "dbms.cluster.readReplicaToggle", "databaseName :: STRING, pause :: BOOLEAN", "state :: STRING",
      "The toggle can pause or resume read replica.", disable_replication, PROCEDURE_DBMS, .is_admin = true,
      .is_only_5 = true, .deprecated_by = "dbms.cluster.secondaryReplicationDisable" },
    { "dbms.cluster.reallocateDatabase", "database :: STRING, dryrun = false :: BOOLEAN", MOVE_COLUMNS,
      "Reallocate a specific database.", reallocate_database, PROCEDURE_WRITE },
    { "dbms.cluster.reallocateNumberOfDatabases", "number :: INTEGER, dryrun = false :: BOOLEAN",
      MOVE_COLUMNS, "Reallocate a specified number of user databases.", reallocate_number, PROCEDURE_WRITE },
    { "dbms.cluster.routing.getRoutingTable", "context :: MAP, database = null :: STRING",
      "ttl :: INTEGER, servers :: LIST<MAP>",
      "Returns the advertised bolt capable endpoints for a given database, divided by each endpoint's "
      "capabilities.",
      get_routing_table, PROCEDURE_DBMS, .deprecated_by = "dbms.routing.getRoutingTable" },
    { "dbms.cluster.secondaryReplicationDisable", "databaseName :: STRING, pause :: BOOLEAN",
      "state :: STRING", "The toggle can pause or resume the secondary replication process.",
      disable_replication, PROCEDURE_DBMS, .is_admin = true },
    { "dbms.cluster.setAutomaticallyEnableFreeServers", "autoEnable :: BOOLEAN", "",
      "With this method you can set whether free servers are automatically enabled.",
      set_automatically_enable, PROCEDURE_WRITE },
    { "dbms.cluster.showParallelDiscoveryState", "",
      "mode :: STRING, stateComparison :: STRING, v1ServerCount :: INTEGER, v2ServerCount :: INTEGER",
      "Compares the states of the discovery services that run in parallel.", show_parallel_discovery_state,
      PROCEDURE_READ, .family = SETTING_IN_5 },
    { "dbms.cluster.moveToNextDiscoveryVersion", "", "",
      "Moves this server to the next step from discovery V1 to V2.", move_to_next_discovery_version,
      PROCEDURE_DBMS, .is_admin = true, .family = SETTING_IN_5 },
    { "dbms.cluster.switchDiscoveryServiceVersion", "", "",
      "Switches which of the discovery services that run in parallel counts.", move_to_next_discovery_version,
      PROCEDURE_DBMS, .is_admin = true, .family = SETTING_IN_5 },
    { "dbms.cluster.statusCheck", "databases :: LIST<STRING>, timeoutMilliseconds = 1000 :: INTEGER",
      STATUS_COLUMNS, "Performs a rafted status check.", status_check, PROCEDURE_DBMS, .is_admin = true },
    { "dbms.cluster.uncordonServer", "server :: STRING", "",
      "Remove the cordon on a server, returning it to 'enabled'.", uncordon_server, PROCEDURE_WRITE,
      .is_only_5 = true, .deprecated_by = "ENABLE SERVER" },
    { "dbms.routing.getRoutingTable", "context :: MAP, database = null :: STRING",
      "ttl :: INTEGER, servers :: LIST<MAP>",
      "Returns the advertised bolt capable endpoints for a given database, divided by each endpoint's "
      "capabilities.",
      get_routing_table, PROCEDURE_DBMS },
    { "dbms.setDatabaseAllocator", "allocator :: STRING", "",
      "With this method you can set the allocator, which is responsible to select servers for hosting "
      "databases.",
      set_database_allocator, PROCEDURE_WRITE, .is_admin = true, .family = SETTING_IN_5,
      .deprecated_by = "" },
    { "dbms.setDefaultAllocationNumbers", "primaries :: INTEGER, secondaries :: INTEGER", "",
      "With this method you can set the default number of primaries and secondaries.",
      set_default_allocation_numbers, PROCEDURE_WRITE, .is_admin = true, .until = 202512 },
    { "dbms.setDefaultAllocationNumbers", "primaries :: INTEGER, secondaries :: INTEGER", "",
      "With this method you can set the default number of primaries and secondaries.",
      set_default_allocation_numbers, PROCEDURE_WRITE, .is_admin = true, .since = 202512, .is_only_5 = true },
    { "dbms.setDefaultAllocationNumbers",
      "primaries :: INTEGER, secondaries :: INTEGER, propertyShardReplicas = 1 :: INTEGER", "",
      "With this method you can set the default number of primaries, secondaries and replicas of property "
      "shards.",
      set_default_allocation_numbers, PROCEDURE_WRITE, .is_admin = true, .since = 202512 },
    { "dbms.setDefaultDatabase", "databaseName :: STRING", "result :: STRING",
      "Changes the default database to the provided value. The database must exist and the old default "
      "database must be "
      "stopped.",
      set_default_database, PROCEDURE_WRITE, .is_admin = true },
    { "dbms.showTopologyGraphConfig", "",
      "allocator :: STRING, defaultPrimariesCount :: INTEGER, defaultSecondariesCount :: INTEGER, "
      "defaultDatabase :: "
      "STRING, autoEnableFreeServers :: BOOLEAN",
      "With this method the configuration of the Topology Graph can be displayed.",
      show_topology_graph_config, PROCEDURE_READ, .is_admin = true, .until = 202512 },
    { "dbms.showTopologyGraphConfig", "",
      "allocator :: STRING, defaultPrimariesCount :: INTEGER, defaultSecondariesCount :: INTEGER, "
      "defaultDatabase :: "
      "STRING, autoEnableFreeServers :: BOOLEAN, propertyShardReplicas :: INTEGER",
      "With this method the configuration of the Topology Graph can be displayed.",
      show_topology_graph_config, PROCEDURE_READ, .is_admin = true, .since = 202512 },
    { .name = NULL },
};
