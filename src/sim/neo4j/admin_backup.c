/* neo4j-admin database backup.
 *
 * Servers are asked in the order of --from: for names that are globs every one of them, for others until all
 * are found. One that can't be reached makes the exit code 1 though all may be backed up. Then each database
 * is taken from the first server that has it, as a differential backup where the folder has a chain to go on
 * from, else as a full one. Source: Operations Manual, back up an online database; the lines are those of a
 * real 5.26.
 */
#include "sim/neo4j/admin.h"
#include "sim/neo4j/backup_service.h"

enum { ANSWER_TIMEOUT_MS = 30000, COPY_MS = 35, DEFAULT_PORT = 6362 };
#define LOGGER "c.n.b.b.BackupOutputMonitor"

struct backup_server {
    const char *text; /* as given: "server-0:6362" */
    struct server_address address;
    const char *ip;
};

struct backup_database {
    const char *name;
    const char *id;
    struct backup_server *servers[SERVER_PEERS_MAX];
    size_t server_count;
    size_t server_next;
};

enum backup_step { STEP_ASK_SERVERS, STEP_BEGIN_DATABASE, STEP_AWAIT, STEP_WRITE };

struct admin_backup {
    struct storage_place folder;
    struct backup_server servers[SERVER_PEERS_MAX];
    size_t server_count, server_next;
    struct backup_database *databases;
    size_t database_count, database_next;
    const char *patterns[SERVER_PEERS_MAX];
    size_t pattern_count;
    bool has_problems; /* the exit code is 1 in the end */
    size_t failed;

    enum backup_step step;
    bool asks_servers; /* what is awaited: names, or a store */
    uint64_t serial;
    int64_t began_ns, began_wall_ns;
    bool is_difference;
    struct artifact parent; /* of a differential backup; in the arena */
    struct json *answer;    /* in the arena */
};

static const char *type_of(const struct admin *admin) {
    const char *type = admin_value(admin, "--type");

    return type ? type : "AUTO";
}

/* ---- asking ---- */

static const char *cause_of(enum network_reach reach, struct arena *arena,
                            const struct backup_server *server) {
    switch (reach) {
    case NETWORK_UNKNOWN_HOST:
        return arena_printf(arena, "java.net.UnknownHostException: %s", server->address.host);
    case NETWORK_REFUSED:
        return arena_printf(arena, "Connection refused: %s/%s:%u", server->address.host, server->ip,
                            server->address.port);
    case NETWORK_TIMED_OUT:
        return arena_printf(arena, "connection timed out: %s/%s:%u", server->address.host, server->ip,
                            server->address.port);
    case NETWORK_REACHED:
        break;
    }
    return "";
}

static bool send_request(struct admin *admin, struct backup_server *server, struct json *request) {
    struct admin_backup *backup = admin->backup;
    struct neo4j_process *process = admin->process;
    enum network_reach reach = network_connect(&process->endpoint, admin->arena, server->address.host,
                                               server->address.port, &server->ip);

    if (reach != NETWORK_REACHED) {
        backup->has_problems = true;
        admin_log(admin, "ERROR", LOGGER, "Unable to connect to %s: %s", server->text,
                  cause_of(reach, admin->arena, server));
        return false;
    }
    json_set_string(admin->arena, request, "kind", "backup");
    json_set_integer(admin->arena, request, "serial", (int64_t)++backup->serial);
    network_send_address(&process->endpoint, process->now_ns, server->ip, server->address.port, request);
    backup->step = STEP_AWAIT;
    admin_wait(admin, process->now_ns + ANSWER_TIMEOUT_MS * MS_NS);
    return true;
}

static struct backup_database *find_database(struct admin_backup *backup, const char *name) {
    for (size_t i = 0; i < backup->database_count; i++)
        if (!strcasecmp(backup->databases[i].name, name))
            return &backup->databases[i];
    return NULL;
}

static bool is_glob(const char *pattern) {
    return strpbrk(pattern, "*?") != NULL;
}

/* Whether no other server could add anything. */
static bool has_all(struct admin_backup *backup) {
    for (size_t i = 0; i < backup->pattern_count; i++)
        if (is_glob(backup->patterns[i]) || !find_database(backup, backup->patterns[i]))
            return false;
    return true;
}

