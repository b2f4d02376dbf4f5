#include "simulated.h"

#include "../sim/neo4j/world.h"

#include "bolt/value_json.h"

enum { OPEN_MS = 300000, SETTLE_MS = 30000, LEADER_MS = 60000, STEP_MS = 50 };

struct simulated {
    struct world *world;
    unsigned servers;
};

struct simulated *simulated_new(const char *image, unsigned servers, unsigned free_servers,
                                const char *const *settings) {
    struct simulated *simulated = XNEW(struct simulated);
    unsigned all = servers + free_servers;
    CLEANUP_FREE char *minimum = xprintf("%u", servers);

    simulated->world = world_new(5);
    simulated->servers = all;
    world_prepare(simulated->world, arena_strdup(simulated->world->arena, image), all);
    for (unsigned i = 0; i < all; i++) {
        world_set_env(simulated->world, i, "NEO4J_dbms_cluster_minimum__initial__system__primaries__count",
                      minimum);
        for (const char *const *setting = settings; setting && *setting; setting += 2)
            world_set_env(simulated->world, i, setting[0], setting[1]);
    }
    for (unsigned begin = 0, end = servers; begin < all; begin = end, end = all) {
        for (unsigned i = begin; i < end; i++)
            world_start(simulated->world, i);
        if (!world_run_until_open(simulated->world, end, OPEN_MS)) {
            simulated_free(simulated);
            return NULL;
        }
    }
    world_run(simulated->world, SETTLE_MS);
    return simulated;
}

void simulated_free(struct simulated *simulated) {
    if (!simulated)
        return;
    world_free(simulated->world);
    free(simulated);
}

void simulated_pass(struct simulated *simulated, int64_t ms) {
    world_run(simulated->world, ms);
}

static struct bolt_value *rows_of(struct arena *arena, const struct answer *answer) {
    struct bolt_value *rows = bolt_new_list(arena);

    JSON_FOR_EACH_ITEM (row, answer->rows) {
        struct bolt_value *values = bolt_new_list(arena);
        JSON_FOR_EACH_ITEM (column, answer->columns)
            bolt_append(arena, values, bolt_from_json(arena, json_get(row, json_string(column, ""))));
        bolt_append(arena, rows, values);
    }
    return rows;
}

static int leader(struct simulated *simulated) {
    for (int ms = 0; world_leader(simulated->world, simulated->servers) < 0 && ms < LEADER_MS; ms += STEP_MS)
        world_run(simulated->world, STEP_MS);
    return world_leader(simulated->world, simulated->servers);
}

bool simulated_run(struct simulated *simulated, const struct neo4j_statement *statement,
                   struct neo4j_result *out_result) {
    struct arena *arena = simulated->world->arena;
    int server = leader(simulated);
    const char *parameters = NULL;

    ensure(server >= 0);
    if (statement->parameters)
        parameters = json_print(arena, bolt_to_json(arena, statement->parameters));
    struct answer answer = world_ask(simulated->world, (unsigned)server, statement->is_routed,
                                     statement->database, statement->text, parameters);
    ensure(answer.is_complete || answer.failure);
    *out_result = (struct neo4j_result){
        .columns = *bolt_from_json(arena, answer.columns ? answer.columns : json_new_array(arena)),
        .rows = *rows_of(arena, &answer),
        .summary = answer.summary ? *answer.summary : *bolt_new_map(arena),
    };
    if (answer.failure)
        out_result->failure =
            (struct neo4j_failure){ .code = answer.failure->code,
                                    .gql_status = bolt_failure_root_status(answer.failure),
                                    .message = bolt_failure_sentence(arena, answer.failure) };
    return !answer.failure;
}
