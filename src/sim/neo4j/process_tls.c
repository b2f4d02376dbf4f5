/* The policies of a process: read at its start, again when it is told to, and between servers at each
 * connection.
 *
 * Between servers no bytes are encrypted here: each connection is judged as the handshake would, by the
 * certificates that both sides hold. A verdict is kept for a while, as connections are.
 */
#include "sim/neo4j/process_tls.h"

#include "sim/neo4j/server.h"

enum { VERDICT_SECONDS = 60 };

/* What came of dialling another server. */
struct tls_verdict {
    SLIST_ENTRY(tls_verdict) link;
    char *address;
    int64_t peer_started_ns;
    unsigned generation, peer_generation;
    int64_t until_ns;
    bool is_connected;
};

enum tls_level neo4j_process_bolt_tls_level(const struct neo4j_process *process) {
    const char *level = configuration_get(process->configuration, "server.bolt.tls_level");

    if (level && !strcasecmp(level, "REQUIRED"))
        return TLS_LEVEL_REQUIRED;
    return level && !strcasecmp(level, "OPTIONAL") ? TLS_LEVEL_OPTIONAL : TLS_LEVEL_DISABLED;
}

const struct tls_policy *neo4j_process_tls(const struct neo4j_process *process, enum tls_scope scope,
                                           unsigned *out_generation) {
    *out_generation = process->tls_generation;
    return process->tls[scope];
}

static bool read_policies(const struct neo4j_process *process, struct tls_policy *out_policies[TLS_SCOPES],
                          struct error *err) {
    for (int scope = 0; scope < TLS_SCOPES; scope++)
        if (tls_policy_is_enabled(process->configuration, (enum tls_scope)scope) &&
            !tls_policy_read(process->configuration, process->container.files, (enum tls_scope)scope,
                             &out_policies[scope], err)) {
            while (scope--)
                tls_policy_free(out_policies[scope]);
            return false;
        }
    return true;
}

/* A connector that must encrypt needs a policy. */
static bool check_connectors(const struct neo4j_process *process, struct error *err) {
    static const char *const levels[] = {
        [TLS_LEVEL_OPTIONAL] = "OPTIONAL", [TLS_LEVEL_REQUIRED] = "REQUIRED"
    };
    enum tls_level level = neo4j_process_bolt_tls_level(process);

    if (level != TLS_LEVEL_DISABLED && !process->tls[TLS_BOLT])
        return error_set(err, ERROR_INVALID,
                         "Requested encryption level %s for Bolt connector but no SSL policy was given",
                         levels[level]);
    if (process_has_port(process, PORT_HTTPS) && !process->tls[TLS_HTTPS])
        return error_set(err, ERROR_INVALID, "HTTPS set to enabled, but no SSL policy provided");
    return true;
}

bool process_load_tls(struct neo4j_process *process) {
    struct error err = { 0 };

    if (read_policies(process, process->tls, &err) && check_connectors(process, &err))
        return true;
    process_log(process, "ERROR", "Failed to start Neo4j on %s:%u.", process->listen[PORT_HTTP].host,
                process->listen[PORT_HTTP].port);
    process_log(process, "ERROR", "%s", err.text);
    process_exit(process, 1);
    return false;
}

bool process_reload_tls(struct neo4j_process *process, struct error *err) {
    struct tls_policy *policies[TLS_SCOPES] = { NULL };

    if (!read_policies(process, policies, err))
        return false;
    for (int scope = 0; scope < TLS_SCOPES; scope++) {
        tls_policy_free(process->tls[scope]);
        process->tls[scope] = policies[scope];
    }
    process->tls_generation++;
    network_note_change(process->network);
    return true;
}

static void verdict_free(struct tls_verdict *verdict) {
    free(verdict->address);
    free(verdict);
}

void process_clear_tls(struct neo4j_process *process) {
    struct tls_verdict *verdict;

    for (int scope = 0; scope < TLS_SCOPES; scope++)
        tls_policy_free(process->tls[scope]);
    while ((verdict = SLIST_FIRST(&process->tls_verdicts))) {
        SLIST_REMOVE_HEAD(&process->tls_verdicts, link);
        verdict_free(verdict);
    }
}

/* ---- between servers ---- */

static bool shake_hands(const struct neo4j_process *from, const struct neo4j_process *to, struct error *err) {
    const struct tls_policy *client = from->tls[TLS_CLUSTER], *server = to->tls[TLS_CLUSTER];
    int64_t seconds = process_wall(from) / SECOND_NS;

    if (!client)
        return error_set(err, ERROR_INVALID, "it speaks TLS, and this server has no policy for cluster");
    if (!server)
        return error_set(err, ERROR_INVALID, "it speaks no TLS: not an SSL/TLS record");
    return tls_policy_trusts_server(client, server, to->advertised[PORT_CLUSTER].host, seconds, err) &&
           (tls_policy_trusts_client(server, client, seconds, err) ||
            error_wrap(err, "it does not trust this server"));
}

static struct tls_verdict *find_verdict(struct neo4j_process *from, const char *address) {
    struct tls_verdict *verdict;

    SLIST_FOREACH (verdict, &from->tls_verdicts, link)
        if (str_equal(verdict->address, address))
            return verdict;
    verdict = XNEW(struct tls_verdict);
    verdict->address = xstrdup(address);
    verdict->is_connected = true;
    SLIST_INSERT_HEAD(&from->tls_verdicts, verdict, link);
    return verdict;
}

static bool is_between_servers(const struct neo4j_process *to, uint16_t port) {
    static const enum server_port ports[] = { PORT_CLUSTER, PORT_RAFT, PORT_ROUTING, PORT_DISCOVERY };

    for (size_t i = 0; i < ARRAY_LENGTH(ports); i++)
        if (to->listen[ports[i]].port == port)
            return true;
    return false;
}

bool network_is_connected(struct neo4j_process *from, struct neo4j_process *to, uint16_t port) {
    if ((!from->tls[TLS_CLUSTER] && !to->tls[TLS_CLUSTER]) || !is_between_servers(to, port))
        return true;

    struct tls_verdict *verdict = find_verdict(from, to->container.address);
    struct error err = { 0 };
    if (verdict->until_ns > from->now_ns && verdict->generation == from->tls_generation &&
        verdict->peer_generation == to->tls_generation && verdict->peer_started_ns == to->started_ns)
        return verdict->is_connected;
    bool was_connected = verdict->is_connected;
    verdict->is_connected = shake_hands(from, to, &err);
    verdict->generation = from->tls_generation;
    verdict->peer_generation = to->tls_generation;
    verdict->peer_started_ns = to->started_ns;
    verdict->until_ns = from->now_ns + VERDICT_SECONDS * SECOND_NS;
    /* A real server says it in debug.log only, which nobody has here. */
    if (was_connected && !verdict->is_connected)
        process_log(from, "WARN", "TLS handshake with %s:%u (%s) failed: %s",
                    to->advertised[PORT_CLUSTER].host, port, to->container.address, err.text);
    return verdict->is_connected;
}
