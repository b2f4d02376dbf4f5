/* Options that several commands have, and texts that are told in several forms: for the table of commands
 * alone. */
#pragma once

#include "sim/neo4j/admin.h"

#define PAGECACHE                                                                                            \
    { "--pagecache", OPTION_VALUE, "<size>", .help = "The size of the page cache to use." }
#define TEMP_PATH                                                                                            \
    {                                                                                                        \
        "--temp-path", OPTION_VALUE, "<path>",                                                               \
            .help = "Provide a path to a temporary empty directory for storing backup files until the "      \
                    "command is completed. The files will be deleted once the command is finished."          \
    }
#define PARALLEL_RECOVERY                                                                                    \
    {                                                                                                        \
        "--parallel-recovery", OPTION_SWITCH,                                                                \
            .fallback = "false",                                                                             \
            .help = "Allow multiple threads to apply pulled transactions to a backup in parallel. Note: "    \
                    "this is an EXPERIMENTAL option. Consult Neo4j support before use."                      \
    }
#define FORMAT_OF_TABLE                                                                                      \
    {                                                                                                        \
        "--format", OPTION_WORD, "<value>", "JSON|TABULAR", "TABULAR",                                       \
            .help = "Format of the output of the command. Possible values are: 'JSON, TABULAR'."             \
    }
#define OVERWRITE(what)                                                                                      \
    { "--overwrite-destination", OPTION_SWITCH, .fallback = "false", .help = what }
#define DATA_PATHS(direction)                                                                                \
    { "--" direction "-path-data", OPTION_VALUE, "<path>", .help = "Path to the databases directory." }, {   \
        "--" direction "-path-txn", OPTION_VALUE, "<path>", .help = "Path to the transactions directory."    \
    }
#define OFF_HEAP_HELP                                                                                        \
    "Maximum off-heap memory that the command can use for page cache and various caching data structures "   \
    "to improve performance. Use this option to tune the command memory usage; the command does not use "    \
    "the server.memory.pagecache.size configuration setting for this purpose. Values can be plain numbers, " \
    "such as 10000000, or, for example, 20G for 20 gigabytes, or 70%, which will amount to 70% of "          \
    "currently free memory on the machine."
#define OFF_HEAP(since_, until_, text)                                                                       \
    {                                                                                                        \
        "--max-off-heap-memory", OPTION_VALUE, "<size>", .fallback = "90%", .since = since_,                 \
                                                         .until = until_, .help = text                       \
    }
#define BTREE_HELP                                                                                           \
    "Special option for automatically turning all BTREE indexes/constraints into RANGE. Be aware that "      \
    "RANGE indexes are not always the optimal replacement of BTREEs and performance may be affected while "  \
    "the new indexes are populated. See the Neo4j v5 migration guide online for more information. The "      \
    "newly created indexes will be populated in the background on the first database start up following "    \
    "the migration and users should monitor the successful completion of that process."
#define REPORT_LOGIN(since_, until_, of)                                                                     \
    { "--address",                                                                                           \
      OPTION_VALUE,                                                                                          \
      "<address>",                                                                                           \
      .short_name = "-a",                                                                                    \
      .other_name = "--uri",                                                                                 \
      .since = since_,                                                                                       \
      .until = until_,                                                                                       \
      .help = "Address of the DBMS to connect to, including the scheme (e.g. bolt://localhost:7687 or "      \
              "bolt+ssc://localhost:7687). Defaults to an address derived from the " of " configuration." }, \
        { "--password",                                                                                      \
          OPTION_VALUE,                                                                                      \
          "<password>",                                                                                      \
          .short_name = "-p",                                                                                \
          .since = since_,                                                                                   \
          .until = until_,                                                                                   \
          .help = "Password for connecting to the running DBMS. Required when a classifier that needs a "    \
                  "connection to a live database is selected. Can be specified as the NEO4J_PASSWORD "       \
                  "environment variable." },                                                                 \
    {                                                                                                        \
        "--username", OPTION_VALUE, "<username>",                                                            \
            .short_name = "-u", .since = since_, .until = until_,                                            \
            .help = "Username for connecting to the running DBMS. Required when a classifier that needs a "  \
                    "connection to a live database is selected. Can be specified as the NEO4J_USERNAME "     \
                    "environment variable."                                                                  \
    }
#define MIGRATE_PAGECACHE_HELP                                                                               \
    "The size of the page cache to use for the migration process. The general rule is that values up to "    \
    "the size of the database proportionally increase performance."
#define GLOB_HELP                                                                                            \
    " Can contain * and ? for globbing. Note that * and ? have special meaning in some shells and might "    \
    "need to be escaped or used with quotes."
