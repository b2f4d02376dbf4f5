#include "controllers/status.h"

#include "base/time.h"

enum { STATUS_MESSAGE_BYTES_MAX = 4096, CONDITION_MESSAGE_BYTES_MAX = 32768 };

static void set_message(struct arena *arena, struct json *object, const char *message, size_t limit) {
    size_t length = utf8_cut(text_from(message), limit);

    json_set_string(arena, object, "message", arena_strndup(arena, message, length));
}

void status_set_message(struct arena *arena, struct json *status, const char *message) {
    set_message(arena, status, message, STATUS_MESSAGE_BYTES_MAX);
}

static const char *const condition_words[] = {
    [CONDITION_FALSE] = "False", [CONDITION_TRUE] = "True", [CONDITION_UNKNOWN] = "Unknown"
};

const struct json *condition_find(const struct json *conditions, const char *type) {
    JSON_FOR_EACH_ITEM (condition, conditions)
        if (str_equal(json_string_at(condition, "type", NULL), type))
            return condition;
    return NULL;
}

bool condition_is(const struct json *conditions, const char *type, const char *status, const char *reason) {
    const struct json *condition = condition_find(conditions, type);

    return condition && str_equal(json_string_at(condition, "status", NULL), status) &&
           (!reason || str_equal(json_string_at(condition, "reason", NULL), reason));
}

/* The new entry's place in the list: one entry per type. */
static struct json *condition_place(struct arena *arena, struct json *conditions, const char *type) {
    JSON_FOR_EACH_ITEM (condition, conditions)
        if (str_equal(json_string_at(condition, "type", NULL), type)) {
            *condition = *json_new_object(arena);
            return condition;
        }
    return json_append_object(arena, conditions);
}

void condition_set(struct arena *arena, struct json *status, const struct json *before, const char *type,
                   enum condition_value value, const char *reason, const char *message, int64_t generation,
                   int64_t now_ns) {
    struct json *conditions = json_get(status, "conditions");
    const struct json *old = condition_find(before, type);
    const char *word = condition_words[value];
    const char *since = json_string_at(old, "lastTransitionTime", NULL);

    if (!json_is(conditions, JSON_ARRAY))
        conditions = json_set_array(arena, status, "conditions");
    if (!since || !str_equal(json_string_at(old, "status", NULL), word))
        since = time_format(arena, now_ns);

    struct json *condition = condition_place(arena, conditions, type);
    json_set_string(arena, condition, "type", type);
    json_set_string(arena, condition, "status", word);
    json_set_string(arena, condition, "reason", reason);
    set_message(arena, condition, message, CONDITION_MESSAGE_BYTES_MAX);
    json_set_string(arena, condition, "lastTransitionTime", since);
    json_set_integer(arena, condition, "observedGeneration", generation);
}
