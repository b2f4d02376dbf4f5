/* Failures, in the two shapes they have on the wire: code and message up to Bolt 5.6; from 5.7 on a GQL
 * status object with a chain of causes, where the code is called neo4j_code. */
#include "bolt/message.h"

#define GENERAL_CODE    "Neo.DatabaseError.General.UnknownError"
#define GENERAL_STATUS  "50N42"
#define GENERAL_MESSAGE "the server gave no reason"

/* ---- writing ---- */

static void pack_entry(struct buffer *out, const char *key, const char *value) {
    packstream_pack_string(out, text_from(key));
    packstream_pack_string(out, text_from(value));
}

static const char *or_else(const char *text, const char *fallback) {
    return text ? text : fallback;
}

/* The second part of a code says whose fault it is. */
static const char *classification(const char *code) {
    if (str_starts_with(or_else(code, ""), "Neo.ClientError."))
        return "CLIENT_ERROR";
    if (str_starts_with(or_else(code, ""), "Neo.TransientError."))
        return "TRANSIENT_ERROR";
    return "DATABASE_ERROR";
}

static void pack_diagnostic_record(struct buffer *out, const struct bolt_failure *failure,
                                   const char *default_classification) {
    packstream_pack_string(out, TEXT("diagnostic_record"));
    if (failure->diagnostic_record) {
        packstream_pack(out, failure->diagnostic_record);
        return;
    }
    packstream_pack_map_header(out, 4);
    pack_entry(out, "OPERATION", "");
    pack_entry(out, "OPERATION_CODE", "0");
    pack_entry(out, "CURRENT_SCHEMA", "/");
    pack_entry(out, "_classification", default_classification);
}

static void pack_gql(struct buffer *out, const struct bolt_failure *failure, unsigned depth,
                     const char *default_classification) {
    bool has_cause = failure->cause && depth < BOLT_FAILURE_CAUSES_MAX;

    packstream_pack_map_header(out, 4U + (depth == 0) + has_cause);
    if (depth == 0)
        pack_entry(out, "neo4j_code", or_else(failure->code, GENERAL_CODE));
    pack_entry(out, "message", or_else(failure->message, ""));
    pack_entry(out, "gql_status", or_else(failure->gql_status, GENERAL_STATUS));
    pack_entry(out, "description", or_else(failure->description, or_else(failure->message, "")));
    pack_diagnostic_record(out, failure, default_classification);
    if (has_cause) {
        packstream_pack_string(out, TEXT("cause"));
        pack_gql(out, failure->cause, depth + 1, default_classification);
    }
}

void bolt_message_write_failure(struct buffer *out, struct bolt_version version,
                                const struct bolt_failure *failure) {
    packstream_pack_struct_header(out, BOLT_FAILURE, 1);
    if (bolt_version_at_least(version, 5, 7)) {
        pack_gql(out, failure, 0, classification(failure->code));
        return;
    }
    packstream_pack_map_header(out, 2);
    pack_entry(out, "code", or_else(failure->code, GENERAL_CODE));
    pack_entry(out, "message", or_else(failure->message, ""));
}

/* ---- reading ---- */

static struct bolt_failure read_one(const struct bolt_value *metadata) {
    const struct bolt_value *record = bolt_get(metadata, "diagnostic_record");

    return (struct bolt_failure){
        .message = bolt_string(bolt_get(metadata, "message"), NULL),
        .gql_status = bolt_string(bolt_get(metadata, "gql_status"), NULL),
        .description = bolt_string(bolt_get(metadata, "description"), NULL),
        .diagnostic_record = bolt_is(record, BOLT_MAP) ? record : NULL,
    };
}

struct bolt_failure bolt_failure_read(struct arena *arena, const struct bolt_value *metadata) {
    struct bolt_failure failure = read_one(metadata);
    const struct bolt_failure **place = &failure.cause;
    const struct bolt_value *cause = bolt_get(metadata, "cause");

    failure.code =
        bolt_string(bolt_get(metadata, "neo4j_code"), bolt_string(bolt_get(metadata, "code"), NULL));
    failure.code = or_else(failure.code, GENERAL_CODE);
    failure.message = or_else(failure.message, or_else(failure.description, GENERAL_MESSAGE));
    for (unsigned i = 0; i < BOLT_FAILURE_CAUSES_MAX && bolt_is(cause, BOLT_MAP); i++) {
        struct bolt_failure *link = ARENA_NEW(arena, struct bolt_failure);
        *link = read_one(cause);
        *place = link;
        place = &link->cause;
        cause = bolt_get(cause, "cause");
    }
    return failure;
}

static const char *copy_text(struct arena *arena, const char *text) {
    return text ? arena_strdup(arena, text) : NULL;
}

struct bolt_failure bolt_failure_copy(struct arena *arena, const struct bolt_failure *failure) {
    struct bolt_failure copy = {
        .code = copy_text(arena, failure->code),
        .message = copy_text(arena, failure->message),
        .gql_status = copy_text(arena, failure->gql_status),
        .description = copy_text(arena, failure->description),
        .diagnostic_record = failure->diagnostic_record ? bolt_copy(arena, failure->diagnostic_record) : NULL,
    };

    if (failure->cause) {
        struct bolt_failure *cause = ARENA_NEW(arena, struct bolt_failure);
        *cause = bolt_failure_copy(arena, failure->cause);
        copy.cause = cause;
    }
    return copy;
}

char *bolt_failure_sentence(struct arena *arena, const struct bolt_failure *failure) {
    char *sentence = arena_strdup(arena, or_else(failure->message, ""));

    for (const struct bolt_failure *cause = failure->cause; cause; cause = cause->cause)
        if (!str_empty(cause->message) && !strstr(sentence, cause->message))
            sentence = arena_printf(arena, "%s%s%s", sentence, str_ends_with(sentence, ".") ? " " : ": ",
                                    cause->message);
    return sentence;
}

const char *bolt_failure_root_status(const struct bolt_failure *failure) {
    const char *status = failure->gql_status;

    for (const struct bolt_failure *cause = failure->cause; cause; cause = cause->cause)
        status = cause->gql_status ? cause->gql_status : status;
    return status;
}
