#include "sim/neo4j/backup_service.h"

#include "base/encoding.h"
#include "sim/neo4j/security_state.h"

#define SYSTEM_UUID "00000000-0000-0000-0000-000000000001"

char *backup_store_hash(struct arena *arena, const char *store) {
    return arena_printf(arena, "%016llx", (unsigned long long)hash64(store, strlen(store)));
}

/* ---- metadata ---- */

static void add_quoted(struct buffer *out, const char *text, char quote) {
    buffer_add_char(out, quote);
    for (; *text; text++) {
        if (*text == quote || (quote == '\'' && *text == '\\'))
            buffer_add_char(out, quote == '\'' ? '\\' : quote);
        buffer_add_char(out, *text);
    }
    buffer_add_char(out, quote);
}

static void add_user(struct buffer *out, const struct state_user *user) {
    buffer_add_string(out, "CREATE USER ");
    add_quoted(out, user->name, '`');
    buffer_add_string(out, " IF NOT EXISTS SET ENCRYPTED PASSWORD ");
    add_quoted(out, user->credential, '\'');
    buffer_printf(out, " CHANGE %sREQUIRED SET STATUS %s;\n", user->must_change_password ? "" : "NOT ",
                  user->is_suspended ? "SUSPENDED" : "ACTIVE");
}

static bool is_built_in(const char *role) {
    static const char *const roles[] = { "PUBLIC", "admin", "architect", "editor", "publisher", "reader" };

    for (size_t i = 0; i < ARRAY_LENGTH(roles); i++)
        if (str_equal(roles[i], role))
            return true;
    return false;
}

static bool is_on(const struct privilege *privilege, const char *database) {
    return privilege->scope == PRIVILEGE_ON_NAMED && !strcasecmp(privilege->database, database);
}

/* A role of a user, or with privileges on the database, is made anew with those; the database is a parameter,
 * since it may come back under another name. */
static void add_role(struct buffer *out, struct arena *arena, const struct cluster_state *state,
                     const struct state_role *role, const char *database) {
    const char *name = privilege_quote(arena, role->name);
    CLEANUP_BUFFER struct buffer grants = { 0 };
    bool is_held = false;

    for (size_t i = 0; i < role->privilege_count; i++)
        if (is_on(&role->privileges[i], database))
            buffer_printf(&grants, "%s;\n",
                          privilege_command_on(arena, &role->privileges[i], "$database", name));
    for (size_t i = 0; i < state->user_count; i++)
        for (size_t k = 0; k < state->users[i].roles.count; k++)
            is_held = is_held || str_equal(state->users[i].roles.items[k], role->name);
    if (!is_built_in(role->name) && (is_held || grants.length))
        buffer_printf(out, "CREATE ROLE %s IF NOT EXISTS;\n", name);
    buffer_add_string(out, buffer_string(&grants));
}

char *backup_metadata(const struct neo4j_process *process, struct arena *arena, const char *database,
                      const char *which) {
    bool wants_users = str_equal(which, "all") || str_starts_with(which, "users");
    bool wants_roles = str_equal(which, "all") || str_equal(which, "roles");
    const struct cluster_state *state = &process->state;
    CLEANUP_BUFFER struct buffer out = { 0 };

    for (size_t i = 0; wants_roles && i < state->role_count; i++)
        add_role(&out, arena, state, &state->roles[i], database);
    for (size_t i = 0; wants_users && i < state->user_count; i++) {
        const struct state_user *user = &state->users[i];
        add_user(&out, user);
        for (size_t k = 0; k < user->roles.count; k++)
            buffer_printf(&out, "GRANT ROLE %s TO %s;\n", privilege_quote(arena, user->roles.items[k]),
                          privilege_quote(arena, user->name));
    }
    return arena_strdup(arena, buffer_string(&out));
}

/* ---- answers ---- */

static void answer_databases(struct neo4j_process *process, struct arena *arena, struct json *answer) {
    struct json *databases = json_set_array(arena, answer, "databases");
    const struct hosted_database *hosted;
    struct json *one = json_append_object(arena, databases);

    json_set_string(arena, one, "name", "system");
    json_set_string(arena, one, "id", SYSTEM_UUID);
    TAILQ_FOREACH (hosted, &process->hosted, link) {
        const struct state_database *database = state_find_database_id(&process->state, hosted->id);
        if (!database || hosted->status != HOSTED_ONLINE)
            continue;
        one = json_append_object(arena, databases);
        json_set_string(arena, one, "name", database->name);
        json_set_string(arena, one, "id", database->id);
    }
}

