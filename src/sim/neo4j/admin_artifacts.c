/* neo4j-admin backup inspect, validate and aggregate. Sources: Operations Manual, inspect the metadata of a
 * backup file; validate a sharded property database backup; aggregate a database backup chain. */
#include "sim/neo4j/admin.h"
#include "sim/neo4j/backup_service.h"
#include "sim/neo4j/store_image.h"

#include <time.h>

/* ---- tables ---- */

enum { TABLE_COLUMNS_MAX = 10 };

/* rows: arrays of texts; the first is the heading. Cells are flush right. */
static void print_table(struct admin *admin, const struct json *rows) {
    size_t widths[TABLE_COLUMNS_MAX] = { 0 };

    JSON_FOR_EACH_ITEM (row, rows)
        for (size_t i = 0; i < json_length(row) && i < TABLE_COLUMNS_MAX; i++) {
            size_t length = strlen(json_string(json_item(row, i), ""));
            widths[i] = length > widths[i] ? length : widths[i];
        }
    JSON_FOR_EACH_ITEM (row, rows) {
        CLEANUP_BUFFER struct buffer line = { 0 };
        for (size_t i = 0; i < json_length(row) && i < TABLE_COLUMNS_MAX; i++)
            buffer_printf(&line, "| %*s ", (int)widths[i], json_string(json_item(row, i), ""));
        admin_say(admin, "%s|", buffer_string(&line));
    }
}

/* The same as an array of objects, keys as in the heading. */
static void print_json(struct admin *admin, const struct json *rows) {
    struct json *objects = json_new_array(admin->arena);
    const struct json *heading = json_item(rows, 0);

    for (size_t i = 1; i < json_length(rows); i++) {
        struct json *object = json_append_object(admin->arena, objects);
        for (size_t k = 0; k < json_length(heading); k++)
            json_set(admin->arena, object, json_string(json_item(heading, k), ""),
                     json_item(json_item(rows, i), k));
    }
    admin_say(admin, "%s", json_print(admin->arena, objects));
}

static void print_rows(struct admin *admin, const struct json *rows) {
    if (str_equal(admin_value(admin, "--format"), "JSON"))
        print_json(admin, rows);
    else
        print_table(admin, rows);
}

static void add_cells(struct admin *admin, struct json *rows, const char *const *cells, size_t count) {
    struct json *row = json_append(admin->arena, rows, json_new_array(admin->arena));

    for (size_t i = 0; i < count; i++)
        json_append_string(admin->arena, row, cells[i]);
}

/* ---- inspect ---- */

static const char *utc(struct arena *arena, int64_t wall_ns) {
    time_t seconds = (time_t)(wall_ns / SECOND_NS);
    char text[32];
    struct tm parts;

    gmtime_r(&seconds, &parts);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    return arena_strdup(arena, text);
}

static size_t columns_of(const struct admin *admin) {
    return admin_version_number(&admin->process->version) >= 202506 ? 10 : 9;
}

static void add_artifact(struct admin *admin, struct json *rows, const struct storage_place *folder,
                         const struct artifact *artifact) {
    struct arena *arena = admin->arena;
    struct storage_place place = storage_inside(folder, arena, artifact->file);
    const char *const cells[] = {
        arena_printf(arena, "%s%s", place.is_remote ? "" : "file://", storage_name(&place, arena)),
        artifact->database,
        artifact->database_id,
        utc(arena, artifact->wall_ns),
        artifact->is_full ? "true" : "false",
        artifact->is_compressed ? "true" : "false",
        arena_printf(arena, "%llu", (unsigned long long)artifact->lowest),
        arena_printf(arena, "%llu", (unsigned long long)artifact->highest),
        artifact->store,
        artifact->is_recovered ? "true" : "false",
    };

    add_cells(admin, rows, cells, columns_of(admin));
}

/* Newest first, the databases one after the other from Z to A, as in the manual's listings. */
static int by_database(const void *a, const void *b) {
    const struct artifact *left = a, *right = b;
    int order = strcmp(right->database, left->database);

    return order ? order : (left->wall_ns < right->wall_ns) - (left->wall_ns > right->wall_ns);
}

