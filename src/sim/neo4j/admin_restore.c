/* neo4j-admin database restore. Source: Operations Manual, restore a database backup. */
#include "sim/neo4j/admin.h"
#include "sim/neo4j/offline_store.h"

struct restore {
    struct artifact_list list; /* of the folder */
    struct artifact last;
    struct storage_place folder;
    const char *database; /* after the restore */
};

/* The artifact that one --from-path stands for. */
static bool choose(struct admin *admin, const char *path, struct restore *restore, struct error *err) {
    const char *source = admin_value(admin, "--source-database"), *target = admin_parameter(admin, 0);
    struct storage_place place;

    if (!storage_locate(admin->process, admin->arena, path, &place, err))
        return false;
    bool is_folder = storage_is_folder(&place);
    restore->folder = is_folder ? place : storage_parent(&place, admin->arena);
    if (!is_folder && !artifact_read(&place, admin->arena, &restore->last, err))
        return false;
    restore->list = artifact_list_folder(&restore->folder, admin->arena,
                                         is_folder ? source : restore->last.database, NULL);
    for (size_t i = 1; is_folder && i < restore->list.count; i++)
        if (!str_equal(restore->list.items[i].database, restore->list.items[0].database))
            return error_set(
                err, ERROR_INVALID,
                "%s contains backups of several databases. Use --source-database to choose one of them.",
                path);
    if (is_folder && !restore->list.count)
        return error_set(err, ERROR_NOT_FOUND, "No backup artifact found at %s", path);
    if (is_folder)
        restore->last = *artifact_latest(&restore->list, restore->list.items[0].database);
    if (restore->last.is_dump)
        return error_set(err, ERROR_INVALID, "%s is a dump; use neo4j-admin database load", path);
    restore->database = target ? target : restore->last.database;
    return true;
}

/* ---- what is refused ---- */

static bool check_target(struct admin *admin, const struct restore *restore, struct error *err) {
    const struct neo4j_volume *volume = admin->process->volume;
    const char *database = restore->database;

    if (restore->last.is_system != !strcasecmp(database, "system"))
        return error_set(err, ERROR_INVALID,
                         "The system database can only be restored as the system database");
    if (offline_store_is_locked(volume, database) || (restore->last.is_system && volume->server))
        return error_set(
            err, ERROR_CONFLICT,
            "The database is in use. Stop database '%s' and try again.\n\nLock file has been locked by "
            "another process: /data/databases/%s/database_lock. Please ensure no other process is using "
            "this database, and that the directory is writable (required even for read-only access)",
            database, database);
    if (offline_store_exists(volume, database) && !admin_flag(admin, "--overwrite-destination"))
        return error_set(err, ERROR_ALREADY_EXISTS,
                         "Database with name [%s] already exists at /data/databases/%s", database, database);
    if (artifact_is_later_than(&restore->last, &admin->process->version))
        return error_set(
            err, ERROR_INVALID,
            "The backup was made by Neo4j %s. Restoring a database backup to a previous Neo4j version "
            "(%s) is not supported.",
            restore->last.version, admin->process->version.text);
    return true;
}

static bool read_until(struct admin *admin, struct restore_until *out_until, struct error *err) {
    const char *text = admin_value(admin, "--restore-until");

    *out_until = (struct restore_until){ 0 };
    return !text || restore_until_parse(text, out_until) ||
           error_set(
               err, ERROR_INVALID,
               "Invalid value '%s' for --restore-until: use a transaction id, or a UTC date and time as in "
               "\"2021-09-11 10:15:30\"",
               text);
}

/* ---- doing it ---- */

/* The script for users and roles, which somebody runs afterwards against system. */
static bool write_metadata(struct admin *admin, const struct restore *restore, struct error *err) {
    const char *path =
        arena_printf(admin->arena, "/data/scripts/%s/restore_metadata.cypher", restore->database);
    struct storage_place place;

    if (str_empty(restore->last.metadata) || restore->last.is_system)
        return true;
    return storage_locate(admin->process, admin->arena, path, &place, err) &&
           storage_write(&place, restore->last.metadata, err);
}

static bool put(struct admin *admin, const struct restore *restore, const struct artifact_list *chain,
                const struct restore_until *until, struct error *err) {
    struct neo4j_volume *volume = admin->process->volume;
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;

    if (!volume_has_room(volume, err))
        return false;
    if (restore->last.is_system) {
        offline_store_put_system(volume, store_image_commands(chain, admin->arena));
        return true;
    }
    if (!store_image_replay(chain, until, &ledger, err))
        return false;
    offline_store_put(volume, restore->database, ledger);
    return write_metadata(admin, restore, err);
}

/* Needs space beside the artifacts, or where --temp-path says. */
static bool check_temporary(struct admin *admin, const struct restore *restore, struct error *err) {
    const char *temp = admin_value(admin, "--temp-path");
    struct storage_place place = restore->folder;

    if (temp && !storage_locate(admin->process, admin->arena, temp, &place, err))
        return false;
    if (temp && !storage_is_folder(&place))
        return error_set(err, ERROR_NOT_FOUND, "%s is not an existing directory", temp);
    return place.is_remote || !place.is_read_only ||
           error_set(err, ERROR_FORBIDDEN, "java.nio.file.FileSystemException: %s: Read-only file system",
                     storage_name(&place, admin->arena));
}

static bool restore_one(struct admin *admin, const char *path, const struct restore_until *until,
                        struct error *err) {
    struct restore restore = { 0 };
    struct artifact_list chain;

    if (!choose(admin, path, &restore, err) || !check_target(admin, &restore, err) ||
        !check_temporary(admin, &restore, err) ||
        !artifact_chain(&restore.list, admin->arena, &restore.last, &chain, err) ||
        !put(admin, &restore, &chain, until, err))
        return false;
    admin_log(admin, "INFO", "c.n.b.r.RestoreDatabaseCommand",
              "Restore of database '%s' completed successfully.", restore.database);
    if (!str_empty(restore.last.metadata) && !restore.last.is_system)
        admin_say(admin,
                  "You need to execute /data/scripts/%s/restore_metadata.cypher. To execute the file use "
                  "cypher-shell "
                  "command with parameter `%s`",
                  restore.database, restore.database);
    return true;
}

void admin_restore_run(struct admin *admin) {
    const struct json *paths = admin_list(admin, "--from-path");
    struct restore_until until;
    struct error err = { 0 };
    size_t failed = 0;

    if (!read_until(admin, &until, &err)) {
        admin_fail(admin, "%s", err.text);
        return;
    }
    if (admin_parameter(admin, 0) && json_length(paths) > 1) {
        admin_fail(admin, "A database name can be given only when --from-path is a single artifact");
        return;
    }
    JSON_FOR_EACH_ITEM (path, paths) {
        struct error one = { 0 };
        if (restore_one(admin, json_string(path, ""), &until, &one))
            continue;
        failed++;
        if (json_length(paths) > 1)
            admin_say(admin, "Failed to restore %s: %s", json_string(path, ""), one.text);
        err = one;
    }
    if (failed && json_length(paths) > 1)
        admin_fail(admin, "Restore failed for %zu of %zu artifacts", failed, json_length(paths));
    else if (failed)
        admin_fail(admin, "%s", err.text);
    else
        admin_end(admin, 0);
}
