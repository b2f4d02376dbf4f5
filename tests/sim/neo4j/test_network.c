#include "test.h"
#include "world.h"

/* Two or three processes that only have addresses: nothing ticks them. */
static struct world *with_processes(unsigned count) {
    struct world *world = world_new(1);

    world_prepare(world, "neo4j:5.26.0-enterprise", count);
    for (unsigned i = 0; i < count; i++)
        world_start(world, i);
    return world;
}

static struct network_endpoint *endpoint(struct world *world, unsigned server) {
    return &world->servers[server].process->endpoint;
}

/* A reply needs no port that listens. */
static void say(struct world *world, unsigned from, const char *to, const char *word) {
    struct json *body = json_new_object(world->arena);

    json_set_string(world->arena, body, "kind", word);
    network_send_address(endpoint(world, from), world->now_ns, to, 0, body);
}

/* "word@milliseconds word@…", in the order of arrival. */
static const char *heard(struct world *world, unsigned server) {
    const struct network_message *message;
    const char *all = "";

    TAILQ_FOREACH (message, &endpoint(world, server)->inbox, link)
        all = arena_printf(world->arena, "%s%s%s@%d", all, *all ? " " : "",
                           json_string_at(message->body, "kind", ""),
                           (int)((message->at_ns - world->now_ns) / MS_NS));
    return all;
}

TEST("a message comes later over a slow link, but never before what was sent earlier on it") {
    CLEANUP_POINTER(world_free) struct world *world = with_processes(3);

    neo4j_network_delay(world->network, "127.0.1.0", "127.0.1.1", 5 * MS_NS);
    say(world, 0, "127.0.1.1", "slow");
    say(world, 2, "127.0.1.1", "other");
    neo4j_network_delay(world->network, "127.0.1.0", "127.0.1.1", 0);
    say(world, 0, "127.0.1.1", "next");
    say(world, 0, "127.0.1.2", "elsewhere");
    say(world, 2, "127.0.1.1", "last");
    assert_string_equal(heard(world, 1), "other@1 last@1 slow@6 next@6");
    assert_string_equal(heard(world, 2), "elsewhere@1");
}

TEST("of several delays the longest counts, and any address can be meant") {
    CLEANUP_POINTER(world_free) struct world *world = with_processes(3);

    neo4j_network_delay(world->network, "*", "*", 2 * MS_NS);
    neo4j_network_delay(world->network, "*", "127.0.1.1", 9 * MS_NS);
    neo4j_network_delay(world->network, "127.0.1.0", "127.0.1.1", 4 * MS_NS);
    say(world, 0, "127.0.1.1", "a");
    say(world, 0, "127.0.1.2", "b");
    assert_string_equal(heard(world, 1), "a@10");
    assert_string_equal(heard(world, 2), "b@3");
}

TEST("every third message is lost, or all, or none") {
    CLEANUP_POINTER(world_free) struct world *world = with_processes(2);

    neo4j_network_lose(world->network, "127.0.1.0", "*", 3);
    for (int i = 0; i < 7; i++)
        say(world, 0, "127.0.1.1", arena_printf(world->arena, "%d", i));
    assert_string_equal(heard(world, 1), "0@1 1@1 3@1 4@1 6@1");
    say(world, 1, "127.0.1.0", "back");
    assert_string_equal(heard(world, 0), "back@1");
    neo4j_network_lose(world->network, "127.0.1.0", "*", 1);
    say(world, 0, "127.0.1.1", "gone");
    neo4j_network_lose(world->network, "127.0.1.0", "*", 0);
    say(world, 0, "127.0.1.1", "there");
    assert_string_equal(heard(world, 1), "0@1 1@1 3@1 4@1 6@1 there@1");
}

TEST("a cut stays where a delay is taken back") {
    CLEANUP_POINTER(world_free) struct world *world = with_processes(2);

    neo4j_network_cut(world->network, "127.0.1.0", "127.0.1.1", true);
    neo4j_network_delay(world->network, "127.0.1.0", "127.0.1.1", MS_NS);
    neo4j_network_delay(world->network, "127.0.1.0", "127.0.1.1", 0);
    say(world, 0, "127.0.1.1", "unheard");
    assert_string_equal(heard(world, 1), "");
    neo4j_network_cut(world->network, "127.0.1.0", "127.0.1.1", false);
    say(world, 0, "127.0.1.1", "heard");
    assert_string_equal(heard(world, 1), "heard@1");
}

TEST(
    "a cluster forms over slow links that lose messages, and finds a new leader when it hears the old one no "
    "more") {
    CLEANUP_POINTER(world_free) struct world *world = with_processes(3);

    neo4j_network_delay(world->network, "*", "*", 150 * MS_NS);
    neo4j_network_lose(world->network, "*", "*", 7);
    assert_true(world_run_until_open(world, 3, 120000));
    neo4j_network_lose(world->network, "*", "*", 0);
    world_run(world, 30000);
    int leader = world_leader(world, 3);
    assert_true(leader >= 0);
    const char *address = arena_printf(world->arena, "127.0.1.%d", leader);
    neo4j_network_delay(world->network, address, "*", 3600 * SECOND_NS);
    world_run(world, 120000);
    const char *believed = raft_leader(world->servers[(leader + 1) % 3].process->system);
    assert_non_null(believed);
    assert_string_not_equal(believed, process_id(world->servers[leader].process));
}