static void show_list(struct admin *admin, const struct storage_place *folder,
                      const struct artifact_list *list) {
    static const char *const heading[] = { "FILE",          "DATABASE",   "DATABASE ID", "TIME (UTC)",
                                           "FULL",          "COMPRESSED", "LOWEST TX",   "HIGHEST TX",
                                           "STORE ID HASH", "RECOVERED" };
    bool only_latest = admin_flag(admin, "--latest-backup"), is_chain = admin_flag(admin, "--latest-chain");
    struct json *rows = json_new_array(admin->arena);

    add_cells(admin, rows, heading, columns_of(admin));
    if (list->count)
        qsort(list->items, list->count, sizeof(list->items[0]), by_database);
    for (size_t i = 0; i < list->count; i++) {
        bool is_same = i && str_equal(list->items[i - 1].database, list->items[i].database);
        bool is_hidden = artifact_is_empty(&list->items[i]) && !admin_flag(admin, "--empty") && !is_chain;
        if (!is_hidden && !(only_latest && is_same))
            add_artifact(admin, rows, folder, &list->items[i]);
    }
    print_rows(admin, rows);
    admin_end(admin, 0);
}

static void show_chain(struct admin *admin, const struct storage_place *folder,
                       const struct artifact_list *list, const struct artifact *last) {
    struct artifact_list chain;
    struct error err = { 0 };

    if (!last)
        admin_fail(admin, "No backup found in %s", storage_name(folder, admin->arena));
    else if (!artifact_chain(list, admin->arena, last, &chain, &err))
        admin_fail(admin, "%s", err.text);
    else
        show_list(admin, folder, &chain);
}

void admin_inspect(struct admin *admin, const char *path) {
    const char *database = admin_value(admin, "--database");
    CLEANUP_BUFFER struct buffer skipped = { 0 };
    struct storage_place place, folder;
    struct artifact one;
    struct error err = { 0 };

    if (!admin_locate(admin, path, &place))
        return;
    bool is_file = storage_read(&place) != NULL;
    if (!is_file && !storage_is_folder(&place)) {
        admin_fail(admin, "%s does not exist", path);
        return;
    }
    if (is_file && !artifact_read(&place, admin->arena, &one, &err)) {
        admin_fail(admin, "%s", err.text);
        return;
    }
    folder = is_file ? storage_parent(&place, admin->arena) : place;
    struct artifact_list list =
        artifact_list_folder(&folder, admin->arena, is_file ? one.database : database, &skipped);
    if (skipped.length && !is_file)
        admin_say(admin, "%.*s", (int)skipped.length - 1, buffer_string(&skipped));
    if (admin_flag(admin, "--latest-chain"))
        show_chain(admin, &folder, &list,
                   is_file      ? &one
                   : list.count ? artifact_latest(&list, list.items[0].database)
                                : NULL);
    else if (is_file)
        show_list(admin, &folder, &(struct artifact_list){ &one, 1 });
    else
        show_list(admin, &folder, &list);
}

void admin_inspect_run(struct admin *admin) {
    admin_inspect(admin, admin_parameter(admin, 0));
}

/* ---- validate ---- */

/* The number of "foo-g000" or "foo-p007" for database foo; false: no shard of it. */
static bool is_shard(const char *name, const char *database, bool *out_is_graph) {
    size_t length = strlen(database);
    uint64_t number;

    if (strncasecmp(name, database, length) != 0 || name[length] != '-' ||
        (name[length + 1] != 'g' && name[length + 1] != 'p') || strlen(name + length) != strlen("-g000"))
        return false;
    *out_is_graph = name[length + 1] == 'g';
    return parse_uint64(text_from(name + length + 2), &number);
}

static const char *state_of_shard(struct admin *admin, const struct artifact *shard, bool is_graph,
                                  uint64_t first, uint64_t last) {
    if (!is_graph && shard->highest < first)
        return arena_printf(admin->arena, "Backup is behind the graph shard chain (%llu < %llu)",
                            (unsigned long long)shard->highest, (unsigned long long)first);
    if (!is_graph && shard->highest > last)
        return arena_printf(admin->arena, "Backup is ahead of the graph shard chain (%llu > %llu)",
                            (unsigned long long)shard->highest, (unsigned long long)last);
    return "OK";
}

