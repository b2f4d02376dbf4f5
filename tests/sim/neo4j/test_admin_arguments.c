#include "admin_runs.h"
#include "test.h"

#include "sim/neo4j/admin.h"

TEST("a command line is read as picocli reads it, by version") {
    static const struct {
        const char *version;
        const char *words;
        int exit_code;
        const char *log;
    } rows[] = {
        { "5.26.0", "", 2, "Usage: neo4j-admin [-hV] [--expand-commands] [--verbose] [COMMAND]" },
        { "5.26.0", "--help", 0, "backup    Backup-specific administration tasks." },
        { "5.26.0", "--version", 0, "5.26.0" },
        { "5.26.0", "version", 0, "neo4j 5.26.0" },
        { "5.26.0", "nonsense", 2,
          "Unmatched argument at index 0: 'nonsense'\nDid you mean: neo4j-admin server" },
        { "5.26.0", "--nonsense", 2, "Unknown option: '--nonsense'\nUsage: neo4j-admin [-hV]" },
        { "5.26.0", "fleet discover", 2, "Unmatched arguments from index 0: 'fleet', 'discover'" },
        { "2026.08.0", "fleet discover", 1, "neo4j-admin fleet discover is not simulated" },
        { "5.26.0", "database backups a b", 2,
          "Unmatched arguments from index 1: 'backups', 'a', 'b'\nDid you mean: database backup or database "
          "aggregate-backup or database check?" },
        { "2025.01.0", "backup aggregat", 2,
          "Unmatched argument at index 1: 'aggregat'\nDid you mean: backup aggregate?" },
        { "5.26.0", "database import full --nodes=a.csv", 1, "neo4j-admin database import is not simulated" },
        { "5.26.0", "database", 2, "Missing required subcommand\nUsage: neo4j-admin database [COMMAND]" },
        { "5.26.0", "database nonsense", 2, "Unmatched argument at index 1: 'nonsense'" },
        { "5.26.0", "database --help", 0, "dump              Dump a database into a single-file archive." },
        { "5.26.0", "database help dump", 0,
          "USAGE\n\nneo4j-admin database dump [-h] [--expand-commands] [--verbose]" },
        { "5.26.0", "database dump --help", 0, "--overwrite-destination[=true|false]" },
        { "5.26.0", "database dump", 64, "Missing required parameter: '<database>'\n\nDump a database" },
        { "5.26.0", "database dump --nope neo4j", 64, "Unknown option: '--nope'" },
        { "5.26.0", "database backup --to-paht=/b", 64,
          "Unknown option: '--to-paht=/b'\nPossible solutions: --to-path" },
        { "5.26.0", "database dump a b", 64, "Unmatched argument at index 3: 'b'" },
        { "5.26.0", "database dump neo4j --to-path", 64,
          "Missing required parameter for option '--to-path' (<path>)" },
        { "5.26.0", "database dump neo4j --to-path --verbose", 64,
          "Expected parameter for option '--to-path' but found '--verbose'" },
        { "5.26.0", "database dump neo4j --to-path=/a --to-path=/b", 64,
          "Error: expected only one match but got [--to-path=<path> | --to-stdout]={--to-path=/a} and "
          "[--to-path=<path> | "
          "--to-stdout]={--to-path=/b}" },
        { "5.26.0", "database backup --to-path=/a --to-path=/b", 64,
          "option '--to-path' (<path>) should be specified only once" },
        { "5.26.0", "database dump --to-path=/a --to-stdout neo4j", 64,
          "Error: --to-path=<path>, --to-stdout are mutually exclusive (specify only one)" },
        { "5.26.0", "database dump neo4j --overwrite-destination maybe", 64,
          "Unmatched argument at index 4: 'maybe'" },
        { "5.26.0", "database check --check-graph=maybe neo4j", 64,
          "Invalid value for option '--check-graph': 'maybe' is not a boolean" },
        { "5.26.0", "database info --format=xml", 64,
          "Invalid value for option '--format': Invalid format 'xml'. Supported options are 'text' or "
          "'json'" },
        { "5.26.0", "database backup --type=HALF", 64,
          "Invalid value for option '--type': expected one of [FULL, DIFF, AUTO] (case-insensitive) but was "
          "'HALF'" },
        { "5.26.0", "database backup --type full --to-path /nowhere", 1,
          "/nowhere is not an existing directory" },
        { "5.26.0", "database backup", 1, "--to-path" },
        { "5.26.0", "database backup --backup-dir=/b", 64, "Unknown option: '--backup-dir=/b'" },
        { "5.26.0", "database backup --prefer-diff-as-parent", 64,
          "Unknown option: '--prefer-diff-as-parent'" },
        { "2025.04.0", "database backup --prefer-diff-as-parent --to-path=/nowhere", 1,
          "not an existing directory" },
        { "2025.08.0", "database backup --remote-address-resolution=true", 64, "Unknown option" },
        { "2025.09.0", "database backup --remote-address-resolution=true --to-path=/nowhere", 1,
          "not an existing" },
        { "2025.10.0", "database backup --parallel-download", 64, "Unknown option" },
        { "2025.11.0", "database backup --parallel-download --skip-recovery --to-path=/nowhere", 1,
          "not an existing" },
        { "2025.12.0", "database backup --inspect-path=/b", 64, "Unknown option: '--inspect-path=/b'" },
        { "2025.09.0", "database backup --include-metadata=users=a", 64,
          "expected one of [none, all, users, roles]" },
        { "2025.10.0", "database backup --include-metadata=users=a --to-path=/nowhere", 1,
          "not an existing" },
        { "5.26.0", "database restore", 64, "Missing required option: '--from-path=<path>[,<path>...]'" },
        { "5.26.0", "database restore --from-path=/b --source-database=x", 64,
          "Unknown option: '--source-database=x'" },
        { "2025.02.0", "database restore --from-path=/b --source-database=x", 1, "/b does not exist" },
        { "5.26.0", "backup aggregate --from-path=/b", 2,
          "Unmatched arguments from index 1: 'aggregate', '--from-path=/b'" },
        { "2025.01.0", "database aggregate-backup --from-path=/b", 2,
          "Unmatched arguments from index 1: 'aggregate-backup', '--from-path=/b'" },
        { "5.26.0", "backup inspect /b", 64, "Missing required option: '--show-metadata'" },
        { "2025.07.0", "backup inspect /b", 1, "/b does not exist" },
        { "2025.11.0", "backup validate --from-path=/b --database=x", 2,
          "Unmatched arguments from index 1: 'validate', '--from-path=/b', '--database=x'" },
        { "2025.12.0", "backup validate --from-path=/b", 64,
          "Missing required option: '--database=<database>'" },
        { "5.26.0", "dbms set-initial-password", 64, "Missing required parameter: '<password>'" },
        { "5.26.0", "dbms set-initial-password -secret-word", 64,
          "Missing required parameter: '<password>'" },
        { "5.26.0", "dbms set-initial-password short", 70, "A password must be at least 8 characters." },
        { "2026.08.0", "dbms set-initial-password short", 1,
          "A password must be at least 8 characters.\nRun with '--verbose' for a more detailed error "
          "message." },
        { "5.26.0", "dbms set-default-admin somebody", 0, "default admin user set to 'somebody'" },
        { "5.26.0", "dbms set-initial-password a-long-word", 0, "Changed password for user 'neo4j'." },
        { "5.26.0", "server license", 64, "--accept-commercial | --accept-evaluation" },
        { "5.26.0", "server license --accept-commercial", 0, "Accepted the commercial license agreement." },
        { "5.26.0", "server validate-config", 0, "Configuration file validation successful." },
        { "5.26.0", "server memory-recommendation --memory=8g", 0, "server.memory.heap.max_size=3600m" },
        { "5.26.0", "server memory-recommendation --memory=8g --docker", 0,
          "NEO4J_server_memory_pagecache_size='2g'" },
        { "5.26.0", "server memory-recommendation --memory=3g", 0, "and that about 1300m is left" },
        { "5.26.0", "server memory-recommendation --memory=1t", 64, "cannot convert '1t' to byte units" },
        { "5.26.0", "server report --list", 1,
          "Failed to list databases: NoSuchFileException: /data/databases\nRun" },
        { "2026.08.0", "server report --list", 1,
          "Command Failed\nFailed to list databases: NoSuchFileException: "
          "/data/databases\n\n/data/databases\n---" },
        { "5.26.0", "server unbind", 0, "" },
        { "2026.08.0", "database dump neo4j --to-path=/nowhere", 1,
          "Command Failed\n/nowhere is not an existing directory" },
        { "2025.12.0", "database dump neo4j --to-path=/nowhere", 1,
          "Run with '--verbose' for a more detailed error" },
        { "5.26.0", "database info --additional-config=/no.conf", 1, "File /no.conf does not exist" },
        { "5.26.0", "database info", 1,
          "Failed to execute command: 'Provided path /data/databases must point to a directory.'.\nRun "
          "with" },
        { "2026.08.0", "database info", 1,
          "Failed to execute command\n\nProvided path /data/databases must point to a directory.\n---" },
        { "5.26.0", "--verbose database info", 1,
          "neo4j 5.26.0\nVM Name: OpenJDK 64-Bit Server VM\nVM Vendor: Eclipse Adoptium" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(1);
        admin_prepare(world, arena_printf(world->arena, "neo4j:%s-enterprise", rows[i].version));
        struct admin_run run = admin_run(world, rows[i].words);
        if (run.exit_code != rows[i].exit_code || !strstr(run.log, rows[i].log))
            fail_msg("%s %s: exit code %d\n%s", rows[i].version, rows[i].words, run.exit_code, run.log);
    }
}

TEST("the help of a command is laid out as the real one's") {
    static const char *const lines[] = {
        "neo4j-admin database dump [-h] [--expand-commands] [--verbose] "
        "[--overwrite-destination[=true|false]]",
        "                          [--additional-config=<file>] [--to-path=<path> | --to-stdout] <database>",
        "      --overwrite-destination[=true|false]",
        "                            special meaning in some shells and might need to be escaped or used "
        "with quotes.",
        "  -h, --help              Show this help message and exit.",
        "                            Default: false",
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct neo4j_version version;
    const char *help = NULL;

    assert_true(neo4j_version_of_image("neo4j:5.26.0-enterprise", &version));
    for (size_t i = 0; i < admin_commands_count; i++)
        if (str_equal(admin_commands[i].name, "dump"))
            help = admin_help_command(arena, &version, &admin_commands[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(lines); i++)
        if (!strstr(help, lines[i]))
            fail_msg("no line '%s' in:\n%s", lines[i], help);
}

TEST("every command says what it is, and its options have help and unambiguous names") {
    for (size_t i = 0; i < admin_commands_count; i++) {
        const struct admin_command *command = &admin_commands[i];
        assert_non_null(command->run);
        assert_true(command->help ? *command->help : *command->description);
        for (size_t k = 0; k < ADMIN_OPTIONS_MAX && command->options[k].name; k++) {
            const struct admin_option *option = &command->options[k];
            assert_true(*option->help);
            assert_true(option->kind == OPTION_FLAG || option->kind == OPTION_SWITCH || option->label);
            assert_true((option->kind == OPTION_WORD) == (option->words != NULL));
            for (size_t m = 0; m < k; m++)
                assert_true(!str_equal(command->options[m].name, option->name) ||
                            command->options[m].until < option->since);
        }
    }
}

TEST("a bad configuration stops a command as it stops a server") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(1);

    admin_prepare(world, "neo4j:5.26.0-enterprise");
    world_set_env(world, ADMIN_SLOT, "NEO4J_db_formt", "block");
    struct admin_run run = admin_run(world, "database info");
    assert_int_equal(run.exit_code, 1);
    assert_non_null(strstr(run.log, "No declared setting with name: db.formt."));
}
