/* neo4j-simulate: many schedules of faults and wishes against the shipped operator, in virtual time. */
#include "base/file.h"
#include "simulate/coverage.h"
#include "simulate/field_campaign.h"
#include "simulate/invariant.h"
#include "simulate/runner.h"
#include "simulate/verdict.h"

#include <argp.h>
#include <stdio.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { BROKEN = 1, FILE_BYTES_MAX = 16 * 1024 * 1024, HOUR_MS = 3600 * 1000, HOURS_OF_A_YEAR = 8766 };

struct options {
    uint64_t seed;
    uint64_t runs;
    uint64_t branches;
    uint64_t deeds;
    uint64_t minutes;
    uint64_t jobs;
    const char *replay;
    const char *coverage;
    bool walks_fields;
    const char *target; /* of the walk; NULL: all */
    uint64_t every;
    bool is_told;
    bool is_quick; /* broken schedules are not shortened */
};

enum { KEY_NO_SHRINK = 256, KEY_STORY, KEY_COVERAGE, KEY_LIST, KEY_EVERY };

static const struct argp_option arguments[] = {
    { "seed", 's', "S", 0, "The first schedule (default 1)", 0 },
    { "runs", 'n', "N", 0, "So many seeds, one after the other (default 100)", 0 },
    { "branches", 'b', "N", 0,
      "Schedules of each seed, which differ in their last 15 deeds; what they share is run once (default 1)",
      0 },
    { "minutes", 'm', "M", 0,
      "Goes on with the next seeds until so many minutes have passed (default: --runs counts)", 0 },
    { "deeds", 'd', "N", 0, "Intents and faults of a schedule (default 200)", 0 },
    { "jobs", 'j', "N", 0, "Runs at a time (default: one for each processor)", 0 },
    { "replay", 'r', "FILE", 0,
      "Runs the schedule in FILE, and tells its story (default: seeds make them up)", 0 },
    { "fields", 'f', NULL, 0,
      "Changes each field of the API of a living object, there and back, in place of schedules; all kinds, "
      "or "
      "what KIND, KIND.PATH or KIND.PATH=JSON names",
      0 },
    { "every", KEY_EVERY, "N", 0,
      "Of the changes of --fields every N-th, from one that --seed tells (default 1)", 0 },
    { "story", KEY_STORY, NULL, 0, "Tells the story of each run, line by line", 0 },
    { "no-shrink", KEY_NO_SHRINK, NULL, 0, "Does not look for the shortest schedule that breaks", 0 },
    { "coverage", KEY_COVERAGE, "FILE", 0,
      "Writes what the runs have come across to FILE (default: only counts are printed)", 0 },
    { "list", KEY_LIST, NULL, 0, "Lists intents, faults and invariants, and ends", 0 },
    { 0 },
};

static void list_deeds(const char *title, const struct deed_kind *table) {
    puts(title);
    for (const struct deed_kind *kind = table; kind->name; kind++)
        printf("  %-16s %s\n", kind->name, kind->tells);
}

static void list_all(void) {
    list_deeds("Intents:", intents);
    list_deeds("Faults:", faults);
    puts("Invariants:");
    for (const struct invariant *invariant = invariants; invariant->name; invariant++)
        printf("  %-22s %s\n", invariant->name, invariant->says);
    printf("  %-22s %s\n", "ends-as-from-scratch",
           "The end is what the same wishes come to in an empty world.");
    printf("  %-22s %s\n", "runs-end", "No run dies or goes on for ever.");
}

