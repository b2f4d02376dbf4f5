/* The report in SARIF, as code hosts and editors take it.
 * Source: OASIS SARIF 2.1.0; sections are named beside what follows from them. */
#include "api/rule.h"
#include "cli/report.h"

#include <ctype.h>
#include <unistd.h>

#define SCHEMA_RULE "schema"

/* ---- addresses of files ---- */

/* The path from the folder that we are in, where it is below it. */
static const char *relative(struct arena *arena, const char *path) {
    CLEANUP_FREE char *folder = *path == '/' ? getcwd(NULL, 0) : NULL;
    size_t length = folder ? strlen(folder) : 0;

    if (length > 1 && str_starts_with(path, folder) && path[length] == '/')
        path += length + 1;
    while (str_starts_with(path, "./"))
        path += 2;
    return arena_strdup(arena, path);
}

/* A relative reference or, outside of the folder, a file: address. All bytes but the unreserved are encoded
 * (RFC 3986, 2.3), a colon too, which would make the first part a scheme. */
static const char *address_of(struct arena *arena, const char *file) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    const char *path = relative(arena, file);

    if (*path == '/')
        buffer_add_string(&out, "file://");
    for (; *path; path++) {
        if (isalnum((unsigned char)*path) || strchr("-._~/", *path))
            buffer_add_char(&out, *path);
        else
            buffer_printf(&out, "%%%02X", (unsigned char)*path);
    }
    return arena_strdup(arena, buffer_string(&out));
}

/* 3.28, 3.29, 3.30; columns: see columnKind. */
static struct json *add_location(struct arena *arena, struct json *owner, const char *file,
                                 struct yaml_mark at) {
    struct json *location = json_append_object(arena, json_set_array(arena, owner, "locations"));
    struct json *physical = json_set_object(arena, location, "physicalLocation");

    json_set_string(arena, json_set_object(arena, physical, "artifactLocation"), "uri",
                    address_of(arena, file));
    if (at.line > 0) {
        struct json *region = json_set_object(arena, physical, "region");
        json_set_integer(arena, region, "startLine", at.line);
        json_set_integer(arena, region, "startColumn", at.column);
    }
    return location;
}

/* ---- rules ---- */

static void add_rule(struct arena *arena, struct json *rules, const char *id, const char *says,
                     const char *level, const char *kind) {
    struct json *rule = json_append_object(arena, rules);

    json_set_string(arena, rule, "id", id);
    json_set_string(arena, json_set_object(arena, rule, "shortDescription"), "text", says);
    json_set_string(arena, json_set_object(arena, rule, "defaultConfiguration"), "level", level);
    if (kind)
        json_set_string(arena, json_set_object(arena, rule, "properties"), "kind", kind);
}

/* The first is that of all findings without a number; the others follow in the order of the table. */
static void set_rules(struct arena *arena, struct json *driver) {
    struct json *rules = json_new_array(arena);

    add_rule(arena, rules, SCHEMA_RULE,
             "The object has the shape that its CustomResourceDefinition describes, and is given once.",
             "error", NULL);
    for (size_t i = 0; i < api_rule_count; i++)
        add_rule(arena, rules, api_rules[i].number, api_rules[i].says,
                 api_rules[i].warns ? "warning" : "error", api_rules[i].kind);
    json_set(arena, driver, "rules", rules);
}

/* Two kinds may have a rule of the same number: the index tells them apart (3.27.6). */
static size_t rule_index(const char *kind, const char *number) {
    for (size_t i = 0; number && i < api_rule_count; i++)
        if (str_equal(api_rules[i].number, number) &&
            (!api_rules[i].kind || str_equal(api_rules[i].kind, kind)))
            return i + 1;
    return 0;
}

/* ---- results ---- */

static void add_results(struct arena *arena, struct json *results, const struct report_object *object,
                        const struct remarks *remarks, const char *level) {
    const char *label = report_object_label(arena, object);
    const struct remark *remark;

    STAILQ_FOREACH (remark, &remarks->list, entry) {
        const struct field_error *error = &remark->error;
        size_t index = rule_index(object->kind, error->rule);
        struct json *result = json_append_object(arena, results);
        json_set_string(arena, result, "ruleId", index > 0 ? error->rule : SCHEMA_RULE);
        json_set_integer(arena, result, "ruleIndex", (int64_t)index);
        json_set_string(arena, result, "level", level);
        json_set_string(
            arena, json_set_object(arena, result, "message"), "text",
            arena_printf(arena, "%s: %s: %s", label, error->field, report_remark_text(arena, remark)));
        struct json *location = add_location(arena, result, object->file, remark->at);
        struct json *logical = json_append_object(arena, json_set_array(arena, location, "logicalLocations"));
        json_set_string(arena, logical, "name", error->field);
        json_set_string(arena, logical, "fullyQualifiedName",
                        arena_printf(arena, "%s/%s", label, error->field));
        json_set_string(arena, logical, "kind", "member");
    }
}

/* What could not be read is no result but a notification that the run was not complete (3.20.21). */
static void set_invocation(struct arena *arena, struct json *run, const struct report *report) {
    struct json *invocation = json_append_object(arena, json_set_array(arena, run, "invocations"));
    const struct report_trouble *trouble;

    json_set_bool(arena, invocation, "executionSuccessful", report->unreadable == 0);
    json_set_integer(arena, invocation, "exitCode", report_exit_code(report));
    struct json *notifications = json_new_array(arena);
    STAILQ_FOREACH (trouble, &report->troubles, entry) {
        struct json *notification = json_append_object(arena, notifications);
        json_set_string(arena, notification, "level", "error");
        json_set_string(arena, json_set_object(arena, notification, "message"), "text", trouble->text);
        (void)add_location(arena, notification, trouble->file, trouble->at);
    }
    json_set(arena, invocation, "toolExecutionNotifications", notifications);
}

void report_write_sarif(struct buffer *out, const struct report *report, bool is_quiet) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *document = json_new_object(arena), *results = json_new_array(arena);
    const struct report_object *object;

    (void)is_quiet; /* there is no summary in it */
    json_set_string(arena, document, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_set_string(arena, document, "version", "2.1.0");
    struct json *run = json_append_object(arena, json_set_array(arena, document, "runs"));
    struct json *driver = json_set_object(arena, json_set_object(arena, run, "tool"), "driver");
    json_set_string(arena, driver, "name", "neo4j-operator");
    json_set_string(arena, driver, "version", PROJECT_VERSION);
    set_rules(arena, driver);
    json_set_string(arena, run, "columnKind", "unicodeCodePoints");
    set_invocation(arena, run, report);
    STAILQ_FOREACH (object, &report->objects, entry) {
        add_results(arena, results, object, &object->errors, "error");
        add_results(arena, results, object, &object->warnings, "warning");
    }
    json_set(arena, run, "results", results);
    json_write(out, document, &(struct json_write_options){ .indent = true });
    buffer_add_char(out, '\n');
}
