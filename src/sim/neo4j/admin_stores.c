/* neo4j-admin database dump, load, copy, check, info and migrate: on the files of a stopped database. What
 * they say was seen with Community 5.26.30 and 2026.08.1. */
#include "sim/neo4j/admin.h"
#include "sim/neo4j/offline_store.h"

#define DEFAULT_DUMPS "/data/dumps"

/* A command for every database that a name or a glob stands for; the failures of all are told at the end. */
struct each {
    const char *logger; /* NULL: lines without one */
    const char *verb;   /* "dump" */
    const char *failed; /* "Dump failed" */
    bool (*one)(struct admin *admin, const char *database, struct error *err);
};

#define LOCKED_CAUSE                                                                                         \
    "Lock file has been locked by another process: /data/databases/%s/database_lock. Please ensure no "      \
    "other "                                                                                                 \
    "process is using this database, and that the directory is writable (required even for read-only "       \
    "access)"

static bool set_locked(const char *database, struct error *err) {
    return error_set(err, ERROR_CONFLICT,
                     "The database is in use. Stop database '%s' and try again.\n\n" LOCKED_CAUSE, database,
                     database);
}

static void run_each(struct admin *admin, const struct each *each, const struct json *databases) {
    CLEANUP_BUFFER struct buffer names = { 0 }, reasons = { 0 };

    JSON_FOR_EACH_ITEM (database, databases) {
        struct error err = { 0 };
        if (each->one(admin, database->string, &err))
            continue;
        const char *reason = admin_reason(admin, err.text);
        if (each->logger)
            admin_log(admin, "ERROR", each->logger, "Failed to %s database '%s': %s", each->verb,
                      database->string, reason);
        else
            admin_say(admin, "Failed to %s database '%s': %s", each->verb, database->string, reason);
        buffer_printf(&names, "%s'%s'", names.length ? ", " : "", database->string);
        buffer_printf(&reasons, "\n\n%s", reason);
    }
    if (!names.length) {
        admin_end(admin, 0);
        return;
    }
    if (each->logger)
        admin_log(admin, "ERROR", each->logger, "%s for databases: %s", each->failed, buffer_string(&names));
    else
        admin_say(admin, "%s for databases: %s", each->failed, buffer_string(&names));
    admin_fail(admin, "%s for databases: %s%s", each->failed, buffer_string(&names), buffer_string(&reasons));
}

/* The stores whose names match; a name without a glob stands for itself, there or not. In arena. */
static struct json *matching(struct admin *admin, const char *pattern) {
    struct json *all = offline_store_names(admin->process->volume, admin->arena);
    struct json *databases = json_new_array(admin->arena);

    if (!strpbrk(pattern, "*?"))
        json_append_string(admin->arena, databases, pattern);
    else
        JSON_FOR_EACH_ITEM (name, all)
            if (artifact_glob(pattern, name->string))
                json_append_string(admin->arena, databases, name->string);
    return databases;
}

static bool check_source(struct admin *admin, const char *database, struct error *err) {
    const struct neo4j_volume *volume = admin->process->volume;

    if (!offline_store_exists(volume, database))
        return error_set(
            err, ERROR_NOT_FOUND,
            "Database does not exist: %s\n\nDirectory '/data/databases/%s' does not contain a database",
            database, database);
    return !offline_store_is_locked(volume, database) || set_locked(database, err);
}

static void say_done(struct admin *admin, const struct artifact *artifact) {
    admin_say(admin, "Done: 1 files, %zuB processed in 0.100 seconds.",
              strlen(json_print(admin->arena, artifact->content)));
}

/* ---- dump ---- */