static void add_databases(struct admin *admin, struct backup_server *server, const struct json *databases) {
    struct admin_backup *backup = admin->backup;

    JSON_FOR_EACH_ITEM (said, databases) {
        const char *name = json_string_at(said, "name", "");
        struct backup_database *database = find_database(backup, name);
        bool is_wanted = false;
        for (size_t i = 0; i < backup->pattern_count; i++)
            is_wanted = is_wanted || artifact_glob(backup->patterns[i], name);
        if (!is_wanted)
            continue;
        if (!database) {
            struct backup_database *grown =
                ARENA_ARRAY(admin->arena, struct backup_database, backup->database_count + 1);
            if (backup->database_count)
                memcpy(grown, backup->databases, backup->database_count * sizeof(*grown));
            backup->databases = grown;
            database = &grown[backup->database_count++];
            database->name = name;
            database->id = json_string_at(said, "id", "");
        }
        database->servers[database->server_count++] = server;
    }
}

static void ask_next_server(struct admin *admin) {
    struct admin_backup *backup = admin->backup;
    struct json *request = json_new_object(admin->arena);

    backup->asks_servers = true;
    json_set_string(admin->arena, request, "ask", "databases");
    while (backup->server_next < backup->server_count && !has_all(backup))
        if (send_request(admin, &backup->servers[backup->server_next++], request))
            return;
    /* A name that no server hosts is a failure of its own. */
    for (size_t i = 0; i < backup->pattern_count; i++)
        if (!is_glob(backup->patterns[i]) && !find_database(backup, backup->patterns[i])) {
            backup->failed++;
            admin_log(admin, "ERROR", LOGGER,
                      "Database '%s' is not hosted by any of the servers that could be reached",
                      backup->patterns[i]);
        }
    backup->step = STEP_BEGIN_DATABASE;
    admin_wait(admin, admin->process->now_ns);
}

/* ---- one database ---- */

/* What a differential backup would go on from: the newest artifact of this database that is full, or that
 * ends a chain. */
static bool find_parent(struct admin *admin, const struct backup_database *database) {
    struct admin_backup *backup = admin->backup;
    struct artifact_list list = artifact_list_folder(&backup->folder, admin->arena, NULL, NULL), chain;

    for (size_t i = 0; i < list.count; i++) {
        struct artifact *artifact = &list.items[i];
        bool is_of_it = str_equal(artifact->database_id, database->id) && !artifact_is_empty(artifact);
        bool only_differences = admin_flag(admin, "--prefer-diff-as-parent") && !artifact->is_full;
        if (is_of_it && (only_differences || artifact_chain(&list, admin->arena, artifact, &chain, NULL))) {
            backup->parent = *artifact;
            return true;
        }
    }
    return false;
}

static void finish_database(struct admin *admin, bool is_done) {
    struct admin_backup *backup = admin->backup;

    backup->failed += !is_done;
    backup->database_next++;
    backup->step = STEP_BEGIN_DATABASE;
    admin_wait(admin, admin->process->now_ns);
}

static void keep_failed(struct admin *admin, const struct backup_database *database) {
    struct storage_place place = admin->backup->folder;

    if (!admin_flag(admin, "--keep-failed") || place.is_remote || place.is_read_only)
        return;
    struct storage_place folder =
        storage_inside(&place, admin->arena, arena_printf(admin->arena, "%s-failed-backup", database->name));
    file_tree_make_folder(folder.tree, folder.path);
}

static void fail_database(struct admin *admin, const struct backup_database *database, const char *why) {
    admin_log(admin, "ERROR", LOGGER, "Failed to backup database '%s': %s", database->name, why);
    keep_failed(admin, database);
    finish_database(admin, false);
}

static void request_store(struct admin *admin, struct backup_database *database) {
    struct admin_backup *backup = admin->backup;
    struct arena *arena = admin->arena;
    bool is_system = str_equal(database->name, "system");
    const char *metadata = admin_value(admin, "--include-metadata");

    admin_log(admin, "INFO", LOGGER, "Start %s backup of database '%s'.",
              backup->is_difference ? "differential" : "full", database->name);
    backup->asks_servers = false;
    while (database->server_next < database->server_count) {
        struct json *request = json_new_object(arena);
        json_set_string(arena, request, "ask", "store");
        json_set_string(arena, request, "database", database->id);
        json_set_string(arena, request, "metadata", is_system ? "none" : metadata ? metadata : "all");
        if (backup->is_difference) {
            json_set_integer(arena, request, "after", (int64_t)backup->parent.highest);
            json_set_string(arena, request, "before", backup->parent.checksum);
        }
        if (send_request(admin, database->servers[database->server_next], request))
            return;
        database->server_next++;
    }
    fail_database(admin, database, "none of its servers could be reached");
}

