#include "simulate/field_walk.h"

#include "controllers/status.h"
#include "simulate/difference.h"
#include "simulate/essence.h"
#include "simulate/invariant.h"
#include "simulate/stage.h"

#include <ctype.h>

const char *const field_outcomes[FIELD_OUTCOMES] = {
    [FIELD_REFUSED] = "refused", [FIELD_SAME] = "same as before",    [FIELD_USED] = "used",
    [FIELD_WAITS] = "waiting",   [FIELD_IGNORED] = "without effect",
};

/* ---- who is named ---- */

/* Whether text has path, and not only as the beginning of another one. */
static bool has_path(const char *text, struct text path) {
    for (const char *at = text; (at = strstr(at, "spec")); at++) {
        if (strncmp(at, path.data, path.length) != 0)
            continue;
        const char *end = at + path.length;
        if (!isalnum((unsigned char)end[0]) && !(end[0] == '.' && isalnum((unsigned char)end[1])))
            return true;
    }
    return false;
}

static bool is_named_as(const char *path, const char *text) {
    struct text rest = text_from(path);

    for (; rest.length > strlen("spec."); rest.length--) {
        char next = rest.data[rest.length];
        if ((next == '\0' || next == '.' || next == '[') && has_path(text, rest))
            return true;
    }
    return false;
}

bool field_is_named(const struct field *field, const char *text) {
    return is_named_as(field->path, text) || is_named_as(field->meant, text);
}

/* Fields that go together only with others have refusals that name those. */
static const struct {
    const char *field;
    const char *named;
} partners[] = {
    { "spec.propertySharding", "spec.image.tag" },
    { "spec.target", "spec.statements" },
    { "spec.statements[0]", "statements" },
};

/* A refusal may name any field that belongs to the same of the spec, or tell of the field in words: which of
 * them is wrong is a matter of taste. */
static bool is_named_in_refusal(const struct field *field, const char *text) {
    const char *paths[] = { field->path, field->meant };

    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++) {
        CLEANUP_FREE char *outermost =
            xstrndup(paths[i], strlen("spec.") + strcspn(paths[i] + strlen("spec."), ".["));
        if (strstr(text, outermost) || strstr(text, strrchr(paths[i], '.') + 1))
            return true;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(partners); i++)
        if (str_starts_with(field->path, partners[i].field) && strstr(text, partners[i].named))
            return true;
    return false;
}

/* ---- the object ---- */

static struct json *subject(struct run *run, const struct field_change *change) {
    const struct kube_resource *resource =
        kube_resource_of_kind(API_GROUP "/" API_VERSION, change->kind->name);

    return stage_get(run->universe, resource, "default", json_string_at(change->sample, "metadata.name", ""));
}

static bool apply(struct run *run, struct arena *arena, const struct json *manifest, struct error *err) {
    run_tell(run, "USER: applies %s", json_print(arena, manifest));
    bool is_done = kube_apply(run->universe->kube, arena, "user", manifest, NULL, err);
    if (!is_done)
        run_tell(run, "refused: %s", err->text);
    return is_done;
}

static const char *essence(struct run *run, struct arena *arena) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    essence_write(run->universe, &text);
    return arena_strdup(arena, buffer_string(&text));
}

static const char *message_of(const struct json *object, const char *type) {
    const struct json *condition = condition_find(json_at(object, "status.conditions"), type);

    return str_equal(json_string_at(condition, "status", ""), "True")
               ? json_string_at(condition, "message", "")
               : NULL;
}

/* A line of neo4j.conf that is not used is told by its setting. */
static bool is_setting_named(const struct field_change *change, const char *text) {
    const char *line = json_string(change->value, "");
    CLEANUP_FREE char *setting = xstrndup(line, strcspn(line, "="));

    return strchr(line, '=') && strstr(text, setting);
}

static enum field_outcome outcome_of(const struct field_change *change, const struct json *object) {
    const char *ignored = message_of(object, "FieldsWithoutEffect");

    if (ignored && (field_is_named(change->field, ignored) || is_setting_named(change, ignored)))
        return FIELD_IGNORED;
    if (!str_equal(json_string_at(object, "status.phase", ""), "Ready") ||
        message_of(object, "RestartPending"))
        return FIELD_WAITS;
    return FIELD_USED;
}

