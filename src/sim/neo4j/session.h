/* Session: the server's side of one Bolt connection, without the connection.
 *
 * Messages go in as bytes (without chunks), replies come out through events.send, at once or from a later
 * tick of the process: a write waits for replication. The handshake is the caller's: sandbox/bolt_server.c.
 * States and messages: Bolt documentation, 4.4 and 5.0 to 6.0.
 */
#pragma once

#include "bolt/handshake.h"
#include "sim/neo4j/process.h"

enum {
    SESSION_MESSAGE_BYTES_MAX = 4 * 1024 * 1024,
    SESSION_MESSAGE_BYTES_MAX_UNAUTHENTICATED = 64 * 1024,
    SESSION_QUEUE_MAX = 1000,                  /* messages that wait for the one before them */
    SESSION_QUEUE_BYTES_MAX = 8 * 1024 * 1024, /* of all of them; the last may go beyond */
    SESSION_RESULTS_MAX = 100,                 /* open in one transaction */
};

struct neo4j_session;

struct neo4j_session_events {
    void *context;
    void (*send)(void *context, struct text message);
    /* The connection is to be closed when all is sent; nothing comes after it. The session still has to be
     * freed, but not from within. */
    void (*close)(void *context);
};

struct neo4j_session_options {
    bool routes_by_address; /* routing tables name addresses instead of hosts, for clients outside of the
                             * world's DNS */
    const char *client_address;
};

/* The versions of Bolt that this process speaks, best first, ends with zeros; static. */
const struct bolt_version_range *neo4j_session_versions(const struct neo4j_process *process);

/* The process must be open (listen on its Bolt port); when it exits, close is called. */
struct neo4j_session *neo4j_session_new(struct neo4j_process *process, struct bolt_version version,
                                        const struct neo4j_session_options *options,
                                        const struct neo4j_session_events *events);
void neo4j_session_free(struct neo4j_session *session);
/* A whole message. */
void neo4j_session_receive(struct neo4j_session *session, int64_t now_ns, struct text message);
/* While paused nothing is sent: for a client that reads too slowly. */
void neo4j_session_pause(struct neo4j_session *session, bool is_paused);
/* How long a message may be now. */
size_t neo4j_session_message_bytes_max(const struct neo4j_session *session);
bool neo4j_session_is_logged_in(const struct neo4j_session *session);
/* Whether enough messages wait, so that no more should be read. */
bool neo4j_session_is_full(const struct neo4j_session *session);
