/* Rest: servers that have found one another say nothing while that could tell nobody anything new.
 *
 * Hellos are there to notice changes. In a simulated network nothing changes unseen: when the last round of
 * hellos and the last look-up went out with the announcement as it is, over links and to names and listeners
 * as they are, the next would have the same outcome. So they are left out, until one of these facts is
 * another; then the times are those that they would be if every hello had been sent and answered, and it goes
 * on with the next that would have been due.
 *
 * It begins only when time alone can't change anything more: each peer has just answered, or counts as out of
 * reach already, and no certificate is looked at again and again.
 */
#include "base/encoding.h"
#include "sim/neo4j/server.h"

static uint64_t facts_of(const struct neo4j_process *process) {
    const struct raft *system = process->system;
    uint64_t facts = hash64_add(hosting_facts(process), network_changes(process->network));

    facts = hash64_add(facts, process->phase);
    facts = hash64_add_string(facts, process->volume->cluster_id);
    facts = hash64_add(facts, system ? (uint64_t)raft_role(system) : UINT64_MAX);
    facts = hash64_add(facts, system ? raft_term(system) : 0);
    facts = hash64_add(facts, system ? raft_applied(system) : 0);
    return hash64_add_string(facts, system ? raft_leader(system) : NULL);
}

void discovery_note_round(struct neo4j_process *process) {
    process->rest.round_ns = process->now_ns;
    process->rest.round_facts = facts_of(process);
}

void discovery_note_look_up(struct neo4j_process *process) {
    process->rest.look_up_ns = process->now_ns;
    process->rest.look_up_facts = facts_of(process);
}

static bool is_settled(const struct neo4j_process *process, const struct server_peer *peer) {
    return peer->heard_ns >= process->rest.round_ns ||
           (!discovery_is_reachable(process, peer) && state_find_server(&process->state, peer->id));
}

bool discovery_begin_rest(struct neo4j_process *process) {
    struct discovery_rest *rest = &process->rest;
    uint64_t facts = facts_of(process);
    struct server_peer *peer;

    if (!network_repeats(process->network) || process->phase != PHASE_STARTED || process->announces_now ||
        process->tls[TLS_CLUSTER] || facts != rest->round_facts || facts != rest->look_up_facts)
        return false;
    TAILQ_FOREACH (peer, &process->peers, link)
        if (!is_settled(process, peer))
            return false;
    TAILQ_FOREACH (peer, &process->peers, link)
        peer->answers = peer->heard_ns >= rest->round_ns;
    rest->is_resting = true;
    return true;
}

/* The last moment of a series that began at start_ns. */
static int64_t last_of(int64_t start_ns, int64_t period_ns, int64_t now_ns) {
    return start_ns + (now_ns - start_ns) / period_ns * period_ns;
}

static int64_t next_of(int64_t start_ns, int64_t period_ns, int64_t now_ns) {
    int64_t last_ns = last_of(start_ns, period_ns, now_ns);

    return last_ns < now_ns ? last_ns + period_ns : last_ns;
}

/* There and back. */
int64_t discovery_heard_ns(const struct neo4j_process *process, const struct server_peer *peer) {
    if (!process->rest.is_resting || !peer->answers)
        return peer->heard_ns;
    return last_of(process->rest.round_ns + 2 * NETWORK_DELAY_NS, PROBE_MS * MS_NS, process->now_ns);
}

bool discovery_goes_on_resting(struct neo4j_process *process) {
    struct discovery_rest *rest = &process->rest;
    struct server_peer *peer;

    if (!process->announces_now && facts_of(process) == rest->round_facts)
        return true;
    TAILQ_FOREACH (peer, &process->peers, link)
        peer->heard_ns = discovery_heard_ns(process, peer);
    rest->is_resting = false;
    process->probe_next_ns = next_of(rest->round_ns, PROBE_MS * MS_NS, process->now_ns);
    process->discovery_next_ns = next_of(rest->look_up_ns, LOOK_UP_STARTED_MS * MS_NS, process->now_ns);
    return false;
}
