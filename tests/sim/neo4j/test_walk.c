/* Random walks: servers are started, stopped, killed and cut off from one another, a volume is lost, and all
 * the while clients write and administer. After each step everything that safety.h names must hold; at the
 * end of a walk, with all servers up, each must have whatever was acknowledged. The same seed walks the same
 * way. */
#include "test.h"
#include "world.h"

#include "bolt/message.h"
#include "sim/neo4j/random.h"
#include "sim/neo4j/safety.h"
#include "sim/neo4j/session.h"

enum { CLIENTS = 4, CLIENT_PATIENCE_MS = 40000, HEAL_EVERY = 700 };

struct client {
    struct neo4j_session *session; /* NULL: free for another statement */
    const struct walk *walk;
    int64_t key; /* that it writes; -1: it administers */
    int64_t started_ns;
    unsigned replies;
    bool has_failed;
    bool is_closed;
    char bookmark[128];
};

struct walk {
    struct world *world;
    unsigned servers;
    struct random_source random;
    struct safety *safety;
    struct client clients[CLIENTS];
    int64_t next_key;
    struct json *acknowledged; /* keys */
    bool is_cut[WORLD_SERVERS_MAX][WORLD_SERVERS_MAX];
    unsigned lost; /* volumes */
    size_t steps, writes, answers;
};

/* ---- clients ---- */

static void on_reply(void *context, struct text bytes) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct client *client = context;
    struct bolt_value *message;

    assert_true(bolt_message_parse(arena, bytes, &message, NULL));
    if (message->tag == BOLT_RECORD)
        return;
    client->replies++;
    client->has_failed = client->has_failed || message->tag != BOLT_SUCCESS;
    const char *bookmark = bolt_string(bolt_get(bolt_item(message, 0), "bookmark"), NULL);
    if (bookmark)
        (void)stpncpy(client->bookmark, bookmark, sizeof(client->bookmark) - 1);
}

static void on_close(void *context) {
    ((struct client *)context)->is_closed = true;
}

static void send(struct client *client, struct buffer *bytes) {
    neo4j_session_receive(client->session, client->walk->world->now_ns, buffer_text(bytes));
    buffer_clear(bytes);
}

static void begin_statement(struct walk *walk, struct client *client, unsigned server, const char *database,
                            const char *statement) {
    struct neo4j_session_events events = { client, on_reply, on_close };
    struct neo4j_session_options options = { .client_address = "127.0.0.1:1" };
    struct bolt_version version = { 5, 8 };
    struct secret_text secret = secret_text_new("secret-word", strlen("secret-word"));
    struct buffer bytes = { 0 };

    *client = (struct client){ .walk = walk, .key = -1, .started_ns = walk->world->now_ns };
    client->session = neo4j_session_new(walk->world->servers[server].process, version, &options, &events);
    bolt_message_write_hello(
        &bytes, version, &(struct bolt_hello){ .user_agent = "walk/1.0", .routing_address = "here:7687" });
    send(client, &bytes);
    bolt_message_write_logon(&bytes, "neo4j", &secret);
    send(client, &bytes);
    bolt_message_write_run(&bytes, statement, NULL, &(struct bolt_transaction){ .database = database });
    send(client, &bytes);
    bolt_message_write_fetch(&bytes, BOLT_PULL, BOLT_FETCH_ALL, BOLT_LAST_QUERY);
    send(client, &bytes);
    secret_text_clear(&secret);
}

static void acknowledge(struct walk *walk, const struct client *client) {
    struct text rest = text_from(client->bookmark), id;
    uint64_t number;

    (void)text_cut(&rest, ':');
    (void)text_cut(&rest, ':');
    id = text_cut(&rest, ':');
    assert_true(parse_uint64(rest, &number));
    CLEANUP_FREE char *database = xstrndup(id.data, id.length);
    safety_acknowledge(walk->safety, database, number);
    json_append(walk->world->arena, walk->acknowledged, json_new_integer(walk->world->arena, client->key));
    walk->answers++;
}

/* Those that have their answer, or won't wait any longer. */
static void look_at_clients(struct walk *walk) {
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &walk->clients[i];
        bool is_done = client->replies == 4;
        bool is_late = walk->world->now_ns - client->started_ns > CLIENT_PATIENCE_MS * MS_NS;
        if (!client->session || (!is_done && !is_late && !client->is_closed))
            continue;
        if (is_done && !client->has_failed && client->key >= 0)
            acknowledge(walk, client);
        neo4j_session_free(client->session);
        client->session = NULL;
    }
}

/* ---- steps ---- */

