#include "sim/neo4j/failure.h"

#include <stdio.h>

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

bool failure_set_about(struct failure *failure, struct arena *arena, enum failure_kind kind,
                       const char *about, const char *cause_about, const char *format, ...) {
    va_list arguments;

    if (failure->kind != FAILURE_NONE)
        return false;
    va_start(arguments, format);
    failure->kind = kind;
    failure->message = arena_vprintf(arena, format, arguments);
    failure->about = about;
    failure->cause_about = cause_about;
    va_end(arguments);
    return false;
}

/* What the message is about: what stands in quotes, or after a colon, whichever comes first; else its last
 * word. */
static struct text subject(struct text message) {
    struct text rest = message, word = message;

    for (; rest.length > 1; rest.data++, rest.length--) {
        if (text_starts_with(rest, ": "))
            return (struct text){ rest.data + 2, rest.length - 2 };
        if (*rest.data == '\'' || *rest.data == '`') {
            size_t length = 1;
            while (length < rest.length && rest.data[length] != *rest.data)
                length++;
            return (struct text){ rest.data + 1, length - 1 };
        }
        if (*rest.data == ' ')
            word = (struct text){ rest.data + 1, rest.length - 1 };
    }
    return word;
}

/* "Invalid input 'x': expected 'y' (line 1 …" becomes "Invalid input 'x', expected: 'y'.". */
static char *invalid_input(struct arena *arena, const char *message) {
    const char *expected = strstr(message, "': expected "), *place = strstr(message, " (line ");
    CLEANUP_BUFFER struct buffer out = { 0 };

    if (!place)
        place = message + strlen(message);
    if (!expected || expected > place) {
        buffer_add(&out, message, (size_t)(place - message));
    } else {
        buffer_add(&out, message, (size_t)(expected - message));
        buffer_add_string(&out, "', expected: ");
        expected += strlen("': expected ");
        buffer_add(&out, expected, (size_t)(place - expected));
    }
    if (out.length && out.data[out.length - 1] != '.')
        buffer_add_char(&out, '.');
    return arena_strdup(arena, buffer_string(&out));
}

static const char *describe(struct arena *arena, const char *description, const char *given,
                            const char *message) {
    const char *hole = strstr(description, "{}");
    struct text about;

    if (!hole)
        return description;
    about = given ? text_from(given) : subject(text_from(message));
    return arena_printf(arena, "%.*s%.*s%s", (int)(hole - description), description, (int)about.length,
                        about.data, hole + strlen("{}"));
}

/* The place in the statement that the message names, as drivers look for it. */
static void add_position(struct arena *arena, struct bolt_value *record, const char *message) {
    const char *place = strstr(message, "(line ");
    struct bolt_value *position;
    unsigned line, column, offset;

    if (!place || sscanf(place, "(line %u, column %u (offset: %u))", &line, &column, &offset) != 3)
        return;
    position = bolt_set(arena, record, "_position", bolt_new_map(arena));
    bolt_set_integer(arena, position, "offset", offset);
    bolt_set_integer(arena, position, "line", line);
    bolt_set_integer(arena, position, "column", column);
}

/* classification: NULL where the server gives none. */
static struct bolt_value *diagnostic_record(struct arena *arena, const char *classification,
                                            const char *message) {
    struct bolt_value *record = bolt_new_map(arena);

    bolt_set_string(arena, record, "OPERATION", "");
    bolt_set_string(arena, record, "OPERATION_CODE", "0");
    bolt_set_string(arena, record, "CURRENT_SCHEMA", "/");
    if (classification) {
        bolt_set_string(arena, record, "_classification", classification);
        add_position(arena, record, message);
    }
    return record;
}

static const char *classification(const struct failure_row *row) {
    if (str_starts_with(row->code, "Neo.ClientError."))
        return "CLIENT_ERROR";
    return str_starts_with(row->code, "Neo.TransientError.") ? "TRANSIENT_ERROR" : "DATABASE_ERROR";
}

static const char *cause_description(struct arena *arena, const struct failure_row *row,
                                     const struct failure *failure, const char *message) {
    if (strstr(row->cause_description, ". "))
        return describe(arena, row->cause_description, failure->cause_about, message);
    return arena_printf(arena, "%s. %s", row->cause_description, invalid_input(arena, message));
}

