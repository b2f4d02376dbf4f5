#include "sim/neo4j/raft_internal.h"

/* The log: how it gets to the members, what of it is agreed on, and what of that is applied. */

/* ---- applying ---- */

void raft_apply_committed(struct raft *raft) {
    while (raft->applied < raft->store->committed && !raft->holds) {
        const struct raft_entry *entry = raft_store_entry(raft->store, ++raft->applied);
        if (*entry->command)
            raft->callbacks.apply(raft->context, raft->applied, entry->command);
    }
}

static void commit(struct raft *raft, uint64_t index) {
    if (index > raft->store->count)
        index = raft->store->count;
    if (index > raft->store->committed)
        raft->store->committed = index;
    raft_apply_committed(raft);
}

/* The highest index of this term that a majority of voters has. */
void raft_advance_commit(struct raft *raft) {
    for (uint64_t index = raft->store->count; index > raft->store->committed; index--) {
        size_t have = raft->is_voter;
        if (raft_term_at(raft, index) != raft->store->term)
            return;
        for (size_t i = 0; i < raft->peer_count; i++)
            have += raft->peers[i].is_voter && raft->peers[i].match_index >= index;
        if (have >= raft_majority(raft)) {
            commit(raft, index);
            return;
        }
    }
}

/* ---- sending ---- */

/* The state instead of entries that were cut off. It is large: not again before it can have been answered. */
static void send_copy(struct raft *raft, struct raft_peer *peer) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *message = json_new_object(arena);

    if (raft->now_ns < peer->copy_next_ns || raft->applied < raft->store->cut)
        return;
    peer->copy_next_ns = raft->now_ns + raft->timing.heartbeat_ns;
    json_set_string(arena, message, "type", "install");
    json_set_integer(arena, message, "term", (int64_t)raft->store->term);
    json_set_integer(arena, message, "index", (int64_t)raft->applied);
    json_set_integer(arena, message, "indexTerm", (int64_t)raft_term_at(raft, raft->applied));
    json_set(arena, message, "state", raft->callbacks.copy(raft->context, arena));
    raft->callbacks.send(raft->context, peer->id, message);
}

static void send_entries(struct raft *raft, struct raft_peer *peer) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *message = json_new_object(arena);
    struct json *entries = json_set_array(arena, message, "entries");
    uint64_t previous = peer->next_index - 1;
    size_t bytes = 0;

    if (previous < raft->store->cut) {
        send_copy(raft, peer);
        return;
    }
    for (uint64_t i = previous + 1;
         i <= raft->store->count && i <= previous + RAFT_BATCH_ENTRIES && bytes < RAFT_BATCH_BYTES; i++) {
        const struct raft_entry *from = raft_store_entry(raft->store, i);
        struct json *entry = json_append_object(arena, entries);
        json_set_integer(arena, entry, "term", (int64_t)from->term);
        json_set_string(arena, entry, "command", from->command);
        bytes += strlen(from->command);
    }
    json_set_string(arena, message, "type", "append");
    json_set_integer(arena, message, "term", (int64_t)raft->store->term);
    json_set_integer(arena, message, "previousIndex", (int64_t)previous);
    json_set_integer(arena, message, "previousTerm", (int64_t)raft_term_at(raft, previous));
    json_set_integer(arena, message, "committed", (int64_t)raft->store->committed);
    raft->callbacks.send(raft->context, peer->id, message);
}

void raft_send_to_all(struct raft *raft, int64_t now_ns) {
    for (size_t i = 0; i < raft->peer_count; i++)
        send_entries(raft, &raft->peers[i]);
    raft->deadline_ns = now_ns + raft->timing.heartbeat_ns;
}

/* ---- receiving ---- */

/* Whether the log has what the entries are to follow. What was cut off was committed, and thus agrees. */
static bool has_previous(const struct raft *raft, uint64_t previous, uint64_t term) {
    if (previous < raft->store->cut)
        return true;
    return previous <= raft->store->count && raft_term_at(raft, previous) == term;
}

