/* Procedures about single databases: recreating them, quarantine, upgrade of the system database.
 * Source: Operations Manual, procedures, database management; standard databases, error handling. */
#include "sim/neo4j/procedure.h"

#include "bolt/value_json.h"

static bool recreate_database(struct procedure_run *run) {
    struct arena *arena = procedure_arena(run);
    struct json *write = statement_write(run->statement, "recreate-database");

    json_set_string(arena, write, "database", procedure_string(run, 0, ""));
    json_set(arena, write, "options",
             run->argument_count > 1 ? bolt_to_json(arena, &run->arguments[1]) : json_new_object(arena));
    return true;
}

/* ---- quarantine ---- */

/* On the server that is asked. */
static bool quarantine_database(struct procedure_run *run) {
    struct arena *arena = procedure_arena(run);
    struct json *write = statement_write(run->statement, "quarantine-database");
    struct bolt_value *row = bolt_new_map(arena);
    bool marks = procedure_bool(run, 1, false);
    const char *reason = procedure_string(run, 2, "");

    json_set_string(arena, write, "database", procedure_string(run, 0, ""));
    json_set_string(arena, write, "server", process_id(run->statement->process));
    json_set_string(arena, write, "user", run->statement->user);
    json_set_bool(arena, write, "quarantined", marks);
    json_set_string(arena, write, "reason", reason);
    bolt_set_string(arena, row, "databaseName", procedure_string(run, 0, ""));
    bolt_set_bool(arena, row, "quarantined", marks);
    bolt_set_string(arena, row, "result",
                    marks ? arena_printf(arena, "By %s at %s: %s", run->statement->user,
                                         statement_time(arena, process_wall(run->statement->process)),
                                         *reason ? reason : "No reason given")
                          : "Quarantine lifted");
    return procedure_add(run, row);
}

static bool unquarantine_database(struct procedure_run *run) {
    static const char *const operations[] = { "keepStateKeepStore", "replaceStateKeepStore",
                                              "replaceStateReplaceStore" };
    struct arena *arena = procedure_arena(run);
    const char *operation = procedure_string(run, 2, "");
    bool is_known = false;

    for (size_t i = 0; i < ARRAY_LENGTH(operations); i++)
        is_known = is_known || str_equal(operations[i], operation);
    if (!is_known)
        return statement_fail(
            run->statement, FAILURE_QUARANTINE,
            "'%s' is not an operation: expected 'keepStateKeepStore', 'replaceStateKeepStore' or "
            "'replaceStateReplaceStore'.",
            operation);
    struct json *write = statement_write(run->statement, "quarantine-database");
    json_set_string(arena, write, "database", procedure_string(run, 1, ""));
    json_set_string(arena, write, "server", procedure_string(run, 0, ""));
    json_set_bool(arena, write, "quarantined", false);
    return true;
}

/* ---- the system database upgrades itself ---- */

static bool upgrade(struct procedure_run *run) {
    struct arena *arena = procedure_arena(run);
    struct bolt_value *row = bolt_new_map(arena);

    bolt_set_string(arena, row, "status", "CURRENT");
    bolt_set_string(arena, row, "upgradeResult", "Success");
    return procedure_add(run, row);
}

static bool upgrade_status(struct procedure_run *run) {
    struct arena *arena = procedure_arena(run);
    struct bolt_value *row = bolt_new_map(arena);

    bolt_set_string(arena, row, "status", "CURRENT");
    bolt_set_string(arena, row, "description",
                    "The sub-graph is supported and is already at the current version");
    bolt_set_string(arena, row, "resolution", "Nothing required");
    return procedure_add(run, row);
}

const struct procedure procedures_of_databases[] = {
    { "dbms.cluster.recreateDatabase", "database :: STRING, options = {} :: MAP", "",
      "Recreates a database while keeping all RBAC settings.", recreate_database, PROCEDURE_WRITE,
      .until = 202504 },
    { "dbms.cluster.recreateDatabase", "database :: STRING, options = {} :: MAP", "",
      "Recreates a database while keeping all RBAC settings.", recreate_database, PROCEDURE_WRITE,
      .since = 202504, .is_only_5 = true, .deprecated_by = "dbms.recreateDatabase" },
    { "dbms.quarantineDatabase",
      "databaseName :: STRING, setStatus :: BOOLEAN, reason = No reason given :: STRING",
      "databaseName :: STRING, quarantined :: BOOLEAN, result :: STRING",
      "Place a database in quarantine or remove it from it.", quarantine_database, PROCEDURE_DBMS,
      .is_admin = true, .family = SETTING_IN_5 },
    { "dbms.quarantineDatabase",
      "databaseName :: STRING, setStatus :: BOOLEAN, reason = No reason given :: STRING",
      "databaseName :: STRING, quarantined :: BOOLEAN, result :: STRING",
      "Place a database in quarantine or remove it from it.", quarantine_database, PROCEDURE_DBMS,
      .is_admin = true, .family = SETTING_IN_CALENDAR, .is_only_5 = true,
      .deprecated_by = "dbms.unquarantineDatabase" },
    { "dbms.recreateDatabase", "database :: STRING, options = {} :: MAP", "",
      "Recreates a database while keeping all RBAC settings.", recreate_database, PROCEDURE_WRITE,
      .since = 202504 },
    { "dbms.unquarantineDatabase", "server :: STRING, database :: STRING, operation :: STRING", "",
      "Lifts the quarantine of a database on a server.", unquarantine_database, PROCEDURE_WRITE,
      .is_admin = true, .since = 202501 },
    { "dbms.upgrade", "", "status :: STRING, upgradeResult :: STRING",
      "Upgrade the system database schema if it is not the current schema.", upgrade, PROCEDURE_WRITE,
      .is_admin = true, .is_of_system = true, .is_only_5 = true, .deprecated_by = "Automatic upgrade" },
    { "dbms.upgradeStatus", "", "status :: STRING, description :: STRING, resolution :: STRING",
      "Report the current status of the system database sub-graph schema.", upgrade_status, PROCEDURE_READ,
      .is_admin = true, .is_of_system = true, .is_only_5 = true, .deprecated_by = "Automatic upgrade" },
    { .name = NULL },
};
