/* Statements that find their server: a router "a" and a second server "b", both scripted, on loopback. */
#include "../bolt/fake_server.h"
#include "test.h"

#include "bolt/message.h"
#include "neo4j/client.h"
#include "neo4j/failures.h"

static char password[] = "open sesame";
static const struct secret_text secret = { .bytes = password, .length = sizeof(password) - 1 };

enum { SCRIPTS_MAX = 4, STEPS_MAX = 40, PATIENCE_MS = 20000 };

struct script {
    struct fake_step steps[STEPS_MAX];
    size_t length;
};

/* A server and what it says on each connection, in the order in which they are opened. */
struct side {
    struct script scripts[SCRIPTS_MAX];
    const struct fake_step *pointers[SCRIPTS_MAX];
    struct fake_server *server;
};

struct world {
    struct arena *arena;
    struct side a;
    struct side b;
    struct neo4j_server servers[2];
    struct neo4j_client *client;
    struct neo4j_result result;
    struct error err;
    size_t rows; /* handed over */
    size_t rows_wanted;
};

static void side_init(struct side *side) {
    for (size_t i = 0; i < SCRIPTS_MAX; i++)
        side->pointers[i] = side->scripts[i].steps;
    side->server = fake_server_start(side->pointers, SCRIPTS_MAX, NULL);
}

static void world_init(struct world *world) {
    *world = (struct world){
        .arena = arena_new(),
        .client = neo4j_client_new(&(struct neo4j_client_options){ .user_agent = "test/1", .retry_ms = 1 }),
    };
    side_init(&world->a);
    side_init(&world->b);
    world->servers[0] = (struct neo4j_server){ "127.0.0.1", fake_server_port(world->a.server), "a.graph" };
    world->servers[1] = (struct neo4j_server){ "127.0.0.1", fake_server_port(world->b.server), "b.graph" };
}

static void world_clear(struct world *world) {
    neo4j_client_free(world->client);
    fake_server_stop(world->a.server);
    fake_server_stop(world->b.server);
    arena_free(world->arena);
}

/* Before the client connects: scripts are read only then. */
static void say(struct side *side, size_t connection, size_t count, const struct fake_step *steps) {
    struct script *script = &side->scripts[connection];

    ensure(script->length + count < STEPS_MAX);
    memcpy(script->steps + script->length, steps, count * sizeof(*steps));
    script->length += count;
}
#define SAY(side, connection, ...)                                                                           \
    say(side, connection, ARRAY_LENGTH(((const struct fake_step[]){ __VA_ARGS__ })),                         \
        (const struct fake_step[]){ __VA_ARGS__ })

#define ROUTES(answer)                                                                                       \
    { FAKE_EXPECT, BOLT_ROUTE }, {                                                                           \
        FAKE_SUCCESS, .text = answer                                                                         \
    }
#define RUNS                                                                                                 \
    { FAKE_EXPECT, BOLT_RUN }, { FAKE_SUCCESS, .text = "{\"fields\":[\"n\"]}" }, { FAKE_EXPECT, BOLT_PULL }, \
        { FAKE_RECORD, .text = "[1]" }, {                                                                    \
        FAKE_SUCCESS, .text = "{}"                                                                           \
    }
#define REFUSES(code)                                                                                        \
    { FAKE_EXPECT, BOLT_RUN }, { FAKE_FAILURE, .text = code }, { FAKE_EXPECT, BOLT_PULL }, {                 \
        FAKE_IGNORED                                                                                         \
    }
#define RESETS                                                                                               \
    { FAKE_EXPECT, BOLT_RESET }, {                                                                           \
        FAKE_SUCCESS                                                                                         \
    }
#define LEAVES                                                                                               \
    { FAKE_EXPECT, BOLT_GOODBYE }

/* A table that names a server as writer, and both as routers and readers; NULL: there is no writer. */
static const char *table(struct world *world, const char *writer) {
    const char *const addresses[] = { arena_printf(world->arena, "a.graph:%u", world->servers[0].port),
                                      arena_printf(world->arena, "b.graph:%u", world->servers[1].port) };
    const char *writes = "";

    if (writer)
        writes = arena_printf(world->arena, ",{\"role\":\"WRITE\",\"addresses\":[\"%s\"]}",
                              str_equal(writer, "a")   ? addresses[0]
                              : str_equal(writer, "b") ? addresses[1]
                                                       : writer);
    return arena_printf(world->arena,
                        "{\"rt\":{\"ttl\":300,\"db\":\"system\",\"servers\":["
                        "{\"role\":\"ROUTE\",\"addresses\":[\"%s\",\"%s\"]},"
                        "{\"role\":\"READ\",\"addresses\":[\"%s\"]}%s]}}",
                        addresses[0], addresses[1], addresses[1], writes);
}

