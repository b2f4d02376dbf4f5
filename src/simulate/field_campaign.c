#include "simulate/field_campaign.h"

#include "base/buffer.h"
#include "simulate/child.h"
#include "simulate/essence.h"
#include "simulate/field_values.h"
#include "simulate/field_walk.h"
#include "simulate/field_wish.h"
#include "simulate/invariant.h"

enum { CHANGES_MAX = 65536, SEED = 1, VALUE_SHOWN_MAX = 120 };

struct plan_of_walks {
    struct arena *arena;
    struct runner *runner;
    const struct field_campaign *campaign;
    struct field_change *changes;
    size_t count;
    uint64_t fields;
    uint64_t numbered;
    uint64_t failed; /* fields without values, kinds without samples */
};

/* A share of the walks: those of one kind that one job does. */
struct share {
    const struct plan_of_walks *plan;
    size_t first, step;
    const struct api_kind *kind;
    const char *before;
    const struct field_change *change; /* that a child does */
};

/* ---- what is to be walked ---- */

static bool is_below(const char *path, struct text wanted) {
    return strncmp(path, wanted.data, wanted.length) == 0 &&
           (path[wanted.length] == '\0' || path[wanted.length] == '.' || path[wanted.length] == '[');
}

static void plan_value(struct plan_of_walks *plan, struct field_change change) {
    change.wish = field_wish(plan->arena, change.sample, change.field, change.value);
    if (json_equal(change.wish, change.sample))
        return;
    if (plan->numbered++ % plan->campaign->every != plan->campaign->seed % plan->campaign->every)
        return;
    ensure(plan->count < CHANGES_MAX);
    plan->changes[plan->count++] = change;
}

static void plan_field(struct plan_of_walks *plan, struct field_change change, struct text value) {
    struct json *values = NULL, *one = NULL;

    if (value.length) {
        values = json_new_array(plan->arena);
        if (!json_parse(plan->arena, value, NULL, &one, NULL))
            one = json_new_string(plan->arena, arena_strndup(plan->arena, value.data, value.length));
        json_append(plan->arena, values, one);
    } else {
        values = field_values(plan->arena, change.field);
    }
    plan->fields++;
    if (!json_length(values)) {
        plan->failed++;
        fprintf(plan->campaign->out, "FAILED %s.%s: no value is known for it: add a row to field_values.c\n",
                change.kind->name, change.field->path);
    }
    JSON_FOR_EACH_ITEM (item, values) {
        change.value = item;
        plan_value(plan, change);
    }
}

static void plan_kind(struct plan_of_walks *plan, const struct api_kind *kind, struct text path,
                      struct text value) {
    struct field_change change = { .kind = kind, .sample = field_sample(plan->arena, kind) };
    struct fields fields = fields_of_kind(plan->arena, kind);

    if (!change.sample) {
        plan->failed++;
        fprintf(plan->campaign->out, "FAILED %s: there is no sample of it: add one to field_wish.c\n",
                kind->name);
        return;
    }
    for (size_t i = 0; i < fields.count; i++) {
        change.field = &fields.items[i];
        if (!path.length || is_below(change.field->path, path))
            plan_field(plan, change, value);
    }
}

static void make_plan(struct plan_of_walks *plan) {
    struct text value = text_from(plan->campaign->target ? plan->campaign->target : "");
    struct text path = text_cut(&value, '=');
    struct text kind = text_cut(&path, '.');

    plan->changes = xcalloc(CHANGES_MAX, sizeof(*plan->changes));
    for (size_t i = 0; i < api_kind_count; i++)
        if (!kind.length || text_is(kind, api_kinds[i].name))
            plan_kind(plan, &api_kinds[i], path, value);
    if (!plan->fields && !plan->failed) {
        plan->failed++;
        fprintf(plan->campaign->out, "FAILED: there is no field %s\n", plan->campaign->target);
    }
}

/* ---- reports between processes ---- */

