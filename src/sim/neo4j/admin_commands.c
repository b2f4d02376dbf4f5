/* The table of commands. Sources: Operations Manual, tools, neo4j-admin, and backup and restore, of 5.26 and
 * 2026.08; `--help` of Community 5.26.30 and 2026.08.1 for the commands that it has. */
#include "sim/neo4j/admin_options.h"

const struct admin_group admin_groups[] = {
    { "database", "Database-specific administration tasks." },
    { "dbms", "DBMS-wide (for single and clustered environments) administration tasks." },
    { "server", "Server-wide administration tasks." },
    { "backup", "Backup-specific administration tasks." },
    { "fleet", "Fleet-wide administration tasks.", 202601 },
};
const size_t admin_groups_count = ARRAY_LENGTH(admin_groups);

const struct admin_option admin_common_options[] = {
    { "--verbose", OPTION_FLAG, .help = "Enable verbose output." },
    { "--help", OPTION_FLAG, .short_name = "-h", .help = "Show this help message and exit." },
    { "--expand-commands", OPTION_FLAG, .help = "Allow command expansion in config value evaluation." },
    { "--additional-config", OPTION_VALUE, "<file>",
      .help = "Configuration file with additional configuration." },
};
const size_t admin_common_options_count = ARRAY_LENGTH(admin_common_options);

/* A command that is there, but not simulated. */
#define OTHER(group_, name_, help_)                                                                          \
    { group_, name_, .help = help_, .run = admin_other_run }

