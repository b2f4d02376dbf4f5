/* The inside of a simulated process: what its parts share. Only for files of this folder.
 *
 *     process.c                life: entry point, start, stop, exit; the dispatch of messages
 *     process_configuration.c  addresses, memory, what the server says about itself
 *     process_tls.c            policies of TLS, and who trusts whom
 *     discovery.c              finding other servers, and who can be reached
 *     discovery_rest.c         no messages while they could tell nothing new
 *     formation.c              the first cluster, joining one
 *     replication.c            the raft group of the system database, and what is written to it
 *     hosting.c                the databases that this server holds, brought to what is wanted
 *     hosting_group.c          the raft group of each: what is committed to it, and who waits for that
 *     hosting_copy.c           the copy of a store for a server that comes late
 *     placement.c              the leader of system: databases that are not yet where they are to be
 *
 * Every server sends JSON messages with "kind"; each part has its rows in the table of process.c.
 */
#pragma once

#include "sim/neo4j/administration.h"
#include "sim/neo4j/network.h"
#include "sim/neo4j/tls_policy.h"
#include "sim/neo4j/volume.h"

#include <sys/queue.h>

#define SECOND_NS INT64_C(1000000000)
#define MS_NS     INT64_C(1000000)

enum { SERVER_PEERS_MAX = 128, SERVER_WRITES_MAX = 1000 };
enum { DISK_SLOWNESS = 20, DISK_WRITE_MS = 500 };

enum process_phase {
    PHASE_ENTRY,    /* the entry point is about to run */
    PHASE_ADMIN,    /* a command of neo4j-admin runs in place of a server */
    PHASE_BOOTING,  /* the configuration is good, the JVM starts */
    PHASE_FORMING,  /* listens to other servers, not to clients */
    PHASE_OPENING,  /* Bolt is open, HTTP is not */
    PHASE_STARTED,  /* "Started." */
    PHASE_STOPPING, /* SIGTERM */
    PHASE_EXITED,
};

struct server_address {
    char *host;
    uint16_t port;
};

enum server_port {
    PORT_BOLT,
    PORT_HTTP,
    PORT_HTTPS,
    PORT_CLUSTER, /* discovery V2, joining, catch-up */
    PORT_RAFT,
    PORT_ROUTING,
    PORT_DISCOVERY, /* V1, 5.26 only */
    PORT_BACKUP,
    PORT_METRICS,
    PORTS_COUNT,
};

/* Another server, as discovery knows it. */
struct server_peer {
    TAILQ_ENTRY(server_peer) link; /* by id */
    char *id;
    struct arena *arena;
    struct json *announcement; /* the last one, in arena; see discovery.c */
    int64_t heard_ns;          /* through its own advertised address; 0: never; see discovery_heard_ns() */
    bool has_left;
    bool answers; /* while the process rests: it would have gone on to */
};

/* See discovery_rest.c. */
struct discovery_rest {
    bool is_resting;
    int64_t round_ns;                    /* of the last hellos to all peers */
    int64_t look_up_ns;                  /* of the last look-up */
    uint64_t round_facts, look_up_facts; /* what their outcome depended on */
};

enum hosted_status {
    HOSTED_INITIAL,
    HOSTED_STORE_COPYING,
    HOSTED_STARTING,
    HOSTED_ONLINE,
    HOSTED_STOPPING,
    HOSTED_OFFLINE,
};

/* A transaction of a user database whose replication somebody waits for. */
struct hosted_commit {
    TAILQ_ENTRY(hosted_commit) link;
    uint64_t serial;
    uint64_t index;
    uint64_t term;
    int64_t written_ns; /* not before its server has written it itself */
    int64_t deadline_ns;
    void (*done)(void *context, int64_t now_ns, const struct failure *failure);
    void *context;
};

/* Somebody who waits for a transaction to be applied here, or for a lock to be released. */
struct hosted_waiter {
    TAILQ_ENTRY(hosted_waiter) link;
    uint64_t serial;
    uint64_t transaction; /* 0: a lock */
    int64_t deadline_ns;
    void (*done)(void *context, int64_t now_ns, const struct failure *failure);
    void *context;
};

