#include "test.h"

#include "settings/value.h"

TEST("the catalogue is sorted, spans don't meet, and every row can be told and holds its own default") {
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_table[i];
        const struct setting *next = i + 1 < settings_count ? &settings_table[i + 1] : NULL;
        CLEANUP_BUFFER struct buffer allowed = { 0 };
        struct error err = { 0 };
        if (next &&
            (strcmp(setting->name, next->name) > 0 ||
             (str_equal(setting->name, next->name) && !(setting->until && setting->until < next->since))))
            fail_msg("%s and %s", setting->name, next->name);
        setting_write_allowed(setting, &allowed);
        if (allowed.length < 3 || !str_ends_with(buffer_string(&allowed), "."))
            fail_msg("%s: %s", setting->name, buffer_string(&allowed));
        if (!str_empty(setting->default_value) && !setting_check(setting, setting->default_value, &err))
            fail_msg("%s: %s", setting->name, err.text);
        CLEANUP_BUFFER struct buffer shown = { 0 };
        if (setting->default_value && setting->type != SETTING_SECRET) {
            setting_write_value(setting, setting->default_value, &shown);
            if (!str_equal(buffer_string(&shown), setting->default_value))
                fail_msg("%s: the default %s is shown as %s", setting->name, setting->default_value,
                         buffer_string(&shown));
        }
        if ((setting->type == SETTING_ENUM) != (setting->words != NULL))
            fail_msg("%s: words", setting->name);
    }
}

TEST("finds a setting in the versions that have it") {
    static const struct {
        const char *version, *name, *default_value;
        bool is_known;
    } rows[] = {
        { "5.26.0", "server.panic.shutdown_on_panic", "false", true },
        { "2025.01.0", "server.panic.shutdown_on_panic", "true", true },
        { "5.26.0", "dbms.fleet_manager.enabled", NULL, false },
        { "2025.11.0", "dbms.fleet_manager.enabled", "false", true },
        { "2026.08.1", "dbms.fleet_manager.enabled", "true", true },
        { "5.26.0", "server.groups", "", true },
        { "2025.01.0", "server.groups", NULL, false },
        { "latest", "server.groups", "", true },
        { "5.26.0", "dbms.security.oidc.okta.claims.username", "sub", true },
        { "5.26.0", "dbms.security.oidc..claims.username", NULL, false },
        { "5.26.0", "dbms.security.oidc.a.b.claims.username", NULL, false },
        { "5.26.0", "dbms.ssl.policy.bolt.verify_hostname", "false", true },
        { "2025.01.0", "dbms.ssl.policy.cluster.verify_hostname", "true", true },
        { "2025.01.0", "dbms.ssl.policy.other.verify_hostname", NULL, false },
        { "5.26.0", "db.checkpoint", "PERIODIC", true },
        { "5.26.0", "", NULL, false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct version version = version_parse(rows[i].version);
        const struct setting *setting = setting_find(rows[i].name, &version);
        if ((setting != NULL) != rows[i].is_known ||
            (setting && !str_equal(setting->default_value, rows[i].default_value)))
            fail_msg("%s in %s", rows[i].name, rows[i].version);
    }
}

TEST("says why a name is not there, and which one is meant") {
    static const struct {
        const char *version, *name, *why; /* NULL: it is there */
    } rows[] = {
        { "5.26.0", "db.format", NULL },
        { "5.26.0", "internal.anything", NULL },
        { "5.26.0", "dbms.ssl.policy.bolt.anything", NULL },
        { "5.26.0", "dbms.ssl.policy.bold.enabled", "there is no such setting" },
        { "5.26.0", "metrics.filter", "settings of metrics begin with server.metrics." },
        { "5.26.0", "dbms.logs.query.threshold", "use db.logs.query. with the same ending" },
        { "5.26.0", "server.bolt.tls_levle", "there is no such setting; server.bolt.tls_level is meant?" },
        { "5.26.0", "nonsense", "there is no such setting" },
        { "2025.01.0", "server.groups", "removed in 2025.01: use initial.server.tags" },
        { "2025.01.0", "dbms.cluster.discovery.log_level", "removed in 2025.01" },
        { "2025.01.0", "db.query.default_language",
          "Neo4j 2025.01 has no such setting: it is there from 2025.06" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct version version = version_parse(rows[i].version);
        const char *why = setting_absence(arena, rows[i].name, &version);
        if (!str_equal(why, rows[i].why))
            fail_msg("%s in %s: %s", rows[i].name, rows[i].version, why ? why : "there");
    }
}

TEST("knows which settings change without a restart, and where one holds") {
    struct version version = version_parse("5.26.0");
    const struct setting *setting = setting_find("db.logs.query.enabled", &version);

    assert_true(setting_is_dynamic("db.logs.query.enabled", &version));
    assert_true(setting_is_dynamic("dbms.security.oidc.okta.issuer", &version));
    assert_false(setting_is_dynamic("server.bolt.tls_level", &version));
    assert_false(setting_is_dynamic("gds.anything", &version));
    assert_true(text_is(setting_scope(setting), "db"));
}
