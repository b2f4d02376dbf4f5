/* Runs the transcripts that say community: true against a real Neo4j Community server, which NEO4J_PEER_URI
 * and its like name (tests/bolt/peer.h), NEO4J_PEER_VERSION its version. */
#include "transcript.h"

#include "../bolt/peer.h"

#include "base/clock.h"
#include "bolt/value_json.h"
#include "neo4j/client.h"
#include "settings/version.h"

#include <unistd.h>

static const char *const all_versions[] = { "5.26.0", "2025.12.0", "2026.08.0" };

struct real {
    struct transcript_port port; /* first */
    struct neo4j_client *client;
    struct neo4j_target target;
};

static bool begin(struct transcript_port *port, const char *version, const struct json *the_case,
                  bool is_fresh, struct error *err) {
    return true;
}

static void pass(struct transcript_port *port, int64_t ms) {
    usleep((useconds_t)ms * 1000);
}

static struct transcript_answer ask(struct transcript_port *port, struct arena *arena,
                                    const struct json *step) {
    struct real *real = (struct real *)port;
    const struct json *as = json_get(step, "as");
    const struct json *with = json_get(step, "with");
    const char *password = json_string(json_item(as, 1), port->password);
    struct secret_text secret = secret_text_new(password, strlen(password));
    struct neo4j_target target = real->target;
    struct neo4j_result result = { 0 };
    struct error err = { 0 };

    target.user = json_string(json_item(as, 0), target.user);
    target.password = &secret;
    const struct neo4j_statement statement = { .text = json_string(json_get(step, "run"), ""),
                                               .parameters = with ? bolt_from_json(arena, with) : NULL,
                                               .database = json_string(json_get(step, "on"), "system"),
                                               .access = NEO4J_WRITE,
                                               .is_routed = true };
    bool is_answered =
        neo4j_run(neo4j_client_port(real->client), &target, &statement, arena, &result, &err) ||
        result.failure.code;
    /* Each step logs in anew: whoever was dropped must not live on in a connection. */
    neo4j_client_forget(real->client, target.address);
    secret_text_clear(&secret);
    return (struct transcript_answer){ .columns = bolt_to_json(arena, &result.columns),
                                       .rows = bolt_to_json(arena, &result.rows),
                                       .summary = bolt_to_json(arena, &result.summary),
                                       .code = result.failure.code,
                                       .gql_status = result.failure.gql_status,
                                       .message = result.failure.message,
                                       .trouble = is_answered ? NULL : arena_strdup(arena, err.text) };
}

/* The version that transcripts name for the server's: of the same minor. */
static const char *transcript_version(const char *server_version) {
    struct version real = version_parse(server_version);

    for (size_t i = 0; i < ARRAY_LENGTH(all_versions); i++) {
        struct version version = version_parse(all_versions[i]);
        if (real.family && version.major == real.major && version.minor == real.minor)
            return all_versions[i];
    }
    return NULL;
}

int main(int argc, char **argv) {
    const char *server_version = getenv("NEO4J_PEER_VERSION");
    const char *versions[] = { transcript_version(server_version), NULL };

    if (argc < 2 || !server_version || !getenv("NEO4J_PEER_URI")) {
        printf("1..0 # SKIP NEO4J_PEER_URI and NEO4J_PEER_VERSION name no server\n");
        return argc < 2 ? 2 : 0;
    }
    if (!versions[0]) {
        fprintf(stderr, "no transcript is for Neo4j %s\n", server_version);
        return 2;
    }
    struct peer peer = peer_of_environment();
    struct real real = {
        .port = { .versions = versions,
                  .password = peer.password.bytes,
                  .is_community = true,
                  .is_real = true,
                  .begin = begin,
                  .pass = pass,
                  .ask = ask },
        .client = neo4j_client_new(&(struct neo4j_client_options){ .user_agent = "neo4j-operator-test/1" }),
        .target = { .address = peer.address,
                    .port = peer.port,
                    .server_name = "localhost",
                    .tls = peer_tls(&peer),
                    .user = peer.user },
    };
    int status = transcripts_run(&real.port, argv[1], argv[2]);
    neo4j_client_free(real.client);
    peer_clear(&peer);
    return status;
}