struct query_counts {
    int64_t succeeded;
    int64_t failed;
};

/* What is counted from the start on, for metrics.c. */
struct process_counts {
    int64_t messages_received;
    int64_t messages_failed;
};

/* A user database on this server. */
struct hosted_database {
    TAILQ_ENTRY(hosted_database) link;
    char *id;
    enum hosted_status status;
    int64_t deadline_ns; /* of the status; INT64_MAX: it stays */
    char *damage;        /* why it does not start; NULL: nothing is wrong */
    struct volume_database *store;
    char *copy_source;     /* the server that was asked for its store; NULL: none yet */
    struct raft *raft;     /* while starting and online */
    struct ledger *ledger; /* what the group has applied; while there is one */
    bool leads;            /* as the others were told */
    bool is_secondary;
    uint64_t epoch;       /* of the members that the group knows: state_database */
    bool is_paused;       /* a secondary that was told to apply nothing */
    int64_t transfer_ns;  /* when leadership may be handed over again */
    int64_t pull_next_ns; /* of a secondary: when it next applies what there is */
    int64_t checkpoint_next_ns;
    uint64_t announced; /* the entry of the log that the others were told */
    int64_t announce_next_ns;

    /* Of the leader: the last transaction that it has proposed, which the next one follows. */
    uint64_t head_term;
    uint64_t head;
    char head_checksum[LEDGER_CHECKSUM_BYTES];
    int64_t next_id; /* of an entry */

    TAILQ_HEAD(, hosted_commit) commits;
    TAILQ_HEAD(hosted_waiters, hosted_waiter) waiters;
    bool has_released; /* locks, since waiters were looked at */
    struct query_counts queries;
    struct neo4j_process *process;
};

/* A write to the system database that somebody waits for. */
struct server_write {
    TAILQ_ENTRY(server_write) link;
    uint64_t serial;
    uint64_t index;                    /* 0: the leader's answer is awaited */
    uint64_t term;                     /* of that index; 0: any */
    bool (*is_reached)(void *context); /* what is waited for instead of an index; or NULL */
    int64_t deadline_ns;
    void (*done)(void *context, int64_t now_ns, const struct failure *failure);
    void *context;
};

struct neo4j_session;
struct admin;

struct neo4j_process {
    struct network_endpoint endpoint;
    struct neo4j_network *network;
    void (*log_line)(void *context, const char *line);
    void *log_context;

    struct arena *arena;              /* of the process' life */
    struct neo4j_container container; /* copies, in arena */
    struct neo4j_volume *volume;
    bool owns_volume;
    struct admin *admin;     /* the command that runs in place of a server, or NULL */
    struct file_tree *files; /* the container's own, with what was mounted from ConfigMaps and Secrets */

    enum process_phase phase;
    int64_t phase_at_ns; /* when the phase goes on by itself */
    int64_t started_ns;
    int64_t now_ns; /* of the current or last call */
    int exit_code;

    struct neo4j_version version;
    struct configuration *configuration;
    const struct json *plugins; /* names of NEO4J_PLUGINS, in arena; NULL: none */
    struct server_address listen[PORTS_COUNT];
    struct server_address advertised[PORTS_COUNT];
    bool has_port[PORTS_COUNT]; /* this version has it, and it is switched on */
    struct json *descriptor;    /* what it says about itself, in arena */

    struct tls_policy *tls[TLS_SCOPES]; /* NULL: off */
    unsigned tls_generation;
    SLIST_HEAD(, tls_verdict) tls_verdicts; /* of other servers */

    TAILQ_HEAD(, server_peer) peers;
    size_t peer_count;
    bool is_alone;      /* no endpoints to discover: a standalone server */
    bool has_looked_up; /* its endpoints, at least once */
    size_t endpoints_resolved;
    int64_t discovery_next_ns; /* endpoints */
    int64_t probe_next_ns;     /* known peers */
    struct discovery_rest rest;
    int64_t discovery_since_ns;
    int64_t discovery_log_ns;
    const char *discovery_mode; /* when it was moved on since the start; static */
    bool announces_now;         /* something that others show has changed */

