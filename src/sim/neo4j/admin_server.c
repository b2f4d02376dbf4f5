/* neo4j-admin dbms … and server …: identity, first password, licence, configuration, advice. What they say
 * was seen with Community 5.26.30 and 2026.08.1. */
#include "sim/neo4j/admin.h"
#include "sim/neo4j/credential.h"
#include "sim/neo4j/offline_store.h"

#include <time.h>

/* ---- dbms ---- */

void admin_set_initial_password_run(struct admin *admin) {
    struct neo4j_process *process = admin->process;
    const char *password = admin_parameter(admin, 0);
    int64_t length_min =
        configuration_integer(process->configuration, "dbms.security.auth_minimum_password_length");

    if (strlen(password) < (size_t)length_min) {
        if (neo4j_version_is_calendar(&process->version)) {
            admin_fail_unframed(admin, ADMIN_EXIT_FAILED,
                                arena_printf(admin->arena, "A password must be at least %lld characters.",
                                             (long long)length_min));
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
    admin_say(admin, "default admin user set to '%s'", admin_parameter(admin, 0));
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

/* What can be in a report. Of what a server tells, not from 2025.01 to 2025.12. */
static const struct classifier {
    const char *name, *help;
    bool is_asked;
} classifiers[] = {
    { "config", "include configuration files" },
    { "databases", "include the output of 'SHOW DATABASES YIELD *' (requires --username/--password)", true },
    { "graphcounts",
      "include the output of 'CALL db.stats.retrieve('GRAPH COUNTS')' for each database (requires "
      "--username/--password)",
      true },
    { "indexes",
      "include the output of 'SHOW INDEXES YIELD *' for each database (requires --username/--password)",
      true },
    { "logs", "include log files" },
    { "plugins", "include a view of the plugin directory" },
    { "ps", "include a list of running processes" },
    { "servers", "include the output of 'SHOW SERVERS YIELD *' (requires --username/--password)", true },
    { "tree", "include a view of the tree structure of the data directory" },
    { "tx", "include transaction logs" },
    { "version", "include version of neo4j" },
};

static bool asks_servers(const struct admin *admin) {
    return !neo4j_version_is_calendar(&admin->process->version) ||
           neo4j_version_at_least(&admin->process->version, 2026, 1);
}

static void list_classifiers(struct admin *admin) {
    admin_say(admin, "All available classifiers:");
    for (size_t i = 0; i < ARRAY_LENGTH(classifiers); i++)
        if (asks_servers(admin) || !classifiers[i].is_asked)
            admin_say(admin, "  %-*s%s", asks_servers(admin) ? 13 : 11, classifiers[i].name,
                      classifiers[i].help);
    admin_end(admin, 0);
}

static bool check_classifiers(struct admin *admin) {
    for (size_t i = 0; admin_parameter(admin, i); i++) {
        const char *word = admin_parameter(admin, i);
        bool is_known = str_equal(word, "all");
        for (size_t k = 0; k < ARRAY_LENGTH(classifiers); k++)
            is_known = is_known || (str_equal(word, classifiers[k].name) &&
                                    (asks_servers(admin) || !classifiers[k].is_asked));
        if (!is_known) {
            admin_fail(admin, "Unknown classifier: %s", word);
            return false;
        }
    }
    return true;
}

/* The file holds the version only, whatever is asked for. */
static void write_report(struct admin *admin, const struct storage_place *folder) {
    time_t now = (time_t)(process_wall(admin->process) / SECOND_NS);
    struct error err = { 0 };
    struct tm tm;
    char moment[sizeof("2026-11-30_215905")];

    (void)strftime(moment, sizeof(moment), "%Y-%m-%d_%H%M%S", gmtime_r(&now, &tm));
    struct storage_place file =
        storage_inside(folder, admin->arena,
                       arena_printf(admin->arena, "%s-%s.zip", admin->process->container.host_name, moment));
    admin_say(admin, "Writing report to %s\n1/1 version.txt", storage_name(&file, admin->arena));
    if (!storage_write(&file, admin->process->version.text, &err)) {
        admin_fail(admin, "%s", err.text);
        return;
    }
    for (int percent = 20; percent <= 100; percent += 20)
        admin_say(admin, ".................... %3d%%", percent);
    if (asks_servers(admin))
        admin_say(admin, "Report generated at %s", storage_name(&file, admin->arena));
    admin_end(admin, 0);
}

void admin_report_run(struct admin *admin) {
    const char *to = admin_value(admin, "--to-path");
    struct storage_place folder;

    if (strstr(admin->process->container.image, "neo4j-admin")) {
        admin_fail(admin, "The report command is not available in the neo4j-admin image");
        return;
    }
    if (!json_length(offline_store_names(admin->process->volume, admin->arena))) {
        admin_fail(admin,
                   "Failed to list databases: NoSuchFileException: /data/databases\n\n/data/databases");
        return;
    }
    admin_say(admin, "Finding running instance of neo4j\n"
                     "No running instance of neo4j was found. Online reports will be omitted.");
    if (admin_flag(admin, "--list"))
        list_classifiers(admin);
    else if (check_classifiers(admin) && admin_locate(admin, to ? to : "/tmp", &folder))
        write_report(admin, &folder);
}

void admin_other_run(struct admin *admin) {
    admin_fail(admin, "neo4j-admin %s %s is not simulated", admin->arguments.command->group,
               admin->arguments.command->name);
}