static bool dump_one(struct admin *admin, const char *database, struct error *err) {
    const char *to = admin_value(admin, "--to-path");
    struct storage_place folder, place;
    struct artifact artifact;

    admin_log(admin, "INFO", "o.n.c.d.DumpCommand", "Starting dump of database '%s'", database);
    if (!check_source(admin, database, err) ||
        !offline_store_read(admin->process->volume, admin->arena, database, &artifact, err))
        return false;
    artifact.version = admin->process->version.text;
    artifact.wall_ns = process_wall(admin->process);
    if (admin_flag(admin, "--to-stdout")) {
        admin_say(admin, "%s", artifact_print(admin->arena, &artifact));
        return true;
    }
    if (!storage_locate(admin->process, admin->arena, to ? to : DEFAULT_DUMPS, &folder, err))
        return false;
    place = storage_inside(&folder, admin->arena, arena_printf(admin->arena, "%s.dump", database));
    if (storage_read(&place) && !admin_flag(admin, "--overwrite-destination"))
        return error_set(err, ERROR_ALREADY_EXISTS, "Archive already exists: %s\n\n%s",
                         storage_name(&place, admin->arena), storage_name(&place, admin->arena));
    if (!storage_write(&place, artifact_print(admin->arena, &artifact), err))
        return false;
    say_done(admin, &artifact);
    admin_log(admin, "INFO", "o.n.c.d.DumpCommand", "Dump completed successfully");
    return true;
}

void admin_dump_run(struct admin *admin) {
    static const struct each each = { "o.n.c.d.DumpCommand", "dump", "Dump failed", dump_one };
    const char *to = admin_value(admin, "--to-path");
    struct storage_place folder;

    if (to && !admin_locate_folder(admin, to, &folder))
        return;
    run_each(admin, &each, matching(admin, admin_parameter(admin, 0)));
}

/* ---- load ---- */

static const char *dumps_folder(const struct admin *admin) {
    const char *from = admin_value(admin, "--from-path");

    return from ? from : DEFAULT_DUMPS;
}

/* <database>.dump, or the newest full backup of the database. */
static bool find_archive(struct admin *admin, const char *database, struct artifact *out_artifact,
                         struct error *err) {
    struct storage_place folder, place;
    struct artifact_list list;

    if (!storage_locate(admin->process, admin->arena, dumps_folder(admin), &folder, err))
        return false;
    place = storage_inside(&folder, admin->arena, arena_printf(admin->arena, "%s.dump", database));
    if (storage_read(&place))
        return artifact_read(&place, admin->arena, out_artifact, err);
    list = artifact_list_folder(&folder, admin->arena, database, NULL);
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].is_full) {
            *out_artifact = list.items[i];
            return true;
        }
    if (!neo4j_version_at_least(&admin->process->version, 2026, 1))
        return error_set(err, ERROR_NOT_FOUND, "No matching archives found");
    return error_set(err, ERROR_NOT_FOUND,
                     "No matching archives ('%s.dump' or a full backup of '%s') found in '%s'", database,
                     database, storage_name(&folder, admin->arena));
}

static bool show_archive(struct admin *admin, const char *database, struct error *err) {
    struct artifact artifact;

    if (!find_archive(admin, database, &artifact, err))
        return false;
    admin_say(admin, "Database: %s\nFormat: %s\nFiles: 1\nBytes: %zu\n", database,
              artifact.is_dump ? "Neo4j ZSTD Dump." : "Neo4j Full Backup.",
              strlen(json_print(admin->arena, artifact.content)));
    return true;
}

static bool load_one(struct admin *admin, const char *database, struct error *err) {
    struct neo4j_volume *volume = admin->process->volume;
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;
    struct artifact artifact;

    if (admin_flag(admin, "--info"))
        return show_archive(admin, database, err);
    if (!find_archive(admin, database, &artifact, err))
        return false;
    if (artifact_is_later_than(&artifact, &admin->process->version))
        return error_set(err, ERROR_INVALID,
                         "The archive was made by Neo4j %s, which is newer than this version (%s)",
                         artifact.version, admin->process->version.text);
    if (offline_store_is_locked(volume, database))
        return set_locked(database, err);
    if (offline_store_exists(volume, database) && !admin_flag(admin, "--overwrite-destination"))
        return error_set(err, ERROR_ALREADY_EXISTS, "Database already exists: %s\n\n/data/transactions/%s",
                         database, database);
    if (artifact.is_system != !strcasecmp(database, "system"))
        return error_set(err, ERROR_INVALID,
                         "The archive of the system database can only be loaded as system");
    if (!volume_has_room(volume, err))
        return false;
    if (artifact.is_system) {
        offline_store_put_system(volume, artifact.content);
    } else {
        if (!store_image_replay(&(struct artifact_list){ &artifact, 1 }, NULL, &ledger, err))
            return false;
        offline_store_put(volume, database, ledger);
    }
    say_done(admin, &artifact);
    return true;
}