    char *tentative_cluster; /* joined or promised to, before anything of it is stored */
    char *promised_to;       /* proposer of a bootstrap */
    int64_t promised_until_ns;
    struct json *proposal; /* {cluster, members: {id: accepted}}, in proposal_arena; NULL: none */
    struct arena *proposal_arena;
    int64_t formation_next_ns;
    int64_t placement_next_ns; /* when to look again for databases that are not where they are to be */
    int64_t placement_wait_ns; /* no step before */
    bool is_refused;           /* the cluster does not want this identity back */

    struct raft *system;
    struct cluster_state state;
    bool has_panicked;         /* system could not be written here */
    bool leads_system;         /* as the others were told */
    uint64_t announced_system; /* what of its log is applied, as the others were told */
    uint64_t registering_index;
    TAILQ_HEAD(, server_write) writes;
    size_t write_count;
    uint64_t write_serial;

    TAILQ_HEAD(, hosted_database) hosted;
    LIST_HEAD(, remote_transaction) remotes; /* see forwarding.h */
    LIST_HEAD(, guest_transaction) guests;
    struct transactions *transactions; /* of user databases, see transaction.h */
    LIST_HEAD(, neo4j_session) sessions;

    struct json *failed_logins; /* user → {count, until}, in login_arena */
    struct arena *login_arena;
    uint64_t connection_serial;
    struct process_counts counts;
    struct query_counts system_queries;
};

/* ---- process.c ---- */

void process_log(struct neo4j_process *process, const char *level, const char *format, ...) PRINTF_LIKE(3, 4);
int64_t process_wall(const struct neo4j_process *process);
/* "host:port" of an advertised address, in arena. */
char *process_advertised(const struct neo4j_process *process, struct arena *arena, enum server_port port);
const char *process_id(const struct neo4j_process *process);
void process_enter(struct neo4j_process *process, enum process_phase phase);
void process_exit(struct neo4j_process *process, int exit_code);
/* How long what takes fine_ns on a good disk takes on this one. */
int64_t process_disk_ns(const struct neo4j_process *process, int64_t fine_ns);
/* For one write; 0 on a good disk. */
int64_t process_write_ns(const struct neo4j_process *process);
/* To an address of a server, once it is written to the disk. */
void process_send_written(struct neo4j_process *process, const char *id, const char *address,
                          const struct json *message);
/* Whether clients are served. */
bool process_is_open(const struct neo4j_process *process);
/* Says that the process wants a tick: after a call that is not one. */
void process_wake(struct neo4j_process *process);
/* Splits "host:port", ":port" or "host"; what is missing comes from the fallbacks. In arena. */
struct server_address server_address_parse(struct arena *arena, const char *text, const char *host,
                                           uint16_t port);

/* ---- process_configuration.c ---- */

struct entry_point_result;
/* The part of it that commands of neo4j-admin do, too: the file must be good. */
bool process_read_configuration(struct neo4j_process *process, const struct entry_point_result *entry);
/* Reads the configuration; exits the process and answers false when a real one would not start with it. */
bool process_configure(struct neo4j_process *process, const struct entry_point_result *entry);
/* Makes the descriptor; the volume has an id by now. */
void process_describe(struct neo4j_process *process);
/* Whether this version has the port and the configuration does not switch it off. */
bool process_has_port(const struct neo4j_process *process, enum server_port port);

/* ---- process_tls.c ---- */

/* Reads the policies that are switched on; exits the process and answers false when a real one would not
 * start. */
bool process_load_tls(struct neo4j_process *process);
/* Reads them again from the files as they are now; on failure those before stay. */
CHECKED bool process_reload_tls(struct neo4j_process *process, struct error *err);
void process_clear_tls(struct neo4j_process *process);

/* ---- discovery.c ---- */

