#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/validate.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>

enum { EXIT_USAGE = 2 };

static const struct {
    const char *name;
    void (*write)(struct buffer *out, const struct report *report, bool is_quiet);
} forms[] = {
    { "human", report_write_human },
    { "json", report_write_json },
    { "sarif", report_write_sarif },
};

struct settings {
    struct validate_options options;
    size_t form; /* in forms */
    bool is_quiet;
    const char *explain;
    const char *kind;
};

static const char documentation[] =
    "Judges manifests of this operator's kinds before they are applied, without a cluster: as an API server "
    "with the "
    "shipped definitions would, in its words, and with the operator's warnings. Unknown fields are errors.\v"
    "Examples:\n"
    "  kubectl neo4j validate -f cluster.yaml\n"
    "  kubectl neo4j validate -f deploy/ -R --warnings-as-errors\n"
    "  kustomize build . | kubectl neo4j validate -f -\n"
    "  kubectl neo4j validate -f deploy/ -o sarif > findings.sarif\n"
    "  kubectl get neo4jenterpriseclusters -A -o yaml > now.yaml\n"
    "  kubectl neo4j validate -f cluster.yaml --old now.yaml\n"
    "  kubectl neo4j validate --explain R2\n"
    "\n"
    "Exit codes: 0 all objects are valid; 1 one is not; 2 wrong usage, or something could not be read. "
    "Objects of "
    "other kinds are counted and left out.";

enum option_key {
    OPTION_WARNINGS_AS_ERRORS = 256,
    OPTION_NO_WARNINGS,
    OPTION_OLD,
    OPTION_EXPLAIN,
    OPTION_KIND,
};

static const struct argp_option arguments[] = {
    { "filename", 'f', "FILE", 0,
      "A file, a directory (its *.yaml, *.yml and *.json) or - for standard input; as often as needed "
      "(default: none, one must be given)",
      0 },
    { "recursive", 'R', NULL, 0, "Look into the directories below, too", 0 },
    { "output", 'o', "FORM", 0, "human, json or sarif (default human)", 0 },
    { "old", OPTION_OLD, "FILE", 0,
      "The objects as they are now, as for -f: what may not change is judged, too (default: all objects are "
      "new)",
      0 },
    { "warnings-as-errors", OPTION_WARNINGS_AS_ERRORS, NULL, 0, "An object with a warning is invalid", 0 },
    { "no-warnings", OPTION_NO_WARNINGS, NULL, 0, "Tell errors only", 0 },
    { "quiet", 'q', NULL, 0, "Leave the summary out: nothing is printed when all is well", 0 },
    { "explain", OPTION_EXPLAIN, "RULE", 0, "Print what the rule says, and judge nothing (default: judge)",
      0 },
    { "kind", OPTION_KIND, "KIND", 0, "With --explain: the rule of this kind (default: of all kinds)", 0 },
    { NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0 },
    { 0 },
};

/* Says what is wrong and ends the process. */
#define refuse(state, ...) (argp_error((state), __VA_ARGS__), EINVAL)

static error_t add_argument(struct validate_arguments *arguments_of, char *argument,
                            struct argp_state *state) {
    if (!*argument)
        return refuse(state, "a file has no name");
    if (arguments_of->count == VALIDATE_ARGUMENTS_MAX)
        return refuse(state, "more than %d files are named; name their directory", VALIDATE_ARGUMENTS_MAX);
    arguments_of->items[arguments_of->count++] = argument;
    return 0;
}

static error_t set_form(struct settings *settings, const char *name, struct argp_state *state) {
    for (size_t i = 0; i < ARRAY_LENGTH(forms); i++)
        if (str_equal(name, forms[i].name)) {
            settings->form = i;
            return 0;
        }
    return refuse(state, "--output: %s is not human, json or sarif", name);
}

static bool has_stdin(const struct validate_arguments *arguments_of) {
    for (size_t i = 0; i < arguments_of->count; i++)
        if (str_equal(arguments_of->items[i], "-"))
            return true;
    return false;
}

/* Options that only together are wrong. */
static error_t check(const struct settings *settings, struct argp_state *state) {
    const struct validate_options *options = &settings->options;

    if (settings->kind && !settings->explain)
        return refuse(state, "--kind goes with --explain");
    if (options->warnings_are_errors && !options->has_warnings)
        return refuse(state, "--warnings-as-errors and --no-warnings exclude each other");
    if (has_stdin(&options->files) && has_stdin(&options->old))
        return refuse(state, "standard input can't be both -f and --old");
    if (options->files.count == 0 && !settings->explain)
        return refuse(state, "name what to judge: -f FILE, -f DIRECTORY or -f -");
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct settings *settings = state->input;

    switch (key) {
    case 'f':
        return add_argument(&settings->options.files, argument, state);
    case 'R':
        settings->options.is_recursive = true;
        return 0;
    case 'o':
        return set_form(settings, argument, state);
    case 'q':
        settings->is_quiet = true;
        return 0;
    case 'h':
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
        return 0;
    case OPTION_OLD:
        return add_argument(&settings->options.old, argument, state);
    case OPTION_WARNINGS_AS_ERRORS:
        settings->options.warnings_are_errors = true;
        return 0;
    case OPTION_NO_WARNINGS:
        settings->options.has_warnings = false;
        return 0;
    case OPTION_EXPLAIN:
        settings->explain = argument;
        return 0;
    case OPTION_KIND:
        settings->kind = argument;
        return 0;
    case ARGP_KEY_ARG:
        return refuse(state, "unexpected argument: %s; name files with -f", argument);
    case ARGP_KEY_END:
        return check(settings, state);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* A result that did not arrive must not pass for a good one. */
static int print(const char *program, const struct buffer *out, int exit_code) {
    if (fwrite(buffer_string(out), 1, out->length, stdout) == out->length && fflush(stdout) == 0)
        return exit_code;
    fprintf(stderr, "%s: can't write the result: %s\n", program, strerrordesc_np(errno));
    return EXIT_USAGE;
}

static int explain(const char *program, const struct settings *settings) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct error err = { 0 };

    if (explain_rule(&out, settings->explain, settings->kind, &err))
        return print(program, &out, EXIT_SUCCESS);
    fprintf(stderr, "%s: %s\n", program, err.text);
    return EXIT_USAGE;
}

static int run(int argc, char **argv) {
    static const struct argp argp = { arguments, parse, NULL, documentation, NULL, NULL, NULL };
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer out = { 0 };
    CLEANUP_FREE struct settings *settings = XNEW(struct settings);
    struct report report;

    argp_err_exit_status = EXIT_USAGE;
    settings->options.has_warnings = true;
    argp_parse(&argp, argc, argv, 0, NULL, settings);
    if (settings->explain)
        return explain(argv[0], settings);
    report_init(&report, arena);
    validate(&settings->options, &report);
    forms[settings->form].write(&out, &report, settings->is_quiet);
    return print(argv[0], &out, report_exit_code(&report));
}

const struct command command_validate = { "validate",
                                          "judge manifests before they are applied, without a cluster", run };
