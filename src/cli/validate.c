#include "cli/validate.h"

#include "api/judge.h"
#include "cli/known_objects.h"
#include "cli/location.h"
#include "cli/meant_kind.h"
#include "cli/metadata.h"
#include "cli/sources.h"

struct validation {
    const struct validate_options *options;
    struct report *report;
    struct judge *judge;
    struct known_objects seen;
    struct known_objects old;
    struct arena *scratch; /* for one source */
};

/* ---- the object as the API server would judge it ---- */

/* A name that is generated is there when the object is judged. After: k8s.io/apiserver, storage/names. */
static void generate_name(struct arena *arena, struct json *metadata) {
    enum { BASE_BYTES_MAX = 58 };
    const char *base = json_string_at(metadata, "generateName", "");

    if (*base && str_empty(json_string_at(metadata, "name", "")))
        json_set_string(arena, metadata, "name", arena_printf(arena, "%.*sxxxxx", BASE_BYTES_MAX, base));
}

/* The object as it is stored now, or NULL. A namespace that only the new object has is meant for the old one.
 */
static struct json *find_before(struct validation *validation, const struct json *object) {
    struct arena *arena = validation->scratch;
    const struct known_object *known = known_objects_find(&validation->old, object);
    const char *namespace = json_string_at(object, "metadata.namespace", "");

    if (!known)
        return NULL;
    struct json *before = json_copy(arena, known->object);
    if (*namespace && !*known->namespace)
        json_set_string(arena, json_ensure_object(arena, before, "metadata"), "namespace", namespace);
    return before;
}

/* object is decoded, and changed to what is judged. */
static struct verdict judge(struct validation *validation, const struct api_kind *kind, struct json *object) {
    struct arena *arena = validation->scratch;
    struct json *before = find_before(validation, object);

    if (!before && json_is(json_get(object, "metadata"), JSON_OBJECT))
        generate_name(arena, json_get(object, "metadata"));
    return judge_object(validation->judge, arena, kind, object, before);
}

/* ---- one object ---- */

static struct yaml_mark place_of(const struct manifest *manifest, const struct field_error *error) {
    if (error->type == FIELD_UNKNOWN)
        return location_of_key(manifest->object, manifest->place, error->field);
    return location_of_value(manifest->object, manifest->place, error->field);
}

static void add_remarks(struct validation *validation, const struct manifest *manifest,
                        struct remarks *remarks, const struct field_errors *errors, bool warn) {
    for (size_t i = 0; i < errors->count; i++)
        report_add_remark(validation->report, remarks, &errors->items[i],
                          place_of(manifest, &errors->items[i]), warn);
    remarks->dropped += errors->dropped;
}

static void check_seen(struct validation *validation, const struct manifest *manifest,
                       struct field_errors *errors) {
    const struct known_object *first =
        known_objects_add(&validation->seen, validation->report->arena, manifest, false);

    if (first)
        field_errors_add(errors, FIELD_DUPLICATE, "metadata.name", json_at(manifest->object, "metadata.name"),
                         "the same object stands at %s:%u:%u", first->file, first->at.line, first->at.column);
}

static void judge_manifest(struct validation *validation, const struct manifest *manifest) {
    struct arena *arena = validation->scratch;
    struct field_errors errors = { .arena = arena };
    struct meant_kind meant = meant_kind_of(manifest->object, &errors);
    struct json *decoded = json_copy(arena, manifest->object);

    if (!meant.is_ours) {
        validation->report->others++;
        return;
    }
    struct report_object *object =
        report_add_object(validation->report, manifest->file, manifest->place->value, manifest->object);
    metadata_check(arena, decoded, &errors);
    check_seen(validation, manifest, &errors);
    add_remarks(validation, manifest, &object->errors, &errors, false);
    if (meant.kind) {
        struct verdict verdict = judge(validation, meant.kind, decoded);
        bool is_error = validation->options->warnings_are_errors;
        add_remarks(validation, manifest, &object->errors, &verdict.errors, false);
        if (validation->options->has_warnings)
            add_remarks(validation, manifest, is_error ? &object->errors : &object->warnings,
                        &verdict.warnings, true);
    }
    report_count_object(validation->report, object);
}

/* ---- all of them ---- */

static struct sources find_sources(struct validation *validation,
                                   const struct validate_arguments *arguments) {
    struct sources sources;

    sources_init(&sources, validation->report, validation->options->is_recursive);
    for (size_t i = 0; i < arguments->count; i++)
        sources_add(&sources, arguments->items[i]);
    return sources;
}

static void read_old(struct validation *validation) {
    struct sources sources = find_sources(validation, &validation->options->old);
    struct arena *arena = validation->report->arena;
    const struct source *source;

    STAILQ_FOREACH (source, &sources.list, entry) {
        struct manifests manifests = manifests_read(arena, source->path, validation->report);
        for (size_t i = 0; i < manifests.count; i++)
            (void)known_objects_add(&validation->old, arena, &manifests.items[i], true);
    }
}

static void judge_sources(struct validation *validation) {
    struct sources sources = find_sources(validation, &validation->options->files);
    struct report *report = validation->report;
    const struct source *source;

    STAILQ_FOREACH (source, &sources.list, entry) {
        struct manifests manifests = manifests_read(validation->scratch, source->path, report);
        for (size_t i = 0; i < manifests.count; i++)
            judge_manifest(validation, &manifests.items[i]);
        arena_reset(validation->scratch);
    }
    /* A pipeline whose first part failed gives nothing, and nothing is not valid. */
    if (report->judged + report->others + report->unreadable == 0)
        report_add_trouble(report, STAILQ_FIRST(&sources.list)->path, (struct yaml_mark){ 0 },
                           "there is no object in what was given");
}

void validate(const struct validate_options *options, struct report *report) {
    CLEANUP_ARENA struct arena *scratch = arena_new();
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    struct validation validation = {
        .options = options, .report = report, .judge = judge, .scratch = scratch
    };

    RB_INIT(&validation.seen);
    RB_INIT(&validation.old);
    read_old(&validation);
    judge_sources(&validation);
}