static void fall_back(struct admin *admin, struct backup_database *database, const char *why) {
    admin_log(admin, "INFO", LOGGER, "Differential backup of database '%s' failed. Reason: %s",
              database->name, why);
    if (str_equal(type_of(admin), "DIFF")) {
        fail_database(admin, database, why);
        return;
    }
    admin_log(admin, "INFO", LOGGER, "Falling back to full backup of database '%s'.", database->name);
    admin->backup->is_difference = false;
    request_store(admin, database);
}

static void end(struct admin *admin) {
    const struct admin_backup *backup = admin->backup;

    if (!backup->database_count && !backup->failed && !backup->has_problems)
        admin_fail(admin, "No database matches the given names");
    else if (backup->failed)
        admin_fail(admin, "Not all databases are backed up");
    else
        admin_end(admin, backup->has_problems ? ADMIN_EXIT_FAILED : 0);
}

static void begin_database(struct admin *admin) {
    struct admin_backup *backup = admin->backup;
    struct backup_database *database;

    if (backup->database_next == backup->database_count) {
        end(admin);
        return;
    }
    database = &backup->databases[backup->database_next];
    backup->began_ns = admin->process->now_ns;
    backup->began_wall_ns = process_wall(admin->process);
    backup->is_difference = !str_equal(type_of(admin), "FULL");
    if (backup->is_difference && !find_parent(admin, database)) {
        admin_log(admin, "INFO", LOGGER, "Start differential backup of database '%s'.", database->name);
        fall_back(admin, database,
                  "Differential backups require that a full backup of the same database exists in the folder "
                  "defined in --to-path.");
        return;
    }
    request_store(admin, database);
}

/* ---- what came ---- */

static bool write_artifact(struct admin *admin, const struct backup_database *database, const char *file,
                           struct error *err) {
    const struct admin_backup *backup = admin->backup;
    const struct json *answer = backup->answer;
    const char *compress = admin_value(admin, "--compress");
    struct artifact artifact = {
        .is_full = !backup->is_difference,
        .is_system = json_bool_at(answer, "system", false),
        .is_compressed = !compress || str_equal(compress, "true"),
        .is_recovered = !backup->is_difference && !admin_flag(admin, "--skip-recovery"),
        .version = json_string_at(answer, "version", ""),
        .database = database->name,
        .database_id = database->id,
        .store = json_string_at(answer, "store", ""),
        .metadata = json_string_at(answer, "metadata", ""),
        .wall_ns = backup->began_wall_ns,
        .lowest = (uint64_t)json_integer_at(answer, "lowest", 0),
        .highest = (uint64_t)json_integer_at(answer, "highest", 0),
        .after = backup->is_difference ? backup->parent.highest : 0,
        .before = backup->is_difference ? backup->parent.checksum : "",
        .checksum = json_string_at(answer, "checksum", ""),
        .content = json_get(answer, "content"),
    };
    struct storage_place place = storage_inside(&backup->folder, admin->arena, file);

    if (storage_read(&place))
        return error_set(err, ERROR_ALREADY_EXISTS, "%s already exists", storage_name(&place, admin->arena));
    return storage_write(&place, artifact_print(admin->arena, &artifact), err);
}

static void finish_store(struct admin *admin) {
    struct admin_backup *backup = admin->backup;
    const struct backup_database *database = &backup->databases[backup->database_next];
    const char *file = artifact_file_name(admin->arena, database->name, backup->began_wall_ns);
    int64_t highest = json_integer_at(backup->answer, "highest", 0);
    struct error err = { 0 };

    if (!backup->is_difference)
        admin_log(admin, "INFO", LOGGER,
                  "Finished full backup of database '%s'. Downloaded from tx -1 to tx %lld.", database->name,
                  (long long)highest);
    else if (highest)
        admin_log(admin, "INFO", LOGGER, "Finished differential backup of database '%s'.", database->name);
    else
        admin_log(admin, "INFO", LOGGER,
                  "The remote server (%s) has not any recent data for database 'DatabaseId{%.8s[%s]}'.",
                  database->servers[database->server_next]->text, database->id, database->name);
    if (!write_artifact(admin, database, file, &err)) {
        fail_database(admin, database, err.text);
        return;
    }
    admin_log(admin, "INFO", LOGGER, "Finished artifact creation '%s' for database '%s', took %lldms.", file,
              database->name, (long long)((admin->process->now_ns - backup->began_ns) / MS_NS));
    finish_database(admin, true);
}