static bool on_rows(void *context, const struct bolt_value *columns, const struct bolt_value *rows) {
    struct world *world = context;

    assert_int_equal(columns->length, 1);
    world->rows += rows->length;
    return world->rows < world->rows_wanted;
}

static bool run_with(struct world *world, enum neo4j_access access, int timeout_ms) {
    const struct neo4j_target target = { .cluster = "ns/graph",
                                         .address = world->servers[0].address,
                                         .port = world->servers[0].port,
                                         .server_name = world->servers[0].server_name,
                                         .user = "neo4j",
                                         .password = &secret,
                                         .servers = world->servers,
                                         .server_count = 2 };
    const struct neo4j_statement statement = { .text = "ALTER DATABASE x",
                                               .database = "system",
                                               .access = access,
                                               .is_routed = true,
                                               .timeout_ms = timeout_ms,
                                               .on_rows = world->rows_wanted ? on_rows : NULL,
                                               .context = world };

    world->err = (struct error){ 0 };
    return neo4j_run(neo4j_client_port(world->client), &target, &statement, world->arena, &world->result,
                     &world->err);
}

static void assert_runs(struct world *world, enum neo4j_access access) {
    if (!run_with(world, access, PATIENCE_MS))
        fail_msg("%s", world->err.text);
    assert_null(world->result.failure.code);
}

TEST("sends a write to the writer and a read to a reader, and asks for the table once") {
    struct world world;

    world_init(&world);
    SAY(&world.a, 0, FAKE_5_8, ROUTES(table(&world, "a")), RUNS, RUNS, LEAVES);
    SAY(&world.b, 0, FAKE_5_8, RUNS, LEAVES);
    assert_runs(&world, NEO4J_WRITE);
    assert_runs(&world, NEO4J_READ);
    assert_runs(&world, NEO4J_WRITE);
    assert_int_equal(neo4j_client_counts(world.client).opened, 2);
    world_clear(&world);
}

TEST("follows the leader") {
    static const char *const codes[] = { "Neo.ClientError.Cluster.NotALeader",
                                         "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
                                         "Neo.TransientError.General.DatabaseUnavailable",
                                         "Neo.TransientError.Transaction.LeaderSwitch" };

    for (size_t i = 0; i < ARRAY_LENGTH(codes); i++) {
        struct world world;
        world_init(&world);
        SAY(&world.a, 0, FAKE_5_8, ROUTES(table(&world, "b")), ROUTES(table(&world, "a")), RUNS, LEAVES);
        SAY(&world.b, 0, FAKE_5_8, REFUSES(codes[i]), LEAVES);
        assert_runs(&world, NEO4J_WRITE);
        assert_int_equal(neo4j_result_rows(&world.result), 1);
        world_clear(&world);
    }
}

TEST("waits for a leader while there is none") {
    struct world world;

    world_init(&world);
    SAY(&world.a, 0, FAKE_5_8, ROUTES(table(&world, NULL)), ROUTES(table(&world, NULL)),
        ROUTES(table(&world, "b")), LEAVES);
    SAY(&world.b, 0, FAKE_5_8, RUNS, LEAVES);
    assert_runs(&world, NEO4J_WRITE);
    world_clear(&world);
}

TEST("says that there is no leader when the time is up") {
    struct world world;

    world_init(&world);
    SAY(&world.a, 0, FAKE_5_8, { FAKE_SERVE, .text = table(&world, NULL) });
    assert_false(run_with(&world, NEO4J_WRITE, 1000));
    assert_false(world.err.outcome_unknown);
    if (!strstr(world.err.text, "database system has no leader now"))
        fail_msg("%s", world.err.text);
    world_clear(&world);
}

TEST("asks another server when the writer can't be reached, and nothing was done") {
    struct world world;

    world_init(&world);
    SAY(&world.a, 0, FAKE_5_8, ROUTES(table(&world, "b")), ROUTES(table(&world, "a")), RUNS, LEAVES);
    SAY(&world.b, 0, { FAKE_END });
    assert_runs(&world, NEO4J_WRITE);
    world_clear(&world);
}

