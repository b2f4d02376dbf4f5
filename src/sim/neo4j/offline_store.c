#include "sim/neo4j/offline_store.h"

#include "sim/neo4j/backup_service.h"

static const char system_name[] = "system";

void offline_state_read(const struct neo4j_volume *volume, struct cluster_state *out_state) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    *out_state = (struct cluster_state){ 0 };
    for (uint64_t i = 1; i <= volume->system.committed; i++) {
        const struct raft_entry *entry = raft_store_entry(&volume->system, i);
        struct json *command;
        arena_reset(arena);
        if (entry && *entry->command && json_parse(arena, text_from(entry->command), NULL, &command, NULL))
            administration_apply(out_state, command);
    }
}

/* The id that the database's store has: the one that system knows, else the one that waits for its creation.
 */
static char *store_id(const struct neo4j_volume *volume, const char *database) {
    CLEANUP(cluster_state_clear) struct cluster_state state;
    const struct state_database *known;

    offline_state_read(volume, &state);
    known = state_find_database(&state, database);
    return known ? xstrdup(known->id) : volume_waiting_id(database);
}

struct volume_database *offline_store_find(const struct neo4j_volume *volume, const char *database) {
    CLEANUP_FREE char *id = store_id(volume, database);
    CLEANUP_FREE char *waiting = volume_waiting_id(database);
    struct volume_database *store = volume_find_database(volume, id);

    return store ? store : volume_find_database(volume, waiting);
}

bool offline_store_exists(const struct neo4j_volume *volume, const char *database) {
    return !strcasecmp(database, system_name) ? volume->system.committed > 0
                                              : offline_store_find(volume, database) != NULL;
}

static int by_name(const void *a, const void *b) {
    const struct json *left = a, *right = b;
    bool is_left_system = str_equal(left->string, system_name),
         is_right_system = str_equal(right->string, system_name);

    if (is_left_system != is_right_system)
        return is_left_system ? -1 : 1;
    return strcmp(left->string, right->string);
}

struct json *offline_store_names(const struct neo4j_volume *volume, struct arena *arena) {
    CLEANUP(cluster_state_clear) struct cluster_state state;
    struct json *names = json_new_array(arena);
    const struct volume_database *store;

    offline_state_read(volume, &state);
    if (volume->system.committed)
        json_append_string(arena, names, system_name);
    TAILQ_FOREACH (store, &volume->databases, link) {
        const struct state_database *known = state_find_database_id(&state, store->id);
        const char *waiting = volume_waiting_name(store);
        if (known || waiting)
            json_append_string(arena, names, known ? known->name : waiting);
    }
    if (json_length(names))
        qsort(names->items, json_length(names), sizeof(names->items[0]), by_name);
    return names;
}

bool offline_store_is_locked(const struct neo4j_volume *volume, const char *database) {
    const struct neo4j_process *server = volume->server;
    const struct state_database *known = server ? state_find_database(&server->state, database) : NULL;
    const struct hosted_database *hosted = known ? hosting_find(server, known->id) : NULL;

    if (server && !strcasecmp(database, system_name))
        return true;
    return hosted && hosted->status != HOSTED_OFFLINE;
}

void offline_store_put(struct neo4j_volume *volume, const char *database, const struct ledger *ledger) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_FREE char *id = store_id(volume, database);
    CLEANUP_FREE char *waiting = volume_waiting_id(database);
    struct volume_database *store;

    volume_remove_database(volume, waiting);
    volume_empty_database(volume, id);
    store = volume_database(volume, id);
    store->base = xstrdup(json_print(arena, ledger_write(ledger, arena)));
}

void offline_store_put_system(struct neo4j_volume *volume, const struct json *commands) {
    raft_store_clear(&volume->system);
    JSON_FOR_EACH_ITEM (command, commands)
        raft_store_append(&volume->system, 1, json_string(command, ""));
    volume->system.term = 1;
    volume->system.committed = volume->system.count;
    /* Which cluster it is of stands in the first command; it is read at the next start. */
    free(volume->cluster_id);
    CLEANUP(cluster_state_clear) struct cluster_state state;
    offline_state_read(volume, &state);
    volume->cluster_id = state.cluster_id ? xstrdup(state.cluster_id) : NULL;
}

static struct json *system_commands(const struct neo4j_volume *volume, struct arena *arena) {
    struct json *commands = json_new_array(arena);

    for (uint64_t i = 1; i <= volume->system.committed; i++)
        json_append_string(arena, commands, raft_store_entry(&volume->system, i)->command);
    return commands;
}

bool offline_store_read(const struct neo4j_volume *volume, struct arena *arena, const char *database,
                        struct artifact *out_artifact, struct error *err) {
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;
    bool is_system = !strcasecmp(database, system_name);
    const struct volume_database *store = is_system ? NULL : offline_store_find(volume, database);
    struct artifact artifact = { .is_dump = true,
                                 .is_full = true,
                                 .is_compressed = true,
                                 .is_recovered = true,
                                 .is_system = is_system,
                                 .database = database,
                                 .database_id = store ? arena_strdup(arena, store->id) : system_name,
                                 .lowest = 1 };

    if (is_system) {
        artifact.content = system_commands(volume, arena);
        artifact.highest = volume->system.committed;
        artifact.store = backup_store_hash(arena, volume->cluster_id ? volume->cluster_id : "");
        *out_artifact = artifact;
        return true;
    }
    ensure(store);
    if (!volume_open_ledger(store, &ledger, err))
        return false;
    artifact.content = ledger_write(ledger, arena);
    artifact.highest = ledger_transaction(ledger);
    artifact.checksum = arena_strdup(arena, ledger_checksum(ledger));
    artifact.store = backup_store_hash(arena, ledger_store(ledger));
    *out_artifact = artifact;
    return true;
}