void discovery_start(struct neo4j_process *process);
void discovery_tick(struct neo4j_process *process);
int64_t discovery_next(const struct neo4j_process *process);
void discovery_stop(struct neo4j_process *process);
/* "V1_ONLY", "V1_OVER_V2", "V2_OVER_V1", "V2_ONLY"; NULL: calendar releases know one protocol only. */
const char *discovery_mode(const struct neo4j_process *process);
/* To the next of these, until the server stops; false: there is none. */
bool discovery_move_on(struct neo4j_process *process);
void discovery_receive_hello(struct neo4j_process *process, const struct network_message *envelope,
                             const struct json *message);
void discovery_receive_acknowledgement(struct neo4j_process *process, const struct network_message *envelope,
                                       const struct json *message);
/* Made when absent; NULL when there are too many. */
struct server_peer *discovery_peer(struct neo4j_process *process, const char *id);
struct server_peer *discovery_find(const struct neo4j_process *process, const char *id);
bool discovery_is_reachable(const struct neo4j_process *process, const struct server_peer *peer);
/* This server itself, or a peer that can be reached. */
bool discovery_is_available(const struct neo4j_process *process, const char *id);
/* What a server says about itself: its own words where it was heard, else the cluster state's. In arena. */
const struct json *discovery_descriptor(const struct neo4j_process *process, struct arena *arena,
                                        const char *id);
/* To an address that a server advertises ("cluster", "raft", "routing"). */
void discovery_send(struct neo4j_process *process, const char *id, const char *address,
                    const struct json *message);

/* ---- discovery_rest.c ---- */

enum { PROBE_MS = 2000, LOOK_UP_STARTED_MS = 10000 };

/* Hellos are about to go to all peers, or to all endpoints. */
void discovery_note_round(struct neo4j_process *process);
void discovery_note_look_up(struct neo4j_process *process);
/* Whether the server rests from now on. */
bool discovery_begin_rest(struct neo4j_process *process);
/* Whether it goes on resting; if not, times are as if it had not rested. */
bool discovery_goes_on_resting(struct neo4j_process *process);
int64_t discovery_heard_ns(const struct neo4j_process *process, const struct server_peer *peer);

/* ---- formation.c ---- */

void formation_tick(struct neo4j_process *process);
int64_t formation_next(const struct neo4j_process *process);
void formation_receive_proposal(struct neo4j_process *process, const struct network_message *envelope,
                                const struct json *message);
void formation_receive_acceptance(struct neo4j_process *process, const struct network_message *envelope,
                                  const struct json *message);
void formation_receive_join(struct neo4j_process *process, const struct network_message *envelope,
                            const struct json *message);
void formation_receive_refusal(struct neo4j_process *process, const struct network_message *envelope,
                               const struct json *message);
bool formation_is_member(const struct neo4j_process *process);

/* ---- replication.c ---- */

struct raft_timing replication_timing(const struct neo4j_process *process);
/* The member of the system database's group; made from the volume. */
void replication_start(struct neo4j_process *process);
void replication_stop(struct neo4j_process *process);
void replication_tick(struct neo4j_process *process);
int64_t replication_next(const struct neo4j_process *process);
void replication_receive(struct neo4j_process *process, const struct network_message *envelope,
                         const struct json *message);
void replication_receive_request(struct neo4j_process *process, const struct network_message *envelope,
                                 const struct json *message);
void replication_receive_answer(struct neo4j_process *process, const struct network_message *envelope,
                                const struct json *message);
/* Asks for a change of the system database. Follows the request to the leader when may_forward. done is
 * called once, from within or later; false and *failure when it can't even be tried. *out_serial names it for
 * replication_forget(), 0 when done was called already. */
bool replication_write(struct neo4j_process *process, struct arena *arena, const struct json *request,
                       bool may_forward,
                       void (*done)(void *context, int64_t now_ns, const struct failure *failure),
                       void *context, uint64_t *out_serial, struct failure *failure);
/* What this server knows when it judges a request. */
struct administration_view replication_view(struct neo4j_process *process, struct arena *arena);
/* Waits until is_reached says so, which is asked at each tick, at most until the deadline, which is no
 * failure. */