void admin_load_run(struct admin *admin) {
    static const struct each each = { NULL, "load", "Load failed", load_one };
    const char *pattern = admin_parameter(admin, 0);
    struct json *databases = json_new_array(admin->arena);
    struct storage_place folder;

    if (admin_flag(admin, "--from-stdin")) {
        admin_fail(admin, "No archive was given on standard input");
        return;
    }
    if (!admin_locate_folder(admin, dumps_folder(admin), &folder))
        return;
    if (!strpbrk(pattern, "*?")) {
        json_append_string(admin->arena, databases, pattern);
    } else {
        const struct json *files = file_tree_list(folder.tree, admin->arena, folder.path);
        JSON_FOR_EACH_ITEM (file, files) {
            const char *name = arena_strndup(admin->arena, file->string, strcspn(file->string, "."));
            if (str_ends_with(file->string, ".dump") && artifact_glob(pattern, name))
                json_append_string(admin->arena, databases, name);
        }
    }
    run_each(admin, &each, databases);
}

/* ---- copy ---- */

/* Entries whose labels are on the list, or are not; NULL: no list. */
static bool has_label(const struct json *entry, const struct json *labels) {
    JSON_FOR_EACH_ITEM (label, labels)
        JSON_FOR_EACH_ITEM (own, json_get(entry, "labels"))
            if (str_equal(own->string, label->string))
                return true;
    return false;
}

static struct json *without(struct admin *admin, const struct json *names, const struct json *skipped) {
    struct json *kept = json_new_array(admin->arena);

    JSON_FOR_EACH_ITEM (name, names) {
        bool is_skipped = false;
        JSON_FOR_EACH_ITEM (one, skipped)
            is_skipped = is_skipped || str_equal(one->string, name->string);
        if (!is_skipped)
            json_append_string(admin->arena, kept, name->string);
    }
    return kept;
}

/* The copy is a store of its own, made by one transaction. */
static struct ledger *copy_ledger(struct admin *admin, const struct ledger *from, const char *store) {
    const struct json *only = admin_list(admin, "--copy-only-nodes-with-labels");
    const struct json *ignored = admin_list(admin, "--ignore-nodes-with-labels");
    struct json *changes = json_new_array(admin->arena);
    struct ledger *copy = ledger_new(store);

    for (int64_t id = ledger_entry_from(from, 0); id >= 0; id = ledger_entry_from(from, id + 1)) {
        struct json *entry = ledger_entry(from, admin->arena, id);
        if ((only && !has_label(entry, only)) || has_label(entry, ignored))
            continue;
        json_set(admin->arena, entry, "labels",
                 without(admin, json_get(entry, "labels"), admin_list(admin, "--skip-labels")));
        JSON_FOR_EACH_ITEM (property, admin_list(admin, "--skip-properties"))
            json_remove(json_get(entry, "properties"), property->string);
        json_set_string(admin->arena, entry, "op", "put");
        json_append(admin->arena, changes, entry);
    }
    if (json_length(changes))
        (void)ledger_commit(copy, admin->arena, changes, process_wall(admin->process));
    return copy;
}

void admin_copy_run(struct admin *admin) {
    const char *from = admin_parameter(admin, 0), *to = admin_parameter(admin, 1);
    struct neo4j_volume *volume = admin->process->volume;
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL, *copy = NULL;
    struct error err = { 0 };

    if (!strcasecmp(from, "system") || !strcasecmp(to, "system")) {
        admin_fail(admin, "neo4j-admin database copy is not supported for use on the system database");
        return;
    }
    if (!check_source(admin, from, &err)) {
        admin_fail(admin, "%s", err.text);
        return;
    }
    if (strcasecmp(from, to) && offline_store_exists(volume, to)) {
        admin_fail(admin, "The database '%s' already exists", to);
        return;
    }
    if (!volume_open_ledger(offline_store_find(volume, from), &ledger, &err) ||
        !volume_has_room(volume, &err)) {
        admin_fail(admin, "%s", err.text);
        return;
    }
    copy = copy_ledger(admin, ledger, arena_printf(admin->arena, "copy of %s", ledger_store(ledger)));
    offline_store_put(volume, to, copy);
    admin_say(admin, "Copied %zu of %zu nodes from '%s' to '%s'.", ledger_entry_count(copy),
              ledger_entry_count(ledger), from, to);
    admin_end(admin, 0);
}