TEST("a passing failure is tried again, and ends with the time") {
    struct world world;

    world_init(&world);
    SAY(&world.a, 0, FAKE_5_8, ROUTES(table(&world, "b")), LEAVES);
    SAY(&world.b, 0, FAKE_5_8, REFUSES("Neo.TransientError.Transaction.DeadlockDetected"), RESETS,
        REFUSES("Neo.TransientError.General.MemoryPoolOutOfMemoryError"), RESETS, RUNS, LEAVES);
    assert_runs(&world, NEO4J_WRITE);
    world_clear(&world);

    world_init(&world);
    SAY(&world.a, 0, FAKE_5_8, ROUTES(table(&world, "b")), LEAVES);
    SAY(&world.b, 0, FAKE_5_8, { FAKE_DENY, .text = "Neo.TransientError.Transaction.DeadlockDetected" });
    assert_false(run_with(&world, NEO4J_WRITE, 1000));
    assert_string_equal(world.result.failure.code, "Neo.TransientError.Transaction.DeadlockDetected");
    assert_false(world.err.outcome_unknown);
    world_clear(&world);
}

TEST("never repeats a write that may have been done, but a read") {
    for (int writes = 0; writes < 2; writes++) {
        struct world world;
        world_init(&world);
        SAY(&world.a, 0, FAKE_5_8, ROUTES(table(&world, "b")));
        if (!writes)
            SAY(&world.a, 0, ROUTES(table(&world, "b")));
        SAY(&world.a, 0, LEAVES);
        SAY(&world.b, 0, FAKE_5_8, { FAKE_EXPECT, BOLT_RUN }, { FAKE_EXPECT, BOLT_PULL });
        SAY(&world.b, 1, FAKE_5_8, RUNS, LEAVES);
        assert_int_equal(run_with(&world, writes ? NEO4J_WRITE : NEO4J_READ, PATIENCE_MS), !writes);
        assert_int_equal(world.err.outcome_unknown, writes);
        assert_int_equal(neo4j_client_counts(world.client).opened, writes ? 2 : 3);
        world_clear(&world);
    }
}

TEST("does not repeat what is refused for good") {
    static const char *const codes[] = {
        "Neo.ClientError.Statement.SyntaxError",          "Neo.ClientError.Security.Forbidden",
        "Neo.ClientError.Database.ExistingDatabaseFound", "Neo.TransientError.Transaction.Terminated",
        "Neo.DatabaseError.General.UnknownError",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(codes); i++) {
        struct world world;
        world_init(&world);
        SAY(&world.a, 0, FAKE_5_8, ROUTES(table(&world, "b")), LEAVES);
        SAY(&world.b, 0, FAKE_5_8, REFUSES(codes[i]), LEAVES);
        assert_false(run_with(&world, NEO4J_WRITE, PATIENCE_MS));
        assert_string_equal(world.result.failure.code, codes[i]);
        world_clear(&world);
    }
}

TEST("logs in anew everywhere when the server says that what it knew of the user is over") {
    struct world world;

    world_init(&world);
    SAY(&world.a, 0, FAKE_5_8, ROUTES(table(&world, "b")), LEAVES);
    SAY(&world.b, 0, FAKE_5_8, REFUSES("Neo.ClientError.Security.AuthorizationExpired"), LEAVES);
    SAY(&world.b, 1, FAKE_5_8, RUNS, LEAVES);
    assert_runs(&world, NEO4J_WRITE);
    world_clear(&world);
}

TEST("asks through the target when nobody can dial the writer") {
    struct world world;

    world_init(&world);
    SAY(&world.a, 0, FAKE_5_8, ROUTES(table(&world, "elsewhere:7687")), RUNS, LEAVES);
    assert_runs(&world, NEO4J_WRITE);
    world_clear(&world);
}

TEST("asks the other servers for the table when the target can't be reached") {
    struct world world;

    world_init(&world);
    SAY(&world.a, 0, { FAKE_END });
    SAY(&world.b, 0, FAKE_5_8, ROUTES(table(&world, "b")), RUNS, LEAVES);
    assert_runs(&world, NEO4J_WRITE);
    world_clear(&world);
}

