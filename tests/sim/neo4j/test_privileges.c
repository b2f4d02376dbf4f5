/* Privileges: the table of actions, roles on all servers, limits, and what hundreds of roles cost. */
#include "test.h"
#include "world.h"

#include "sim/neo4j/authorization.h"
#include "sim/neo4j/credential.h"
#include "sim/neo4j/privilege.h"

static struct world *open_world(const char *image, unsigned servers) {
    struct world *world = world_new(23);

    world_prepare(world, image, servers);
    for (unsigned i = 0; i < servers; i++)
        world_start(world, i);
    assert_true(world_run_until_open(world, servers, 5000));
    world_run(world, 2000);
    return world;
}

static struct answer run(struct world *world, const char *statement) {
    struct answer answer = world_ask(world, 0, true, "system", statement, NULL);

    if (answer.code)
        print_message("%s: %s\n", statement, answer.message);
    assert_null(answer.code);
    return answer;
}

TEST("every action has words, a name of its own, a description, and parents that end") {
    for (unsigned i = PRIVILEGE_NOTHING + 1; i < PRIVILEGE_ACTIONS_COUNT; i++) {
        enum privilege_action action = (enum privilege_action)i;
        const struct privilege_kind *kind = privilege_kind(action);

        assert_true(kind->words && *kind->words && kind->text && *kind->text && kind->name && *kind->name);
        assert_true(kind->description && *kind->description);
        assert_int_equal(privilege_action_of_text(kind->text), action);
        assert_true(privilege_action_includes(action, action));
        if (kind->target == PRIVILEGE_OF_DBMS)
            assert_true(privilege_action_includes(PRIVILEGE_ALL_DBMS, action));
        if (kind->target == PRIVILEGE_OF_GRAPH)
            assert_true(privilege_action_includes(PRIVILEGE_ALL_GRAPH, action));
        for (size_t k = 0; k < PRIVILEGE_PARENTS_MAX; k++)
            if (kind->parents[k] != PRIVILEGE_UNSTATED)
                assert_int_equal(privilege_kind(kind->parents[k])->target, kind->target);
    }
    assert_false(privilege_action_includes(PRIVILEGE_ALL_DATABASE, PRIVILEGE_START));
    assert_false(privilege_action_includes(PRIVILEGE_WRITE, PRIVILEGE_MATCH));
    assert_true(privilege_action_includes(PRIVILEGE_MERGE, PRIVILEGE_READ));
}

TEST("a piece becomes JSON and the same piece again") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    static const struct privilege rows[] = {
        { PRIVILEGE_ACCESS, .scope = PRIVILEGE_ON_HOME },
        { PRIVILEGE_READ, .scope = PRIVILEGE_ON_NAMED, .database = "a", .segment = PRIVILEGE_SEGMENT_NODE,
          .resource = "p", .name = "L", .is_denied = true },
        { PRIVILEGE_LOAD, .segment = PRIVILEGE_SEGMENT_CIDR, .name = "::1/128", .is_immutable = true },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct privilege back;
        assert_true(privilege_from_json(privilege_to_json(arena, &rows[i]), &back));
        assert_int_equal(privilege_compare(&rows[i], &back), 0);
    }
    struct privilege untouched;
    assert_false(privilege_from_json(json_new_object(arena), &untouched));
}

TEST("who has no role changes nothing, and sees nothing of others") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 1);

    run(world, "CREATE USER jane SET PASSWORD 'long-enough' CHANGE NOT REQUIRED");
    static const char *const refused[] = {
        "CREATE DATABASE other",
        "DROP DATABASE neo4j",
        "ALTER DATABASE neo4j SET ACCESS READ ONLY",
        "START DATABASE neo4j",
        "STOP DATABASE neo4j",
        "DROP USER neo4j",
        "RENAME USER neo4j TO me",
        "ALTER USER neo4j SET PASSWORD 'something'",
        "CREATE ROLE r",
        "RENAME ROLE reader TO r",
        "DROP ROLE reader",
        "GRANT ROLE admin TO jane",
        "REVOKE ROLE admin FROM neo4j",
        "GRANT ACCESS ON DATABASE * TO PUBLIC",
        "DENY ACCESS ON DATABASE * TO PUBLIC",
        "REVOKE ACCESS ON HOME DATABASE FROM PUBLIC",
        "SHOW ROLES",
        "SHOW PRIVILEGES",
        "SHOW USERS",
        "SHOW SERVERS",
        "RENAME SERVER 'a' TO 'b'",
        "CALL dbms.setDefaultAllocationNumbers(1, 0)",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
        struct answer answer =
            world_ask_as(world, 0, true, "jane", "long-enough", "system", refused[i], NULL);
        if (!str_equal(answer.code, "Neo.ClientError.Security.Forbidden"))
            print_message("%s: %s\n", refused[i], answer.code ? answer.message : "works");
        assert_string_equal(answer.code, "Neo.ClientError.Security.Forbidden");
    }
}

