#include "sim/neo4j/raft_internal.h"

/* Members, roles and elections. */

static uint64_t last_term(const struct raft *raft) {
    return raft_term_at(raft, raft->store->count);
}

/* ---- life ---- */

static int64_t random_in(struct raft *raft, int64_t low_ns, int64_t high_ns) {
    return random_between(raft->random, low_ns, high_ns);
}

static void await_leader(struct raft *raft, int64_t now_ns) {
    raft->deadline_ns =
        now_ns +
        (raft->had_leader
             ? random_in(raft, raft->timing.leader_window_low_ns, raft->timing.leader_window_high_ns)
             : random_in(raft, raft->timing.election_window_low_ns, raft->timing.election_window_high_ns));
}

struct raft *raft_new(const char *self, struct raft_store *store, const struct raft_timing *timing,
                      const struct raft_callbacks *callbacks, void *context, struct random_source *random,
                      int64_t now_ns) {
    struct raft *raft = XNEW(struct raft);

    raft->self = xstrdup(self);
    raft->store = store;
    raft->timing = *timing;
    raft->callbacks = *callbacks;
    raft->context = context;
    raft->random = random;
    raft->now_ns = now_ns;
    await_leader(raft, now_ns);
    return raft;
}

void raft_free(struct raft *raft) {
    if (!raft)
        return;
    for (size_t i = 0; i < raft->peer_count; i++)
        free(raft->peers[i].id);
    free(raft->self);
    free(raft->leader);
    free(raft);
}

void raft_start_after(struct raft *raft, uint64_t index) {
    ensure(!raft->applied && index >= raft->store->cut && index <= raft->store->committed);
    raft->applied = index;
}

void raft_hold(struct raft *raft, bool holds) {
    raft->holds = holds;
    raft_apply_committed(raft);
}

struct raft_peer *raft_find_peer(struct raft *raft, const char *id) {
    for (size_t i = 0; i < raft->peer_count; i++)
        if (str_equal(raft->peers[i].id, id))
            return &raft->peers[i];
    return NULL;
}

static void add_peer(const struct raft *raft, struct raft_peer *peers, size_t *count, struct raft *old,
                     const char *id, bool is_voter) {
    struct raft_peer *known = raft_find_peer(old, id);

    if (str_equal(id, raft->self) || *count == RAFT_MEMBERS_MAX)
        return;
    if (known)
        peers[*count] = *known;
    else
        peers[*count] = (struct raft_peer){ .next_index = raft->store->count + 1 };
    peers[*count].id = xstrdup(id);
    peers[*count].is_voter = is_voter;
    (*count)++;
}

void raft_set_members(struct raft *raft, const char *const *voters, size_t voter_count,
                      const char *const *learners, size_t learner_count) {
    struct raft_peer peers[RAFT_MEMBERS_MAX];
    size_t count = 0;

    raft->is_voter = false;
    for (size_t i = 0; i < voter_count; i++) {
        raft->is_voter = raft->is_voter || str_equal(voters[i], raft->self);
        add_peer(raft, peers, &count, raft, voters[i], true);
    }
    for (size_t i = 0; i < learner_count; i++)
        add_peer(raft, peers, &count, raft, learners[i], false);
    for (size_t i = 0; i < raft->peer_count; i++)
        free(raft->peers[i].id);
    memcpy(raft->peers, peers, count * sizeof(peers[0]));
    raft->peer_count = count;
}

static size_t voter_count(const struct raft *raft) {
    size_t count = raft->is_voter;

    for (size_t i = 0; i < raft->peer_count; i++)
        count += raft->peers[i].is_voter;
    return count;
}

size_t raft_majority(const struct raft *raft) {
    return voter_count(raft) / 2 + 1;
}

static void set_leader(struct raft *raft, const char *leader) {
    if (str_equal(leader, raft->leader) && (!leader || (raft->had_leader && !raft->is_hurried)))
        return;
    char *copy = leader ? xstrdup(leader) : NULL;

    free(raft->leader);
    raft->leader = copy;
    raft->had_leader = raft->had_leader || leader;
    raft->is_hurried = raft->is_hurried && !leader;
}

