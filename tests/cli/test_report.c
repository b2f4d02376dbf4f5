#include "test.h"

#include "cli/report.h"

static struct report_object *add_object(struct report *report, const char *file, const char *name) {
    struct json *object = json_new_object(report->arena);

    json_set_string(report->arena, object, "kind", "Thing");
    json_set_string(report->arena, json_set_object(report->arena, object, "metadata"), "name", name);
    return report_add_object(report, file, (struct yaml_mark){ 1, 1 }, object);
}

/* The one error of a field with this value. */
static const struct field_error *error_of(struct arena *arena, const char *field, const struct json *value,
                                          const char *detail) {
    struct field_errors errors = { .arena = arena };

    field_errors_add(&errors, FIELD_INVALID, field, value, "%s", detail);
    return &errors.items[0];
}

static const char *text_of(struct arena *arena, const struct field_error *error) {
    return report_remark_text(arena, &(struct remark){ .error = *error });
}

TEST("a long value is cut where people read it, between characters") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer long_value = { 0 };

    for (int i = 0; i < 200; i++)
        buffer_add_string(&long_value, "ä");
    const struct field_error *error =
        error_of(arena, "a", json_new_string(arena, buffer_string(&long_value)), "too: long");
    const char *text = text_of(arena, error);
    assert_true(str_starts_with(text, "Invalid value: \"ää"));
    assert_true(str_ends_with(text, "ää…: too: long"));
    assert_int_equal(strlen(text), strlen("Invalid value: ") + 255 + strlen("…: too: long"));
    assert_string_equal(text_of(arena, error_of(arena, "a", json_new_string(arena, "x: y"), "z")),
                        "Invalid value: \"x: y\": z");
    assert_string_equal(text_of(arena, error_of(arena, "a", NULL, "z: w")), "Invalid value: z: w");
    assert_string_equal(text_of(arena, error_of(arena, "a", json_new_integer(arena, 1), "")),
                        "Invalid value: 1");
}

TEST("what a pattern allows is said in words") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct field_error error =
        *error_of(arena, "a", json_new_string(arena, "x"), "a in body should match '^[0-9]+$'");

    error.allowed = "a number";
    assert_string_equal(text_of(arena, &error), "Invalid value: \"x\": must be a number");
}

TEST("of what warns only what is said is told") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct remark remark = { .error = *error_of(arena, "a", json_new_integer(arena, 4), "is even"),
                             .warns = true };

    assert_string_equal(report_remark_text(arena, &remark), "is even");
}

TEST("the exit code is 2 for what could not be read, else 1 for what is invalid") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct report report;

    report_init(&report, arena);
    report_count_object(&report, add_object(&report, "f", "good"));
    assert_int_equal(report_exit_code(&report), 0);
    struct report_object *bad = add_object(&report, "f", "bad");
    report_add_remark(&report, &bad->errors, error_of(arena, "a", NULL, "no"), (struct yaml_mark){ 2, 3 },
                      false);
    report_count_object(&report, bad);
    assert_int_equal(report_exit_code(&report), 1);
    report_add_trouble(&report, "g", (struct yaml_mark){ 0 }, "gone");
    assert_int_equal(report_exit_code(&report), 2);
}

TEST("each finding has its line, and nothing in it ends a line or speaks to the terminal") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer out = { 0 };
    struct report report;

    report_init(&report, arena);
    struct report_object *object = add_object(&report, "a\nb", "x\x1b[31m");
    struct field_error error = *error_of(arena, "spec.\x7f\xc2\x9b", NULL, "no\r");
    error.rule = "R1";
    report_add_remark(&report, &object->errors, &error, (struct yaml_mark){ 2, 3 }, false);
    report_add_remark(&report, &object->warnings, error_of(arena, "<nil>", NULL, "so"),
                      (struct yaml_mark){ 1, 1 }, true);
    object->errors.dropped = 2;
    report_count_object(&report, object);
    report.others = 1;
    report_write_human(&out, &report, false);
    assert_string_equal(
        buffer_string(&out),
        "a\\x0ab:2:3: error: Thing/x\\x1b[31m: spec.\\x7f\\u009b: Invalid value: no\\x0d [R1]\n"
        "a\\x0ab:1:1: error: Thing/x\\x1b[31m: 2 more are not shown\n"
        "a\\x0ab:1:1: warning: Thing/x\\x1b[31m: so\n"
        "1 object judged: 0 valid, 1 invalid, 1 warning; 1 of other kinds left out\n");
}

TEST("addresses of files in SARIF are relative and encoded") {
    static const struct {
        const char *file, *address;
    } rows[] = {
        { "a.yaml", "\"uri\": \"a.yaml\"" },
        { "././a/b c.yaml", "\"uri\": \"a/b%20c.yaml\"" },
        { "../a:1%.yaml", "\"uri\": \"../a%3A1%25.yaml\"" },
        { "/nowhere/ä", "\"uri\": \"file:///nowhere/%C3%A4\"" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        CLEANUP_BUFFER struct buffer out = { 0 };
        struct report report;
        report_init(&report, arena);
        report_add_trouble(&report, rows[i].file, (struct yaml_mark){ 0 }, "no");
        report_write_sarif(&out, &report, false);
        if (!strstr(buffer_string(&out), rows[i].address))
            fail_msg("%s: %s", rows[i].file, buffer_string(&out));
    }
}
