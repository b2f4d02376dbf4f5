#include "simulate/schedule.h"

#include "base/text.h"

enum { CALM_MS = 30 * 1000, HOUR_MS = 60 * 60 * 1000 };

static const struct deed_kind *const tables[] = { intents, faults };

void schedule_free(struct schedule *schedule) {
    if (!schedule)
        return;
    arena_free(schedule->arena);
    free(schedule);
}

static struct schedule *schedule_new(size_t count) {
    struct schedule *schedule = XNEW(struct schedule);

    schedule->arena = arena_new();
    schedule->deeds = ARENA_ARRAY(schedule->arena, struct deed, count);
    return schedule;
}

/* ---- making up ---- */

static const struct deed_kind *choose(struct chance *chance, const struct deed_kind *table) {
    uint64_t total = 0;

    for (const struct deed_kind *kind = table; kind->name; kind++)
        total += kind->weight;
    uint64_t at = chance_below(chance, total);
    while (at >= table->weight)
        at -= (table++)->weight;
    return table;
}

/* Deeds come in bursts, so that they overlap: mostly moments after the one before, sometimes after minutes.
 */
static int64_t pause(struct chance *chance, int64_t mean_ms) {
    if (chance_is(chance, 600))
        return chance_between(chance, 0, 3000);
    if (chance_is(chance, 500))
        return chance_between(chance, 1000, mean_ms);
    return chance_between(chance, mean_ms, 8 * mean_ms);
}

struct schedule *schedule_invent(uint64_t seed, uint64_t branch, size_t deeds, bool is_calm) {
    struct chance chance = { seed };
    struct schedule *schedule = schedule_new(deeds);
    int64_t at_ms = 1000, mean_ms = SCHEDULE_HOURS * (int64_t)HOUR_MS / (int64_t)(deeds + 1);

    schedule->branch_at = deeds > SCHEDULE_OWN_DEEDS ? deeds - SCHEDULE_OWN_DEEDS : 0;
    for (size_t i = 0; i < deeds; i++) {
        if (i == schedule->branch_at && branch)
            chance.state = chance_next(&(struct chance){ chance.state ^ branch });
        bool is_intent = is_calm || i == 0 || chance_is(&chance, 300);
        const struct deed_kind *kind = i == 0 ? intents : choose(&chance, is_intent ? intents : faults);
        const char *words = kind->invent ? kind->invent(&chance, schedule->arena) : "";
        schedule->deeds[schedule->count++] = (struct deed){ at_ms, kind, words };
        at_ms += pause(&chance, mean_ms);
    }
    schedule->end_ms = at_ms + CALM_MS;
    return schedule;
}

struct schedule *schedule_of_wanted(const char *wanted) {
    struct schedule *schedule = schedule_new(1);

    schedule->deeds[schedule->count++] =
        (struct deed){ 1000, &intent_apply, arena_strdup(schedule->arena, wanted) };
    schedule->end_ms = 60 * 1000;
    return schedule;
}

struct schedule *schedule_keep(const struct schedule *schedule, const bool *keeps) {
    struct schedule *kept = schedule_new(schedule->count);

    for (size_t i = 0; i < schedule->count; i++) {
        if (i == schedule->branch_at)
            kept->branch_at = kept->count;
        if (keeps[i]) {
            struct deed *deed = &kept->deeds[kept->count++];
            *deed = schedule->deeds[i];
            deed->words = arena_strdup(kept->arena, deed->words);
        }
    }
    kept->end_ms = schedule->end_ms;
    return kept;
}

/* ---- as text ---- */

void schedule_write_time(int64_t ms, struct buffer *out) {
    buffer_printf(out, "%02d:%02d:%02d.%03d", (int)(ms / HOUR_MS), (int)(ms / 60000 % 60),
                  (int)(ms / 1000 % 60), (int)(ms % 1000));
}

void schedule_write(const struct schedule *schedule, struct buffer *out) {
    for (size_t i = 0; i < schedule->count; i++) {
        const struct deed *deed = &schedule->deeds[i];
        schedule_write_time(deed->at_ms, out);
        if (i && i == schedule->branch_at) {
            buffer_add_string(out, " branch\n");
            schedule_write_time(deed->at_ms, out);
        }
        buffer_printf(out, " %s%s%s\n", deed->kind->name, *deed->words ? " " : "", deed->words);
    }
    schedule_write_time(schedule->end_ms, out);
    buffer_add_string(out, " end\n");
}

/* "HH:MM:SS.mmm" */
static bool parse_time(struct text text, int64_t *out_ms) {
    static const int64_t units[] = { HOUR_MS, 60000, 1000 };
    static const int64_t greatest[] = { 1000000, 59, 59 };
    static const char separators[] = { ':', ':', '.' };
    int64_t part;

    *out_ms = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(units); i++) {
        if (!parse_int64(text_cut(&text, separators[i]), &part) || part < 0 || part > greatest[i])
            return false;
        *out_ms += part * units[i];
    }
    if (!parse_int64(text, &part) || part < 0 || part > 999)
        return false;
    *out_ms += part;
    return true;
}

static const struct deed_kind *find_kind(struct text name) {
    for (size_t i = 0; i < ARRAY_LENGTH(tables); i++)
        for (const struct deed_kind *kind = tables[i]; kind->name; kind++)
            if (text_is(name, kind->name))
                return kind;
    return NULL;
}

static bool parse_line(struct schedule *schedule, struct text line, size_t number, struct error *err) {
    struct text rest = line, time = text_cut(&rest, ' '), name = text_cut(&rest, ' ');
    struct deed deed = { 0 };

    if (!parse_time(time, &deed.at_ms))
        return error_set(err, ERROR_INVALID, "line %zu: '%.*s' is no time such as 00:03:20.150", number,
                         TEXT_ARGS(time));
    if (memchr(rest.data ? rest.data : "", '\0', rest.length))
        return error_set(err, ERROR_INVALID, "line %zu: must have no character of code 0", number);
    if (deed.at_ms < schedule->end_ms)
        return error_set(err, ERROR_INVALID, "line %zu: is earlier than the line before it", number);
    schedule->end_ms = deed.at_ms;
    if (text_is(name, "end"))
        return true;
    if (text_is(name, "branch")) {
        schedule->branch_at = schedule->count;
        return true;
    }
    deed.kind = find_kind(name);
    if (!deed.kind)
        return error_set(err, ERROR_INVALID, "line %zu: nobody knows what '%.*s' is", number,
                         TEXT_ARGS(name));
    deed.words = arena_strndup(schedule->arena, rest.length ? rest.data : "", rest.length);
    schedule->deeds[schedule->count++] = deed;
    return true;
}

bool schedule_parse(struct text text, struct schedule **out_schedule, struct error *err) {
    size_t lines = 1, number = 0;

    for (size_t i = 0; i < text.length; i++)
        lines += text.data[i] == '\n';
    CLEANUP_POINTER(schedule_free) struct schedule *schedule = schedule_new(lines);
    while (text.length) {
        struct text line = text_trim(text_cut(&text, '\n'));
        number++;
        if (line.length && line.data[0] != '#' && !parse_line(schedule, line, number, err))
            return false;
    }
    *out_schedule = TAKE(schedule);
    return true;
}
