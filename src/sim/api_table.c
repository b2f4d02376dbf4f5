#include "sim/api_table.h"

#include "sim/api_http_internal.h"
#include "sim/api_path.h"

/* Table: objects as the rows that kubectl get prints. After: k8s.io/kubernetes, pkg/printers, and
 * k8s.io/apiextensions-apiserver, pkg/registry/customresource/tableconvertor. */

static const char name_description[] =
    "Name must be unique within a namespace. Is required when creating resources, although some resources "
    "may allow a "
    "client to request the generation of an appropriate name automatically. Name is primarily intended for "
    "creation "
    "idempotence and configuration definition. Cannot be updated. More info: "
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";

/* ---- cells ---- */

void table_text(struct table_row *row, const char *text) {
    json_append_string(row->arena, row->cells, text);
}

void table_integer(struct table_row *row, int64_t number) {
    json_append(row->arena, row->cells, json_new_integer(row->arena, number));
}

void table_bool(struct table_row *row, bool value) {
    json_append(row->arena, row->cells, json_new_bool(row->arena, value));
}

void table_format(struct table_row *row, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    table_text(row, arena_vprintf(row->arena, format, arguments));
    va_end(arguments);
}

const char *table_since(struct table_row *row, const char *time) {
    int64_t then;
    if (str_empty(time) || !time_parse(text_from(time), &then))
        return "<unknown>";
    return duration_human(row->arena, row->now > then ? row->now - then : 0);
}

void table_age(struct table_row *row, const struct json *object, const char *path) {
    table_text(row, table_since(row, json_string_at(object, path, "")));
}

void table_string(struct table_row *row, const struct json *object, const char *path, const char *fallback) {
    const char *text = json_string_at(object, path, "");
    table_text(row, *text ? text : fallback);
}

void table_joined(struct table_row *row, const struct json *array, const char *member) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    JSON_FOR_EACH_ITEM (item, array)
        buffer_printf(&out, "%s%s", out.length ? "," : "",
                      json_string(member ? json_get(item, member) : item, ""));
    table_text(row, out.length ? buffer_string(&out) : "<none>");
}

void table_selector(struct table_row *row, const struct json *selector) {
    CLEANUP_BUFFER struct buffer out = { 0 };
    bool is_plain = !json_get(selector, "matchLabels") && !json_get(selector, "matchExpressions");
    const struct json *labels = is_plain ? selector : json_get(selector, "matchLabels");

    JSON_FOR_EACH_MEMBER (label, labels)
        buffer_printf(&out, "%s%s=%s", out.length ? "," : "", label->key, json_string(&label->value, ""));
    JSON_FOR_EACH_ITEM (rule, json_get(selector, "matchExpressions")) {
        const char *relation = json_string_at(rule, "operator", ""), *key = json_string_at(rule, "key", "");
        buffer_add_string(&out, out.length ? "," : "");
        if (str_equal(relation, "Exists") || str_equal(relation, "DoesNotExist")) {
            buffer_printf(&out, "%s%s", str_equal(relation, "Exists") ? "" : "!", key);
            continue;
        }
        buffer_printf(&out, "%s %s (", key, str_equal(relation, "In") ? "in" : "notin");
        for (size_t i = 0; i < json_length(json_get(rule, "values")); i++)
            buffer_printf(&out, "%s%s", i ? "," : "",
                          json_string(json_item(json_get(rule, "values"), i), ""));
        buffer_add_char(&out, ')');
    }
    table_text(row, out.length ? buffer_string(&out) : "<none>");
}

/* ---- columns ---- */

static void add_column(struct arena *arena, struct json *columns, const char *name, const char *type,
                       const char *format, const char *description, int64_t priority) {
    struct json *column = json_append_object(arena, columns);
    json_set_string(arena, column, "name", name);
    json_set_string(arena, column, "type", type ? type : "string");
    json_set_string(arena, column, "format", format);
    json_set_string(arena, column, "description", description);
    json_set_integer(arena, column, "priority", priority);
}

static void add_name_column(struct arena *arena, struct json *columns) {
    add_column(arena, columns, "Name", NULL, "name", name_description, 0);
}

static void add_kind_columns(struct arena *arena, struct json *columns, const struct table_kind *kind) {
    if (!kind->names_itself)
        add_name_column(arena, columns);
    for (const struct table_column *column = kind->columns; column->name; column++)
        add_column(arena, columns, column->name, column->type, str_equal(column->name, "Name") ? "name" : "",
                   "", column->priority);
}

