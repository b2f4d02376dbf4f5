#include "test.h"

#include "sim/neo4j/process_tls.h"
#include "world.h"

/* The world's clock begins at 2026-01-01. */
#define WORLD_SECONDS INT64_C(1767225600)

/* Makes a certificate that holds for a while around the world's time. */
static struct certificate make(const char *usage, const char *names, const struct certificate *issuer) {
    struct certificate made = { 0 };
    struct error err = { 0 };

    if (!certificate_make(&made,
                          &(struct certificate_subject){ .common_name = usage ? "server" : "authority",
                                                         .usage = usage,
                                                         .names = names,
                                                         .begins = WORLD_SECONDS - 60,
                                                         .ends = WORLD_SECONDS + 3600 },
                          issuer, &err))
        fail_msg("%s", err.text);
    return made;
}

static void add_file(struct world *world, unsigned i, const char *path, const char *content) {
    json_set_string(world->arena, world->servers[i].files, path, content);
}

static char *pem_of(struct world *world, const struct certificate *certificate) {
    CLEANUP_BUFFER struct buffer pem = { 0 };

    certificate_write(certificate, &pem);
    return arena_strdup(world->arena, buffer_string(&pem));
}

/* A policy of scope in /ssl, with a certificate of issuer and trust in trusted. */
static void add_policy(struct world *world, unsigned i, const char *scope, const char *usage,
                       const char *names, const struct certificate *issuer,
                       const struct certificate *trusted) {
    CLEANUP_CERTIFICATE struct certificate own = make(usage, names, issuer);
    CLEANUP(secret_text_clear) struct secret_text key = certificate_write_key(&own);
    char *prefix = arena_printf(world->arena, "NEO4J_dbms_ssl_policy_%s", scope);

    add_file(world, i, "/ssl/private.key", arena_strndup(world->arena, key.bytes, key.length));
    add_file(world, i, "/ssl/public.crt", pem_of(world, &own));
    add_file(world, i, "/ssl/trusted/ca.crt", pem_of(world, trusted));
    add_file(world, i, "/ssl/trusted/..data/ca.crt", "what Kubernetes links is not read twice");
    world_set_env(world, i, arena_printf(world->arena, "%s_enabled", prefix), "true");
    world_set_env(world, i, arena_printf(world->arena, "%s_base__directory", prefix), "/ssl");
}

static const char *name_of(struct world *world, unsigned i) {
    return arena_printf(world->arena, "DNS:server-%u.graph", i);
}

TEST("servers whose certificates are trusted form a cluster, by their names since 2025.01") {
    static const char *const images[] = { "neo4j:5.26.0-enterprise", "neo4j:2025.10.1-enterprise" };

    for (size_t k = 0; k < ARRAY_LENGTH(images); k++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(k);
        CLEANUP_CERTIFICATE struct certificate authority = make(NULL, NULL, NULL);
        world_prepare(world, images[k], 3);
        for (unsigned i = 0; i < 3; i++) {
            add_policy(world, i, "cluster", "serverAuth,clientAuth", name_of(world, i), &authority,
                       &authority);
            world_start(world, i);
        }
        assert_true(world_run_until_open(world, 3, 60000));
    }
}