static void write_report(struct arena *arena, struct json *answer, const struct field_report *report) {
    const char *const members[] = { "message", "failure", "essence", "healed" };
    const char *const values[] = { report->message, report->failure, report->essence, report->healed };

    json_set_integer(arena, answer, "outcome", report->outcome);
    for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
        if (values[i])
            json_set_string(arena, answer, members[i], values[i]);
    json_set_bool(arena, answer, "isStuck", report->is_stuck);
}

static struct field_report read_report(const struct json *answer) {
    const char *died = json_string_at(answer, "died", NULL);

    return (struct field_report){ .outcome = (enum field_outcome)json_integer_at(answer, "outcome", 0),
                                  .message = json_string_at(answer, "message", NULL),
                                  .failure = died ? died : json_string_at(answer, "failure", NULL),
                                  .essence = json_string_at(answer, "essence", NULL),
                                  .healed = json_string_at(answer, "healed", NULL),
                                  .is_stuck = json_bool_at(answer, "isStuck", false) };
}

static struct json *ask(void (*act)(void *context, struct arena *arena, struct json *answer), void *context,
                        struct arena *arena) {
    struct child child = child_start(act, context);

    return child_finish(&child, arena);
}

/* ---- the living ---- */

static void print_line(void *context, const char *line) {
    puts(line);
}

struct living {
    struct share *share;
    struct run *run;
};

static void walk_one(void *context, struct arena *arena, struct json *answer) {
    const struct living *living = context;
    const struct share *share = living->share;

    living->run->tell = share->plan->campaign->is_told ? print_line : NULL;
    struct field_report report = field_walk(living->run, arena, share->change, share->before);
    write_report(arena, answer, &report);
}

/* The world in which all of them begin is made once. */
static struct run *begin(const struct share *share, struct arena *arena, const struct json *manifest) {
    struct schedule *schedule = schedule_of_wanted(field_sample_world(arena, manifest));
    struct run *run = runner_begin(share->plan->runner, SEED, schedule);

    run_perform(run);
    (void)!run_settle(run);
    return run;
}

static void walk_living(void *context, struct arena *arena, struct json *answer) {
    struct share *share = context;
    const struct plan_of_walks *plan = share->plan;
    struct json *reports = NULL;
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct living living = { share, NULL };

    for (size_t i = share->first; i < plan->count; i += share->step) {
        share->change = &plan->changes[i];
        if (share->change->kind != share->kind)
            continue;
        if (!living.run) {
            living.run = begin(share, arena, share->change->sample);
            essence_write(living.run->universe, &text);
            share->before = arena_strdup(arena, buffer_string(&text));
            json_set_string(arena, answer, "before", share->before);
        }
        if (living.run->broken) {
            json_set_string(arena, answer, "failure",
                            arena_printf(arena, "the sample breaks %s: %s", living.run->broken->name,
                                         living.run->complaint));
            return;
        }
        reports = reports ? reports : json_new_array(arena);
        json_append(arena, reports, ask(walk_one, &living, arena));
    }
    json_set(arena, answer, "reports", reports ? reports : json_new_array(arena));
}

/* ---- those born so ---- */

static void walk_born(void *context, struct arena *arena, struct json *answer) {
    const struct share *share = context;
    struct field_report report = { 0 };

    struct run *run = begin(share, arena, share->change->wish);
    run->tell = share->plan->campaign->is_told ? print_line : NULL;
    run_tell(run, "what was born so is at rest");
    if (run->broken)
        report.failure = arena_printf(arena, "born so, %s breaks: %s", run->broken->name, run->complaint);
    else
        report = field_walk_back(run, arena, share->change);
    write_report(arena, answer, &report);
}

static const char *judge_born(struct share *share, struct arena *arena, const struct field_report *living) {
    if (living->failure || !living->essence)
        return living->failure;
    struct field_report born = read_report(ask(walk_born, share, arena));
    return born.failure ? born.failure : field_compare(arena, share->change, living, &born, share->before);
}

/* ---- all ---- */

