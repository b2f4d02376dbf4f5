#include "manager/options.h"
#include "test.h"

#include <stdlib.h>

enum { WORDS_MAX = 16 };

/* Strings of *out_options are in arena. */
static bool parse(struct arena *arena, const char *line, struct manager_options *out_options) {
    char *argv[WORDS_MAX + 1] = { arena_strdup(arena, "neo4j-operator") };
    struct text rest = text_from(line);
    int argc = 1;

    while (rest.length && argc < WORDS_MAX) {
        struct text word = text_cut(&rest, ' ');
        argv[argc++] = arena_strndup(arena, word.data, word.length);
    }
    return manager_options_parse(argc, argv, true, out_options);
}

TEST("options that are not given have their defaults") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct manager_options options;

    unsetenv("WATCH_NAMESPACE");
    assert_true(parse(arena, "", &options));
    assert_int_equal(options.workers, MANAGER_WORKERS);
    assert_int_equal(options.log_level, LOG_LEVEL_INFO);
    assert_null(options.kubeconfig);
    assert_null(options.namespaces);
    assert_null(options.health_address);
    assert_false(options.leader_elect);
    assert_null(options.webhook_address);
    assert_int_equal(options.webhook_certificates, CERTIFICATES_OWN);
    assert_false(options.deletion_protection);
}

TEST("options are taken from the command line, and namespaces from the environment too") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct manager_options options;

    setenv("WATCH_NAMESPACE", "a,b", 1);
    assert_true(parse(
        arena,
        "--kubeconfig=f --context c --workers=64 --log-level=debug "
        "--health-probe-bind-address=:8081 --leader-elect --webhook-bind-address=:9443 "
        "--webhook-service=s --webhook-secret=t --webhook-certificates=cert-manager --deletion-protection",
        &options));
    assert_string_equal(options.kubeconfig, "f");
    assert_string_equal(options.context, "c");
    assert_string_equal(options.namespaces, "a,b");
    assert_int_equal(options.workers, 64);
    assert_int_equal(options.log_level, LOG_LEVEL_DEBUG);
    assert_string_equal(options.health_address, ":8081");
    assert_true(options.leader_elect);
    assert_string_equal(options.webhook_address, ":9443");
    assert_string_equal(options.webhook_service, "s");
    assert_string_equal(options.webhook_secret, "t");
    assert_int_equal(options.webhook_certificates, CERTIFICATES_CERT_MANAGER);
    assert_true(options.deletion_protection);
    assert_true(parse(arena, "--namespaces=z", &options));
    assert_string_equal(options.namespaces, "z");
    unsetenv("WATCH_NAMESPACE");
}

TEST("an option that is wrong is refused") {
    static const char *const wrong[] = { "--workers=0",
                                         "--workers=65",
                                         "--workers=many",
                                         "--log-level=loud",
                                         "--no-such-option",
                                         "surplus",
                                         "--webhook-bind-address=:1 --webhook-certificates=theirs",
                                         "--deletion-protection",
                                         "--webhook-certificates=cert-manager" };

    for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct manager_options options;
        if (parse(arena, wrong[i], &options))
            fail_msg("%s was taken", wrong[i]);
    }
}

TEST("a list of namespaces names each once, and none for all") {
    static const struct {
        const char *list;
        const char *names; /* joined by " "; NULL: all */
    } rows[] = {
        { NULL, NULL }, { "", NULL }, { " , ", NULL }, { "a", "a" }, { "a, b", "a b" }, { "a,b,a,,b", "a b" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        const char *const *names = manager_namespaces(arena, rows[i].list);
        const char *joined = names ? *names : NULL;
        for (size_t j = 1; names && names[j]; j++)
            joined = arena_printf(arena, "%s %s", joined, names[j]);
        if (!str_equal(joined, rows[i].names))
            fail_msg("%s: %s", rows[i].list, joined);
    }
}