static void take_store(struct admin *admin, struct json *answer) {
    struct admin_backup *backup = admin->backup;
    struct backup_database *database = &backup->databases[backup->database_next];
    const char *failure = json_string_at(answer, "failure", NULL);
    CLEANUP_FREE char *image = xprintf("neo4j:%s", json_string_at(answer, "version", ""));
    struct neo4j_version remote;

    if (neo4j_version_of_image(image, &remote) &&
        neo4j_version_is_calendar(&remote) != neo4j_version_is_calendar(&admin->process->version))
        failure =
            arena_printf(admin->arena,
                         "the server runs Neo4j %s and this is neo4j-admin %s; use the version of the server",
                         remote.text, admin->process->version.text);
    if (failure && ++database->server_next < database->server_count) {
        backup->has_problems = true;
        admin_log(admin, "ERROR", LOGGER, "Backup of database '%s' from %s failed: %s", database->name,
                  database->servers[database->server_next - 1]->text, failure);
        request_store(admin, database);
    } else if (failure) {
        fail_database(admin, database, failure);
    } else if (json_bool_at(answer, "unavailable", false)) {
        fall_back(
            admin, database,
            arena_printf(admin->arena,
                         "The transaction logs since transaction %llu are no longer available on the remote "
                         "server.",
                         (unsigned long long)backup->parent.highest));
    } else {
        backup->answer = answer;
        backup->step = STEP_WRITE;
        admin_wait(admin, admin->process->now_ns + COPY_MS * MS_NS);
    }
}

void admin_backup_receive(struct admin *admin, const struct json *message) {
    struct admin_backup *backup = admin->backup;
    struct json *answer;

    if (backup->step != STEP_AWAIT || (uint64_t)json_integer_at(message, "serial", 0) != backup->serial)
        return;
    answer = json_copy(admin->arena, message);
    if (!backup->asks_servers) {
        take_store(admin, answer);
        return;
    }
    struct backup_server *server = &backup->servers[backup->server_next - 1];
    if (json_get(answer, "failure")) {
        backup->has_problems = true;
        admin_log(admin, "ERROR", LOGGER, "%s: %s", server->text, json_string_at(answer, "failure", ""));
    }
    add_databases(admin, server, json_get(answer, "databases"));
    ask_next_server(admin);
}

static void give_up_waiting(struct admin *admin) {
    struct admin_backup *backup = admin->backup;

    backup->has_problems = true;
    if (backup->asks_servers) {
        admin_log(admin, "ERROR", LOGGER, "%s did not answer in time",
                  backup->servers[backup->server_next - 1].text);
        ask_next_server(admin);
        return;
    }
    struct backup_database *database = &backup->databases[backup->database_next];
    admin_log(admin, "ERROR", LOGGER, "%s did not answer in time",
              database->servers[database->server_next++]->text);
    request_store(admin, database);
}

void admin_backup_tick(struct admin *admin) {
    switch (admin->backup->step) {
    case STEP_ASK_SERVERS:
        ask_next_server(admin);
        break;
    case STEP_BEGIN_DATABASE:
        begin_database(admin);
        break;
    case STEP_AWAIT:
        give_up_waiting(admin);
        break;
    case STEP_WRITE:
        finish_store(admin);
        break;
    }
}

/* ---- the beginning ---- */

static void read_servers(struct admin *admin) {
    struct admin_backup *backup = admin->backup;
    struct json *only = json_new_array(admin->arena);
    const struct json *from = admin_list(admin, "--from");

    json_append_string(admin->arena, only, "localhost:6362");
    JSON_FOR_EACH_ITEM (text, from ? from : only) {
        if (backup->server_count == ARRAY_LENGTH(backup->servers))
            break;
        struct backup_server *server = &backup->servers[backup->server_count++];
        server->address = server_address_parse(admin->arena, text->string, "localhost", DEFAULT_PORT);
        server->text = arena_printf(admin->arena, "%s:%u", server->address.host, server->address.port);
    }
}

void admin_backup_run(struct admin *admin) {
    const char *inspected = admin_value(admin, "--inspect-path"), *to = admin_value(admin, "--to-path");
    const char *name;

    if (inspected) {
        admin_inspect(admin, inspected);
        return;
    }
    if (!to) {
        admin_fail(admin, "Missing required option: '--to-path=<path>'");
        return;
    }
    admin->backup = ARENA_NEW(admin->arena, struct admin_backup);
    if (!admin_locate_folder(admin, to, &admin->backup->folder))
        return;
    read_servers(admin);
    for (size_t i = 0; (name = admin_parameter(admin, i)) && i < ARRAY_LENGTH(admin->backup->patterns); i++)
        admin->backup->patterns[admin->backup->pattern_count++] = name;
    if (!admin->backup->pattern_count)
        admin->backup->patterns[admin->backup->pattern_count++] = "neo4j";
    ask_next_server(admin);
}
