#include "sim/neo4j/failure.h"

#define UNEXPECTED                                                                                           \
    "error: general processing exception - unexpected error. Unexpected error has occurred. See debug log "  \
    "for details."

static const struct failure_row {
    const char *name;
    const char *code;
    const char *status;
    const char *description;
    const char *cause; /* NULL: none */
    const char *cause_description;
    bool is_known_to_5;
} failures[] = { [FAILURE_NONE] = { .name = "NONE",
                                    .code = "",
                                    .status = "00000",
                                    .description = "note: successful completion" },
#define X(kind, code_, status_, description_, cause_, cause_description_, is_known_to_5_)                    \
    [FAILURE_##kind] = { .name = #kind,                                                                      \
                         .code = "Neo." code_,                                                               \
                         .status = (status_),                                                                \
                         .description = (description_),                                                      \
                         .cause = (cause_),                                                                  \
                         .cause_description = (cause_description_),                                          \
                         .is_known_to_5 = (is_known_to_5_) },
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

struct bolt_failure failure_to_bolt(struct arena *arena, const struct failure *failure,
                                    bool has_all_statuses) {
    const struct failure_row *row = &failures[failure->kind];
    struct bolt_failure shape = { .code = row->code, .message = failure->message };
    struct bolt_failure *cause;

    if (!has_all_statuses && !row->is_known_to_5) {
        shape.gql_status = "50N42";
        shape.description = UNEXPECTED;
        return shape;
    }
    shape.gql_status = row->status;
    shape.description = row->description;
    if (row->cause) {
        cause = ARENA_NEW(arena, struct bolt_failure);
        cause->message = failure->message;
        cause->gql_status = row->cause;
        cause->description = arena_printf(arena, "%s. %s", row->cause_description, failure->message);
        shape.cause = cause;
    }
    return shape;
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