/* Whether it can write; the first time that it can't is the last. */
static bool can_write(struct raft *raft) {
    if (!raft->store->is_full)
        return true;
    raft->has_failed = true;
    raft->role = RAFT_FOLLOWER;
    set_leader(raft, NULL);
    return false;
}

void raft_enter_term(struct raft *raft, uint64_t term) {
    ensure(term > raft->store->term);
    raft->store->term = term;
    free(raft->store->voted_for);
    raft->store->voted_for = NULL;
}

void raft_follow(struct raft *raft, int64_t now_ns, const char *leader) {
    raft->role = RAFT_FOLLOWER;
    raft->transfer_until_ns = 0;
    set_leader(raft, leader);
    await_leader(raft, now_ns);
}

/* ---- leading ---- */

static void lead(struct raft *raft, int64_t now_ns) {
    if (!can_write(raft))
        return;
    raft->role = RAFT_LEADER;
    raft->led_since_ns = now_ns;
    raft->transfer_until_ns = 0;
    set_leader(raft, raft->self);
    for (size_t i = 0; i < raft->peer_count; i++) {
        raft->peers[i].next_index = raft->store->count + 1;
        raft->peers[i].match_index = 0;
        raft->peers[i].copy_next_ns = now_ns;
        raft->peers[i].heard_ns = now_ns;
    }
    raft_store_append(raft->store, raft->store->term, "");
    raft->led_from = raft->store->count;
    raft_send_to_all(raft, now_ns);
    raft_advance_commit(raft);
}

/* A leader that a majority has not answered for a whole window can't commit anything: it steps down. */
static bool has_lost_quorum(const struct raft *raft, int64_t now_ns) {
    size_t heard = raft->is_voter;

    for (size_t i = 0; i < raft->peer_count; i++)
        heard +=
            raft->peers[i].is_voter && now_ns - raft->peers[i].heard_ns < raft->timing.leader_window_high_ns;
    return heard < raft_majority(raft);
}

/* ---- elections ---- */

static void send_vote_request(struct raft *raft, struct raft_peer *peer, bool is_transfer) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *message = json_new_object(arena);

    json_set_string(arena, message, "type", "vote");
    json_set_integer(arena, message, "term", (int64_t)(raft->store->term + raft->is_prevote));
    json_set_bool(arena, message, "prevote", raft->is_prevote);
    json_set_bool(arena, message, "transfer", is_transfer);
    json_set_integer(arena, message, "lastIndex", (int64_t)raft->store->count);
    json_set_integer(arena, message, "lastTerm", (int64_t)last_term(raft));
    raft->callbacks.send(raft->context, peer->id, message);
}

static void count_votes(struct raft *raft, int64_t now_ns);

static void stand(struct raft *raft, int64_t now_ns, bool is_prevote, bool is_transfer) {
    if (!is_prevote && !can_write(raft))
        return;
    raft->role = RAFT_CANDIDATE;
    raft->is_prevote = is_prevote;
    set_leader(raft, NULL);
    if (!is_prevote) {
        raft_enter_term(raft, raft->store->term + 1);
        raft->store->voted_for = xstrdup(raft->self);
    }
    /* A new group is told of to its members one after the other: ask again soon. */
    raft->deadline_ns = now_ns + (raft->is_hurried ? random_in(raft, 200 * 1000000, 400 * 1000000)
                                                   : random_in(raft, raft->timing.election_window_low_ns,
                                                               raft->timing.election_window_high_ns));
    for (size_t i = 0; i < raft->peer_count; i++) {
        raft->peers[i].granted = false;
        if (raft->peers[i].is_voter)
            send_vote_request(raft, &raft->peers[i], is_transfer);
    }
    count_votes(raft, now_ns);
}

static void count_votes(struct raft *raft, int64_t now_ns) {
    size_t votes = 1;

    for (size_t i = 0; i < raft->peer_count; i++)
        votes += raft->peers[i].is_voter && raft->peers[i].granted;
    if (votes < raft_majority(raft))
        return;
    if (raft->is_prevote)
        stand(raft, now_ns, false, false);
    else
        lead(raft, now_ns);
}

