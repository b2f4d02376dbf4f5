/* neo4j-admin: the administration commands of the image, run by a process in place of a server.
 *
 *     admin.c               life: from the command line to the exit code; what every command says on failure
 *     admin_commands.c      the table of commands and their options, by version
 *     admin_arguments.c     the command line against the table, as picocli reads it
 *     admin_help.c          usage texts
 *     admin_suggest.c       what was perhaps meant
 *     admin_backup.c        database backup, over the network
 *     admin_artifacts.c     backup inspect, validate, aggregate
 *     admin_restore.c       database restore
 *     admin_stores.c        database dump, load, copy, check, info, migrate
 *     admin_server.c        dbms …, server …
 *     admin_memory.c        server memory-recommendation
 *
 * Exit codes are those of the real tool (seen with Community 5.26.30, 2025.12.1 and 2026.08.1): 0; 1 for what
 * a command refuses or can't do, also in part; 2 for a command that does not exist; 64 for wrong options and
 * parameters of one that does; 70 for an exception that it does not handle.
 */
#pragma once

#include "sim/neo4j/artifact.h"
#include "sim/neo4j/server.h"

enum { ADMIN_EXIT_FAILED = 1, ADMIN_EXIT_NO_COMMAND = 2, ADMIN_EXIT_USAGE = 64, ADMIN_EXIT_SOFTWARE = 70 };
enum { ADMIN_LINE_WIDTH = 120 };

enum admin_option_kind {
    OPTION_FLAG,   /* --verbose */
    OPTION_SWITCH, /* --compress[=true|false] */
    OPTION_VALUE,  /* --to-path=<path> */
    OPTION_WORD,   /* --type=<type>: one of words, in any case */
    OPTION_LIST,   /* --from=<host:port>[,<host:port>...], also repeated */
};

/* since and until count 5.26 as 526 and 2025.04 as 202504; 0: always. */
struct admin_option {
    const char *name;
    enum admin_option_kind kind;
    const char *label;    /* "<path>" */
    const char *words;    /* "FULL|DIFF|AUTO" */
    const char *fallback; /* the default that the help names; NULL: none */
    unsigned since, until;
    bool is_required;
    unsigned exclusive; /* options of one number, not 0, exclude each other */
    const char *help;
    const char *short_name; /* "-a" */
    const char *other_name; /* one more */
};

struct admin_parameter {
    const char *label; /* "<database>" */
    size_t count_min, count_max;
    const char *help;
    const char *fallback;
};

enum { ADMIN_OPTIONS_MAX = 28, ADMIN_PARAMETERS_MAX = 2, ADMIN_EXCLUSIVE_MAX = 1 };

struct admin;
struct admin_command {
    const char *group; /* "database" */
    const char *name;  /* "backup" */
    unsigned since, until;
    const char
        *help; /* in the list of commands, and first in its own help; NULL: the description, and nothing */
    const char *description;
    const char *choice; /* how its help shows the options of the group 1 that exclude each other; NULL: by the
                           table */
    bool is_in_order;   /* its help shows the options as the table has them */
    bool has_commands;  /* as its help says */
    bool is_bare;       /* takes no --additional-config */
    struct admin_parameter parameters[ADMIN_PARAMETERS_MAX];
    struct admin_option options[ADMIN_OPTIONS_MAX];
    /* Begins; ends with admin_end(), at once or from tick. */
    void (*run)(struct admin *admin);
};

extern const struct admin_command admin_commands[];
extern const size_t admin_commands_count;
/* Options that every command has. */
extern const struct admin_option admin_common_options[];
extern const size_t admin_common_options_count;
/* {name, what it is for}, in the order of the real help. */
extern const struct admin_group {
    const char *name;
    const char *help;
    unsigned since;
} admin_groups[];
extern const size_t admin_groups_count;

unsigned admin_version_number(const struct neo4j_version *version);
bool admin_is_in(unsigned number, unsigned since, unsigned until);
/* Whether the command is one of the group in the version of that number. */
bool admin_is_of(const struct admin_command *command, const char *group, unsigned number);
/* Whether the command takes an option of admin_common_options. */
bool admin_takes(const struct admin_command *command, const struct admin_option *common);

/* ---- the command line ---- */

struct admin_arguments {
    const struct admin_command *command;
    struct json *options;    /* name → string, or array of strings for OPTION_LIST; "true" and "false" */
    struct json *parameters; /* array of strings */
    bool wants_help;
};

