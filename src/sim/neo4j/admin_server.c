/* neo4j-admin dbms … and server …: identity, first password, licence, configuration, advice. What they say
 * was seen with Community 5.26.30 and 2026.08.1. */
#include "sim/neo4j/admin.h"
#include "sim/neo4j/credential.h"
#include "sim/neo4j/offline_store.h"

/* ---- dbms ---- */

void admin_set_initial_password_run(struct admin *admin) {
    struct neo4j_process *process = admin->process;
    const char *password = admin_parameter(admin, 0);
    int64_t length_min =
        configuration_integer(process->configuration, "dbms.security.auth_minimum_password_length");

    if (strlen(password) < (size_t)length_min) {
        if (neo4j_version_is_calendar(&process->version)) {
            admin_fail(admin, "A password must be at least %lld characters.", (long long)length_min);
            return;
        }
        admin_say(
            admin,
            "org.neo4j.commandline.admin.security.exception.InvalidPasswordException: A password must be at "
            "least %lld characters.",
            (long long)length_min);
        admin_end(admin, ADMIN_EXIT_SOFTWARE);
        return;
    }
    state_set_string(&process->volume->credential,
                     credential_new(admin->arena, network_random(process->network), text_from(password)));
    process->volume->must_change_password = admin_flag(admin, "--require-password-change");
    admin_say(admin,
              "Changed password for user 'neo4j'. IMPORTANT: this change will only take effect if performed "
              "before the database is started for the first time.");
    admin_end(admin, 0);
}

void admin_set_default_admin_run(struct admin *admin) {
    if (!str_equal(admin_parameter(admin, 0), "neo4j")) {
        admin_fail(admin, "No such user: %s", admin_parameter(admin, 0));
        return;
    }
    admin_say(admin, "default admin user set to 'neo4j'");
    admin_end(admin, 0);
}

static bool check_stopped(struct admin *admin) {
    if (!admin->process->volume->server)
        return true;
    admin_fail(
        admin,
        "Database is currently locked. Please shutdown database.\n\nLock file has been locked by another "
        "process: /data/databases/store_lock. Please ensure no other process is using this database, and "
        "that the directory is writable (required even for read-only access)");
    return false;
}

/* The identity goes, and with it what ties the stores to a cluster; the data of the databases stays. */
void admin_unbind_run(struct admin *admin) {
    struct neo4j_volume *volume = admin->process->volume;

    if (!check_stopped(admin))
        return;
    state_set_string(&volume->server_id, NULL);
    raft_store_clear(&volume->system);
    state_set_string(&volume->cluster_id, NULL);
    admin_end(admin, 0);
}

/* Who voted for whom goes; what the system database says stays, so that a dump of it can be taken. */
void admin_unbind_system_run(struct admin *admin) {
    struct neo4j_volume *volume = admin->process->volume;

    if (!check_stopped(admin))
        return;
    state_set_string(&volume->system.voted_for, NULL);
    state_set_string(&volume->server_id, NULL);
    admin_say(admin, "Successfully unbound the system database from its cluster state.");
    admin_end(admin, 0);
}

/* ---- server ---- */

/* Whether the configuration is good was seen before any command runs, since each reads it. */
void admin_validate_config_run(struct admin *admin) {
    static const char *const others[][2] = { { "user Log4j", "user-logs.xml" },
                                             { "server Log4j", "server-logs.xml" } };
    const char *folder = "/var/lib/neo4j/conf";

    admin_say(admin, "Validating Neo4j configuration: %s/neo4j.conf\nNo issues found.\n", folder);
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
        admin_say(admin, "Validating %s configuration: %s/%s\nNo issues found.\n", others[i][0], folder,
                  others[i][1]);
    admin_say(admin, "Configuration file validation successful.");
    admin_end(admin, 0);
}

void admin_license_run(struct admin *admin) {
    bool is_commercial = admin_flag(admin, "--accept-commercial");

    if (!is_commercial && !admin_flag(admin, "--accept-evaluation")) {
        admin_say(admin,
                  "Error: Missing required argument (specify one of these): (--accept-commercial | "
                  "--accept-evaluation)\n%s",
                  admin_help_command(admin->arena, &admin->process->version, admin->arguments.command));
        admin_end(admin, ADMIN_EXIT_USAGE);
        return;
    }
    admin_say(admin, "Accepted the %s license agreement.", is_commercial ? "commercial" : "evaluation");
    admin_end(admin, 0);
}

/* Heap, page cache and the rest by what there is; from the real tool's answers for 8g and its documented
 * brackets. */