/* What one job found: for each of its walks in turn, {"outcome", "message", "failure"}. */
static void do_share(void *context, struct arena *arena, struct json *answer) {
    struct share *share = context;
    const struct plan_of_walks *plan = share->plan;
    struct json *found = json_new_array(arena);

    for (size_t kind = 0; kind < api_kind_count; kind++) {
        CLEANUP_ARENA struct arena *own = arena_new();
        share->kind = &api_kinds[kind];
        const struct json *living = ask(walk_living, share, own);
        const char *failure = json_string_at(living, "died", json_string_at(living, "failure", NULL));
        size_t done = 0;
        share->before = json_string_at(living, "before", "");
        for (size_t i = share->first; i < plan->count; i += share->step) {
            share->change = &plan->changes[i];
            if (share->change->kind != share->kind)
                continue;
            struct field_report report = read_report(json_item(json_get(living, "reports"), done++));
            report.failure = failure ? failure : judge_born(share, own, &report);
            report.essence = report.healed = NULL;
            write_report(arena, json_append_object(arena, found), &report);
        }
    }
    json_set(arena, answer, "found", found);
}

static void tell_failure(FILE *out, const struct field_change *change, const char *failure,
                         struct arena *arena) {
    const char *value = json_print(arena, change->value);

    fprintf(out, "FAILED %s.%s = %.*s%s\n    %s\n", change->kind->name, change->field->path, VALUE_SHOWN_MAX,
            value, strlen(value) > VALUE_SHOWN_MAX ? " …" : "", failure);
    fprintf(out, "    again: neo4j-simulate --fields --story '%s.%s=%s'\n", change->kind->name,
            change->field->path, value);
}

struct counts {
    uint64_t outcomes[FIELD_OUTCOMES];
    uint64_t failed;
};

static void count(struct counts *counts, FILE *out, const struct field_change *change,
                  const struct json *found, struct arena *arena) {
    struct field_report report = read_report(found);

    counts->outcomes[report.outcome]++;
    if (!report.failure)
        return;
    counts->failed++;
    tell_failure(out, change, report.failure, arena);
}

static void summarize(const struct plan_of_walks *plan, const struct counts *counts) {
    FILE *out = plan->campaign->out;

    fprintf(out, "%llu fields, %zu of %llu changes there and back:", (unsigned long long)plan->fields,
            plan->count, (unsigned long long)plan->numbered);
    for (size_t i = 0; i < FIELD_OUTCOMES; i++)
        fprintf(out, "%s %llu %s", i ? "," : "", (unsigned long long)counts->outcomes[i], field_outcomes[i]);
    fprintf(out, "\n%llu passed, %llu failed\n", (unsigned long long)(plan->count - counts->failed),
            (unsigned long long)(counts->failed + plan->failed));
}

uint64_t field_campaign_run(struct runner *runner, const struct field_campaign *campaign) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct plan_of_walks plan = { .arena = arena, .runner = runner, .campaign = campaign };
    struct counts counts = { 0 };

    make_plan(&plan);
    size_t jobs = campaign->is_told ? 1 : runner_jobs(runner);
    struct share *shares = ARENA_ARRAY(arena, struct share, jobs);
    struct child *children = ARENA_ARRAY(arena, struct child, jobs);
    const struct json **found = ARENA_ARRAY(arena, const struct json *, jobs);
    for (size_t i = 0; i < jobs; i++) {
        shares[i] = (struct share){ .plan = &plan, .first = i, .step = jobs };
        children[i] = child_start(do_share, &shares[i]);
    }
    for (size_t i = 0; i < jobs; i++)
        found[i] = child_finish(&children[i], arena);
    for (size_t i = 0; i < plan.count; i++) {
        const struct json *its = json_item(json_get(found[i % jobs], "found"), i / jobs);
        count(&counts, campaign->out, &plan.changes[i], its ? its : found[i % jobs], arena);
    }
    summarize(&plan, &counts);
    free(plan.changes);
    return counts.failed + plan.failed;
}
