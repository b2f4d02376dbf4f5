/* Store copy: the store of a database, for a server that is to host it and has nothing of it.
 *
 * The ledger as it is, and the end of the log, so that backups that others have begun can be continued here
 * (Operations Manual, store copying). A member that is behind what the log still holds gets its copy from the
 * group's leader instead, see raft.h.
 */
#include "sim/neo4j/server.h"

enum { COPY_LOG_BYTES_MAX = 4 * 1024 * 1024, COPYING_MS = 400 };

/* A peer that serves the database; after the one that was asked last. */
static const char *find_source(const struct hosted_database *hosted) {
    const struct server_peer *peer;
    const char *first = NULL;

    TAILQ_FOREACH (peer, &hosted->process->peers, link) {
        const struct json *said = json_get(json_get(peer->announcement, "databases"), hosted->id);
        if (!discovery_is_reachable(hosted->process, peer) ||
            !str_equal(json_string_at(said, "status", ""), "online"))
            continue;
        if (!hosted->copy_source || strcmp(peer->id, hosted->copy_source) > 0)
            return peer->id;
        first = first ? first : peer->id;
    }
    return first;
}

bool hosting_request_copy(struct hosted_database *hosted) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *message = json_new_object(arena);
    const char *source = find_source(hosted);

    if (!source)
        return false;
    state_set_string(&hosted->copy_source, source);
    json_set_string(arena, message, "kind", "copy-request");
    json_set_string(arena, message, "cluster", hosted->process->volume->cluster_id);
    json_set_string(arena, message, "database", hosted->id);
    discovery_send(hosted->process, source, "cluster", message);
    return true;
}

/* The entries before upto that fit, oldest first. */
static void add_log(struct arena *arena, struct json *message, const struct raft_store *log, uint64_t upto) {
    struct json *entries = json_set_array(arena, message, "entries");
    uint64_t cut = upto;
    size_t bytes = 0;

    while (cut > log->cut && bytes + strlen(raft_store_entry(log, cut)->command) <= COPY_LOG_BYTES_MAX)
        bytes += strlen(raft_store_entry(log, cut--)->command);
    json_set_integer(arena, message, "cut", (int64_t)cut);
    json_set_integer(arena, message, "cutTerm",
                     (int64_t)(cut == log->cut ? log->cut_term : raft_store_entry(log, cut)->term));
    for (uint64_t i = cut + 1; i <= upto; i++) {
        struct json *entry = json_append_object(arena, entries);
        json_set_integer(arena, entry, "term", (int64_t)raft_store_entry(log, i)->term);
        json_set_string(arena, entry, "command", raft_store_entry(log, i)->command);
    }
}

void hosting_receive_copy_request(struct neo4j_process *process, const struct network_message *envelope,
                                  const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct hosted_database *hosted = hosting_find(process, json_string_at(message, "database", ""));
    struct json *answer = json_new_object(arena);

    if (!hosted || hosted->status != HOSTED_ONLINE || !hosted->ledger ||
        !str_equal(json_string_at(message, "cluster", ""), process->volume->cluster_id))
        return;
    json_set_string(arena, answer, "kind", "copy");
    json_set_string(arena, answer, "database", hosted->id);
    json_set_integer(arena, answer, "index", (int64_t)raft_applied(hosted->raft));
    json_set(arena, answer, "state", ledger_write(hosted->ledger, arena));
    add_log(arena, answer, &hosted->store->log, raft_applied(hosted->raft));
    network_send_address(&process->endpoint, process->now_ns, envelope->from_address, 0, answer);
}

void hosting_receive_copy(struct neo4j_process *process, const struct network_message *envelope,
                          const struct json *message) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct hosted_database *hosted = hosting_find(process, json_string_at(message, "database", ""));
    CLEANUP_POINTER(ledger_free) struct ledger *ledger = NULL;
    uint64_t index = (uint64_t)json_integer_at(message, "index", 0);
    uint64_t cut = (uint64_t)json_integer_at(message, "cut", 0);
    const struct json *entries = json_get(message, "entries");

    if (!hosted || hosted->status != HOSTED_STORE_COPYING || hosted->raft || hosted->store->log.count ||
        cut + json_length(entries) != index || !ledger_read(json_get(message, "state"), &ledger, NULL))
        return;
    if (!volume_has_room(process->volume, NULL)) /* it is asked for again until there is room */
        return;
    raft_store_begin_after(&hosted->store->log, cut, (uint64_t)json_integer_at(message, "cutTerm", 0));
    JSON_FOR_EACH_ITEM (entry, entries)
        raft_store_append(&hosted->store->log, (uint64_t)json_integer_at(entry, "term", 0),
                          json_string_at(entry, "command", ""));
    hosted->store->log.committed = index;
    state_set_string(&hosted->store->base, json_print(arena, json_get(message, "state")));
    hosted->store->base_index = index;
    hosted->deadline_ns = process->now_ns + process_disk_ns(process, COPYING_MS * MS_NS);
    process_wake(process);
}