void raft_hurry(struct raft *raft, int64_t now_ns) {
    raft->is_hurried = true;
    raft->deadline_ns = now_ns;
}

void raft_reply(struct raft *raft, const char *to, struct arena *arena, struct json *message,
                const char *type, bool ok) {
    json_set_string(arena, message, "type", type);
    json_set_integer(arena, message, "term", (int64_t)raft->store->term);
    json_set_bool(arena, message, "ok", ok);
    raft->callbacks.send(raft->context, to, message);
}

static bool is_up_to_date(const struct raft *raft, const struct json *message) {
    uint64_t term = (uint64_t)json_integer_at(message, "lastTerm", 0);
    uint64_t index = (uint64_t)json_integer_at(message, "lastIndex", 0);

    return term > last_term(raft) || (term == last_term(raft) && index >= raft->store->count);
}

static void receive_vote_request(struct raft *raft, int64_t now_ns, const char *from,
                                 const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *answer = json_new_object(arena);
    bool is_prevote = json_bool_at(message, "prevote", false);
    uint64_t term = (uint64_t)json_integer_at(message, "term", 0);
    bool hears_leader = raft->leader && (raft->role == RAFT_LEADER ||
                                         now_ns - raft->leader_heard_ns < raft->timing.leader_window_low_ns);
    bool grants = term >= raft->store->term && is_up_to_date(raft, message);

    /* Who hears a leader does not help to unseat it, unless that leader itself asked for it. */
    if (hears_leader && !json_bool_at(message, "transfer", false))
        grants = false;
    if (!is_prevote && grants) {
        if (term > raft->store->term) {
            raft_enter_term(raft, term);
            raft_follow(raft, now_ns, NULL);
        }
        grants = !raft->store->voted_for || str_equal(raft->store->voted_for, from);
        if (grants && !raft->store->voted_for)
            raft->store->voted_for = xstrdup(from);
    }
    json_set_bool(arena, answer, "prevote", is_prevote);
    json_set_integer(arena, answer, "votedTerm", (int64_t)term);
    raft_reply(raft, from, arena, answer, "voted", grants);
}

static void receive_vote(struct raft *raft, int64_t now_ns, const char *from, const struct json *message) {
    struct raft_peer *peer = raft_find_peer(raft, from);
    bool is_prevote = json_bool_at(message, "prevote", false);

    if (raft->role != RAFT_CANDIDATE || is_prevote != raft->is_prevote || !peer ||
        (uint64_t)json_integer_at(message, "votedTerm", 0) != raft->store->term + is_prevote)
        return;
    peer->granted = peer->granted || json_bool_at(message, "ok", false);
    count_votes(raft, now_ns);
}

/* Terms, votes and entries are written before they are answered. */
static bool wants_writing(const struct raft *raft, const char *type, const struct json *message) {
    bool is_later = (uint64_t)json_integer_at(message, "term", 0) > raft->store->term;

    if (str_equal(type, "vote"))
        return is_later && !json_bool_at(message, "prevote", false);
    return (is_later && !str_equal(type, "timeout-now")) || json_length(json_get(message, "entries")) ||
           str_equal(type, "install");
}

void raft_receive(struct raft *raft, int64_t now_ns, const char *from, const struct json *message) {
    const char *type = json_string_at(message, "type", "");
    uint64_t term = (uint64_t)json_integer_at(message, "term", 0);

    if (raft->has_failed || (raft->store->is_full && wants_writing(raft, type, message) && !can_write(raft)))
        return;
    raft->now_ns = now_ns;
    if ((str_equal(type, "appended") || str_equal(type, "voted")) && term > raft->store->term) {
        raft_enter_term(raft, term);
        raft_follow(raft, now_ns, NULL);
        return;
    }
    if (str_equal(type, "append"))
        raft_receive_append(raft, now_ns, from, message);
    else if (str_equal(type, "install"))
        raft_receive_install(raft, now_ns, from, message);
    else if (str_equal(type, "appended"))
        raft_receive_appended(raft, now_ns, from, message);
    else if (str_equal(type, "vote"))
        receive_vote_request(raft, now_ns, from, message);
    else if (str_equal(type, "voted"))
        receive_vote(raft, now_ns, from, message);
    else if (str_equal(type, "timeout-now") && raft->is_voter)
        stand(raft, now_ns, false, true);
}

