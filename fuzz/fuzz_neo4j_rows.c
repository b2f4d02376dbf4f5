/* Rows as servers send them: any columns and values, in PackStream, through every reader of rows. What is
 * read is as many rows as came, or the error says which row lacks what. */
#include "bolt/packstream.h"
#include "neo4j/aliases.h"
#include "neo4j/allocation.h"
#include "neo4j/database_statements.h"
#include "neo4j/databases.h"
#include "neo4j/info.h"
#include "neo4j/privileges.h"
#include "neo4j/roles.h"
#include "neo4j/server_local.h"
#include "neo4j/servers.h"
#include "neo4j/users.h"

#define READERS(X)                                                                                           \
    X(servers_read, struct server_rows)                                                                      \
    X(databases_read, struct database_rows)                                                                  \
    X(aliases_read, struct alias_rows)                                                                       \
    X(allocation_read, struct allocation_rows)                                                               \
    X(status_check_read, struct status_check_rows)                                                           \
    X(connectivity_read, struct connectivity_rows)                                                           \
    X(protocols_read, struct protocol_rows)                                                                  \
    X(users_read, struct user_rows)                                                                          \
    X(roles_read, struct role_rows)                                                                          \
    X(auth_rules_read, struct auth_rule_rows)                                                                \
    X(live_settings_read, struct live_setting_rows)                                                          \
    X(transactions_read, struct transaction_rows)                                                            \
    X(terminations_read, struct termination_rows)                                                            \
    X(connections_read, struct connection_rows)                                                              \
    X(routines_read, struct routine_rows)                                                                    \
    X(privilege_rows_read, struct privilege_rows)                                                            \
    X(supported_privileges_read, struct supported_privileges)

static void read_lists(struct arena *arena, const struct neo4j_result *result) {
#define X(function, rows_type)                                                                               \
    {                                                                                                        \
        rows_type rows;                                                                                      \
        struct error err = { 0 };                                                                            \
        if (function(arena, result, &rows, &err))                                                            \
            ensure(rows.count == neo4j_result_rows(result));                                                 \
        else                                                                                                 \
            ensure(err.kind == ERROR_PROTOCOL && *err.text);                                                 \
    }
    READERS(X)
#undef X
}

static void read_singles(struct arena *arena, const struct neo4j_result *result) {
    struct topology_config config;
    struct discovery_state_row discovery;
    struct licence licence;
    struct quarantine_row quarantine;
    struct info_kernel kernel;
    struct info_dbms dbms;
    struct privileges_shown shown;
    struct wait_rows wait = wait_rows_read(arena, result);

    if (topology_config_read(arena, result, &config, NULL) || licence_read(arena, result, &licence, NULL) ||
        discovery_state_read(arena, result, &discovery, NULL) ||
        quarantine_read(arena, result, &quarantine, NULL))
        ensure(neo4j_result_rows(result) > 0);
    if (info_read_kernel(arena, result, &kernel, NULL))
        ensure(kernel.version && kernel.edition);
    if (info_read_dbms(arena, result, &dbms, NULL))
        ensure(*dbms.id);
    if (privileges_read(arena, result, &shown, NULL))
        ensure(shown.unknown.count <= neo4j_result_rows(result));
    ensure(wait.count >= neo4j_result_rows(result));
    (void)wait_is_done(&wait);
}

/* The client gives lists and a map, whatever is in them. */
static struct bolt_value part(struct arena *arena, const struct bolt_value *value, size_t index,
                              enum bolt_type type) {
    const struct bolt_value *item = bolt_item(value, index);

    return bolt_is(item, type) ? *item : type == BOLT_LIST ? *bolt_new_list(arena) : *bolt_new_map(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct text rest = { (const char *)data, size };
    struct bolt_value *value = NULL;

    if (!packstream_unpack(arena, &rest, &value, NULL))
        return 0;
    struct neo4j_result result = { .columns = part(arena, value, 0, BOLT_LIST),
                                   .rows = part(arena, value, 1, BOLT_LIST),
                                   .summary = part(arena, value, 2, BOLT_MAP) };
    read_lists(arena, &result);
    read_singles(arena, &result);
    return 0;
}