TEST("a server that others don't trust, or that bears another's name, does not join") {
    static const struct {
        const char *what, *image;
        const char *usage, *names; /* of the third server's certificate */
        bool is_strange;           /* another authority's */
        bool is_plain;             /* no policy at all */
        bool joins;
        const char *log;
    } rows[] = {
        { "another authority", "neo4j:5.26.0-enterprise", "serverAuth,clientAuth", "DNS:server-2.graph", true,
          false, false, "TLS handshake" },
        { "another's name, not verified", "neo4j:5.26.0-enterprise", "serverAuth,clientAuth",
          "DNS:other.graph", false, false, true, "Bolt enabled" },
        { "another's name, verified", "neo4j:2025.10.1-enterprise", "serverAuth,clientAuth",
          "DNS:other.graph", false, false, false, "" },
        { "no TLS", "neo4j:5.26.0-enterprise", NULL, NULL, false, true, false, "this server has no policy" },
    };

    for (size_t k = 0; k < ARRAY_LENGTH(rows); k++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(k);
        CLEANUP_CERTIFICATE struct certificate authority = make(NULL, NULL, NULL),
                                               other = make(NULL, NULL, NULL);
        world_prepare(world, rows[k].image, 3);
        for (unsigned i = 0; i < 3; i++) {
            world_set_env(world, i, "NEO4J_dbms_cluster_minimum__initial__system__primaries__count", "2");
            if (i < 2)
                add_policy(world, i, "cluster", "serverAuth,clientAuth", name_of(world, i), &authority,
                           &authority);
            else if (!rows[k].is_plain)
                add_policy(world, i, "cluster", rows[k].usage, rows[k].names,
                           rows[k].is_strange ? &other : &authority, &authority);
            world_start(world, i);
        }
        if (!world_run_until_open(world, 2, 60000) ||
            world_run_until_open(world, 3, 60000) != rows[k].joins ||
            !strstr(world_log(world, 2), rows[k].log))
            fail_msg("%s:\n%s", rows[k].what, world_log(world, 2));
    }
}

TEST("a policy whose files can't be used stops the start, and the log names the file") {
    static const struct {
        const char *what, *path; /* "": nothing at all */
        const char *content;     /* NULL: the file is not there */
        int exit_code;           /* -1: it runs */
        const char *log;
    } rows[] = {
        { "good", "/ssl/other", "x", -1, "Started." },
        { "no folder", "", NULL, 1, "Base directory '/ssl' for SSL policy with name 'bolt' does not exist." },
        { "no key", "/ssl/private.key", NULL, 1, "/ssl/private.key" },
        { "no certificate", "/ssl/public.crt", NULL, 1, "/ssl/public.crt" },
        { "a certificate that is none", "/ssl/public.crt", "nonsense", 1, "/ssl/public.crt" },
        { "a key that is none", "/ssl/private.key", "nonsense", 1, "/ssl/private.key" },
        { "trust in nonsense", "/ssl/trusted/b.crt", "nonsense", 1, "/ssl/trusted/b.crt" },
    };

    for (size_t k = 0; k < ARRAY_LENGTH(rows); k++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(k);
        CLEANUP_CERTIFICATE struct certificate authority = make(NULL, NULL, NULL);
        int exit_code = -1;
        world_prepare(world, "neo4j:5.26.0-enterprise", 1);
        add_policy(world, 0, "bolt", "serverAuth", "DNS:server-0.graph", &authority, &authority);
        if (!*rows[k].path)
            world->servers[0].files = json_new_object(world->arena);
        else if (rows[k].content)
            add_file(world, 0, rows[k].path, rows[k].content);
        else
            json_remove(world->servers[0].files, rows[k].path);
        world_start(world, 0);
        world_run(world, 20000);
        (void)neo4j_process_exited(world->servers[0].process, &exit_code);
        if (exit_code != rows[k].exit_code || !strstr(world_log(world, 0), rows[k].log) ||
            strstr(world_log(world, 0), "nonsense"))
            fail_msg("%s: %d\n%s", rows[k].what, exit_code, world_log(world, 0));
    }
}

TEST("connectors that must encrypt need a policy") {
    static const char *const rows[][3] = {
        { "NEO4J_server_bolt_tls__level", "REQUIRED",
          "Requested encryption level REQUIRED for Bolt connector but no SSL policy was given" },
        { "NEO4J_server_https_enabled", "true", "HTTPS set to enabled, but no SSL policy provided" },
    };

    for (size_t k = 0; k < ARRAY_LENGTH(rows); k++) {
        CLEANUP_POINTER(world_free) struct world *world = world_new(k);
        int exit_code = -1;
        world_prepare(world, "neo4j:5.26.0-enterprise", 1);
        world_set_env(world, 0, rows[k][0], rows[k][1]);
        world_start(world, 0);
        world_run(world, 20000);
        assert_true(neo4j_process_exited(world->servers[0].process, &exit_code));
        assert_int_equal(exit_code, 1);
        assert_non_null(strstr(world_log(world, 0), rows[k][2]));
    }
}

