/* The inside of a session: what its files share.
 *
 *     session.c              life, replies, which message a state takes, the order of messages
 *     session_login.c        HELLO, LOGON, LOGOFF
 *     session_transaction.c  BEGIN, COMMIT, ROLLBACK, RUN, ROUTE, and waiting for bookmarks
 *     session_results.c      PULL, DISCARD
 */
#pragma once

#include "bolt/message.h"
#include "sim/neo4j/forwarding.h"
#include "sim/neo4j/session.h"
#include "sim/neo4j/statement.h"

enum session_state {
    STATE_NEGOTIATION,
    STATE_AUTHENTICATION,
    STATE_READY,
    STATE_STREAMING,
    STATE_TX_READY,
    STATE_TX_STREAMING,
    STATE_FAILED,
    STATE_DEFUNCT,
};

struct session_message {
    TAILQ_ENTRY(session_message) link;
    struct buffer bytes;
};

/* What a RUN left to be pulled. */
struct session_result {
    TAILQ_ENTRY(session_result) link;
    struct arena *arena;
    int64_t query_id;
    struct statement statement;
    struct failure late; /* met in making the rows: told when they are asked for */
    size_t next_row;
    struct text database;
};

/* What a request waits for. */
enum session_wait {
    WAIT_NOTHING,
    WAIT_AGAIN,  /* for bookmarks or a lock: the request is then handled again */
    WAIT_WRITE,  /* of the system database */
    WAIT_REMOTE, /* for what another server makes of a statement */
    WAIT_COMMIT,
};

struct neo4j_session {
    LIST_ENTRY(neo4j_session) link;
    struct neo4j_process *process; /* NULL: it has exited */
    struct bolt_version version;
    struct neo4j_session_options options;
    struct neo4j_session_events events;
    enum session_state state;
    TAILQ_HEAD(, session_message) queue;
    size_t queue_length;
    size_t queue_bytes;
    bool is_paused;
    bool is_pumping;
    bool is_killed; /* closes once the message that is handled has been */

    uint64_t connection_id;
    int64_t connected_wall_ns;
    char *user_agent;
    char *user;
    char *impersonated; /* whose roles count in the open transaction or statement; NULL: the user's own */
    bool must_change_password;
    bool may_forward; /* the client sent a routing context */
    bool has_utc;

    TAILQ_HEAD(session_results, session_result) results;
    size_t result_count;
    int64_t next_query_id;
    char *database; /* of the open transaction */
    bool is_read;
    struct transaction *transaction;   /* that is open, also that of a single statement; or NULL */
    struct remote_transaction *remote; /* in place of it, on another server; or NULL */
    int64_t timeout_ms;                /* of it, as transaction_options have it */
    uint64_t bookmark;                 /* the transaction that the client wants its database to have */

    enum session_wait wait;
    uint64_t wait_serial;
    struct arena *arena;            /* of the request that is handled; RUN leaves it to its result */
    struct arena *wait_arena;       /* of the request that waits */
    struct bolt_request request;    /* that waits for its bookmark */
    struct session_result *writing; /* that waits for its write */

    struct session_result *streaming; /* of the PULL under way */
    int64_t rows_left;                /* of that PULL; -1: all */
    bool discards;
};

bool session_at_least(const struct neo4j_session *session, uint8_t major, uint8_t minor);
void session_free_result(struct neo4j_session *session, struct session_result *result);
void session_drop_results(struct neo4j_session *session);
void session_stop_waiting(struct neo4j_session *session);
/* Rolls back what is open. */
void session_end_transaction(struct neo4j_session *session);
/* Nothing is sent after it. */
void session_close(struct neo4j_session *session);
/* Closes it, also from within one of its own messages. */
void session_kill(struct neo4j_session *session);

/* Replies. metadata: a map, or NULL for an empty one. */
void session_send(struct neo4j_session *session, const struct buffer *bytes);
void session_succeed(struct neo4j_session *session, const struct bolt_value *metadata);
void session_ignore(struct neo4j_session *session);
/* Whatever failed, its results are gone; only RESET helps, or nothing before the login. */
void session_fail(struct neo4j_session *session, const struct failure *failure);
void session_fail_with(struct neo4j_session *session, enum failure_kind kind, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* One request, and then all that waits behind it. */
void session_handle(struct neo4j_session *session, const struct bolt_request *request);
void session_pump(struct neo4j_session *session);

bool session_is_in_transaction(const struct neo4j_session *session);
/* What a client gives to have its next reads see this database as it is now. In arena. */
char *session_bookmark(const struct neo4j_session *session, struct arena *arena, const char *database);
/* Commits what is open, and tells; a session without a transaction is told at once. */
void session_commit_open(struct neo4j_session *session,
                         void (*done)(void *context, int64_t now_ns, const struct failure *failure));
/* Sends what may go at once of the result that is pulled. */
void session_stream(struct neo4j_session *session);

/* Whose roles count: the user's, or those of the one that is impersonated. */
const char *session_user(const struct neo4j_session *session);
/* Takes "imp_user" of RUN or BEGIN; fails the request when the user may not impersonate that one. */
bool session_impersonate(struct neo4j_session *session, const struct bolt_value *extra);

void session_hello(struct neo4j_session *session, const struct bolt_request *request);
void session_logon(struct neo4j_session *session, const struct bolt_request *request);
void session_logoff(struct neo4j_session *session, const struct bolt_request *request);
void session_begin(struct neo4j_session *session, const struct bolt_request *request);
void session_commit(struct neo4j_session *session, const struct bolt_request *request);
void session_rollback(struct neo4j_session *session, const struct bolt_request *request);
void session_run(struct neo4j_session *session, const struct bolt_request *request);
void session_fetch(struct neo4j_session *session, const struct bolt_request *request);
void session_route(struct neo4j_session *session, const struct bolt_request *request);