TEST("all servers know the same roles, also after they have been started again") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:2026.08.0-enterprise", 3);
    char *shown[3];

    run(world, "CREATE ROLE r");
    run(world, "GRANT READ {a, b} ON GRAPH neo4j NODES L TO r");
    run(world, "RENAME ROLE r TO s");
    run(world, "CREATE USER jane SET PASSWORD 'long-enough' SET AUTH 'oidc-x' { SET ID '1' } SET TAG 'a'");
    run(world, "GRANT ROLE s TO jane");
    world_run(world, 3000);
    world_kill(world, 2);
    world_start(world, 2);
    assert_true(world_run_until_open(world, 3, 20000));
    world_run(world, 5000);
    for (unsigned i = 0; i < 3; i++) {
        struct answer privileges = world_ask(world, i, false, "system", "SHOW PRIVILEGES", NULL);
        struct answer users = world_ask(world, i, false, "system", "SHOW USERS WITH AUTH YIELD *", NULL);
        assert_null(privileges.code);
        assert_null(users.code);
        shown[i] = arena_printf(world->arena, "%s %s", json_print(world->arena, privileges.rows),
                                json_print(world->arena, users.rows));
        assert_non_null(strstr(shown[i], "\"role\":\"s\""));
        assert_string_equal(shown[i], shown[0]);
    }
}

TEST("a statement that would make too many privileges is refused, and hundreds of roles are shown") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 1);
    CLEANUP_BUFFER struct buffer statement = { 0 };

    buffer_add_string(&statement, "GRANT READ {p0");
    for (unsigned i = 1; i < 200; i++)
        buffer_printf(&statement, ", p%u", i);
    buffer_add_string(&statement, "} ON GRAPH * NODES L0");
    for (unsigned i = 1; i < 100; i++)
        buffer_printf(&statement, ", L%u", i);
    buffer_add_string(&statement, " TO reader");
    struct answer answer = world_ask(world, 0, true, "system", buffer_string(&statement), NULL);
    assert_string_equal(answer.code, "Neo.ClientError.Statement.ArgumentError");
    for (unsigned i = 0; i < 300; i++) {
        CLEANUP_FREE char *create = xprintf("CREATE ROLE r%u AS COPY OF admin", i);
        run(world, create);
    }
    answer = run(world, "SHOW PRIVILEGES AS COMMANDS YIELD command RETURN count(*) AS n");
    assert_int_equal(json_integer_at(json_item(answer.rows, 0), "n", 0), 45 + 300 * 14);
    answer = run(world, "SHOW PRIVILEGES YIELD role RETURN count(*) AS n");
    assert_int_equal(json_integer_at(json_item(answer.rows, 0), "n", 0), 49 + 300 * 15);
}

TEST("a credential is what the Operations Manual shows for a password, and matches no other") {
    static const char documented[] = "1,6d57a5e0b3317055454e455f96c98c750c77fb371f3f0634a1b8ff2a55c5b825,"
                                     "190ae47c661e0668a0c8be8a21ff78a4a34cdf918cae3c407e907b73932bd16c";
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct random_source random = { 7 };
    static const char *const wrong[] = { "", "1", "1,", "1,00,00", "2,00,00", "neo4j", "1,zz,00" };

    assert_true(credential_matches(documented, text_from("neo4j")));
    assert_false(credential_matches(documented, text_from("neo4")));
    char *made = credential_new(arena, &random, text_from("a password"));
    assert_true(credential_matches(made, text_from("a password")));
    assert_string_equal(credential_from_encrypted(arena, made), made);
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
        assert_null(credential_from_encrypted(arena, wrong[i]));
        assert_false(credential_matches(wrong[i], text_from("neo4j")));
    }
}