static bool is_running(const struct walk *walk, unsigned server) {
    const struct neo4j_process *process = walk->world->servers[server].process;

    return process && !neo4j_process_exited(process, NULL);
}

static void cut(struct walk *walk, unsigned from, unsigned to, bool is_cut) {
    CLEANUP_FREE char *a = xprintf("127.0.1.%u", from), *b = xprintf("127.0.1.%u", to);

    if (from != to && walk->is_cut[from][to] != is_cut)
        neo4j_network_cut(walk->world->network, a, b, is_cut);
    walk->is_cut[from][to] = is_cut;
}

static void heal(struct walk *walk) {
    for (unsigned from = 0; from < walk->servers; from++)
        for (unsigned to = 0; to < walk->servers; to++)
            cut(walk, from, to, false);
}

/* Both ways, from all others. */
static void isolate(struct walk *walk, unsigned server) {
    for (unsigned other = 0; other < walk->servers; other++) {
        cut(walk, server, other, true);
        cut(walk, other, server, true);
    }
}

static void free_sessions_of(struct walk *walk) {
    for (size_t i = 0; i < CLIENTS; i++)
        if (walk->clients[i].session && walk->clients[i].is_closed) {
            neo4j_session_free(walk->clients[i].session);
            walk->clients[i].session = NULL;
        }
}

static void stop(struct walk *walk, unsigned server, bool is_kill) {
    if (!is_running(walk, server))
        return;
    if (is_kill)
        world_kill(walk->world, server);
    else
        neo4j_process_terminate(walk->world->servers[server].process, false);
    free_sessions_of(walk);
}

static void start(struct walk *walk, unsigned server) {
    if (!is_running(walk, server))
        world_start(walk->world, server);
}

/* A minority may lose its volume, once the cluster has formed. */
static void lose_volume(struct walk *walk, unsigned server) {
    struct world_server *lost = &walk->world->servers[server];

    if (walk->lost >= (walk->servers - 1) / 2 || walk->steps < 1000 || !lost->volume->cluster_id)
        return;
    stop(walk, server, true);
    neo4j_process_free(lost->process);
    lost->process = NULL;
    neo4j_volume_free(lost->volume);
    lost->volume = neo4j_volume_new();
    walk->lost++;
}

static void ask(struct walk *walk, unsigned server, bool administers) {
    struct client *client = NULL;
    struct arena *arena = walk->world->arena;
    int64_t number = random_between(&walk->random, 0, 5);

    for (size_t i = 0; i < CLIENTS && !client; i++)
        if (!walk->clients[i].session)
            client = &walk->clients[i];
    if (!client || !is_running(walk, server) ||
        !neo4j_process_listens(walk->world->servers[server].process, 7687))
        return;
    if (administers) {
        begin_statement(walk, client, server, "system",
                        number < 3   ? "CREATE DATABASE walk TOPOLOGY 3 PRIMARIES IF NOT EXISTS"
                        : number < 4 ? "DROP DATABASE walk IF EXISTS"
                        : number < 5 ? "CREATE USER walker IF NOT EXISTS SET PASSWORD 'walker-word'"
                                     : "DROP USER walker IF EXISTS");
        return;
    }
    begin_statement(walk, client, server, "neo4j",
                    arena_printf(arena, "CREATE (n:W {key: %ld}) RETURN n", (long)walk->next_key));
    client->key = walk->next_key++;
    walk->writes++;
}

static void take_step(struct walk *walk) {
    unsigned server = (unsigned)random_between(&walk->random, 0, walk->servers - 1);
    unsigned other = (unsigned)random_between(&walk->random, 0, walk->servers - 1);
    int64_t what = random_between(&walk->random, 0, 999);

    walk->steps++;
    if (walk->steps % HEAL_EVERY == 0) {
        heal(walk);
        for (unsigned i = 0; i < walk->servers; i++)
            start(walk, i);
    } else if (what < 150)
        ask(walk, server, false);
    else if (what < 160)
        ask(walk, server, true);
    else if (what < 168)
        stop(walk, server, true);
    else if (what < 174)
        stop(walk, server, false);
    else if (what < 210)
        start(walk, server);
    else if (what < 220)
        cut(walk, server, other, true);
    else if (what < 224)
        isolate(walk, server);
    else if (what < 230)
        heal(walk);
    else if (what < 231)
        lose_volume(walk, server);
    world_run(walk->world, random_between(&walk->random, 1, 60));
    look_at_clients(walk);
}

/* ---- what must hold ---- */