static uint64_t number(const char *text, struct argp_state *state) {
    uint64_t value = 0;

    if (!parse_uint64(text_from(text), &value))
        argp_error(state, "'%s' is not a number", text);
    return value;
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;

    switch (key) {
    case 's':
        options->seed = number(argument, state);
        break;
    case 'n':
        options->runs = number(argument, state);
        break;
    case 'b':
        options->branches = number(argument, state);
        if (options->branches < 1 || options->branches > 100000)
            argp_error(state, "--branches takes 1 to 100000");
        break;
    case 'm':
        options->minutes = number(argument, state);
        break;
    case 'd':
        options->deeds = number(argument, state);
        if (options->deeds < 1 || options->deeds > 100000)
            argp_error(state, "--deeds takes 1 to 100000");
        break;
    case 'j':
        options->jobs = number(argument, state);
        break;
    case 'r':
        options->replay = argument;
        break;
    case 'f':
        options->walks_fields = true;
        break;
    case ARGP_KEY_ARG:
        if (!options->walks_fields || options->target)
            argp_error(state, "'%s' is one argument too many", argument);
        options->target = argument;
        break;
    case KEY_EVERY:
        options->every = number(argument, state);
        if (options->every < 1)
            argp_error(state, "--every takes 1 or more");
        break;
    case KEY_STORY:
        options->is_told = true;
        break;
    case KEY_NO_SHRINK:
        options->is_quick = true;
        break;
    case KEY_COVERAGE:
        options->coverage = argument;
        break;
    case KEY_LIST:
        list_all();
        exit(EXIT_SUCCESS);
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

struct hunt {
    const struct options *options;
    struct runner *runner;
    struct coverage *coverage;
    time_t until; /* 0: no matter */
    uint64_t runs;
    uint64_t broken;
    uint64_t deeds;
    uint64_t acknowledged;
    int64_t hours;
    int64_t ms;
};

static void tell_broken(struct hunt *hunt, uint64_t seed, const struct json *verdict) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    uint64_t branch = (uint64_t)json_integer_at(verdict, "branch", 0);
    CLEANUP_POINTER(schedule_free)
    struct schedule *schedule = runner_schedule(seed, branch, hunt->options->deeds);

    printf("seed %llu, branch %llu breaks %s: %s\n", (unsigned long long)seed, (unsigned long long)branch,
           verdict_invariant(verdict), json_string_at(verdict, "complaint", ""));
    fflush(stdout);
    if (hunt->options->is_quick)
        return;
    CLEANUP_POINTER(schedule_free)
    struct schedule *shortest = runner_shrink(hunt->runner, seed, schedule, verdict);
    schedule_write(shortest, &text);
    printf("# The shortest schedule found that breaks it; run it again with --seed %llu --replay FILE:\n%s",
           (unsigned long long)seed, buffer_string(&text));
}

static bool take(void *context, uint64_t seed, const struct json *verdict) {
    struct hunt *hunt = context;

    hunt->runs++;
    hunt->deeds += (uint64_t)json_integer_at(verdict, "deeds", 0);
    hunt->acknowledged += (uint64_t)json_integer_at(verdict, "acknowledged", 0);
    hunt->ms += json_integer_at(verdict, "ms", 0);
    ensure(coverage_read(hunt->coverage, text_from(json_string_at(verdict, "coverage", ""))));
    if (verdict_invariant(verdict)) {
        hunt->broken++;
        tell_broken(hunt, seed, verdict);
    }
    return !hunt->until || time(NULL) < hunt->until;
}

static void summarize(const struct hunt *hunt) {
    double hours = (double)hunt->ms / HOUR_MS;

    printf("%llu schedules with %llu intents and faults, %.0f hours (%.2f years) of virtual time, "
           "%llu acknowledged writes\n",
           (unsigned long long)hunt->runs, (unsigned long long)hunt->deeds, hours, hours / HOURS_OF_A_YEAR,
           (unsigned long long)hunt->acknowledged);
    printf("coverage: %zu states, %zu steps of plans, %zu port calls under faults\n",
           coverage_count(hunt->coverage, "state"), coverage_count(hunt->coverage, "plan"),
           coverage_count(hunt->coverage, "call"));
    printf("%llu passed, %llu failed\n", (unsigned long long)(hunt->runs - hunt->broken),
           (unsigned long long)hunt->broken);
}

static int replay(const struct options *options, struct runner *runner) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = { 0 };
    CLEANUP_POINTER(schedule_free) struct schedule *schedule = NULL;
    struct error err = { 0 };

    if (!file_read(options->replay, FILE_BYTES_MAX, &text, &err) ||
        !schedule_parse(buffer_text(&text), &schedule, &err)) {
        fprintf(stderr, "%s: %s\n", options->replay, err.text);
        return EX_DATAERR;
    }
    const struct json *verdict = runner_judge(runner, arena, options->seed, schedule, true);
    if (!verdict_invariant(verdict)) {
        puts("nothing breaks");
        return 0;
    }
    printf("breaks %s: %s\n", verdict_invariant(verdict), json_string_at(verdict, "complaint", ""));
    return BROKEN;
}

static bool write_coverage(const struct hunt *hunt) {
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct error err = { 0 };

    if (!hunt->options->coverage)
        return true;
    coverage_write(hunt->coverage, &text);
    if (file_write(hunt->options->coverage, buffer_text(&text), 0644, &err))
        return true;
    fprintf(stderr, "%s\n", err.text);
    return false;
}

int main(int argc, char **argv) {
    static const struct argp argp = {
        .options = arguments,
        .parser = parse_option,
        .args_doc = "[KIND[.PATH[=JSON]]]",
        .doc = "Runs the operator, an API server, nodes and Neo4j servers in one thread on virtual time, "
               "with users' wishes and faults made up from seeds, and looks whether what must hold holds.\v"
               "The same arguments give the same output. Exit status: 0, or 1 when something broke.",
    };
    struct options options = { .seed = 1,
                               .runs = 100,
                               .branches = 1,
                               .every = 1,
                               .deeds = SCHEDULE_DEEDS,
                               .jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN) };

    argp_parse(&argp, argc, argv, 0, NULL, &options);
    CLEANUP_POINTER(runner_free) struct runner *runner = runner_new((unsigned)options.jobs);
    if (options.replay)
        return replay(&options, runner);
    if (options.walks_fields)
        return field_campaign_run(runner, &(struct field_campaign){ .target = options.target,
                                                                    .every = options.every,
                                                                    .seed = options.seed,
                                                                    .out = stdout,
                                                                    .is_told = options.is_told })
                   ? BROKEN
                   : 0;
    CLEANUP_POINTER(coverage_free) struct coverage *coverage = coverage_new();
    struct hunt hunt = { .options = &options, .runner = runner, .coverage = coverage };
    if (options.minutes) {
        hunt.until = time(NULL) + (time_t)options.minutes * 60;
        options.runs = UINT64_MAX - options.seed;
    }
    const struct campaign campaign = { .first = options.seed,
                                       .seeds = options.runs,
                                       .branches = options.branches,
                                       .deeds = options.deeds,
                                       .is_told = options.is_told };
    runner_run(runner, &campaign, take, &hunt);
    summarize(&hunt);
    return hunt.broken || !write_coverage(&hunt) ? BROKEN : 0;
}
