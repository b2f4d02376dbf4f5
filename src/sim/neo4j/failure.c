#include "sim/neo4j/failure.h"

static const struct {
    const char *name;
    const char *code;
    const char *status;
    const char *description;
} failures[] = { [FAILURE_NONE] = { "NONE", "", "00000", "note: successful completion" },
#define X(kind, code_, status_, description_)                                                                \
    [FAILURE_##                                                                                              \
        kind] = { .name = #kind, .code = "Neo." code_, .status = (status_), .description = (description_) },
                 FAILURES(X)
#undef X
};

bool failure_set(struct failure *failure, struct arena *arena, enum failure_kind kind, const char *format,
                 ...) {
    va_list arguments;

    if (failure->kind != FAILURE_NONE)
        return false;
    va_start(arguments, format);
    failure->kind = kind;
    failure->message = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return false;
}

struct bolt_failure failure_to_bolt(const struct failure *failure) {
    return (struct bolt_failure){ .code = failures[failure->kind].code,
                                  .message = failure->message,
                                  .gql_status = failures[failure->kind].status,
                                  .description = failures[failure->kind].description };
}

struct json *failure_to_json(struct arena *arena, const struct failure *failure) {
    struct json *json = json_new_object(arena);

    json_set_string(arena, json, "kind", failures[failure->kind].name);
    json_set_string(arena, json, "message", failure->message ? failure->message : "");
    return json;
}

struct failure failure_from_json(struct arena *arena, const struct json *json) {
    const char *name = json_string_at(json, "kind", "NONE");

    for (size_t i = 0; i < ARRAY_LENGTH(failures); i++)
        if (str_equal(failures[i].name, name))
            return (struct failure){ (enum failure_kind)i,
                                     arena_strdup(arena, json_string_at(json, "message", "")) };
    return (struct failure){ FAILURE_REPLICATION,
                             arena_strdup(arena, "The leader's answer was not understood") };
}
