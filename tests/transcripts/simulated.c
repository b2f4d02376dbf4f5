/* Runs transcripts against simulated servers, in virtual time:  transcripts FOLDER-or-FILE [PART-OF-SENTENCE]
 */
#include "transcript.h"

#include "../sim/neo4j/world.h"

#include "bolt/value_json.h"

#include <stdio.h>

enum { OPEN_MS = 300000, LEADER_MS = 60000, STEP_MS = 50 };

struct simulated {
    struct transcript_port port; /* first */
    struct world *world;
    char *shape; /* of the world: what a case must have in common with the one before */
    unsigned servers;
};

/* ---- worlds ---- */

static char *shape_of(const char *version, const struct json *the_case) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const struct json *settings = json_get(the_case, "settings");

    return xprintf("%s %lld %lld %s", version, (long long)json_integer(json_get(the_case, "servers"), 1),
                   (long long)json_integer(json_get(the_case, "free"), 0),
                   settings ? json_print(arena, settings) : "");
}

/* The name of the environment variable that a setting comes from: underscores doubled, dots to underscores.
 */
static char *variable_of(const char *setting) {
    CLEANUP_BUFFER struct buffer name = { 0 };

    buffer_add_string(&name, "NEO4J_");
    for (; *setting; setting++)
        buffer_add_string(&name, *setting == '.'   ? "_"
                                 : *setting == '_' ? "__"
                                                   : (const char[]){ *setting, '\0' });
    return buffer_take(&name);
}

static void set_up(struct world *world, unsigned server, unsigned initial, const struct json *settings) {
    CLEANUP_FREE char *minimum = xprintf("%u", initial);

    world_set_env(world, server, "NEO4J_dbms_cluster_minimum__initial__system__primaries__count", minimum);
    JSON_FOR_EACH_MEMBER (member, settings) {
        CLEANUP_FREE char *name = variable_of(member->key);
        world_set_env(world, server, name, json_string(&member->value, ""));
    }
}

/* Those that form the cluster first, then the free ones. */
static bool start_world(struct simulated *simulated, const char *version, const struct json *the_case,
                        struct error *err) {
    struct world *world = simulated->world;
    unsigned initial = (unsigned)json_integer(json_get(the_case, "servers"), 1);
    unsigned all = initial + (unsigned)json_integer(json_get(the_case, "free"), 0);
    const char *image = arena_printf(world->arena, "neo4j:%s-enterprise", version);

    world_prepare(world, image, all);
    for (unsigned i = 0; i < all; i++)
        set_up(world, i, initial, json_get(the_case, "settings"));
    for (unsigned begin = 0, end = initial; begin < all; begin = end, end = all) {
        for (unsigned i = begin; i < end; i++)
            world_start(world, i);
        if (!world_run_until_open(world, end, OPEN_MS))
            return error_set(err, ERROR_INTERNAL, "the servers did not open; the log of server %u: %s", begin,
                             world_log(world, begin));
    }
    simulated->servers = all;
    world_run(world, STEP_MS * 100);
    return true;
}

static bool begin(struct transcript_port *port, const char *version, const struct json *the_case,
                  bool is_fresh, struct error *err) {
    struct simulated *simulated = (struct simulated *)port;
    CLEANUP_FREE char *shape = shape_of(version, the_case);

    if (!is_fresh && str_equal(shape, simulated->shape))
        return true;
    free(simulated->shape);
    simulated->shape = TAKE(shape);
    world_free(simulated->world);
    simulated->world = world_new(11);
    return start_world(simulated, version, the_case, err);
}

/* ---- statements ---- */

static int leader(struct simulated *simulated) {
    for (int ms = 0; world_leader(simulated->world, simulated->servers) < 0 && ms < LEADER_MS; ms += STEP_MS)
        world_run(simulated->world, STEP_MS);
    return world_leader(simulated->world, simulated->servers);
}

/* The server that a step asks, or -1. */
static int server_of(struct simulated *simulated, const struct json *at) {
    int leads = leader(simulated);
    int64_t number = json_integer(at, leads < 0 ? -1 : leads);

    if (json_is(at, JSON_STRING)) /* follower: the next one that runs */
        for (unsigned i = 1; leads >= 0 && i < simulated->servers; i++) {
            number = (leads + i) % simulated->servers;
            if (simulated->world->servers[number].process)
                break;
        }
    bool is_there =
        number >= 0 && number < simulated->servers && simulated->world->servers[number].process != NULL;
    return is_there ? (int)number : -1;
}

static struct json *row_values(struct arena *arena, const struct json *columns, const struct json *row) {
    struct json *values = json_new_array(arena);

    JSON_FOR_EACH_ITEM (column, columns)
        json_append(arena, values, json_copy(arena, json_get(row, json_string(column, ""))));
    return values;
}

static struct transcript_answer answer_of(struct arena *arena, const struct answer *got) {
    struct transcript_answer answer = {
        .columns = got->columns ? json_copy(arena, got->columns) : json_new_array(arena),
        .rows = json_new_array(arena),
        .summary = got->summary ? bolt_to_json(arena, got->summary) : json_new_object(arena),
    };

    JSON_FOR_EACH_ITEM (row, got->rows)
        json_append(arena, answer.rows, row_values(arena, answer.columns, row));
    if (got->failure) {
        answer.code = got->failure->code;
        answer.gql_status = bolt_failure_root_status(got->failure);
        answer.message = bolt_failure_sentence(arena, got->failure);
    } else if (!got->is_complete) {
        answer.trouble = "no answer came";
    }
    return answer;
}

static struct transcript_answer ask(struct transcript_port *port, struct arena *arena,
                                    const struct json *step) {
    struct simulated *simulated = (struct simulated *)port;
    const struct json *with = json_get(step, "with");
    const struct json *as = json_get(step, "as");
    bool is_routed = !json_get(step, "at");
    int server = server_of(simulated, json_get(step, "at"));

    if (server < 0)
        return (struct transcript_answer){ .trouble = is_routed
                                                          ? "no server leads the system database"
                                                          : "there is no such server, or it is stopped" };
    struct answer answer = world_ask_as(
        simulated->world, (unsigned)server, is_routed, json_string(json_item(as, 0), "neo4j"),
        json_string(json_item(as, 1), port->password), json_string(json_get(step, "on"), "system"),
        json_string(json_get(step, "run"), ""), with ? json_print(arena, with) : NULL);
    return answer_of(arena, &answer);
}

static void pass(struct transcript_port *port, int64_t ms) {
    world_run(((struct simulated *)port)->world, ms);
}

static void set_running(struct transcript_port *port, unsigned server, bool is_running) {
    struct world *world = ((struct simulated *)port)->world;

    if (is_running)
        world_start(world, server);
    else
        world_kill(world, server);
}

int main(int argc, char **argv) {
    static const char *const versions[] = { "5.26.0", "2025.12.0", "2026.08.0", NULL };
    struct simulated simulated = { .port = { .versions = versions,
                                             .password = "secret-word",
                                             .begin = begin,
                                             .pass = pass,
                                             .ask = ask,
                                             .set_running = set_running } };

    if (argc < 2) {
        fprintf(stderr, "usage: %s FOLDER-or-FILE [PART-OF-SENTENCE]\n", argv[0]);
        return 2;
    }
    int status = transcripts_run(&simulated.port, argv[1], argv[2]);
    world_free(simulated.world);
    free(simulated.shape);
    return status;
}