/* The cause of the cause. */
static const struct deeper_cause {
    enum failure_kind kind;
    const char *status;
    const char *description;
} deeper_causes[] = {
    { FAILURE_CLAUSE_ON_SYSTEM, "42NA9",
      CLASS_42
      "system database rules. The system database supports a restricted set of Cypher clauses. The "
      "supported clauses include procedure calls (if the procedure is allowed), a subset of show and "
      "terminate commands, and combinations of the two. 'YIELD' and 'RETURN' are also permitted when "
      "combined with procedure calls, show, or terminate commands." },
    { FAILURE_CLAUSE_ON_SYSTEM_OF_2025, "42NA9",
      CLASS_42
      "system database procedure rules. The system database supports a restricted set of Cypher "
      "clauses. The supported clause structure for procedure calls is: 'CALL', 'YIELD', 'RETURN'. "
      "'YIELD' and 'RETURN' clauses are optional. The order of the clauses is fixed and each can only "
      "occur once." },
};

/* Messages are descriptions without the name of the condition, which ends with the first sentence. */
static char *message_of(struct arena *arena, const char *status, const char *description) {
    return arena_printf(arena, "%s: %s", status, strstr(description, ". ") + 2);
}

static struct bolt_failure *deeper_cause(struct arena *arena, enum failure_kind kind,
                                         const struct bolt_value *record) {
    for (size_t i = 0; i < ARRAY_LENGTH(deeper_causes); i++)
        if (deeper_causes[i].kind == kind) {
            const struct deeper_cause *row = &deeper_causes[i];
            struct bolt_failure *cause = ARENA_NEW(arena, struct bolt_failure);
            *cause = (struct bolt_failure){ .gql_status = row->status,
                                            .message = message_of(arena, row->status, row->description),
                                            .description = row->description,
                                            .diagnostic_record = record };
            return cause;
        }
    return NULL;
}

struct bolt_failure failure_to_bolt(struct arena *arena, const struct failure *failure,
                                    bool has_all_statuses) {
    const struct failure_row *row = &failures[failure->kind];
    const char *message = failure->message ? failure->message : "";
    struct bolt_failure shape = { .code = row->code, .message = failure->message };
    struct bolt_failure *cause;

    if (!has_all_statuses && !row->is_known_to_5) {
        shape.gql_status = "50N42";
        shape.description = UNEXPECTED;
        shape.diagnostic_record = diagnostic_record(arena, NULL, message);
        return shape;
    }
    shape.gql_status = row->status;
    shape.description = describe(arena, row->description, failure->about, message);
    shape.diagnostic_record = diagnostic_record(arena, classification(row), message);
    if (row->cause) {
        cause = ARENA_NEW(arena, struct bolt_failure);
        cause->gql_status = row->cause;
        cause->description = cause_description(arena, row, failure, message);
        cause->message = message_of(arena, row->cause, cause->description);
        cause->diagnostic_record = shape.diagnostic_record;
        if (has_all_statuses)
            cause->cause = deeper_cause(arena, failure->kind, cause->diagnostic_record);
        shape.cause = cause;
    }
    return shape;
}

const char *failure_code(enum failure_kind kind) {
    return failures[kind].code;
}

struct json *failure_to_json(struct arena *arena, const struct failure *failure) {
    struct json *json = json_new_object(arena);

    json_set_string(arena, json, "kind", failures[failure->kind].name);
    json_set_string(arena, json, "message", failure->message ? failure->message : "");
    if (failure->about)
        json_set_string(arena, json, "about", failure->about);
    if (failure->cause_about)
        json_set_string(arena, json, "causeAbout", failure->cause_about);
    return json;
}

static const char *copy_of(struct arena *arena, const char *text) {
    return text ? arena_strdup(arena, text) : NULL;
}

struct failure failure_from_json(struct arena *arena, const struct json *json) {
    const char *name = json_string_at(json, "kind", "NONE");

    for (size_t i = 0; i < ARRAY_LENGTH(failures); i++)
        if (str_equal(failures[i].name, name))
            return (struct failure){ .kind = (enum failure_kind)i,
                                     .message = arena_strdup(arena, json_string_at(json, "message", "")),
                                     .about = copy_of(arena, json_string_at(json, "about", NULL)),
                                     .cause_about =
                                         copy_of(arena, json_string_at(json, "causeAbout", NULL)) };
    return (struct failure){ .kind = FAILURE_REPLICATION,
                             .message = arena_strdup(arena, "The leader's answer was not understood") };
}
