/* Bolt messages: built and parsed, without chunking, for both sides of a connection.
 *
 * A message is a structure whose tag says what it is. What a map holds differs between versions of Bolt; that
 * is known here and nowhere else. Functions that write append the bytes of one message to a buffer.
 * Source: Neo4j Bolt documentation, Messages, for 4.4 to 6.0.
 */
#pragma once

#include "base/secret.h"
#include "bolt/handshake.h"
#include "bolt/packstream.h"

enum bolt_message_tag {
    BOLT_HELLO = 0x01,
    BOLT_GOODBYE = 0x02,
    BOLT_RESET = 0x0F,
    BOLT_RUN = 0x10,
    BOLT_BEGIN = 0x11,
    BOLT_COMMIT = 0x12,
    BOLT_ROLLBACK = 0x13,
    BOLT_DISCARD = 0x2F,
    BOLT_PULL = 0x3F,
    BOLT_TELEMETRY = 0x54,
    BOLT_ROUTE = 0x66,
    BOLT_LOGON = 0x6A,
    BOLT_LOGOFF = 0x6B,
    BOLT_SUCCESS = 0x70,
    BOLT_RECORD = 0x71,
    BOLT_IGNORED = 0x7E,
    BOLT_FAILURE = 0x7F,
};

/* "RUN"; "?" for a tag that is none. */
const char *bolt_message_name(uint8_t tag);

/* Any message: *out_message is a structure (BOLT_STRUCT) in arena. ERROR_PROTOCOL when the bytes are no
 * message, or something comes after it. */
CHECKED bool bolt_message_parse(struct arena *arena, struct text bytes, struct bolt_value **out_message,
                                struct error *err);

/* Whether the bytes of a message begin as a RECORD does. */
bool bolt_message_is_record(struct text bytes);

/* ---- requests, as the client writes them ---- */

enum { BOLT_FETCH_ALL = -1, BOLT_LAST_QUERY = -1 };

struct bolt_hello {
    const char *user_agent; /* "neo4j-operator/1.0" */
    /* The address that the client asked for, "host:port": says that the server may route on the client's
     * behalf. NULL: it must not. */
    const char *routing_address;
    /* Needed where HELLO carries them (Bolt 5.0 and older). The message is to be wiped after use. */
    const char *user;
    const struct secret_text *password;
};

/* What RUN (outside a transaction) and BEGIN say about a transaction. */
struct bolt_transaction {
    const char *database; /* NULL: the user's home database */
    bool is_read;
    int64_t timeout_ms; /* 0: the server's own limit */
    const char *const *bookmarks;
    size_t bookmark_count;
    const struct bolt_value *metadata; /* map, or NULL */
};

void bolt_message_write_hello(struct buffer *out, struct bolt_version version,
                              const struct bolt_hello *hello);
/* Scheme basic; Bolt 5.1 and newer. The buffer then holds the password: wipe it. */
void bolt_message_write_logon(struct buffer *out, const char *user, const struct secret_text *password);
/* transaction is NULL inside a transaction. parameters: a map, or NULL for none. */
void bolt_message_write_run(struct buffer *out, const char *query, const struct bolt_value *parameters,
                            const struct bolt_transaction *transaction);
void bolt_message_write_begin(struct buffer *out, const struct bolt_transaction *transaction);
/* tag: BOLT_PULL or BOLT_DISCARD. */
void bolt_message_write_fetch(struct buffer *out, enum bolt_message_tag tag, int64_t rows, int64_t query_id);
void bolt_message_write_route(struct buffer *out, const char *routing_address, const char *const *bookmarks,
                              size_t bookmark_count, const char *database);
/* Messages without fields: GOODBYE, RESET, COMMIT, ROLLBACK, LOGOFF. */
void bolt_message_write_bare(struct buffer *out, enum bolt_message_tag tag);

/* ---- requests, as the server reads them ---- */

/* A request whose fields have the right number and types. What does not concern the tag stays NULL or 0. */
struct bolt_request {
    enum bolt_message_tag tag;
    const char *query;                   /* RUN */
    const struct bolt_value *parameters; /* RUN: map */
    const struct bolt_value *extra;   /* map: HELLO, LOGON, RUN, BEGIN (all they say), ROUTE (db, imp_user) */
    int64_t rows;                     /* PULL, DISCARD: n */
    int64_t query_id;                 /* PULL, DISCARD: qid */
    const struct bolt_value *routing; /* ROUTE: map */
    const struct bolt_value *bookmarks; /* ROUTE: list */
    int64_t telemetry;                  /* TELEMETRY */
};

/* From a parsed message; points into it. ERROR_PROTOCOL says what is wrong with it. */
CHECKED bool bolt_request_read(const struct bolt_value *message, struct bolt_version version,
                               struct bolt_request *out_request, struct error *err);

/* ---- replies, as the server writes them ---- */

/* metadata: a map, or NULL for an empty one. */
void bolt_message_write_success(struct buffer *out, const struct bolt_value *metadata);
/* values: a list. */
void bolt_message_write_record(struct buffer *out, const struct bolt_value *values);
void bolt_message_write_ignored(struct buffer *out);

/* A failure, as both sides know it. Since Bolt 5.7 it has a GQL status, and causes. */
struct bolt_failure {
    const char *code;        /* "Neo.ClientError.Statement.SyntaxError"; NULL in a cause */
    const char *message;     /* for people */
    const char *gql_status;  /* "42001"; NULL before 5.7 */
    const char *description; /* of the GQL status; NULL before 5.7 */
    /* Map; NULL: what the classification in code says, when written. */
    const struct bolt_value *diagnostic_record;
    const struct bolt_failure *cause;
};

/* Causes that are read and written; the chain is cut after them. */
enum { BOLT_FAILURE_CAUSES_MAX = 16 };

/* In the shape of the version: {code, message} up to 5.6, from then on with GQL status and causes. */
void bolt_message_write_failure(struct buffer *out, struct bolt_version version,
                                const struct bolt_failure *failure);

/* ---- replies, as the client reads them ---- */

/* From the map of a FAILURE in either shape; in arena, points into metadata. Never fails: what is missing has
 * a general code, 50N42 and a text that says so. */
struct bolt_failure bolt_failure_read(struct arena *arena, const struct bolt_value *metadata);
/* A copy in arena, with its causes. */
struct bolt_failure bolt_failure_copy(struct arena *arena, const struct bolt_failure *failure);
/* The message and those of its causes, in arena. */
char *bolt_failure_sentence(struct arena *arena, const struct bolt_failure *failure);
/* The status of the innermost cause, which is the most precise one; of the failure itself without causes. */
const char *bolt_failure_root_status(const struct bolt_failure *failure);