static void set_range(struct arena *arena, struct json *answer, uint64_t lowest, uint64_t highest,
                      const char *checksum, const char *store) {
    json_set_integer(arena, answer, "lowest", (int64_t)lowest);
    json_set_integer(arena, answer, "highest", (int64_t)highest);
    json_set_string(arena, answer, "checksum", checksum);
    json_set_string(arena, answer, "store", backup_store_hash(arena, store));
}

/* The system database's transactions are its commands, from 1 on. */
static void answer_system(struct neo4j_process *process, struct arena *arena, const struct json *request,
                          struct json *answer) {
    uint64_t after = (uint64_t)json_integer_at(request, "after", 0);
    uint64_t committed = process->volume->system.committed;
    struct json *commands = json_set_array(arena, answer, "content");

    for (uint64_t i = after + 1; i <= committed; i++)
        json_append_string(arena, commands, raft_store_entry(&process->volume->system, i)->command);
    json_set_bool(arena, answer, "system", true);
    set_range(arena, answer, after < committed ? after + 1 : 0, after < committed ? committed : 0,
              arena_printf(arena, "%llu", (unsigned long long)committed), process->state.cluster_id);
}

/* Whether the transaction before those in question is the one that the backup ends with. */
static bool is_same_history(const struct ledger *ledger, const struct json *transactions,
                            const char *before) {
    const struct json *first = json_item(transactions, 0);

    return str_equal(first ? json_string_at(first, "before", "") : ledger_checksum(ledger), before);
}

static bool answer_difference(struct arena *arena, const struct hosted_database *hosted,
                              const struct ledger *ledger, const struct json *request, struct json *answer) {
    uint64_t after = (uint64_t)json_integer_at(request, "after", 0);
    struct json *transactions = volume_transactions(hosted->store, arena, after);

    /* A secondary has heard of more than it has applied. */
    while (transactions && json_length(transactions) && ledger_transaction(ledger) >= after &&
           json_length(transactions) > ledger_transaction(ledger) - after)
        json_remove_item(transactions, json_length(transactions) - 1);
    size_t count = json_length(transactions);

    if (!transactions || ledger_transaction(ledger) < after ||
        !is_same_history(ledger, transactions, json_string_at(request, "before", ""))) {
        json_set_bool(arena, answer, "unavailable", true);
        return true;
    }
    json_set(arena, answer, "content", transactions);
    set_range(arena, answer, count ? after + 1 : 0, count ? ledger_transaction(ledger) : 0,
              ledger_checksum(ledger), ledger_store(ledger));
    return true;
}

static bool answer_database(struct neo4j_process *process, struct arena *arena, const struct json *request,
                            struct json *answer, struct error *err) {
    const char *id = json_string_at(request, "database", "");
    const struct state_database *database = state_find_database_id(&process->state, id);
    struct hosted_database *hosted = hosting_find(process, id);

    if (!database || !hosted || hosted->status != HOSTED_ONLINE || !hosted->ledger)
        return error_set(err, ERROR_NOT_FOUND, "Database with id %s is not online on the remote server", id);
    if (!json_get(request, "after"))
        hosting_checkpoint(hosted); /* a full backup always triggers one */
    const struct ledger *ledger = hosted->ledger;
    json_set_string(
        arena, answer, "metadata",
        backup_metadata(process, arena, database->name, json_string_at(request, "metadata", "none")));
    if (json_get(request, "after"))
        return answer_difference(arena, hosted, ledger, request, answer);
    json_set(arena, answer, "content", ledger_write(ledger, arena));
    set_range(arena, answer, 1, ledger_transaction(ledger), ledger_checksum(ledger), ledger_store(ledger));
    return true;
}

void backup_service_receive(struct neo4j_process *process, const struct network_message *envelope,
                            const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *answer = json_new_object(arena);
    struct error err = { 0 };
    bool is_backup_port =
        process_has_port(process, PORT_BACKUP) && envelope->port == process->listen[PORT_BACKUP].port;

    if (!is_backup_port && envelope->port != process->listen[PORT_CLUSTER].port)
        return;
    json_set_string(arena, answer, "kind", "backup-answer");
    json_set(arena, answer, "serial", json_get(message, "serial"));
    json_set_string(arena, answer, "version", process->version.text);
    if (process->phase != PHASE_STARTED && process->phase != PHASE_OPENING)
        error_set(&err, ERROR_UNAVAILABLE, "The remote server has not started yet");
    else if (str_equal(json_string_at(message, "ask", ""), "databases"))
        answer_databases(process, arena, answer);
    else if (str_equal(json_string_at(message, "database", ""), SYSTEM_UUID))
        answer_system(process, arena, message, answer);
    else if (!answer_database(process, arena, message, answer, &err))
        ensure(err.kind);
    if (err.kind)
        json_set_string(arena, answer, "failure", err.text);
    network_send_address(&process->endpoint, process->now_ns, envelope->from_address, 0, answer);
}