static bool see_leaders(struct walk *walk, struct error *err) {
    for (unsigned i = 0; i < walk->servers; i++) {
        const struct neo4j_process *process = walk->world->servers[i].process;
        const struct hosted_database *hosted;
        if (!is_running(walk, i) || process->phase < PHASE_FORMING)
            continue;
        if (process->system && raft_role(process->system) == RAFT_LEADER &&
            !safety_see_leader(walk->safety, "system", raft_term(process->system), process_id(process), err))
            return false;
        TAILQ_FOREACH (hosted, &process->hosted, link)
            if (hosted->raft && raft_role(hosted->raft) == RAFT_LEADER &&
                !safety_see_leader(walk->safety, hosted->id, raft_term(hosted->raft), process_id(process),
                                   err))
                return false;
    }
    return true;
}

static void check(struct walk *walk, uint64_t seed) {
    struct neo4j_volume *volumes[WORLD_SERVERS_MAX];
    struct error err = { 0 };

    for (unsigned i = 0; i < walk->servers; i++)
        volumes[i] = walk->world->servers[i].volume;
    if (see_leaders(walk, &err) &&
        safety_check(walk->safety, volumes, walk->servers, walk->servers, walk->lost, &err))
        return;
    fail_msg("seed %lu, step %zu: %s", (unsigned long)seed, walk->steps, err.text);
}

/* Every server that holds the database has every key that was acknowledged. */
static void check_keys(struct walk *walk) {
    unsigned looked = 0;

    for (unsigned i = 0; i < walk->servers; i++) {
        struct answer answer =
            world_ask(walk->world, i, false, "neo4j", "MATCH (n:W) RETURN collect(n.key) AS keys", NULL);
        if (answer.code) /* a server that has lost its volume hosts nothing */
            continue;
        const struct json *keys = json_at(answer.rows, "0.keys");
        JSON_FOR_EACH_ITEM (key, walk->acknowledged) {
            bool found = false;
            JSON_FOR_EACH_ITEM (there, keys)
                found = found || there->integer == key->integer;
            if (!found)
                fail_msg("server %u lacks key %ld, which was acknowledged", i, (long)key->integer);
        }
        looked++;
    }
    assert_true(looked + walk->lost >= walk->servers);
}

static void begin_walk(struct walk *walk, uint64_t seed, unsigned servers) {
    CLEANUP_FREE char *count = xprintf("%u", servers);

    *walk = (struct walk){ .world = world_new(seed), .servers = servers, .random = { seed } };
    walk->safety = safety_new();
    walk->acknowledged = json_new_array(walk->world->arena);
    world_prepare(walk->world, seed % 2 ? "neo4j:2026.08.1-enterprise" : "neo4j:5.26.0-enterprise", servers);
    for (unsigned i = 0; i < servers; i++) {
        world_set_env(walk->world, i, "NEO4J_initial_dbms_default__primaries__count", count);
        world_set_env(walk->world, i, "NEO4J_dbms_cluster_raft_leader__failure__detection__window", "2s-3s");
        world_set_env(walk->world, i, "NEO4J_dbms_cluster_raft_election__failure__detection__window",
                      "500ms-1s");
        world_set_env(walk->world, i, "NEO4J_db_tx__log_rotation_retention__policy", "20 txs");
        world_set_env(walk->world, i, "NEO4J_db_checkpoint_interval_time", "30s");
        world_start(walk->world, i);
    }
}

static void end_walk(struct walk *walk) {
    for (size_t i = 0; i < CLIENTS; i++)
        neo4j_session_free(walk->clients[i].session);
    safety_free(walk->safety);
    world_free(walk->world);
}

static void walk_with(uint64_t seed, unsigned servers, size_t steps) {
    struct walk walk;

    begin_walk(&walk, seed, servers);
    while (walk.steps < steps) {
        take_step(&walk);
        check(&walk, seed);
    }
    heal(&walk);
    for (unsigned round = 0; round < 6; round++) {
        for (unsigned i = 0; i < servers; i++)
            start(&walk, i);
        world_run(walk.world, 15000);
        look_at_clients(&walk);
        check(&walk, seed);
    }
    check_keys(&walk);
    print_message("# seed %lu: %zu writes, %zu acknowledged\n", (unsigned long)seed, walk.writes,
                  walk.answers);
    assert_true(walk.answers > steps / 200); /* a walk in which nothing happens shows nothing */
    end_walk(&walk);
}

TEST("no walk of 3 servers loses what it acknowledged, or lets two copies differ") {
    walk_with(1, 3, 30000);
    walk_with(2, 3, 30000);
}

TEST("no walk of 5 servers does, even when two volumes are lost") {
    walk_with(3, 5, 20000);
    walk_with(4, 5, 20000);
}
