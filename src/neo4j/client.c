#include "neo4j/client.h"

#include "neo4j/call.h"

struct neo4j_client {
    struct neo4j port; /* first: the port's functions get back to the client from it */
    char *user_agent;
    int retry_ms;
    const struct bolt_network *network;
    struct cluster_pools *pools;
};

static bool run(struct neo4j *neo4j, const struct neo4j_target *target,
                const struct neo4j_statement *statement, struct arena *arena, struct neo4j_result *out_result,
                struct error *err) {
    struct neo4j_client *client = (struct neo4j_client *)neo4j;
    int timeout_ms = statement->timeout_ms > 0 ? statement->timeout_ms : NEO4J_TIMEOUT_MS;
    struct call call = {
        .pool = cluster_pools_hold(client->pools, target),
        .network = client->network,
        .user_agent = client->user_agent,
        .target = target,
        .statement = statement,
        .deadline_ns = clock_monotonic(client->network->clock) + timeout_ms * NANOSECONDS_PER_MS,
        .arena = arena,
        .result = out_result,
    };
    const struct neo4j_server server = call_target(&call);

    out_result->failure = (struct neo4j_failure){ 0 };
    bool is_done =
        statement->is_routed ? call_run_routed(&call, client->retry_ms, err) : call_run(&call, &server, err);
    cluster_pools_release(client->pools, call.pool);
    return is_done;
}

struct neo4j_client *neo4j_client_new(const struct neo4j_client_options *options) {
    struct neo4j_client *client = XNEW(struct neo4j_client);

    client->port.run = run;
    client->user_agent = xstrdup(options->user_agent);
    client->retry_ms = options->retry_ms > 0 ? options->retry_ms : NEO4J_RETRY_MS;
    client->network = options->network ? options->network : &bolt_network_system;
    client->pools = cluster_pools_new(client->network->clock);
    return client;
}

void neo4j_client_free(struct neo4j_client *client) {
    if (!client)
        return;
    cluster_pools_free(client->pools);
    free(client->user_agent);
    free(client);
}

struct neo4j *neo4j_client_port(struct neo4j_client *client) {
    return &client->port;
}

void neo4j_client_forget(struct neo4j_client *client, const char *address) {
    cluster_pools_forget(client->pools, address);
}

struct bolt_pool_counts neo4j_client_counts(struct neo4j_client *client) {
    return cluster_pools_counts(client->pools);
}