static void add_custom_columns(struct arena *arena, struct json *columns, const struct json *printed) {
    add_name_column(arena, columns);
    JSON_FOR_EACH_ITEM (column, printed)
        add_column(arena, columns, json_string_at(column, "name", ""), json_string_at(column, "type", NULL),
                   json_string_at(column, "format", ""), json_string_at(column, "description", ""),
                   json_integer_at(column, "priority", 0));
    if (!json_length(printed))
        add_column(
            arena, columns, "Age", "date", "",
            "CreationTimestamp is a timestamp representing the server time when this object was created. It "
            "is "
            "not guaranteed to be set in happens-before order across separate operations. Clients may not "
            "set "
            "this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. "
            "Read-only. "
            "Null for lists. More info: "
            "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
            0);
}

static void add_columns(struct arena *arena, struct json *columns, const struct api_resource *resource) {
    const struct table_kind *kind = table_kind_of(resource);
    if (api_resource_is_custom(resource)) {
        add_custom_columns(arena, columns, json_get(resource->crd, "additionalPrinterColumns"));
    } else if (kind) {
        add_kind_columns(arena, columns, kind);
    } else {
        add_name_column(arena, columns);
        add_column(arena, columns, "Created At", "date", "", "", 0);
    }
}

/* ---- rows ---- */

static void add_custom_cell(struct table_row *row, const struct json *column, const struct json *object) {
    struct json *found = json_new_array(row->arena);
    const char *type = json_string_at(column, "type", "string");
    const struct json *value;

    api_path_find(row->arena, json_string_at(column, "jsonPath", ""), object, found);
    value = json_item(found, 0);
    if (!value || json_is(value, JSON_NULL))
        json_append(row->arena, row->cells, json_new_null(row->arena));
    else if (str_equal(type, "date"))
        table_text(row, table_since(row, json_string(value, "")));
    else if (str_equal(type, "string") && json_length(found) > 1)
        table_text(row, json_print(row->arena, found));
    else if (str_equal(type, "string") && !json_is(value, JSON_STRING))
        table_text(row, json_print(row->arena, value));
    else
        json_append(row->arena, row->cells, value);
}

static void fill_custom(struct table_row *row, const struct json *printed, const struct json *object) {
    table_string(row, object, "metadata.name", "");
    JSON_FOR_EACH_ITEM (column, printed)
        add_custom_cell(row, column, object);
    if (!json_length(printed))
        table_age(row, object, "metadata.creationTimestamp");
}

static void fill_row(struct table_row *row, const struct api_resource *resource, const struct json *object) {
    const struct table_kind *kind = table_kind_of(resource);
    if (api_resource_is_custom(resource)) {
        fill_custom(row, json_get(resource->crd, "additionalPrinterColumns"), object);
        return;
    }
    if (!kind || !kind->names_itself)
        table_string(row, object, "metadata.name", "");
    if (kind)
        kind->fill(row, object);
    else
        table_string(row, object, "metadata.creationTimestamp", "");
}

static void add_row(struct api *api, struct arena *arena, struct json *rows,
                    const struct api_resource *resource, const struct json *object, const char *include) {
    struct json *row = json_append_object(arena, rows);
    struct table_row filling = { .arena = arena,
                                 .cells = json_set_array(arena, row, "cells"),
                                 .now = api_now(api) };

    fill_row(&filling, resource, object);
    if (str_equal(include, "None"))
        json_set(arena, row, "object", json_new_null(arena));
    else if (str_equal(include, "Object"))
        json_set(arena, row, "object", object);
    else
        json_set(arena, row, "object", api_partial_metadata(arena, object));
}

struct json *api_table(struct api *api, struct arena *arena, const struct api_resource *resource,
                       const struct json *object, bool with_columns, const char *include_object) {
    static const char *const list_members[] = { "resourceVersion", "continue", "remainingItemCount" };
    struct json *table = json_new_object(arena), *metadata, *columns, *rows;
    const struct json *items = json_get(object, "items");

    json_set_string(arena, table, "kind", "Table");
    json_set_string(arena, table, "apiVersion", "meta.k8s.io/v1");
    metadata = json_set_object(arena, table, "metadata");
    for (size_t i = 0; i < ARRAY_LENGTH(list_members); i++)
        if (!str_equal(json_string(json_get(json_get(object, "metadata"), list_members[i]), NULL), "") &&
            json_get(json_get(object, "metadata"), list_members[i]))
            json_set(arena, metadata, list_members[i],
                     json_get(json_get(object, "metadata"), list_members[i]));
    columns = json_set_array(arena, table, "columnDefinitions");
    if (with_columns)
        add_columns(arena, columns, resource);
    rows = json_set_array(arena, table, "rows");
    if (!items) {
        add_row(api, arena, rows, resource, object, include_object);
        return table;
    }
    JSON_FOR_EACH_ITEM (item, items)
        add_row(api, arena, rows, resource, item, include_object);
    return table;
}