/* ---- check ---- */

static void print_progress(struct admin *admin, const char *what) {
    admin_say(admin, "%s", what);
    for (int percent = 10; percent <= 100; percent += 10)
        admin_say(admin, ".................... %3d%%", percent);
}

/* An artifact is checked by replaying its chain, a store by opening it. */
static bool check_one(struct admin *admin, const char *database, struct error *err) {
    const char *from = admin_value(admin, "--from-path");
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;
    struct artifact_list list, chain;
    struct storage_place folder;
    struct artifact archive;

    if (!from)
        return !strcasecmp(database, "system") ||
               volume_open_ledger(offline_store_find(admin->process->volume, database), &ledger, err);
    if (!storage_locate(admin->process, admin->arena, from, &folder, err))
        return false;
    if (storage_read(&folder))
        folder = storage_parent(&folder, admin->arena);
    list = artifact_list_folder(&folder, admin->arena, database, NULL);
    const struct artifact *latest = artifact_latest(&list, database);
    if (latest)
        return artifact_chain(&list, admin->arena, latest, &chain, err) &&
               (latest->is_system || store_image_replay(&chain, NULL, &ledger, err));
    struct storage_place dump =
        storage_inside(&folder, admin->arena, arena_printf(admin->arena, "%s.dump", database));
    return artifact_read(&dump, admin->arena, &archive, err) &&
           (archive.is_system ||
            store_image_replay(&(struct artifact_list){ &archive, 1 }, NULL, &ledger, err));
}

void admin_check_run(struct admin *admin) {
    const char *database = admin_parameter(admin, 0), *from = admin_value(admin, "--from-path");
    struct error err = { 0 };

    if (!from && !offline_store_exists(admin->process->volume, database)) {
        admin_fail_because(
            admin, ADMIN_EXIT_SOFTWARE, "Failed to prepare for consistency check",
            arena_printf(admin->arena,
                         "Could not find a valid database, or dump named '%s' to check at databases path: "
                         "'/data/databases', transaction log path: '/data/transactions'",
                         database));
        return;
    }
    if (!from && !check_source(admin, database, &err)) {
        admin_fail(admin, "%s", err.text);
        return;
    }
    admin_say(admin, "Running consistency check with max off-heap:512.0MiB\n  Store size:768.0KiB\n"
                     "  Allocated page cache:8.000MiB\n  Off-heap memory for caching:8.000MiB");
    if (!check_one(admin, database, &err)) {
        admin_fail(admin, "Inconsistencies found: %s", err.text);
        return;
    }
    print_progress(admin, "ID Generator consistency check");
    print_progress(admin, "Index structure consistency check");
    print_progress(admin, "Consistency check");
    admin_end(admin, 0);
}

/* ---- info and migrate ---- */

static bool show_info(struct admin *admin, const char *database, struct json *out_json, struct error *err) {
    struct artifact artifact;
    struct arena *arena = admin->arena;

    if (offline_store_is_locked(admin->process->volume, database))
        return error_set(err, ERROR_CONFLICT,
                         "Failed to execute command as the database '%s' is in use. Please stop it and try "
                         "again.\n\n" LOCKED_CAUSE,
                         database, database);
    if (!offline_store_exists(admin->process->volume, database))
        return error_set(
            err, ERROR_NOT_FOUND,
            "Database does not exist: '%s'. Directory '/data/databases/%s' does not contain a database",
            database, database);
    if (!offline_store_read(admin->process->volume, arena, database, &artifact, err))
        return false;
    struct json *one = json_append_object(arena, out_json);
    const char *last = arena_printf(arena, "%llu", (unsigned long long)artifact.highest);
    json_set_string(arena, one, "databaseName", database);
    json_set_string(arena, one, "inUse", "false");
    json_set_string(arena, one, "storeFormat", "block-block-1.1");
    json_set_string(arena, one, "storeFormatIntroduced", "5.14.0");
    json_set(arena, one, "storeFormatSuperseded", json_new_null(arena));
    json_set_string(arena, one, "lastCommittedTransaction", last);
    json_set_string(arena, one, "recoveryRequired", "false");
    return true;
}