TEST("policies are read again when the server is told to, and stay when the files are bad") {
    CLEANUP_POINTER(world_free) struct world *world = world_new(1);
    CLEANUP_CERTIFICATE struct certificate authority = make(NULL, NULL, NULL);
    unsigned first, second;

    world_prepare(world, "neo4j:2025.10.1-enterprise", 1);
    add_policy(world, 0, "bolt", "serverAuth", "DNS:server-0.graph", &authority, &authority);
    world_set_env(world, 0, "NEO4J_dbms_security_tls__reload__enabled", "true");
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 20000));
    struct neo4j_process *process = world->servers[0].process;
    struct certificate before = neo4j_process_tls(process, TLS_BOLT, &first)->chain.items[0];
    before = certificate_share(&before);

    add_policy(world, 0, "bolt", "serverAuth", "DNS:server-0.graph", &authority, &authority);
    neo4j_process_set_files(process, world->servers[0].files);
    assert_null(world_ask(world, 0, false, "system", "CALL dbms.security.reloadTLS()", NULL).code);
    struct certificate after = neo4j_process_tls(process, TLS_BOLT, &second)->chain.items[0];
    assert_true(second > first);
    assert_false(certificate_equal(&before, &after));

    add_file(world, 0, "/ssl/public.crt", "nonsense");
    neo4j_process_set_files(process, world->servers[0].files);
    struct answer answer = world_ask(world, 0, false, "system", "CALL dbms.security.reloadTLS()", NULL);
    assert_string_equal(answer.code, "Neo.ClientError.Procedure.ProcedureCallFailed");
    assert_non_null(strstr(answer.message, "/ssl/public.crt"));
    assert_non_null(neo4j_process_tls(process, TLS_BOLT, &first));
    assert_int_equal(first, second);
    certificate_clear(&before);
}

TEST("dynamic settings change while the server runs, others don't") {
    static const struct {
        const char *statement, *code, *shown;
    } rows[] = {
        { "CALL dbms.setConfigValue('db.logs.query.enabled', 'info')", NULL, "INFO" },
        { "CALL dbms.setConfigValue('db.logs.query.enabled', '')", NULL, "VERBOSE" },
        { "CALL dbms.setConfigValue('db.logs.query.enabled', 'loud')",
          "Neo.ClientError.Procedure.ProcedureCallFailed", "VERBOSE" },
        { "CALL dbms.setConfigValue('server.bolt.tls_level', 'REQUIRED')",
          "Neo.ClientError.Procedure.ProcedureCallFailed", "VERBOSE" },
        { "CALL dbms.setConfigValue('no.such', '1')", "Neo.ClientError.Procedure.ProcedureCallFailed",
          "VERBOSE" },
    };
    CLEANUP_POINTER(world_free) struct world *world = world_new(1);

    world_prepare(world, "neo4j:5.26.0-enterprise", 1);
    world_start(world, 0);
    assert_true(world_run_until_open(world, 1, 20000));
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct answer answer = world_ask(world, 0, false, "system", rows[i].statement, NULL);
        if (!str_equal(answer.code, rows[i].code))
            fail_msg("%s: %s", rows[i].statement, answer.message ? answer.message : "done");
        answer = world_ask(world, 0, false, "system",
                           "SHOW SETTINGS 'db.logs.query.enabled' YIELD value, startupValue", NULL);
        assert_string_equal(json_string_at(json_item(answer.rows, 0), "value", NULL), rows[i].shown);
        assert_string_equal(json_string_at(json_item(answer.rows, 0), "startupValue", NULL), "VERBOSE");
    }
}