uint64_t replication_wait_until(struct neo4j_process *process, bool (*is_reached)(void *context),
                                int64_t deadline_ns,
                                void (*done)(void *context, int64_t now_ns, const struct failure *failure),
                                void *context);
/* Whether every server that can be reached has come to an index. */
bool replication_is_everywhere(const struct neo4j_process *process, uint64_t index);
/* How far the system database of a server is, as far as this one knows. */
uint64_t replication_applied_on(const struct neo4j_process *process, const char *id);
/* Waits until this server's copy has come to an index. */
uint64_t replication_wait(struct neo4j_process *process, uint64_t index, int64_t deadline_ns,
                          void (*done)(void *context, int64_t now_ns, const struct failure *failure),
                          void *context);
/* Nobody waits for it any more. */
void replication_forget(struct neo4j_process *process, uint64_t serial);
bool replication_leads_system(const struct neo4j_process *process);

/* ---- hosting.c ---- */

void hosting_tick(struct neo4j_process *process);
int64_t hosting_next(const struct neo4j_process *process);
void hosting_stop(struct neo4j_process *process);
void hosting_transfer(struct neo4j_process *process);
struct hosted_database *hosting_find(const struct neo4j_process *process, const char *id);
const char *hosted_status_name(enum hosted_status status);
/* What others are told: {id: {status, leads, term, transaction}}, in arena. */
struct json *hosting_announcement(const struct neo4j_process *process, struct arena *arena);
/* Another number once that is something else. */
uint64_t hosting_facts(const struct neo4j_process *process);

/* Writes what was applied into the stores, as a server does before it stops. */
void hosting_checkpoint_all(struct neo4j_process *process);
/* The last transaction that a server has of a database, as this server knows it; 0: not known. */
uint64_t hosting_transaction_on(const struct neo4j_process *process, const char *database_id,
                                const char *server_id);

/* ---- hosting_group.c ---- */

/* False and hosted->damage: the store can't be read. */
bool hosting_join_group(struct hosted_database *hosted, const struct state_database *database);
void hosting_leave_group(struct hosted_database *hosted);
void hosting_group_tick(struct hosted_database *hosted, const struct state_database *database);
int64_t hosting_group_next(const struct hosted_database *hosted);
void hosting_checkpoint(struct hosted_database *hosted);
/* Whether transactions can be committed here: it leads, and knows the state that they apply to. */
bool hosting_is_writable(const struct hosted_database *hosted);
/* Commits changes, for a transaction that began to write in this term. done is called once, from within or
 * later, also when the outcome is not known in time; false and *failure when it can't even be tried.
 * *out_serial is for hosting_forget(), 0 when done was called already. */
bool hosting_commit(struct hosted_database *hosted, const struct json *changes, uint64_t term,
                    void (*done)(void *context, int64_t now_ns, const struct failure *failure), void *context,
                    uint64_t *out_serial, struct arena *arena, struct failure *failure);
/* Waits until this server's copy has a transaction; with 0, until a lock is released. */
uint64_t hosting_wait(struct hosted_database *hosted, uint64_t transaction, int64_t deadline_ns,
                      void (*done)(void *context, int64_t now_ns, const struct failure *failure),
                      void *context);
/* Locks were released: who waits for one may look again. */
void hosting_release(struct hosted_database *hosted);
/* Nobody waits for it any more; what is proposed goes on. */
void hosting_forget(struct neo4j_process *process, uint64_t serial);

/* ---- hosting_copy.c ---- */

/* Asks a server that has the database for its store; false: there is none. */
bool hosting_request_copy(struct hosted_database *hosted);
void hosting_receive_copy_request(struct neo4j_process *process, const struct network_message *envelope,
                                  const struct json *message);
void hosting_receive_copy(struct neo4j_process *process, const struct network_message *envelope,
                          const struct json *message);

/* ---- placement.c ---- */

void placement_tick(struct neo4j_process *process);
int64_t placement_next(const struct neo4j_process *process);

/* ---- session.c ---- */

/* Closes all connections of clients. */
void sessions_close_all(struct neo4j_process *process);