static void print_info(struct admin *admin, const struct json *one) {
    static const char *const lines[][2] = {
        { "Database name:", "databaseName" },
        { "Database in use:", "inUse" },
        { "Store format version:", "storeFormat" },
        { "Store format introduced in:", "storeFormatIntroduced" },
        { "Last committed transaction id:", "lastCommittedTransaction" },
        { "Store needs recovery:", "recoveryRequired" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(lines); i++)
        admin_say(admin, "%-30s%s", lines[i][0], json_string_at(one, lines[i][1], ""));
}

static void fail_without_stores(struct admin *admin) {
    static const char path[] = "Provided path /data/databases must point to a directory.";

    if (neo4j_version_at_least(&admin->process->version, 2026, 1))
        admin_fail(admin, "Failed to execute command\n\n%s", path);
    else
        admin_fail(admin, "Failed to execute command: '%s'.", path);
}

void admin_info_run(struct admin *admin) {
    const char *pattern = admin_parameter(admin, 0);
    const struct json *databases = matching(admin, pattern ? pattern : "*");
    struct json *all = json_new_array(admin->arena);
    struct error err = { 0 };
    bool is_first = true;

    if (!json_length(offline_store_names(admin->process->volume, admin->arena))) {
        fail_without_stores(admin);
        return;
    }
    JSON_FOR_EACH_ITEM (database, databases)
        if (!show_info(admin, database->string, all, &err)) {
            admin_fail(admin, "%s", err.text);
            return;
        }
    if (str_equal(admin_value(admin, "--format"), "json")) {
        admin_say(admin, "%s", json_print(admin->arena, json_length(all) == 1 ? json_item(all, 0) : all));
    } else {
        JSON_FOR_EACH_ITEM (one, all) {
            if (!is_first)
                admin_say(admin, "%s", "");
            is_first = false;
            print_info(admin, one);
        }
    }
    admin_end(admin, 0);
}

/* From 2025.01 memory is looked at before the store. */
static bool migrate_one(struct admin *admin, const char *database, struct error *err) {
    static const char logger[] = "o.n.c.d.MigrateStoreCommand", migrator[] = "o.n.k.i.s.StoreMigrator";
    static const char *const stations[] = { "current version of the store",
                                            "target version of the store migration" };
    bool is_calendar = neo4j_version_is_calendar(&admin->process->version);
    bool is_there = offline_store_exists(admin->process->volume, database);

    admin_log(admin, "INFO", logger, "Starting migration for database '%s'", database);
    if (is_there || is_calendar) {
        admin_log(admin, "INFO", logger, "Number of CPUs: 2");
        admin_log(admin, "INFO", logger,
                  is_calendar ? "Max off-heap memory: 512.0MiB" : "Page cache size: 8.000MiB");
    }
    if (!is_there)
        return error_set(
            err, ERROR_NOT_FOUND,
            "Database '%s' does not exist\n\nDirectory '/data/databases/%s' does not contain a database",
            database, database);
    admin_log(admin, "INFO", logger, "Store size: 768.0KiB");
    if (offline_store_is_locked(admin->process->volume, database))
        return set_locked(database, err);
    for (size_t i = 0; i < ARRAY_LENGTH(stations); i++)
        admin_log(admin, "INFO", migrator, "'block-block-1.1' has been identified as the %s", stations[i]);
    admin_log(admin, "INFO", migrator,
              "The current store version and the migration target version are the same, so there is nothing "
              "to do.");
    admin_log(admin, "INFO", logger, "Database migration completed successfully");
    return true;
}

void admin_migrate_run(struct admin *admin) {
    static const struct each each = { "o.n.c.d.MigrateStoreCommand", "migrate", "Migration failed",
                                      migrate_one };
    const char *format = admin_value(admin, "--to-format");

    if (format && !str_equal(format, "block")) {
        admin_fail(admin, "Simulated stores have the block format only; '%s' can't be had", format);
        return;
    }
    run_each(admin, &each, matching(admin, admin_parameter(admin, 0)));
}