TEST("a scheme is accepted when a provider that is configured takes it") {
    static const struct {
        const char *providers;
        const char *code;
    } rows[] = {
        { "native", NULL },
        { "ldap,native", NULL },
        { "ldap", "Neo.ClientError.Security.Unauthorized" },
        { "oidc-okta", "Neo.ClientError.Security.Unauthorized" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(3);
        world_prepare(world, "neo4j:5.26.0-enterprise", 1);
        world_set_env(world, 0, "NEO4J_dbms_security_authentication__providers", rows[i].providers);
        world_start(world, 0);
        assert_true(world_run_until_open(world, 1, 5000));
        world_run(world, 2000);
        struct answer answer = world_ask(world, 0, false, "system", "SHOW CURRENT USER", NULL);
        assert_true(str_equal(answer.code, rows[i].code));
    }
}

TEST("a password that was changed is expired no longer") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 1);

    run(world, "CREATE USER jane SET PASSWORD 'long-enough'");
    struct answer answer =
        world_ask_as(world, 0, true, "jane", "long-enough", "system",
                     "ALTER CURRENT USER SET PASSWORD FROM 'long-enough' TO 'another-one'", NULL);
    assert_null(answer.code);
    answer = world_ask_as(world, 0, true, "jane", "another-one", "neo4j", "RETURN 1 AS one", NULL);
    assert_null(answer.code);
    assert_int_equal(answer.row_count, 1);
}

TEST("reading and writing are allowed by label and property") {
    CLEANUP_POINTER(world_free) struct world *world = open_world("neo4j:5.26.0-enterprise", 1);
    const struct cluster_state *state = &world->servers[0].process->state;
    static const char *const person[] = { "Person" }, *const thing[] = { "Thing" };

    run(world, "CREATE USER jane SET PASSWORD 'long-enough'");
    run(world, "CREATE ROLE r");
    run(world, "GRANT ROLE r TO jane");
    run(world, "GRANT MATCH {*} ON GRAPH neo4j NODES Person TO r");
    run(world, "DENY READ {secret} ON GRAPH * TO r");
    run(world, "GRANT CREATE ON GRAPH neo4j NODES Thing TO r");
    static const struct {
        struct privilege_object object;
        enum permission permission;
    } rows[] = {
        { { PRIVILEGE_TRAVERSE, "neo4j" }, PERMISSION_GRANTED },
        { { PRIVILEGE_TRAVERSE, "neo4j", person, 1 }, PERMISSION_GRANTED },
        { { PRIVILEGE_TRAVERSE, "neo4j", thing, 1 }, PERMISSION_NOT_GRANTED },
        { { PRIVILEGE_TRAVERSE, "other", person, 1 }, PERMISSION_NOT_GRANTED },
        { { PRIVILEGE_READ, "neo4j", person, 1, "name" }, PERMISSION_GRANTED },
        { { PRIVILEGE_READ, "neo4j", person, 1, "secret" }, PERMISSION_DENIED },
        { { PRIVILEGE_CREATE, "neo4j", thing, 1 }, PERMISSION_GRANTED },
        { { PRIVILEGE_CREATE, "neo4j", person, 1 }, PERMISSION_NOT_GRANTED },
        { { PRIVILEGE_DELETE, "neo4j" }, PERMISSION_NOT_GRANTED },
    };
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        assert_int_equal(privilege_permission(state, "jane", &rows[i].object), rows[i].permission);
    assert_true(privilege_allows(state, "neo4j", PRIVILEGE_WRITE, "neo4j"));
    assert_true(privilege_allows(state, "", PRIVILEGE_WRITE, "neo4j"));
    assert_false(privilege_allows(state, "gone", PRIVILEGE_ACCESS, "neo4j"));
}
