#include "sim/neo4j/notification.h"

#include "base/buffer.h"

static const struct notification_row {
    const char *code;
    const char *severity;
    const char *category;
    const char *status;
    const char *title;
    const char *description;
    const char *status_description;
} notifications[] = {
#define X(kind, code_, severity_, category_, status_, title_, description_, status_description_)             \
    [NOTIFICATION_##kind] = { .code = "Neo.ClientNotification." code_,                                       \
                              .severity = (severity_),                                                       \
                              .category = (category_),                                                       \
                              .status = (status_),                                                           \
                              .title = (title_),                                                             \
                              .description = (description_),                                                 \
                              .status_description = (status_description_) },
    NOTIFICATIONS(X)
#undef X
};

static char *fill(struct arena *arena, const char *template, const struct notification *notification) {
    CLEANUP_BUFFER struct buffer text = { 0 };

    for (const char *c = template; *c; c++) {
        bool is_hole = c[0] == '{' && (c[1] == '1' || c[1] == '2') && c[2] == '}';
        const char *value = c[1] == '1' ? notification->first : notification->second;
        if (is_hole)
            buffer_add_string(&text, value ? value : "");
        else
            buffer_add_char(&text, *c);
        c += is_hole ? 2 : 0;
    }
    return arena_strdup(arena, buffer_string(&text));
}

struct bolt_value *notification_to_map(struct arena *arena, const struct notification *notification) {
    const struct notification_row *row = &notifications[notification->kind];
    struct bolt_value *map = bolt_new_map(arena);

    bolt_set_string(arena, map, "code", row->code);
    bolt_set_string(arena, map, "title", fill(arena, row->title, notification));
    bolt_set_string(arena, map, "description", fill(arena, row->description, notification));
    bolt_set_string(arena, map, "severity", row->severity);
    bolt_set_string(arena, map, "category", row->category);
    return map;
}

struct bolt_value *notification_to_status(struct arena *arena, const struct notification *notification) {
    const struct notification_row *row = &notifications[notification->kind];
    struct bolt_value *map = bolt_new_map(arena), *record = bolt_new_map(arena);

    bolt_set_string(arena, map, "gql_status", row->status);
    bolt_set_string(arena, map, "status_description", fill(arena, row->status_description, notification));
    bolt_set_string(arena, map, "neo4j_code", row->code);
    bolt_set_string(arena, map, "title", fill(arena, row->title, notification));
    bolt_set_string(arena, map, "description", fill(arena, row->description, notification));
    bolt_set_string(arena, record, "_severity", row->severity);
    bolt_set_string(arena, record, "_classification", row->category);
    bolt_set(arena, map, "diagnostic_record", record);
    return map;
}
