/* What the files of raft share: raft.c has the members, roles and elections, raft_log.c the log. */
#pragma once

#include "sim/neo4j/raft.h"

/* What the leader knows of one member. */
struct raft_peer {
    char *id;
    bool is_voter;
    bool granted; /* its vote in this election */
    uint64_t next_index;
    uint64_t match_index;
    int64_t copy_next_ns; /* when a copy of the state may be sent again */
    int64_t heard_ns;
};

struct raft {
    char *self;
    struct raft_store *store;
    struct raft_timing timing;
    struct raft_callbacks callbacks;
    void *context;
    struct random_source *random;

    enum raft_role role;
    bool is_prevote; /* of a candidate: it only asks whether an election would be won */
    bool is_voter;
    bool has_failed; /* its disk was full */
    bool had_leader;
    bool is_hurried;                          /* failed elections are repeated soon: the group is new */
    struct raft_peer peers[RAFT_MEMBERS_MAX]; /* without self */
    size_t peer_count;
    char *leader;
    int64_t leader_heard_ns;
    uint64_t leader_committed;
    uint64_t applied;
    uint64_t led_from; /* the index of the first entry of the leader's term */
    bool holds;
    int64_t now_ns;      /* of the last call */
    int64_t deadline_ns; /* of the election, or of the next heartbeat */
    int64_t led_since_ns;
    int64_t transfer_until_ns; /* no proposals while leadership moves */
};

/* ---- members and roles (raft.c) ---- */

/* NULL: no member, or the member itself. */
struct raft_peer *raft_find_peer(struct raft *raft, const char *id);
/* How many of the voters it takes. */
size_t raft_majority(const struct raft *raft);
/* A later term, in which nobody has its vote yet. */
void raft_enter_term(struct raft *raft, uint64_t term);
/* leader: NULL when it is not known. */
void raft_follow(struct raft *raft, int64_t now_ns, const char *leader);
void raft_reply(struct raft *raft, const char *to, struct arena *arena, struct json *message,
                const char *type, bool ok);

/* ---- the log (raft_log.c) ---- */

void raft_apply_committed(struct raft *raft);
/* Of a leader: commits what a majority has. */
void raft_advance_commit(struct raft *raft);
/* Also the heartbeat. */
void raft_send_to_all(struct raft *raft, int64_t now_ns);
void raft_receive_append(struct raft *raft, int64_t now_ns, const char *from, const struct json *message);
void raft_receive_install(struct raft *raft, int64_t now_ns, const char *from, const struct json *message);
void raft_receive_appended(struct raft *raft, int64_t now_ns, const char *from, const struct json *message);