static bool take_entries(struct raft *raft, const struct json *message) {
    uint64_t previous = (uint64_t)json_integer_at(message, "previousIndex", 0);
    uint64_t index = previous;

    if (!has_previous(raft, previous, (uint64_t)json_integer_at(message, "previousTerm", 0)))
        return false;
    JSON_FOR_EACH_ITEM (entry, json_get(message, "entries")) {
        uint64_t term = (uint64_t)json_integer_at(entry, "term", 0);
        index++;
        if (index <= raft->store->cut)
            continue;
        if (index <= raft->store->count && raft_term_at(raft, index) != term) {
            if (index <=
                raft->store->committed) /* a log that contradicts what was agreed on: another group's */
                return false;
            raft_store_truncate(raft->store, index - 1);
        }
        if (index > raft->store->count)
            raft_store_append(raft->store, term, json_string_at(entry, "command", ""));
    }
    uint64_t committed = (uint64_t)json_integer_at(message, "committed", 0);
    raft->leader_committed = committed;
    commit(raft, committed < index ? committed : index);
    return true;
}

void raft_receive_append(struct raft *raft, int64_t now_ns, const char *from, const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *answer = json_new_object(arena);
    uint64_t term = (uint64_t)json_integer_at(message, "term", 0);
    bool ok = false;

    if (term >= raft->store->term) {
        if (term > raft->store->term)
            raft_enter_term(raft, term);
        raft_follow(raft, now_ns, from);
        raft->leader_heard_ns = now_ns;
        ok = take_entries(raft, message);
    }
    json_set_integer(arena, answer, "index",
                     ok ? json_integer_at(message, "previousIndex", 0) +
                              (int64_t)json_length(json_get(message, "entries"))
                        : (int64_t)raft->store->count);
    raft_reply(raft, from, arena, answer, "appended", ok);
}

/* A log that has the copy's last entry keeps what follows: the leader may count on it already. */
static bool take_copy(struct raft *raft, uint64_t index, const struct json *message) {
    uint64_t term = (uint64_t)json_integer_at(message, "indexTerm", 0);

    if (index <= raft->store->committed)
        return true;
    if (raft_term_at(raft, index) == term) {
        commit(raft, index);
        return true;
    }
    if (!raft->callbacks.install ||
        !raft->callbacks.install(raft->context, index, json_get(message, "state")))
        return false;
    raft_store_begin_after(raft->store, index, term);
    raft->applied = index;
    return true;
}

/* A copy of the leader's state, for a member that is too far behind for its log. */
void raft_receive_install(struct raft *raft, int64_t now_ns, const char *from, const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *answer = json_new_object(arena);
    uint64_t term = (uint64_t)json_integer_at(message, "term", 0);
    uint64_t index = (uint64_t)json_integer_at(message, "index", 0);
    bool ok = false;

    if (term >= raft->store->term) {
        if (term > raft->store->term)
            raft_enter_term(raft, term);
        raft_follow(raft, now_ns, from);
        raft->leader_heard_ns = now_ns;
        ok = take_copy(raft, index, message);
    }
    json_set_integer(arena, answer, "index", (int64_t)(ok ? index : raft->store->count));
    raft_reply(raft, from, arena, answer, "appended", ok);
}

void raft_receive_appended(struct raft *raft, int64_t now_ns, const char *from, const struct json *message) {
    struct raft_peer *peer = raft_find_peer(raft, from);
    uint64_t index = (uint64_t)json_integer_at(message, "index", 0);

    if (raft->role != RAFT_LEADER || !peer)
        return;
    peer->heard_ns = now_ns;
    if (!json_bool_at(message, "ok", false)) {
        uint64_t before = peer->next_index > 1 ? peer->next_index - 1 : 1;
        peer->next_index = index + 1 < before ? index + 1 : before;
        send_entries(raft, peer);
        return;
    }
    uint64_t committed = raft->store->committed;
    peer->match_index = index > peer->match_index ? index : peer->match_index;
    peer->next_index = peer->match_index + 1;
    raft_advance_commit(raft);
    if (raft->store->committed > committed)
        raft_send_to_all(raft, now_ns); /* tells the followers at once what is committed */
    else if (peer->next_index <= raft->store->count)
        send_entries(raft, peer);
}
