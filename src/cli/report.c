#include "cli/report.h"

void report_init(struct report *report, struct arena *arena) {
    *report = (struct report){ .arena = arena };
    STAILQ_INIT(&report->objects);
    STAILQ_INIT(&report->troubles);
}

static const char *copy_string_at(struct arena *arena, const struct json *object, const char *path) {
    const char *string = json_string_at(object, path, NULL);

    return str_empty(string) ? NULL : arena_strdup(arena, string);
}

struct report_object *report_add_object(struct report *report, const char *file, struct yaml_mark at,
                                        const struct json *object) {
    struct report_object *added = ARENA_NEW(report->arena, struct report_object);

    *added = (struct report_object){
        .file = arena_strdup(report->arena, file),
        .at = at,
        .kind = arena_strdup(report->arena, json_string_at(object, "kind", "")),
        .namespace = copy_string_at(report->arena, object, "metadata.namespace"),
        .name = copy_string_at(report->arena, object, "metadata.name"),
        .generate_name = copy_string_at(report->arena, object, "metadata.generateName"),
    };
    STAILQ_INIT(&added->errors.list);
    STAILQ_INIT(&added->warnings.list);
    STAILQ_INSERT_TAIL(&report->objects, added, entry);
    return added;
}

static const char *copy(struct arena *arena, const char *string) {
    return string ? arena_strdup(arena, string) : NULL;
}

void report_add_remark(struct report *report, struct remarks *remarks, const struct field_error *error,
                       struct yaml_mark at, bool warns) {
    struct remark *remark = ARENA_NEW(report->arena, struct remark);

    remark->error = *error;
    remark->error.field = copy(report->arena, error->field);
    remark->error.text = copy(report->arena, error->text);
    remark->error.detail = copy(report->arena, error->detail);
    remark->error.rule = copy(report->arena, error->rule);
    remark->error.allowed = copy(report->arena, error->allowed);
    remark->at = at;
    remark->warns = warns;
    STAILQ_INSERT_TAIL(&remarks->list, remark, entry);
    remarks->count++;
}

void report_count_object(struct report *report, const struct report_object *object) {
    report->judged++;
    report->invalid += object->errors.count > 0;
    report->errors += object->errors.count + object->errors.dropped;
    report->warnings += object->warnings.count + object->warnings.dropped;
}

void report_add_trouble(struct report *report, const char *file, struct yaml_mark at, const char *text) {
    struct report_trouble *trouble = ARENA_NEW(report->arena, struct report_trouble);

    trouble->file = arena_strdup(report->arena, file);
    trouble->at = at;
    trouble->text = arena_strdup(report->arena, text);
    STAILQ_INSERT_TAIL(&report->troubles, trouble, entry);
    report->unreadable++;
}

int report_exit_code(const struct report *report) {
    if (report->unreadable > 0)
        return 2;
    return report->invalid > 0 ? 1 : 0;
}

const char *report_object_label(struct arena *arena, const struct report_object *object) {
    const char *kind = *object->kind ? object->kind : "(no kind)";

    if (object->name)
        return arena_printf(arena, "%s/%s", kind, object->name);
    return object->generate_name ? arena_printf(arena, "%s/%s*", kind, object->generate_name)
                                 : arena_printf(arena, "%s/(no name)", kind);
}

/* The bytes of "Invalid value: VALUE: detail" that show the value; empty when none is shown. */
static struct text value_in(const struct field_error *error) {
    const char *colon = strstr(error->text, ": ");
    size_t behind = str_empty(error->detail) ? 0 : strlen(": ") + strlen(error->detail);
    const char *end = error->text + strlen(error->text) - behind;

    return colon && colon + 2 < end ? (struct text){ colon + 2, (size_t)(end - colon) - 2 }
                                    : (struct text){ 0 };
}

const char *report_remark_text(struct arena *arena, const struct remark *remark) {
    const struct field_error *error = &remark->error;
    struct text value = value_in(error);

    if (remark->warns && !str_empty(error->detail))
        return error->detail;
    if (value.length == 0)
        return error->text;
    const char *rest = value.data + value.length;
    if (error->allowed)
        rest = arena_printf(arena, ": must be %s", error->allowed);
    size_t shown = utf8_cut(value, REPORT_VALUE_BYTES_MAX);
    return arena_printf(arena, "%.*s%.*s%s%s", (int)(value.data - error->text), error->text, (int)shown,
                        value.data, shown < value.length ? "…" : "", rest);
}
