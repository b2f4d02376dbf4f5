/* The report for programs. Members are added, never renamed or taken away: pipelines read it. */
#include "cli/report.h"

static void set_string_or_null(struct arena *arena, struct json *object, const char *key,
                               const char *string) {
    if (string)
        json_set_string(arena, object, key, string);
    else
        json_set(arena, object, key, json_new_null(arena));
}

/* 0, which is no place, is left out. */
static void set_place(struct arena *arena, struct json *object, struct yaml_mark at) {
    if (at.line == 0)
        return;
    json_set_integer(arena, object, "line", at.line);
    json_set_integer(arena, object, "column", at.column);
}

static void set_remarks(struct arena *arena, struct json *object, const char *key,
                        const struct remarks *remarks) {
    struct json *list = json_new_array(arena);
    const struct remark *remark;

    STAILQ_FOREACH (remark, &remarks->list, entry) {
        struct json *one = json_append_object(arena, list);
        json_set_string(arena, one, "field", remark->error.field);
        json_set_string(arena, one, "type", field_error_reason(remark->error.type));
        set_string_or_null(arena, one, "rule", remark->error.rule);
        json_set_string(arena, one, "message", remark->error.text);
        set_place(arena, one, remark->at);
    }
    json_set(arena, object, key, list);
}

static void set_objects(struct arena *arena, struct json *document, const struct report *report) {
    struct json *list = json_new_array(arena);
    const struct report_object *object;

    STAILQ_FOREACH (object, &report->objects, entry) {
        struct json *one = json_append_object(arena, list);
        json_set_string(arena, one, "file", object->file);
        json_set_integer(arena, one, "line", object->at.line);
        json_set_string(arena, one, "kind", object->kind);
        set_string_or_null(arena, one, "namespace", object->namespace);
        set_string_or_null(arena, one, "name", object->name);
        if (!object->name && object->generate_name)
            json_set_string(arena, one, "generateName", object->generate_name);
        json_set_bool(arena, one, "valid", object->errors.count == 0);
        set_remarks(arena, one, "errors", &object->errors);
        set_remarks(arena, one, "warnings", &object->warnings);
        if (object->errors.dropped + object->warnings.dropped > 0)
            json_set_integer(arena, one, "notShown",
                             (int64_t)(object->errors.dropped + object->warnings.dropped));
    }
    json_set(arena, document, "objects", list);
}

static void set_unreadable(struct arena *arena, struct json *document, const struct report *report) {
    struct json *list = json_new_array(arena);
    const struct report_trouble *trouble;

    STAILQ_FOREACH (trouble, &report->troubles, entry) {
        struct json *one = json_append_object(arena, list);
        json_set_string(arena, one, "file", trouble->file);
        json_set_string(arena, one, "message", trouble->text);
        set_place(arena, one, trouble->at);
    }
    json_set(arena, document, "unreadable", list);
}

void report_write_json(struct buffer *out, const struct report *report, bool is_quiet) {
    const struct {
        const char *key;
        size_t count;
    } summary[] = {
        { "judged", report->judged },         { "valid", report->judged - report->invalid },
        { "invalid", report->invalid },       { "errors", report->errors },
        { "warnings", report->warnings },     { "others", report->others },
        { "unreadable", report->unreadable },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *document = json_new_object(arena);

    (void)is_quiet; /* a program looks at what it wants */
    set_objects(arena, document, report);
    set_unreadable(arena, document, report);
    struct json *counts = json_set_object(arena, document, "summary");
    for (size_t i = 0; i < ARRAY_LENGTH(summary); i++)
        json_set_integer(arena, counts, summary[i].key, (int64_t)summary[i].count);
    json_write(out, document, &(struct json_write_options){ .indent = true });
    buffer_add_char(out, '\n');
}