const struct admin_command admin_commands[] = {
    { "database", "aggregate-backup", .until = 526,
      .help = "Aggregates a chain of backup artifacts into a single artifact.",
      .parameters = { { "<database>", 0, 1,
                        "Name of the database for which to aggregate the artifacts." GLOB_HELP } },
      .options = { { "--from-path", OPTION_VALUE, "<path>", .is_required = true,
                     .help =
                         "Accepts either a path to a single artifact file or a folder containing backup "
                         "artifacts. When a file is supplied, the <database> parameter should be omitted." },
                   { "--keep-old-backup", OPTION_SWITCH, .fallback = "false",
                     .help = "If set to true, the old backup chain is not removed." },
                   PARALLEL_RECOVERY,
                   TEMP_PATH },
      .run = admin_aggregate_run },
    { "database", "backup", .help = "Perform an online backup from a running Neo4j enterprise server.",
      .description =
          "Perform an online backup from a running Neo4j enterprise server. Neo4j's backup service must "
          "have been configured on the server beforehand.",
      .parameters = { { "<database>", 0, SIZE_MAX,
                        "Name(s) of the remote database(s) to backup. Supports globbing inside of double "
                        "quotes, for "
                        "example, \"data*\"." } },
      .options = { { "--compress", OPTION_SWITCH, .fallback = "true",
                     .help = "Request backup artifact to be compressed." },
                   { "--from", OPTION_LIST, "<host:port>",
                     .help = "Comma-separated list of host and port of Neo4j instances, each of which are "
                             "tried in "
                             "order." },
                   { "--include-metadata", OPTION_WORD, "none|all|users|roles", "none|all|users|roles", "all",
                     .help = "Include metadata in the file. This cannot be used for backing up the system "
                             "database." },
                   { "--inspect-path", OPTION_VALUE, "<path>", .until = 202511,
                     .help = "List and show the metadata of the backup artifact(s). Accepts a folder or a "
                             "file." },
                   { "--keep-failed", OPTION_SWITCH, .fallback = "false",
                     .help = "Request failed backup to be preserved for further post-failure analysis. If "
                             "enabled, a "
                             "directory with the failed backup database is preserved." },
                   PAGECACHE,
                   { "--parallel-download", OPTION_SWITCH, .fallback = "false", .since = 202511,
                     .help = "Allow multiple threads to download store files in parallel." },
                   PARALLEL_RECOVERY,
                   { "--prefer-diff-as-parent", OPTION_FLAG, .since = 202504,
                     .help = "When performing a differential backup, prefer the latest non-empty "
                             "differential backup "
                             "as the parent instead of the latest full backup." },
                   { "--remote-address-resolution", OPTION_SWITCH, .fallback = "false", .since = 202509,
                     .help = "Ask the cluster for the addresses of the servers that host the databases." },
                   { "--skip-recovery", OPTION_SWITCH, .fallback = "false", .since = 202511,
                     .help = "Don't apply the transactions that were pulled after the store files." },
                   TEMP_PATH,
                   { "--to-path", OPTION_VALUE, "<path>",
                     .help = "Directory to place backup in (required unless --inspect-path is used). It is "
                             "possible to "
                             "back up databases into AWS S3 buckets, Google Cloud storage buckets, and Azure "
                             "using the "
                             "appropriate URI as the path." },
                   { "--type", OPTION_WORD, "<type>", "FULL|DIFF|AUTO", "AUTO",
                     .help = "Type of backup to perform. Possible values are: FULL, DIFF, AUTO. If none is "
                             "specified, "
                             "the type is automatically determined based on the existing backups. If you "
                             "want to force "
                             "a full backup, use FULL." } },
      .run = admin_backup_run },
    { "database", "check", .help = "Check the consistency of a database.",
      .description =
          "This command allows for checking the consistency of a database, or a dump or backup thereof.\n"
          "It cannot be used with a database which is currently in use.\n\n"
          "Some checks can be quite expensive, so it may be useful to turn some of them off\n"
          "for very large databases. Increasing the heap size can also be a good idea.\n"
          "See 'neo4j-admin help' for details.",
      .choice =
          "[[--from-path-data=<path> --from-path-txn=<path>] | [--from-path=<path> [--temp-path=<path>]]]",
      .is_in_order = true, .parameters = { { "<database>", 1, 1, "Name of the database to check." } },
      .options = { { "--force", OPTION_FLAG,
                     .help = "Force a consistency check to be run, despite resources, and may run a more "
                             "thorough check." },
                   { "--check-indexes", OPTION_SWITCH, .fallback = "true",
                     .help = "Perform consistency checks on indexes." },
                   { "--check-graph", OPTION_SWITCH, .fallback = "true",
                     .help = "Perform consistency checks between nodes, relationships, properties, types, "
                             "and tokens." },
                   { "--check-counts", OPTION_SWITCH, .fallback = "<check-graph>",
                     .help = "Perform consistency checks on the counts. Requires <check-graph>, and may "
                             "implicitly enable "
                             "<check-graph> if it were not explicitly disabled." },
                   { "--check-property-owners", OPTION_SWITCH, .fallback = "false",
                     .help = "Perform consistency checks on the ownership of properties. Requires "
                             "<check-graph>, and may "
                             "implicitly enable <check-graph> if it were not explicitly disabled." },
                   { "--report-path", OPTION_VALUE, "<path>", .fallback = ".",
                     .help = "Path to where a consistency report will be written. Interpreted as a "
                             "directory, unless it has "
                             "an extension of '.report'." },
                   OFF_HEAP(
                       0, 202512,
                       "Maximum memory that neo4j-admin can use for page cache and various caching data "
                       "structures to "
                       "improve performance. Value can be plain numbers, like 10000000 or e.g. 20G for 20 "
                       "gigabytes, "
                       "or even e.g. 70%, which will amount to 70% of currently free memory on the machine."),
                   OFF_HEAP(202601, 0, OFF_HEAP_HELP),
                   { "--threads", OPTION_VALUE, "<number of threads>",
                     .help = "Number of threads used to check the consistency. Default: The number of CPUs "
                             "on the "
                             "machine." },
                   { "--from-path-data", OPTION_VALUE, "<path>", .exclusive = 1,
                     .fallback = "<config: server.directories.data>/databases",
                     .help = "Path to the databases directory, containing the database directory to source "
                             "from." },
                   { "--from-path-txn", OPTION_VALUE, "<path>",
                     .fallback = "<config: server.directories.transaction.logs.root>",
                     .help = "Path to the transactions directory, containing the transaction directory for "
                             "the database to "
                             "source from." },
                   { "--from-path", OPTION_VALUE, "<path>", .exclusive = 1, .until = 526,
                     .help =
                         "Path to the directory containing dump/backup artifacts that need to be checked for "
                         "consistency. If the directory contains multiple backups, it will select the most "
                         "recent "
                         "backup chain, based on the transaction IDs found, to perform the consistency "
                         "check." },
                   { "--from-path", OPTION_VALUE, "<path>", .exclusive = 1, .since = 202501,
                     .help =
                         "Path to a backup file or a directory containing dump/backup artifacts.\n"
                         "  If the path is to a single file, that artifact is selected and checked for "
                         "consistency.\n"
                         "  If a directory is provided, the tool selects the most recent backup chain\n"
                         "  (based on transaction IDs) within it and checks that chain for consistency.\n" },
                   { "--temp-path", OPTION_VALUE, "<path>", .fallback = " <from-path>",
                     .help = "Path to directory to be used as a staging area to extract dump/backup "
                             "artifacts, if "
                             "needed." } },
      .run = admin_check_run },
    { "database", "copy", .help = "Copy a database and optionally apply filters.",
      .description = "This command will create a copy of a database.",
      .parameters = { { "<fromDatabase>", 1, 1, "Name of the source database." },
                      { "<toDatabase>", 1, 1, "Name of the target database." } },
      .options = { { "--compact-node-store", OPTION_SWITCH, .fallback = "false",
                     .help = "By default node store is not compacted on copy since that changes node ids." },
                   { "--copy-only-node-properties", OPTION_LIST, "<label.property>",
                     .help =
                         "A comma-separated list of property keys to include in the copy for nodes with the "
                         "specified label." },
                   { "--copy-only-nodes-with-labels", OPTION_LIST, "<label>", .exclusive = 1,
                     .help = "A comma-separated list of labels. All nodes that have ANY of the specified "
                             "labels will "
                             "be included in the copy." },
                   { "--copy-only-relationship-properties", OPTION_LIST, "<relationship.property>",
                     .help = "A comma-separated list of property keys to include in the copy for "
                             "relationships with "
                             "the specified type." },
                   { "--copy-only-relationships-with-types", OPTION_LIST, "<type>",
                     .help = "A comma-separated list of relationship types." },
                   { "--copy-schema", OPTION_FLAG,
                     .help = "Copy the schema instead of generating schema statements." },
                   { "--force", OPTION_FLAG,
                     .help = "Force the command to run even if the integrity of the database cannot be "
                             "verified." },
                   { "--from-pagecache", OPTION_VALUE, "<size>", .fallback = "8m",
                     .help = "The size of the page cache to use for reading." },
                   DATA_PATHS("from"),
                   { "--ignore-nodes-with-labels", OPTION_LIST, "<label>", .exclusive = 1,
                     .help = "A comma-separated list of labels. Nodes that have ANY of the specified labels "
                             "will not "
                             "be included in the copy." },
                   { "--ignore-relationships-with-types", OPTION_LIST, "<type>",
                     .help = "A comma-separated list of relationship types to leave out." },
                   { "--skip-labels", OPTION_LIST, "<label>",
                     .help = "A comma-separated list of labels to ignore." },
                   { "--skip-node-properties", OPTION_LIST, "<label.property>",
                     .help = "A comma-separated list of property keys to ignore for nodes with the specified "
                             "label." },
                   { "--skip-properties", OPTION_LIST, "<property>",
                     .help = "A comma-separated list of property keys to ignore." },
                   { "--skip-relationship-properties", OPTION_LIST, "<relationship.property>",
                     .help = "A comma-separated list of property keys to ignore for relationships with the "
                             "specified "
                             "type." },
                   { "--temp-path", OPTION_VALUE, "<path>",
                     .help = "Path to a directory to be used as a staging area when the source and target "
                             "databases "
                             "are the same." },
                   { "--to-format", OPTION_WORD, "<format>", "same|standard|high_limit|aligned|block", "same",
                     .help = "Set the format for the new database." },
                   DATA_PATHS("to"),
                   { "--to-path-schema", OPTION_VALUE, "<path>",
                     .help = "Path to directory to create the schema commands file in." } },
      .run = admin_copy_run },
    { "database", "dump", .help = "Dump a database into a single-file archive.",
      .description =
          "Dump a database into a single-file archive. The archive can be used by the load command. "
          "<to-path> should be a directory (in which case a file called <database>.dump will be created), "
          "or --to-stdout can be supplied to use standard output. If neither --to-path or --to-stdout is "
          "supplied `server.directories.dumps.root` setting will be used as destination. It is not "
          "possible to dump a database that is mounted in a running Neo4j server.",
      .parameters = { { "<database>", 1, 1, "Name of the database to dump." GLOB_HELP } },
      .options = { OVERWRITE("Overwrite any existing dump file in the destination folder."),
                   { "--to-path", OPTION_VALUE, "<path>", .exclusive = 1,
                     .help = "Destination folder of a database dump.\n"
                             "It is possible to dump databases into AWS S3 buckets, Google Cloud storage "
                             "buckets, and "
                             "Azure buckets using the appropriate URI as the path." },
                   { "--to-stdout", OPTION_FLAG, .exclusive = 1,
                     .help = "Use standard output as the destination for the database dump." } },
      .run = admin_dump_run },
    OTHER("database", "import", "High-speed import of data from CSV files, optimized for fault-free data."),
    { "database", "info", .help = "Print information about a Neo4j database store.",
      .description =
          "Print information about a Neo4j database store, such as what version of Neo4j created it.",
      .parameters = { { "<database>", 0, 1, "Name of the database to show info for." GLOB_HELP, "*" } },
      .options = { { "--format", OPTION_WORD, "text|json", "text|json", "text",
                     .help = "The format of the returned information." },
                   { "--from-path", OPTION_VALUE, "<path>", .help = "Path to databases directory." } },
      .run = admin_info_run },
    { "database", "load",
      .help = "Load a database from an archive created with the dump command or from full Neo4j Enterprise "
              "backup.",
      .description =
          "Load a database from an archive. <archive-path> must be a directory containing an archive(s). "
          "Archive can be a database dump created with the dump command, or can be a full backup artifact "
          "created by the backup command from Neo4j Enterprise. If neither --from-path or --from-stdin is "
          "supplied `server.directories.dumps.root` setting will be searched for the archive. Existing "
          "databases can be replaced by specifying --overwrite-destination. It is not possible to replace a "
          "database that is mounted in a running Neo4j server. If --info is specified, then the database is "
          "not loaded, but information (i.e. file count, byte count, and format of load file) about the "
          "archive is printed instead.",
      .parameters = { { "<database>", 1, 1, "Name of the database to load." GLOB_HELP } },
      .options = { { "--from-path", OPTION_VALUE, "<path>", .exclusive = 1,
                     .help = "Path to directory containing archive(s).\n"
                             "It is possible to load databases from AWS S3 buckets, Google Cloud storage "
                             "buckets, and "
                             "Azure bucket using the appropriate URI as the path." },
                   { "--from-stdin", OPTION_FLAG, .exclusive = 1,
                     .help = "Read archive from standard input." },
                   { "--info", OPTION_FLAG,
                     .help = "Print meta-data information about the archive file, instead of loading the "
                             "contained "
                             "database." },
                   OVERWRITE("If an existing database should be replaced.") },
      .run = admin_load_run },
    { "database", "migrate", .help = "Migrate a database",
      .description =
          "Migrates a database from one format to another or between versions of the same format. It always "
          "migrates the database to the latest combination of major and minor version of the target format.",
      .parameters = { { "<database>", 1, 1, "Name of the database to migrate." GLOB_HELP } },
      .options = { { "--force-btree-indexes-to-range", OPTION_FLAG, .until = 202512, .help = BTREE_HELP },
                   { "--force-btree-indexes-to-range", OPTION_FLAG, .since = 202601,
                     .help = "(Deprecated and will be removed. This option was only applicable when "
                             "migrating from v4 to "
                             "v5.) " BTREE_HELP },
                   OFF_HEAP(202501, 202512,
                            "Maximum memory that neo4j-admin can use for various data structures and caching "
                            "to improve "
                            "performance. Values can be plain numbers, such as 10000000, or 20G for 20 "
                            "gigabytes. It can "
                            "also be specified as a percentage of the available memory, for example 70%."),
                   OFF_HEAP(202601, 0, OFF_HEAP_HELP),
                   { "--pagecache", OPTION_VALUE, "<size>", .until = 526, .help = MIGRATE_PAGECACHE_HELP },
                   { "--pagecache", OPTION_VALUE, "<size>", .since = 202501,
                     .help = "(Deprecated in favor of --max-off-heap-memory) " MIGRATE_PAGECACHE_HELP },
                   { "--to-format", OPTION_WORD, "standard|high_limit|aligned|block",
                     "standard|high_limit|aligned|block",
                     .help = "Name of the format to migrate the store to. If the format is specified, the "
                             "target database is "
                             "migrated to the latest known combination of MAJOR and MINOR versions of the "
                             "specified format. "
                             "If not specified, the tool migrates the target database to the latest known "
                             "combination of "
                             "MAJOR and MINOR versions of the current format." } },
      .run = admin_migrate_run },
    { "database", "restore", .help = "Restore a backed up database.",
      .description = "Restore a backed up database.",
      .parameters = { { "<database>", 0, 1,
                        "Name of the database after restore. Usage of this parameter is only allowed if the "
                        "--from-path option points to a path to a single artifact." } },
      .options = { { "--from-path", OPTION_LIST, "<path>", .is_required = true,
                     .help =
                         "A path to an individual backup artifact, a folder that contains artifacts, or a "
                         "comma-separated list of backup artifact files." },
                   OVERWRITE("If an existing database should be replaced."),
                   { "--restore-until", OPTION_VALUE, "<recovery-criteria>",
                     .help = "Applies logs until the recovery predicate is satisfied. Currently supported "
                             "predicates "
                             "are: <transactionID> and <timestamp>." },
                   { "--source-database", OPTION_VALUE, "<source-database-name>", .since = 202502,
                     .help =
                         "A source database name. If the --from-path points to a folder containing backups "
                         "for "
                         "multiple databases, you must specify the database name to filter the artifacts." },
                   TEMP_PATH,
                   DATA_PATHS("to") },
      .run = admin_restore_run },
    OTHER("database", "upload",
          "Push a local database to a Neo4j Aura instance. The target location is a Neo4j Aura Bolt URI. If "
          "Neo4j Cloud "
          "username and password are not provided either as a command option or as an environment variable, "
          "they will be "
          "requested interactively"),
    { "dbms", "set-default-admin",
      .description = "Sets the default admin user.\n"
                     "This user will be granted the admin role on startup if the system has no roles.",
      .parameters = { { "<username>", 1, 1, "" } }, .run = admin_set_default_admin_run },
    { "dbms", "set-initial-password",
      .description =
          "Sets the initial password of the initial admin user ('neo4j'). And removes the requirement to "
          "change password on first login. IMPORTANT: this change will only take effect if performed before "
          "the database is started for the first time.",
      .parameters = { { "<password>", 1, 1, "" } },
      .options = { { "--require-password-change", OPTION_SWITCH, .fallback = "false",
                     .help = "Require the user to change their password on first login." } },
      .run = admin_set_initial_password_run },
    { "dbms", "unbind-system-db", .help = "Removes and archives the cluster state of the system database.",
      .description =
          "Removes and archives the cluster state of the system database so the instance can be restarted "
          "and form a new cluster around it.",
      .run = admin_unbind_system_run },
    OTHER("server", "console", "Start server in console."),
    { "server", "license", .help = "Accept the license agreement.",
      .description = "Accept the commercial or the evaluation license agreement.",
      .options = { { "--accept-commercial", OPTION_FLAG, .exclusive = 1,
                     .help = "Accept the commercial license." },
                   { "--accept-evaluation", OPTION_FLAG, .exclusive = 1,
                     .help = "Accept the evaluation license." } },
      .run = admin_license_run },
    { "server", "memory-recommendation",
      .help = "Print Neo4j heap and pagecache memory settings recommendations.",
      .description = "Print heuristic memory setting recommendations for the Neo4j JVM heap and pagecache. "
                     "The heuristic is based on "
                     "the total memory of the system the command is running on, or on the amount of memory "
                     "specified with the "
                     "--memory argument. The heuristic assumes that the system is dedicated to running "
                     "Neo4j. If this is not the "
                     "case, then use the --memory argument to specify how much memory can be expected to be "
                     "dedicated to Neo4j. The "
                     "output is formatted such that it can be copy-pasted into the neo4j.conf file.",
      .options = { { "--docker", OPTION_FLAG,
                     .help = "The recommended memory settings are produced in the form of environment "
                             "variables that can be directly passed to a Neo4j docker container. The "
                             "recommended use "
                             "is to save the generated environment variables to a file and pass the file to "
                             "a docker "
                             "container using the '--env-file' docker option." },
                   { "--memory", OPTION_VALUE, "<size>",
                     .help = "Recommend memory settings with respect to the given amount of memory, instead "
                             "of the "
                             "total memory of the system running the command. Valid units are: k, K, m, M, "
                             "g, G." } },
      .run = admin_memory_run },
    OTHER("server", "migrate-configuration", "Migrate server configuration from the previous major version."),
    { "server", "report",
      .help = "Produces a zip/tar of the most common information needed for remote assessments.",
      .description =
          "Will collect information about the system and package everything in an archive. If you specify "
          "'all', everything will be included. You can also fine tune the selection by passing classifiers "
          "to "
          "the tool, e.g 'logs tx threads'.",
      .has_commands = true,
      .parameters = { { "<classifier>", 0, SIZE_MAX, "",
                        "[config, logs, metrics, plugins, ps, sysprop, threads, tree, version]" } },
      .options = { REPORT_LOGIN(0, 526, "instance"),
                   REPORT_LOGIN(202601, 0, "Neo4j"),
                   { "--database", OPTION_VALUE, "<database>", .fallback = "*",
                     .help = "Name of the database to report for." GLOB_HELP },
                   { "--ignore-disk-space-check", OPTION_SWITCH, .fallback = "false",
                     .help = "Ignore disk full warning." },
                   { "--list", OPTION_FLAG, .help = "List all available classifiers." },
                   { "--obfuscate-query-log", OPTION_SWITCH, .fallback = "false", .since = 202601,
                     .help = "Obfuscate the literals of queries in the collected (JSON) query log." },
                   { "--to-path", OPTION_VALUE, "<path>",
                     .help = "Destination directory for reports. Defaults to a system tmp directory." } },
      .run = admin_report_run },
    OTHER("server", "restart", "Restart the server daemon."),
    OTHER("server", "start", "Start server as a daemon."),
    OTHER("server", "status", "Get the status of the neo4j server process."),
    OTHER("server", "stop", "Stop the server daemon."),
    { "server", "unbind", .help = "Removes server identifier.",
      .description = "Removes server identifier. Next start instance will create a new identity for itself.",
      .run = admin_unbind_run },
    { "server", "validate-config", .description = "Validate configuration including Log4j.", .is_bare = true,
      .run = admin_validate_config_run },
    OTHER("fleet", "discover", "Discover the Neo4j servers of a network."),
    { "backup", "aggregate", .since = 202501,
      .help = "Aggregates a chain of backup artifacts into a single artifact.",
      .parameters = { { "<database>", 0, 1,
                        "Name of the database for which to aggregate the artifacts." GLOB_HELP } },
      .options = { { "--from-path", OPTION_VALUE, "<path>", .is_required = true,
                     .help =
                         "Accepts either a path to a single artifact file or a folder containing backup "
                         "artifacts. When a file is supplied, the <database> parameter should be omitted." },
                   { "--keep-old-backup", OPTION_SWITCH, .fallback = "false",
                     .help = "If set to true, the old backup chain is not removed." },
                   PARALLEL_RECOVERY,
                   TEMP_PATH },
      .run = admin_aggregate_run },
    { "backup", "inspect", .help = "Command to read the backup metadata.",
      .description = "Command to read the backup metadata.",
      .parameters = { { "<backup-path>", 1, 1,
                        "Path denoting either a directory where backups are stored or a single backup to "
                        "inspect." } },
      .options = { { "--database", OPTION_VALUE, "<database>", .help = "Name of the database to inspect." },
                   { "--empty", OPTION_FLAG, .help = "Include empty backups." },
                   FORMAT_OF_TABLE,
                   { "--latest-backup", OPTION_FLAG, .help = "Show only the latest backup." },
                   { "--latest-chain", OPTION_FLAG,
                     .help = "List the full backup chain ending with the latest downloaded backup." },
                   { "--show-metadata", OPTION_FLAG, .until = 202506, .is_required = true,
                     .help = "Show the backup metadata." },
                   { "--show-metadata", OPTION_FLAG, .since = 202507, .help = "Show the backup metadata." } },
      .run = admin_inspect_run },
    { "backup", "validate", .since = 202512, .help = "Command to validate a collection of backups.",
      .description = "Command to validate a collection of backups.",
      .options = { { "--database", OPTION_VALUE, "<database>", .is_required = true,
                     .help = "Name of the database to validate." },
                   FORMAT_OF_TABLE,
                   { "--from-path", OPTION_VALUE, "<backup-path>", .is_required = true,
                     .help = "Path denoting a directory to where backups are stored." } },
      .run = admin_validate_run },
};
const size_t admin_commands_count = ARRAY_LENGTH(admin_commands);

unsigned admin_version_number(const struct neo4j_version *version) {
    return version->number.major * 100 + version->number.minor;
}

bool admin_is_in(unsigned number, unsigned since, unsigned until) {
    return number >= since && (!until || number <= until);
}

bool admin_is_of(const struct admin_command *command, const char *group, unsigned number) {
    return str_equal(command->group, group) && admin_is_in(number, command->since, command->until);
}

bool admin_takes(const struct admin_command *command, const struct admin_option *common) {
    return !command->is_bare || !str_equal(common->name, "--additional-config");
}