TEST("a refused password is tried on no other server") {
    struct world world;

    world_init(&world);
    SAY(&world.a, 0, { FAKE_HANDSHAKE, .text = "\0\0\x08\x05" }, { FAKE_EXPECT, BOLT_HELLO },
        { FAKE_SUCCESS }, { FAKE_EXPECT, BOLT_LOGON },
        { FAKE_FAILURE, .text = "Neo.ClientError.Security.Unauthorized" });
    assert_false(run_with(&world, NEO4J_WRITE, PATIENCE_MS));
    assert_int_equal(world.err.kind, ERROR_UNAUTHORIZED);
    assert_non_null(strstr(world.err.text, "no server tells who serves database system"));
    assert_int_equal(neo4j_client_counts(world.client).failed, 1);
    world_clear(&world);
}

TEST("a database that is not there is told at once, and a server without routing takes the statement") {
    struct world world;

    world_init(&world);
    SAY(&world.a, 0, FAKE_5_8, { FAKE_EXPECT, BOLT_ROUTE },
        { FAKE_FAILURE, .text = "Neo.ClientError.Database.DatabaseNotFound" }, RESETS,
        { FAKE_EXPECT, BOLT_ROUTE }, { FAKE_FAILURE, .text = "Neo.ClientError.Procedure.ProcedureNotFound" },
        RESETS, RUNS, LEAVES);
    SAY(&world.b, 0, FAKE_5_8, { FAKE_EXPECT, BOLT_ROUTE },
        { FAKE_FAILURE, .text = "Neo.ClientError.Procedure.ProcedureNotFound" }, LEAVES);
    assert_false(run_with(&world, NEO4J_WRITE, PATIENCE_MS));
    assert_int_equal(world.err.kind, ERROR_NOT_FOUND);
    assert_runs(&world, NEO4J_WRITE);
    world_clear(&world);
}

/* ---- rows handed over ---- */

#define STARTS                                                                                               \
    { FAKE_EXPECT, BOLT_RUN }, { FAKE_SUCCESS, .text = "{\"fields\":[\"n\"]}" }, {                           \
        FAKE_EXPECT, BOLT_PULL                                                                               \
    }

TEST("hands rows over batch by batch, and gives up the rest when nobody wants more") {
    struct world world;

    world_init(&world);
    world.rows_wanted = 1000;
    SAY(&world.a, 0, FAKE_5_8, ROUTES(table(&world, "a")), STARTS, { FAKE_BATCH, .length = 10 },
        { FAKE_SUCCESS, .text = "{\"has_more\":true}" }, { FAKE_EXPECT, BOLT_PULL },
        { FAKE_BATCH, .length = 5 }, { FAKE_SUCCESS, .text = "{\"bookmark\":\"FB:1\"}" }, STARTS,
        { FAKE_BATCH, .length = 10 }, { FAKE_SUCCESS, .text = "{\"has_more\":true}" },
        { FAKE_EXPECT, BOLT_PULL }, { FAKE_BATCH, .length = 5 },
        { FAKE_SUCCESS, .text = "{\"has_more\":true}" }, { FAKE_EXPECT, BOLT_DISCARD },
        { FAKE_SUCCESS, .text = "{\"bookmark\":\"FB:2\"}" }, LEAVES);
    assert_runs(&world, NEO4J_WRITE);
    assert_int_equal(world.rows, 15);
    assert_int_equal(neo4j_result_rows(&world.result), 0);
    assert_string_equal(bolt_string(bolt_get(&world.result.summary, "bookmark"), ""), "FB:1");
    world.rows = 0;
    world.rows_wanted = 10;
    assert_runs(&world, NEO4J_WRITE);
    assert_int_equal(world.rows, 10);
    assert_string_equal(bolt_string(bolt_get(&world.result.summary, "bookmark"), ""), "FB:2");
    world_clear(&world);
}

TEST("does not begin anew once rows were handed over") {
    struct world world;

    world_init(&world);
    world.rows_wanted = 1000;
    SAY(&world.a, 0, FAKE_5_8, ROUTES(table(&world, "a")), LEAVES);
    SAY(&world.b, 0, FAKE_5_8, STARTS, { FAKE_BATCH, .length = 10 },
        { FAKE_SUCCESS, .text = "{\"has_more\":true}" }, { FAKE_EXPECT, BOLT_PULL },
        { FAKE_FAILURE, .text = "Neo.TransientError.General.OutOfMemoryError" }, LEAVES);
    assert_false(run_with(&world, NEO4J_READ, PATIENCE_MS));
    assert_string_equal(world.result.failure.code, "Neo.TransientError.General.OutOfMemoryError");
    assert_int_equal(world.rows, 10);
    world_clear(&world);
}