/* Whether status tells a person what to do about the field. */
static bool is_stuck(const struct field_change *change, const struct json *object) {
    const struct json *ready = condition_find(json_at(object, "status.conditions"), "Ready");

    return outcome_of(change, object) == FIELD_IGNORED ||
           (str_equal(json_string_at(ready, "status", ""), "False") &&
            field_is_named(change->field, json_string_at(ready, "message", "")));
}

/* ---- what must hold ---- */

static const char *broken(struct run *run, struct arena *arena, const char *when) {
    return arena_printf(arena, "%s, %s breaks: %s", when, run->broken->name, run->complaint);
}

static bool is_of(const struct difference *difference, const struct json *manifest) {
    CLEANUP_FREE char *name =
        xprintf("%s %s", json_string_at(manifest, "kind", ""), json_string_at(manifest, "metadata.name", ""));

    return str_equal(difference->object, name);
}

static const char *tell(struct arena *arena, const char *when, const struct difference *difference,
                        const char *here, const char *there) {
    return arena_printf(arena, "%s: %s %s\n      %s: %s\n      %s: %s", when, difference->object,
                        difference->path, here, difference->here ? difference->here : "absent", there,
                        difference->there ? difference->there : "absent");
}

/* What is so when nothing is said. */
static const struct {
    const char *path; /* the end of it */
    const char *value;
} already[] = {
    { ".modeConstraint", "NONE" },
    { "storage.accessModes[0]", "ReadWriteOnce" },
    { "storage.volumeMode", "Filesystem" },
    { "spec.edition", "enterprise" },
    { "spec.podManagementPolicy", "Parallel" },
    { "spec.additionalConfig[0]", "# a comment" },
    { "storage.size", "1024Mi" },                    /* the sample's 1Gi */
    { ".serverRoles[0].modeConstraint", "PRIMARY" }, /* a statement's effect, which only Neo4j shows */
};

static bool is_so_already(const struct field_change *change) {
    for (size_t i = 0; i < ARRAY_LENGTH(already); i++)
        if (str_ends_with(change->field->path, already[i].path) &&
            str_equal(json_string(change->value, ""), already[i].value))
            return true;
    return false;
}

/* A value that asks for nothing need not be seen anywhere. */
static bool asks_for_nothing(const struct field_change *change) {
    const struct json *standard = json_get(change->field->schema, "default");

    if ((standard && json_equal(standard, change->value)) || is_so_already(change))
        return true;
    switch (change->value->type) {
    case JSON_NULL:
    case JSON_FALSE:
        return true;
    case JSON_INTEGER:
        return change->value->integer == 0;
    case JSON_STRING:
    case JSON_ARRAY:
    case JSON_OBJECT:
        return change->value->length == 0;
    case JSON_TRUE:
    case JSON_DOUBLE:
        break;
    }
    return false;
}

/* Whether the change is to be seen anywhere but in the spec. */
static bool is_seen(struct arena *arena, const struct field_change *change, const char *before,
                    const char *after) {
    struct differences found = differences_of(arena, before, after);

    for (size_t i = 0; i < found.count; i++)
        if (!is_of(&found.items[i], change->sample) || !str_starts_with(found.items[i].path, "spec"))
            return true;
    return false;
}

static const char *judge_refusal(struct run *run, struct arena *arena, const struct field_change *change,
                                 const struct json *before, const char *message) {
    if (!json_equal(before, subject(run, change)))
        return "is refused, and has changed all the same";
    if (!is_named_in_refusal(change->field, message))
        return arena_printf(arena, "is refused without a word of the field: %s", message);
    return NULL;
}

/* Changes back, from whatever there is. */
static void go_back(struct run *run, struct arena *arena, const struct field_change *change,
                    struct field_report *report) {
    struct error err = { 0 };

    if (!apply(run, arena, change->sample, &err)) {
        /* What never changes does not change back either. */
        if (!is_named_in_refusal(change->field, err.text))
            report->failure = arena_printf(arena, "can't be taken back: %s", err.text);
        return;
    }
    if (!run_settle(run)) {
        report->failure = broken(run, arena, "taken back");
        return;
    }
    report->healed = essence(run, arena);
    report->is_stuck = is_stuck(change, subject(run, change));
}

