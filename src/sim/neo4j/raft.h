/* Raft: one member of one group, which agrees with the others on a leader and on a log of commands.
 *
 * Leader election with pre-votes, replication, commit by majority of the voters, leadership transfer. Members
 * that are no voters (servers that are not enabled yet, secondaries) get the log too, but do not count. What
 * survives a restart is in struct raft_store, which lives in the data volume. Membership comes from outside:
 * the owner says who votes whenever an applied command changed it. After: Ongaro and Ousterhout, "In Search
 * of an Understandable Consensus Algorithm", sections 5 and 6; pre-vote: Ongaro's thesis, 9.6. Timings:
 * dbms.cluster.raft.*_failure_detection_window of the Operations Manual.
 */
#pragma once

#include "base/json.h"
#include "sim/neo4j/random.h"

enum {
    RAFT_MEMBERS_MAX = 64,
    RAFT_LOG_ENTRIES_MAX = 1000000,
    RAFT_BATCH_ENTRIES = 64,
    RAFT_BATCH_BYTES = 8 * 1024 * 1024, /* the last entry may go beyond */
};

struct raft_entry {
    uint64_t term;
    char *command; /* "" for the leader's first entry of a term */
};

/* Durable. The first entry ever has index 1. Entries up to cut are no longer there: the owner keeps a state
 * that holds them; see raft_store_entry(). */
struct raft_store {
    uint64_t term;
    char *voted_for; /* NULL: nobody in this term */
    struct raft_entry *entries;
    uint64_t cut;
    uint64_t cut_term; /* of the last entry that was cut off */
    uint64_t count;    /* the index of the last entry */
    uint64_t capacity;
    uint64_t committed; /* known at the last write */
    bool is_full;       /* the disk: nothing can be written; see raft_has_failed() */
};

void raft_store_clear(struct raft_store *store);
void raft_store_append(struct raft_store *store, uint64_t term, const char *command);
/* Forgets the entries behind the first count; none that is committed. */
void raft_store_truncate(struct raft_store *store, uint64_t count);
/* NULL: it was cut off, or is not there yet. */
const struct raft_entry *raft_store_entry(const struct raft_store *store, uint64_t index);
/* Cuts off the entries up to index, which are committed and in the owner's state. */
void raft_store_cut(struct raft_store *store, uint64_t index);
/* Begins after an entry that the owner has a state of, from elsewhere: what was in the log is forgotten. */
void raft_store_begin_after(struct raft_store *store, uint64_t index, uint64_t term);
/* Starts a store with one committed entry of term 1. */
void raft_store_bootstrap(struct raft_store *store, const char *command);

struct raft_timing {
    int64_t heartbeat_ns;
    int64_t leader_window_low_ns, leader_window_high_ns;     /* silence of a leader before an election */
    int64_t election_window_low_ns, election_window_high_ns; /* before the next try */
};

struct raft_callbacks {
    /* Sends to a member; may be lost. */
    void (*send)(void *context, const char *to, struct json *message);
    /* A committed entry, each once, in order; "" is left out. */
    void (*apply)(void *context, uint64_t index, const char *command);
    /* The owner's state, for a member that is behind what was cut off; in arena. NULL where nothing is cut.
     */
    struct json *(*copy)(void *context, struct arena *arena);
    /* Takes what copy() made on the leader, as of index, in place of the own state. False: it can't be read.
     */
    bool (*install)(void *context, uint64_t index, const struct json *state);
};

enum raft_role { RAFT_FOLLOWER, RAFT_CANDIDATE, RAFT_LEADER };

struct raft;

/* All pointers must outlive it, but self is copied. A member that starts with a store replays what is known
 * to be committed from the first raft_tick() on. */
struct raft *raft_new(const char *self, struct raft_store *store, const struct raft_timing *timing,
                      const struct raft_callbacks *callbacks, void *context, struct random_source *random,
                      int64_t now_ns);
void raft_free(struct raft *raft);

/* The owner's state holds the entries up to index: they are not applied again. Before the first raft_tick().
 */
void raft_start_after(struct raft *raft, uint64_t index);
/* While it holds, nothing more is applied, though the log grows: how a secondary stays behind. */
void raft_hold(struct raft *raft, bool holds);

/* The group as of now. Names are copied. */
void raft_set_members(struct raft *raft, const char *const *voters, size_t voter_count,
                      const char *const *learners, size_t learner_count);
/* Lets this member try to lead at once: the first of a new group. */
void raft_hurry(struct raft *raft, int64_t now_ns);

void raft_receive(struct raft *raft, int64_t now_ns, const char *from, const struct json *message);
void raft_tick(struct raft *raft, int64_t now_ns);
/* When the next raft_tick() has something to do. */
int64_t raft_next(const struct raft *raft);

/* Appends a command; 0 when this member does not lead or the log is full, else its index: it has taken effect
 * when that index is applied and raft_term_at() still answers *out_term. */
uint64_t raft_propose(struct raft *raft, int64_t now_ns, const char *command, uint64_t *out_term);
/* A leader hands its place to the member that is furthest; others do nothing. */
void raft_transfer(struct raft *raft, int64_t now_ns);

/* It needed to write what it could not: it takes no part any more, as if it had stopped. What was written
 * before is whole. */
bool raft_has_failed(const struct raft *raft);
enum raft_role raft_role(const struct raft *raft);
/* Whether it leads and has applied all that was committed before its term: it knows the state that its
 * commands will be applied to. */
bool raft_is_ready(const struct raft *raft);
/* The leader that this member believes in, or NULL. Borrowed until the next call. */
const char *raft_leader(const struct raft *raft);
uint64_t raft_term(const struct raft *raft);
uint64_t raft_applied(const struct raft *raft);
uint64_t raft_committed(const struct raft *raft);
/* The term of a log entry, 0 when there is none. */
uint64_t raft_term_at(const struct raft *raft, uint64_t index);
/* Whether it has applied all that its leader has told it to be committed, and has a leader. */
bool raft_is_caught_up(const struct raft *raft);
bool raft_is_voter(const struct raft *raft);
size_t raft_voters(const struct raft *raft, const char **out_ids, size_t ids_max);
/* Since the leader was last heard of; 0 for the leader itself. */
int64_t raft_silence_ns(const struct raft *raft, int64_t now_ns);