/* A property shard can be brought forward by the graph shard's chain, if it ends within it. */
void admin_validate_run(struct admin *admin) {
    static const char *const heading[] = { "DATABASE", "PATH", "STATUS" };
    const char *database = admin_value(admin, "--database");
    struct json *rows = json_new_array(admin->arena);
    struct artifact_list list, chain = { 0 };
    const struct artifact *graph = NULL;
    struct storage_place folder;
    struct error err = { 0 };
    bool is_graph, is_good = true;

    if (!admin_locate_folder(admin, admin_value(admin, "--from-path"), &folder))
        return;
    list = artifact_list_folder(&folder, admin->arena, NULL, NULL);
    qsort(list.items, list.count ? list.count : 1, sizeof(list.items[0]), by_database);
    for (size_t i = 0; i < list.count; i++)
        if (is_shard(list.items[i].database, database, &is_graph) && is_graph)
            graph = artifact_latest(&list, list.items[i].database);
    if (!graph) {
        admin_fail(admin, "No backup of the graph shard of database '%s' found", database);
        return;
    }
    if (!artifact_chain(&list, admin->arena, graph, &chain, &err)) {
        admin_fail(admin, "%s", err.text);
        return;
    }
    add_cells(admin, rows, heading, ARRAY_LENGTH(heading));
    for (size_t i = list.count; i-- > 0;) {
        const struct artifact *shard = &list.items[i];
        bool is_last = !i || !str_equal(list.items[i - 1].database, shard->database);
        if (!is_last || !is_shard(shard->database, database, &is_graph))
            continue;
        const char *status = state_of_shard(admin, shard, is_graph, chain.items[0].highest, graph->highest);
        struct storage_place place = storage_inside(&folder, admin->arena, shard->file);
        const char *const cells[] = { shard->database, storage_name(&place, admin->arena), status };
        is_good = is_good && str_equal(status, "OK");
        add_cells(admin, rows, cells, ARRAY_LENGTH(cells));
    }
    print_rows(admin, rows);
    admin_end(admin, is_good ? 0 : ADMIN_EXIT_FAILED);
}

/* ---- aggregate ---- */

static bool write_aggregate(struct admin *admin, const struct storage_place *folder,
                            const struct artifact_list *chain, struct error *err) {
    const struct artifact *last = &chain->items[chain->count - 1];
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;
    struct artifact whole = *last;

    whole.is_full = true;
    whole.is_recovered = true;
    whole.lowest = 1;
    whole.after = 0;
    whole.before = "";
    if (last->is_system) {
        whole.content = store_image_commands(chain, admin->arena);
    } else {
        if (!store_image_replay(chain, NULL, &ledger, err))
            return false;
        whole.content = ledger_write(ledger, admin->arena);
        whole.highest = ledger_transaction(ledger);
    }
    whole.file = artifact_file_name(admin->arena, last->database, last->wall_ns);
    if (!admin_flag(admin, "--keep-old-backup")) {
        for (size_t i = 0; i < chain->count; i++) {
            struct storage_place old = storage_inside(folder, admin->arena, chain->items[i].file);
            if (!storage_remove(&old, err))
                return false;
        }
    } else { /* the last one keeps its name, so the new one is a second later */
        whole.file = artifact_file_name(admin->arena, last->database, last->wall_ns + SECOND_NS);
    }
    struct storage_place place = storage_inside(folder, admin->arena, whole.file);
    if (!storage_write(&place, artifact_print(admin->arena, &whole), err))
        return false;
    admin_say(admin, "Successfully aggregated backup chain of database '%s', new artifact: '%s'.",
              last->database, storage_name(&place, admin->arena));
    return true;
}

static bool aggregate(struct admin *admin, const struct storage_place *folder,
                      const struct artifact_list *list, const struct artifact *last) {
    struct artifact_list chain;
    struct error err = { 0 };

    if (artifact_chain(list, admin->arena, last, &chain, &err) && chain.count == 1) {
        admin_say(admin,
                  "The backup chain of database '%s' is a single full backup; there is nothing to aggregate.",
                  last->database);
        return true;
    }
    if (!err.kind && write_aggregate(admin, folder, &chain, &err))
        return true;
    admin_say(admin, "Failed to aggregate the backup chain of database '%s': %s", last->database, err.text);
    return false;
}

void admin_aggregate_run(struct admin *admin) {
    const char *from = admin_value(admin, "--from-path"), *pattern = admin_parameter(admin, 0);
    struct storage_place place, folder;
    struct artifact one;
    struct error err = { 0 };
    size_t done = 0, failed = 0;

    if (!admin_locate(admin, from, &place))
        return;
    bool is_file = storage_read(&place) != NULL;
    if (is_file && !artifact_read(&place, admin->arena, &one, &err)) {
        admin_fail(admin, "%s", err.text);
        return;
    }
    folder = is_file ? storage_parent(&place, admin->arena) : place;
    struct artifact_list list =
        artifact_list_folder(&folder, admin->arena, is_file ? one.database : pattern, NULL);
    if (is_file) {
        done += aggregate(admin, &folder, &list, &one);
        failed += !done;
    }
    for (size_t i = 0; !is_file && i < list.count; i++) {
        const struct artifact *latest = artifact_latest(&list, list.items[i].database);
        if (latest == &list.items[i])
            *(aggregate(admin, &folder, &list, latest) ? &done : &failed) += 1;
    }
    if (!done && !failed)
        admin_fail(admin, "No backup of database '%s' found in %s", pattern ? pattern : "*", from);
    else if (failed)
        admin_fail(admin, "Not all backup chains were aggregated");
    else
        admin_end(admin, 0);
}