static const struct {
    int64_t total_mib;
    int64_t heap_mib, rest_mib;
} brackets[] = {
    { 1024, 512, 256 },         { 2048, 1024, 650 },          { 4096, 2048, 1600 },
    { 8192, 3600, 2600 },       { 16384, 5000, 4000 },        { 32768, 12 * 1024, 6000 },
    { 65536, 24 * 1024, 8192 }, { 131072, 31 * 1024, 12288 },
};

static const char *size_text(struct arena *arena, int64_t mib) {
    return mib % 1024 ? arena_printf(arena, "%lldm", (long long)mib)
                      : arena_printf(arena, "%lldg", (long long)mib / 1024);
}

void admin_memory_run(struct admin *admin) {
    static const char *const settings[] = { "server.memory.heap.initial_size", "server.memory.heap.max_size",
                                            "server.memory.pagecache.size" };
    static const char *const variables[] = { "NEO4J_server_memory_heap_initial__size",
                                             "NEO4J_server_memory_heap_max__size",
                                             "NEO4J_server_memory_pagecache_size" };
    const char *memory = admin_value(admin, "--memory");
    int64_t bytes = admin->process->container.memory_bytes;
    struct arena *arena = admin->arena;
    size_t i = 0;

    if (memory && !setting_parse_bytes(text_from(memory), &bytes)) {
        admin_say(admin, "Invalid value for option '--memory': '%s' is not a valid size\n%s", memory,
                  admin_help_command(arena, &admin->process->version, admin->arguments.command));
        admin_end(admin, ADMIN_EXIT_USAGE);
        return;
    }
    int64_t total = (bytes > 0 ? bytes : INT64_C(8) << 30) >> 20;
    while (i + 1 < ARRAY_LENGTH(brackets) && brackets[i + 1].total_mib <= total)
        i++;
    int64_t cache = total - brackets[i].heap_mib - brackets[i].rest_mib;
    cache = cache < 8 ? 8 : cache >= 1024 ? (cache + 512) / 1024 * 1024 : cache;
    const char *values[] = { size_text(arena, brackets[i].heap_mib), size_text(arena, brackets[i].heap_mib),
                             size_text(arena, cache) };
    admin_say(
        admin,
        "# Memory settings recommendation:\n#\n# Assuming the system is dedicated to running Neo4j and has "
        "%.3fGiB of memory,\n# we recommend a heap size of around %s, and a page cache of around %s,\n#\n# "
        "Based on "
        "the above, the following memory settings are recommended:",
        (double)total / 1024.0, values[0], values[2]);
    for (size_t k = 0; k < ARRAY_LENGTH(settings); k++)
        admin_say(admin, admin_flag(admin, "--docker") ? "%s='%s'" : "%s=%s",
                  admin_flag(admin, "--docker") ? variables[k] : settings[k], values[k]);
    admin_end(admin, 0);
}

static const char *const classifiers[][2] = {
    { "config", "include configuration files" },
    { "databases", "include the output of 'SHOW DATABASES YIELD *' (requires --username/--password)" },
    { "logs", "include log files" },
    { "metrics", "include metrics" },
    { "plugins", "include a view of the plugin directory" },
    { "ps", "include a list of running processes" },
    { "servers", "include the output of 'SHOW SERVERS YIELD *' (requires --username/--password)" },
    { "tree", "include a view of the tree structure of the data directory" },
    { "tx", "include transaction logs" },
    { "version", "include version of neo4j" },
};

void admin_report_run(struct admin *admin) {
    const char *to = admin_value(admin, "--to-path");
    struct storage_place folder, file;
    struct error err = { 0 };

    if (strstr(admin->process->container.image, "neo4j-admin")) {
        admin_fail(admin, "The report command is not available in the neo4j-admin image");
        return;
    }
    admin_say(
        admin,
        "Finding running instance of neo4j\nNo running instance of neo4j was found. Online reports will be "
        "omitted.");
    if (admin_flag(admin, "--list")) {
        admin_say(admin, "All available classifiers:");
        for (size_t i = 0; i < ARRAY_LENGTH(classifiers); i++)
            admin_say(admin, "  %-12s %s", classifiers[i][0], classifiers[i][1]);
        admin_end(admin, 0);
        return;
    }
    if (!admin_locate(admin, to ? to : "/tmp", &folder))
        return;
    file = storage_inside(&folder, admin->arena,
                          arena_printf(admin->arena, "%s-%lld.zip", admin->process->container.host_name,
                                       (long long)(process_wall(admin->process) / SECOND_NS)));
    admin_say(admin, "Writing report to %s", storage_name(&file, admin->arena));
    if (!storage_write(&file, admin->process->version.text, &err)) {
        admin_fail(admin, "%s", err.text);
        return;
    }
    admin_say(admin, "Report generated at %s", storage_name(&file, admin->arena));
    admin_end(admin, 0);
}
