#include "sim/neo4j/entry_access.h"

#include "base/buffer.h"
#include "sim/neo4j/transaction.h"

enum { ENTRY_LABELS_MAX = 64 };

static bool is_granted(const struct cursor *cursor, enum privilege_action action, const struct json *labels,
                       const char *name) {
    const char *texts[ENTRY_LABELS_MAX];
    struct privilege_object object = {
        .action = action, .database = cursor->database, .labels = texts, .property = name
    };

    if (!cursor->transaction || !cursor->database || !cursor->user || !*cursor->user)
        return true;
    JSON_FOR_EACH_ITEM (label, labels)
        if (object.label_count < ENTRY_LABELS_MAX)
            texts[object.label_count++] = json_string(label, "");
    return privilege_permission(&cursor->process->state, cursor->user, &object) == PERMISSION_GRANTED;
}

bool entry_is_visible(const struct cursor *cursor, const struct json *entry) {
    return is_granted(cursor, PRIVILEGE_TRAVERSE, json_get(entry, "labels"), NULL);
}

bool entry_shows(const struct cursor *cursor, const struct json *entry, const char *property) {
    return is_granted(cursor, PRIVILEGE_READ, json_get(entry, "labels"), property);
}

/* As the real server words it. */
static const char *words_of(struct arena *arena, enum privilege_action action, const struct json *labels,
                            const char *name) {
    CLEANUP_BUFFER struct buffer all = { 0 };

    JSON_FOR_EACH_ITEM (label, labels)
        buffer_printf(&all, "%s%s", all.length ? "," : "", json_string(label, ""));
    if (action == PRIVILEGE_CREATE || action == PRIVILEGE_DELETE)
        return arena_printf(arena, "%s node with labels '%s'",
                            action == PRIVILEGE_CREATE ? "Create" : "Delete", buffer_string(&all));
    if (action == PRIVILEGE_SET_PROPERTY)
        return arena_printf(arena, "Set property for property '%s'", name);
    return arena_printf(arena, "%s label for label '%s'", action == PRIVILEGE_SET_LABEL ? "Set" : "Remove",
                        name);
}

bool entry_allows(struct cursor *cursor, enum privilege_action action, const struct json *labels,
                  const char *name) {
    return is_granted(cursor, action, labels, name) ||
           authorization_forbid(&cursor->process->state, cursor->arena, cursor->user, cursor->failure,
                                "%s on database '%s' is not allowed",
                                words_of(cursor->arena, action, labels, name), cursor->database);
}