/* False: *out_exit_code and the text to print (in arena), also for --help (0), --version (0). */
CHECKED bool admin_arguments_parse(struct arena *arena, const struct neo4j_version *version,
                                   const struct json *words, struct admin_arguments *out_arguments,
                                   int *out_exit_code, const char **out_text);
const char *admin_value(const struct admin *admin, const char *option);
bool admin_flag(const struct admin *admin, const char *option);
/* Of OPTION_LIST; NULL: not given. */
const struct json *admin_list(const struct admin *admin, const char *option);
/* NULL when there are fewer. */
const char *admin_parameter(const struct admin *admin, size_t index);

/* ---- help; all in arena ---- */

/* "Did you mean: …?": commands of the group, NULL: of all, that are like word; NULL: none is. */
const char *admin_suggest(struct arena *arena, unsigned number, const char *group, const char *word);
/* "Possible solutions: …": options that begin like word; NULL: none does. */
const char *admin_suggest_options(struct arena *arena, unsigned number, const struct admin_command *command,
                                  const char *word);

char *admin_help_top(struct arena *arena, const struct neo4j_version *version);
char *admin_help_group(struct arena *arena, const struct neo4j_version *version, const char *group);
char *admin_help_command(struct arena *arena, const struct neo4j_version *version,
                         const struct admin_command *command);
/* "--to-path=<path>" */
char *admin_option_form(struct arena *arena, const struct admin_option *option);
/* "[--to-path=<path> | --to-stdout]": the options that exclude each other under a number; NULL: none. */
char *admin_choice(struct arena *arena, const struct admin_command *command, unsigned number, unsigned group);

/* ---- a run ---- */

struct admin_backup;
struct admin {
    struct neo4j_process *process;
    struct arena *arena; /* of the run */
    struct admin_arguments arguments;
    bool has_begun;
    struct admin_backup *backup; /* of database backup, in arena */
};

/* Takes the process over: from now on it runs the command. words: after "neo4j-admin". */
void admin_start(struct neo4j_process *process, const struct json *words);
void admin_free(struct admin *admin);
void admin_tick(struct neo4j_process *process);
void admin_receive(struct neo4j_process *process, const struct json *message);

/* A line of output. */
void admin_say(struct admin *admin, const char *format, ...) PRINTF_LIKE(2, 3);
/* A line of a logger: time, level, "[o.n.c.d.DumpCommand]". */
void admin_log(struct admin *admin, const char *level, const char *logger, const char *format, ...)
    PRINTF_LIKE(4, 5);
void admin_end(struct admin *admin, int exit_code);
/* The last words of a command that failed, as this version says them, and the end with 1. After an empty line
 * follows the cause, which only later versions tell. */
void admin_fail(struct admin *admin, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same with a cause that every version tells. */
void admin_fail_because(struct admin *admin, int exit_code, const char *what, const char *cause);
/* The same for failures that no version frames. */
void admin_fail_unframed(struct admin *admin, int exit_code, const char *text);
/* What this version tells of a failure: all, or what stands before its cause. In arena. */
const char *admin_reason(const struct admin *admin, const char *text);
/* Where a path or URI leads; fails the command when it leads nowhere. */
CHECKED bool admin_locate(struct admin *admin, const char *text, struct storage_place *out_place);
/* The same, and it is a folder that is there. */
CHECKED bool admin_locate_folder(struct admin *admin, const char *text, struct storage_place *out_place);
/* Runs tick again at a time. */
void admin_wait(struct admin *admin, int64_t at_ns);

void admin_backup_run(struct admin *admin);
void admin_backup_tick(struct admin *admin);
void admin_backup_receive(struct admin *admin, const struct json *message);
void admin_inspect_run(struct admin *admin);
/* backup --inspect-path of older versions. */
void admin_inspect(struct admin *admin, const char *path);
void admin_validate_run(struct admin *admin);
void admin_aggregate_run(struct admin *admin);
void admin_restore_run(struct admin *admin);
void admin_dump_run(struct admin *admin);
void admin_load_run(struct admin *admin);
void admin_copy_run(struct admin *admin);
void admin_check_run(struct admin *admin);
void admin_info_run(struct admin *admin);
void admin_migrate_run(struct admin *admin);
void admin_set_initial_password_run(struct admin *admin);
void admin_set_default_admin_run(struct admin *admin);
void admin_unbind_run(struct admin *admin);
void admin_unbind_system_run(struct admin *admin);
void admin_validate_config_run(struct admin *admin);
void admin_license_run(struct admin *admin);
void admin_memory_run(struct admin *admin);
void admin_report_run(struct admin *admin);
/* Of commands that are there, but not simulated. */
void admin_other_run(struct admin *admin);
