#include "sim/neo4j/volume.h"

#include "sim/neo4j/retention.h"

#include <ctype.h>

#include "base/text.h"
#include "sim/neo4j/file_tree.h"

struct neo4j_volume *neo4j_volume_new(void) {
    struct neo4j_volume *volume = XNEW(struct neo4j_volume);

    TAILQ_INIT(&volume->databases);
    return volume;
}

static void database_free(struct volume_database *database) {
    raft_store_clear(&database->log);
    free(database->base);
    free(database->id);
    free(database);
}

static void clear(struct neo4j_volume *volume) {
    struct volume_database *database;

    while ((database = TAILQ_FIRST(&volume->databases))) {
        TAILQ_REMOVE(&volume->databases, database, link);
        database_free(database);
    }
    raft_store_clear(&volume->system);
    file_tree_free(volume->files);
    free(volume->version);
    free(volume->server_id);
    free(volume->cluster_id);
    free(volume->credential);
}

void neo4j_volume_free(struct neo4j_volume *volume) {
    if (!volume)
        return;
    clear(volume);
    free(volume);
}

void neo4j_volume_lose(struct neo4j_volume *volume) {
    enum neo4j_disk disk = volume->disk;

    ensure(!volume->server);
    clear(volume);
    *volume = (struct neo4j_volume){ 0 };
    TAILQ_INIT(&volume->databases);
    neo4j_volume_set_disk(volume, disk);
}

void neo4j_volume_set_disk(struct neo4j_volume *volume, enum neo4j_disk disk) {
    bool is_full = disk == NEO4J_DISK_FULL;
    struct volume_database *database;

    volume->disk = disk;
    volume->system.is_full = is_full;
    TAILQ_FOREACH (database, &volume->databases, link)
        database->log.is_full = is_full;
    if (volume->files)
        file_tree_set_full(volume->files, is_full);
}

bool volume_has_room(const struct neo4j_volume *volume, struct error *err) {
    return volume->disk != NEO4J_DISK_FULL || error_set(err, ERROR_UNAVAILABLE, "No space left on device");
}

struct file_tree *neo4j_volume_files(struct neo4j_volume *volume) {
    if (!volume->files) {
        volume->files = file_tree_new();
        file_tree_set_full(volume->files, volume->disk == NEO4J_DISK_FULL);
    }
    return volume->files;
}

bool neo4j_volume_is_empty(const struct neo4j_volume *volume) {
    return !volume->server_id;
}

struct volume_database *volume_find_database(const struct neo4j_volume *volume, const char *id) {
    struct volume_database *database;

    TAILQ_FOREACH (database, &volume->databases, link)
        if (str_equal(database->id, id))
            return database;
    return NULL;
}

struct volume_database *volume_database(struct neo4j_volume *volume, const char *id) {
    struct volume_database *database = volume_find_database(volume, id);

    if (database)
        return database;
    database = XNEW(struct volume_database);
    database->id = xstrdup(id);
    database->log.is_full = volume->disk == NEO4J_DISK_FULL;
    TAILQ_INSERT_TAIL(&volume->databases, database, link);
    return database;
}

void volume_rename_database(struct neo4j_volume *volume, const char *id, const char *new_id) {
    struct volume_database *database = volume_find_database(volume, id);

    if (!database || volume_find_database(volume, new_id))
        return;
    free(database->id);
    database->id = xstrdup(new_id);
}

void volume_remove_database(struct neo4j_volume *volume, const char *id) {
    struct volume_database *database = volume_find_database(volume, id);

    if (!database)
        return;
    TAILQ_REMOVE(&volume->databases, database, link);
    database_free(database);
}

/* ---- stores ---- */

bool volume_open_base(const struct volume_database *database, struct ledger **out_ledger, struct error *err) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *whole;

    if (!database->base) {
        *out_ledger = ledger_new(database->id);
        return true;
    }
    return json_parse(arena, text_from(database->base), NULL, &whole, err) &&
           ledger_read(whole, out_ledger, err);
}

/* The transaction of a committed entry, in arena; NULL: the entry is none. */
static struct json *transaction_at(const struct volume_database *database, struct arena *arena,
                                   uint64_t index) {
    const struct raft_entry *entry = raft_store_entry(&database->log, index);
    struct json *transaction;

    if (!entry || !*entry->command)
        return NULL;
    return json_parse(arena, text_from(entry->command), NULL, &transaction, NULL) ? transaction : NULL;
}

bool volume_open_ledger(const struct volume_database *database, struct ledger **out_ledger,
                        struct error *err) {
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;
    CLEANUP_ARENA struct arena *arena = arena_new();

    if (!volume_open_base(database, &ledger, err))
        return false;
    for (uint64_t i = database->base_index + 1; i <= database->log.committed; i++) {
        arena_reset(arena);
        const struct json *transaction = transaction_at(database, arena, i);
        if (transaction && !ledger_apply(ledger, transaction, err))
            return false;
    }
    *out_ledger = TAKE(ledger);
    return true;
}

struct json *volume_transactions(const struct volume_database *database, struct arena *arena,
                                 uint64_t after) {
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;
    struct json *transactions = json_new_array(arena);
    uint64_t first = 0, last;

    for (uint64_t i = database->log.cut + 1; i <= database->log.committed; i++) {
        const struct json *transaction = transaction_at(database, arena, i);
        uint64_t number = (uint64_t)json_integer_at(transaction, "transaction", 0);
        if (!transaction)
            continue;
        first = first ? first : number;
        if (number > after)
            json_append(arena, transactions, transaction);
    }
    if (first)
        return first <= after + 1 ? transactions : NULL;
    if (!volume_open_base(database, &ledger, NULL))
        return NULL;
    last = ledger_transaction(ledger);
    return after >= last ? transactions : NULL;
}

void volume_checkpoint(struct volume_database *database, const struct ledger *ledger, uint64_t index) {
    CLEANUP_ARENA struct arena *arena = arena_new();

    ensure(index >= database->base_index && index <= database->log.committed);
    free(database->base);
    database->base = xstrdup(json_print(arena, ledger_write(ledger, arena)));
    database->base_index = index;
}

void volume_prune(struct volume_database *database, const char *retention_policy, int64_t wall_ns) {
    struct retention retention;

    if (!retention_parse(text_from(retention_policy), &retention))
        return; /* the server did not start with it, see settings.c */
    raft_store_cut(&database->log, retention_cut(&retention, &database->log, database->base_index, wall_ns));
}

/* ---- stores that wait for their database ---- */

static const char waiting_prefix[] = "waiting:";

char *volume_waiting_id(const char *name) {
    char *id = xprintf("%s%s", waiting_prefix, name);

    for (char *letter = id; *letter; letter++)
        *letter = (char)tolower((unsigned char)*letter);
    return id;
}

const char *volume_waiting_name(const struct volume_database *database) {
    return str_starts_with(database->id, waiting_prefix) ? database->id + strlen(waiting_prefix) : NULL;
}

void volume_empty_database(struct neo4j_volume *volume, const char *id) {
    struct volume_database *database = volume_find_database(volume, id);

    if (!database)
        return;
    raft_store_clear(&database->log);
    free(database->base);
    database->base = NULL;
    database->base_index = 0;
}

void volume_adopt(struct neo4j_volume *volume, const char *name, const char *id) {
    CLEANUP_FREE char *waiting = volume_waiting_id(name);
    struct volume_database *database = volume_find_database(volume, waiting);

    if (!database || volume_find_database(volume, id))
        return;
    free(database->id);
    database->id = xstrdup(id);
}
