/* The report for people and editors. */
#include "cli/report.h"

/* What is printed comes from files that others wrote: it stays on its line and says nothing to a terminal. */
static void add_plain(struct buffer *out, const char *string) {
    struct text rest = text_from(string);

    while (rest.length > 0) {
        unsigned char byte = (unsigned char)rest.data[0];
        size_t length = utf8_character(rest);
        bool is_control = length == 2 && byte == 0xC2 && (unsigned char)rest.data[1] < 0xA0;
        if (length == 0 || byte < 0x20 || byte == 0x7F)
            buffer_printf(out, "\\x%02x", byte);
        else if (is_control)
            buffer_printf(out, "\\u%04x", (unsigned char)rest.data[1]);
        else
            buffer_add(out, rest.data, length);
        length = length > 0 ? length : 1;
        rest = (struct text){ rest.data + length, rest.length - length };
    }
}

static void add_place(struct buffer *out, const char *file, struct yaml_mark at) {
    add_plain(out, file);
    if (at.line > 0)
        buffer_printf(out, ":%u:%u", at.line, at.column);
}

static void write_remarks(struct buffer *out, struct arena *arena, const struct report_object *object,
                          const struct remarks *remarks, const char *level) {
    const struct remark *remark;
    const char *label = report_object_label(arena, object);

    STAILQ_FOREACH (remark, &remarks->list, entry) {
        const struct field_error *error = &remark->error;
        add_place(out, object->file, remark->at);
        buffer_printf(out, ": %s: ", level);
        add_plain(out, label);
        buffer_add_string(out, ": ");
        if (!str_equal(error->field, "<nil>"))
            add_plain(out, arena_printf(arena, "%s: ", error->field));
        add_plain(out, report_remark_text(arena, remark));
        if (error->rule)
            buffer_printf(out, " [%s]", error->rule);
        buffer_add_char(out, '\n');
    }
    if (remarks->dropped > 0) {
        add_place(out, object->file, object->at);
        buffer_printf(out, ": %s: ", level);
        add_plain(out, label);
        buffer_printf(out, ": %zu more are not shown\n", remarks->dropped);
    }
}

static const char *plural(size_t count) {
    return count == 1 ? "" : "s";
}

static void write_summary(struct buffer *out, const struct report *report) {
    buffer_printf(out, "%zu object%s judged: %zu valid, %zu invalid, %zu warning%s", report->judged,
                  plural(report->judged), report->judged - report->invalid, report->invalid, report->warnings,
                  plural(report->warnings));
    if (report->others > 0)
        buffer_printf(out, "; %zu of other kinds left out", report->others);
    if (report->unreadable > 0)
        buffer_printf(out, "; %zu input%s could not be read", report->unreadable, plural(report->unreadable));
    buffer_add_char(out, '\n');
}

void report_write_human(struct buffer *out, const struct report *report, bool is_quiet) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct report_object *object;
    const struct report_trouble *trouble;

    STAILQ_FOREACH (object, &report->objects, entry) {
        write_remarks(out, arena, object, &object->errors, "error");
        write_remarks(out, arena, object, &object->warnings, "warning");
        arena_reset(arena);
    }
    STAILQ_FOREACH (trouble, &report->troubles, entry) {
        add_place(out, trouble->file, trouble->at);
        buffer_add_string(out, ": error: ");
        add_plain(out, trouble->text);
        buffer_add_char(out, '\n');
    }
    if (!is_quiet)
        write_summary(out, report);
}