struct field_report field_walk(struct run *run, struct arena *arena, const struct field_change *change,
                               const char *before) {
    struct field_report report = { 0 };
    const struct json *old = subject(run, change), *new;
    struct error err = { 0 };

    if (!apply(run, arena, change->wish, &err)) {
        report.message = arena_strdup(arena, err.text);
        report.failure = judge_refusal(run, arena, change, old, err.text);
        return report;
    }
    report.outcome = FIELD_SAME;
    if (json_equal(json_get(old, "spec"), json_get(subject(run, change), "spec")))
        return report;
    if (!run_settle(run)) {
        report.failure = broken(run, arena, "changed");
        return report;
    }
    new = subject(run, change);
    report.outcome = outcome_of(change, new);
    report.essence = essence(run, arena);
    if (report.outcome == FIELD_USED && !asks_for_nothing(change) &&
        !is_seen(arena, change, before, report.essence))
        report.failure = "is accepted and changes nothing, and no condition says so";
    else
        go_back(run, arena, change, &report);
    return report;
}

struct field_report field_walk_back(struct run *run, struct arena *arena, const struct field_change *change) {
    const struct json *born = subject(run, change);
    struct field_report report = { .outcome = FIELD_REFUSED };

    if (!born) {
        report.failure = "is accepted as a change and refused at birth";
        return report;
    }
    report.outcome = outcome_of(change, born);
    report.essence = essence(run, arena);
    go_back(run, arena, change, &report);
    return report;
}

/* How many servers form the cluster is written until it has formed, which one that was born with what can't
 * work never does. */
static bool is_of_forming(const struct difference *difference) {
    return difference->there && strstr(difference->there, "minimum_initial_system_primaries_count");
}

/* Where it stands, while status says that it waits. */
static bool is_told(const struct difference *difference, const struct field_change *change) {
    return is_of(difference, change->sample) && str_starts_with(difference->path, "stands");
}

/* What was born with it waits before it makes this. */
static bool is_not_made_yet(const struct difference *difference, const struct field_report *born) {
    return born->outcome == FIELD_WAITS && !*difference->path && !difference->there;
}

/* What living objects come to in another way than those that are born. */
static const struct {
    const char *field;
    const char *why;
} ways[] = {
    { "spec.topology.serverRoles", "roles stand in neo4j.conf at birth, and are set by statements later" },
    { "spec.topology.secondaries", "the same" },
    { "spec.serviceAccountName", "the account that pods ran with stays" },
};

static bool has_another_way(const struct field *field) {
    for (size_t i = 0; i < ARRAY_LENGTH(ways); i++)
        if (str_starts_with(field->path, ways[i].field))
            return true;
    return false;
}

static const char *compare_births(struct arena *arena, const struct field_change *change,
                                  const struct field_report *living, const struct field_report *born) {
    struct differences found = differences_of(arena, living->essence, born->essence);

    for (size_t i = 0; i < found.count; i++) {
        const struct difference *difference = &found.items[i];
        bool is_waiting =
            living->outcome == FIELD_WAITS && (is_told(difference, change) || is_of_forming(difference));
        if (!is_waiting && !is_not_made_yet(difference, born) &&
            !(has_another_way(change->field) && !is_of(difference, change->sample)))
            return tell(arena, "is not what it is from scratch", difference, "living", "born so");
    }
    return NULL;
}

static const char *compare_healed(struct arena *arena, const struct field_report *report, const char *before,
                                  const char *when) {
    if (!report->healed || report->is_stuck)
        return NULL;
    struct differences found = differences_of(arena, before, report->healed);
    return found.count ? tell(arena, when, &found.items[0], "wanted", "there") : NULL;
}

const char *field_compare(struct arena *arena, const struct field_change *change,
                          const struct field_report *living, const struct field_report *born,
                          const char *before) {
    const char *failure = NULL;

    /* What can't change as it is lives on: FieldsWithoutEffect tells of it. */
    if (living->outcome != FIELD_IGNORED)
        failure = compare_births(arena, change, living, born);
    if (!failure)
        failure = compare_healed(arena, living, before, "taken back, it is not as before");
    if (!failure && !has_another_way(change->field))
        failure = compare_healed(arena, born, before, "born so and taken back, it is not as it should be");
    return failure;
}