void raft_tick(struct raft *raft, int64_t now_ns) {
    raft->now_ns = now_ns;
    raft_apply_committed(raft);
    if (now_ns < raft->deadline_ns || raft->has_failed)
        return;
    if (raft->role == RAFT_LEADER && has_lost_quorum(raft, now_ns))
        raft_follow(raft, now_ns, NULL);
    else if (raft->role == RAFT_LEADER)
        raft_send_to_all(raft, now_ns);
    else if (raft->is_voter)
        stand(raft, now_ns, true, false);
    else
        await_leader(raft, now_ns);
}

int64_t raft_next(const struct raft *raft) {
    if (raft->applied < raft->store->committed && !raft->holds)
        return 0;
    return raft->has_failed ? INT64_MAX : raft->deadline_ns;
}

uint64_t raft_propose(struct raft *raft, int64_t now_ns, const char *command, uint64_t *out_term) {
    if (raft->role != RAFT_LEADER || now_ns < raft->transfer_until_ns ||
        raft->store->count - raft->store->cut >= RAFT_LOG_ENTRIES_MAX || !can_write(raft))
        return 0;
    raft->now_ns = now_ns;
    raft_store_append(raft->store, raft->store->term, command);
    *out_term = raft->store->term;
    uint64_t index = raft->store->count;
    raft_send_to_all(raft, now_ns);
    raft_advance_commit(raft);
    return index;
}

void raft_transfer(struct raft *raft, int64_t now_ns) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct raft_peer *best = NULL;
    struct json *message;

    if (raft->role != RAFT_LEADER)
        return;
    for (size_t i = 0; i < raft->peer_count; i++)
        if (raft->peers[i].is_voter && (!best || raft->peers[i].match_index > best->match_index))
            best = &raft->peers[i];
    if (!best)
        return;
    raft->transfer_until_ns = now_ns + raft->timing.election_window_low_ns;
    message = json_new_object(arena);
    json_set_string(arena, message, "type", "timeout-now");
    json_set_integer(arena, message, "term", (int64_t)raft->store->term);
    raft->callbacks.send(raft->context, best->id, message);
}

/* ---- looking ---- */

bool raft_has_failed(const struct raft *raft) {
    return raft->has_failed;
}

enum raft_role raft_role(const struct raft *raft) {
    return raft->role;
}

bool raft_is_ready(const struct raft *raft) {
    return raft->role == RAFT_LEADER && raft->applied >= raft->led_from;
}

const char *raft_leader(const struct raft *raft) {
    return raft->leader;
}

uint64_t raft_term(const struct raft *raft) {
    return raft->store->term;
}

uint64_t raft_applied(const struct raft *raft) {
    return raft->applied;
}

uint64_t raft_committed(const struct raft *raft) {
    return raft->store->committed;
}

uint64_t raft_term_at(const struct raft *raft, uint64_t index) {
    const struct raft_entry *entry = raft_store_entry(raft->store, index);

    return entry ? entry->term : index && index == raft->store->cut ? raft->store->cut_term : 0;
}

bool raft_is_caught_up(const struct raft *raft) {
    return raft->leader && raft->applied > 0 &&
           (raft->role == RAFT_LEADER
                ? raft->applied == raft->store->count
                : raft->applied >= raft->leader_committed && raft->leader_committed > 0);
}

bool raft_is_voter(const struct raft *raft) {
    return raft->is_voter;
}

size_t raft_voters(const struct raft *raft, const char **out_ids, size_t ids_max) {
    size_t count = 0;

    if (raft->is_voter && count < ids_max)
        out_ids[count++] = raft->self;
    for (size_t i = 0; i < raft->peer_count && count < ids_max; i++)
        if (raft->peers[i].is_voter)
            out_ids[count++] = raft->peers[i].id;
    return count;
}

int64_t raft_silence_ns(const struct raft *raft, int64_t now_ns) {
    return raft->role == RAFT_LEADER ? 0 : now_ns - raft->leader_heard_ns;
}
