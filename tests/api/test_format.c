#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "test.h"

#include "api/format.h"
#include "base/arena.h"

static const char *const patterns[] = { [API_FORMAT_ANY] = "",
#define X(form, pattern, words) [API_FORMAT_##form] = pattern,
                                        API_FORMATS(X)
#undef X
};

/* What the API server answers by the pattern: $ is the end of the text, as in Go. */
static bool pattern_holds(enum api_format format, const char *text) {
    int code = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *pattern = pcre2_compile((PCRE2_SPTR)patterns[format], PCRE2_ZERO_TERMINATED,
                                        PCRE2_DOLLAR_ENDONLY | PCRE2_UTF, &code, &offset, NULL);
    assert_non_null(pattern);
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(pattern, NULL);
    int found = pcre2_match(pattern, (PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, 0, match, NULL);
    pcre2_match_data_free(match);
    pcre2_code_free(pattern);
    return found >= 0;
}

static const struct {
    enum api_format format;
    const char *text;
    bool holds;
} rows[] = {
    { API_FORMAT_ANY, "", true },
    { API_FORMAT_DURATION, "30s", true },
    { API_FORMAT_DURATION, "1h30m", true },
    { API_FORMAT_DURATION, "1.5h", true },
    { API_FORMAT_DURATION, "10µs2ns", true },
    { API_FORMAT_DURATION, "7d", true },
    { API_FORMAT_DURATION, "2w", true },
    { API_FORMAT_DURATION, "100ms", true },
    { API_FORMAT_DURATION, "", false },
    { API_FORMAT_DURATION, "30", false },
    { API_FORMAT_DURATION, "s", false },
    { API_FORMAT_DURATION, "1.s", false },
    { API_FORMAT_DURATION, "-1s", false },
    { API_FORMAT_DURATION, "1 s", false },
    { API_FORMAT_DURATION, "1s\n", false },
    { API_FORMAT_QUANTITY, "500m", true },
    { API_FORMAT_QUANTITY, "-1.5Gi", true },
    { API_FORMAT_QUANTITY, "2E", true },
    { API_FORMAT_QUANTITY, "2Ei", true },
    { API_FORMAT_QUANTITY, "2E3", true },
    { API_FORMAT_QUANTITY, "1e-3", true },
    { API_FORMAT_QUANTITY, "1.", true },
    { API_FORMAT_QUANTITY, ".5", true },
    { API_FORMAT_QUANTITY, ".", false },
    { API_FORMAT_QUANTITY, "1K", false },
    { API_FORMAT_QUANTITY, "1e", false },
    { API_FORMAT_QUANTITY, "1Gib", false },
    { API_FORMAT_QUANTITY, "", false },
    { API_FORMAT_TIME, "2026-01-31T12:00:00Z", true },
    { API_FORMAT_TIME, "2026-01-31T12:00:00.123+01:00", true },
    { API_FORMAT_TIME, "2026-01-31T12:00:00", false },
    { API_FORMAT_TIME, "2026-01-31 12:00:00Z", false },
    { API_FORMAT_TIME, "2026-01-31T12:00:00.Z", false },
    { API_FORMAT_TIME, "26-01-31T12:00:00Z", false },
    { API_FORMAT_TIME, "2026-01-31T12:00:00ZZ", false },
    { API_FORMAT_DNS_NAME, "a", true },
    { API_FORMAT_DNS_NAME, "my-secret.v2", true },
    { API_FORMAT_DNS_NAME, "A", false },
    { API_FORMAT_DNS_NAME, "-a", false },
    { API_FORMAT_DNS_NAME, "a-", false },
    { API_FORMAT_DNS_NAME, "", false },
    { API_FORMAT_STORAGE_SIZE, "10Gi", true },
    { API_FORMAT_STORAGE_SIZE, "500G", true },
    { API_FORMAT_STORAGE_SIZE, "5k", true },
    { API_FORMAT_STORAGE_SIZE, "1000", true },
    { API_FORMAT_STORAGE_SIZE, "5K", false },
    { API_FORMAT_STORAGE_SIZE, "1.5Gi", false },
    { API_FORMAT_STORAGE_SIZE, "Gi", false },
    { API_FORMAT_STORAGE_SIZE, "10 Gi", false },
    { API_FORMAT_STORAGE_SIZE, "10GiB", false },
    { API_FORMAT_HTTP_URL, "http://a", true },
    { API_FORMAT_HTTP_URL, "https://a.b:1/c?d#e", true },
    { API_FORMAT_HTTP_URL, "http://", false },
    { API_FORMAT_HTTP_URL, "http:///a", false },
    { API_FORMAT_HTTP_URL, "ftp://a", false },
    { API_FORMAT_HTTP_URL, "http://a b", false },
    { API_FORMAT_FRACTION, "0", true },
    { API_FORMAT_FRACTION, "0.25", true },
    { API_FORMAT_FRACTION, "1.00", true },
    { API_FORMAT_FRACTION, "1.01", false },
    { API_FORMAT_FRACTION, "2", false },
    { API_FORMAT_FRACTION, "0.", false },
    { API_FORMAT_FRACTION, "00", false },
    { API_FORMAT_LABEL_KEY, "zone", true },
    { API_FORMAT_LABEL_KEY, "topology.kubernetes.io/zone", true },
    { API_FORMAT_LABEL_KEY, "A_b.c-9", true },
    { API_FORMAT_LABEL_KEY, "/zone", false },
    { API_FORMAT_LABEL_KEY, "a/b/c", false },
    { API_FORMAT_LABEL_KEY, "A/b", false },
    { API_FORMAT_LABEL_KEY, "zone-", false },
    { API_FORMAT_LABEL_KEY, "a/", false },
    { API_FORMAT_IP, "203.0.113.7", true },
    { API_FORMAT_IP, "fd00::1", true },
    { API_FORMAT_IP, "example", false },
    { API_FORMAT_CIDR, "10.0.0.0/8", true },
    { API_FORMAT_CIDR, "fd00::/64", true },
    { API_FORMAT_CIDR, "10.0.0.0", false },
    { API_FORMAT_CIDR, "10.0.0.0/", false },
    { API_FORMAT_CIDR, "10.0.0.0/1000", false },
    { API_FORMAT_CIDR, "10.0.0.0/8/8", false },
    { API_FORMAT_JVM_OPTION, "-Xmx1g", true },
    { API_FORMAT_JVM_OPTION, "Xmx1g", false },
    { API_FORMAT_JVM_OPTION, "-", false },
    { API_FORMAT_JVM_OPTION, "- a", false },
    { API_FORMAT_PROVIDER, "native", true },
    { API_FORMAT_PROVIDER, "oidc-okta", true },
    { API_FORMAT_PROVIDER, "oidc-", false },
    { API_FORMAT_PROVIDER, "oidc-1", false },
    { API_FORMAT_PROVIDER, "natives", false },
    { API_FORMAT_OIDC_NAME, "okta-2", true },
    { API_FORMAT_OIDC_NAME, "2okta", false },
    { API_FORMAT_CONFIG_LINE, "", true },
    { API_FORMAT_CONFIG_LINE, "  # why", true },
    { API_FORMAT_CONFIG_LINE, "a.b_c-d = e=f", true },
    { API_FORMAT_CONFIG_LINE, "a=", true },
    { API_FORMAT_CONFIG_LINE, "a b=c", false },
    { API_FORMAT_CONFIG_LINE, "a", false },
    { API_FORMAT_CONFIG_LINE, "=a", false },
    { API_FORMAT_CONFIG_LINE, "a=b\nc=d", false },
    { API_FORMAT_NEW_DATABASE_NAME, "sales.2026-q1", true },
    { API_FORMAT_NEW_DATABASE_NAME, "ab", false },
    { API_FORMAT_NEW_DATABASE_NAME, "sales_1", false },
    { API_FORMAT_NEW_DATABASE_NAME, "sales-", false },
    { API_FORMAT_NEW_DATABASE_NAME, "1sales", false },
    { API_FORMAT_SHARDED_DATABASE_NAME, "e", true },
    { API_FORMAT_SHARDED_DATABASE_NAME, "Events_2-x", true },
    { API_FORMAT_SHARDED_DATABASE_NAME, "_events", false },
    { API_FORMAT_SHARDED_DATABASE_NAME, "events.x", false },
    { API_FORMAT_SEED_URI, "s3://bucket/a", true },
    { API_FORMAT_SEED_URI, "https://host:1/a/b?c=d", true },
    { API_FORMAT_SEED_URI, "ftp://host//a/", true },
    { API_FORMAT_SEED_URI, "s3://bucket/", false },
    { API_FORMAT_SEED_URI, "s3://bucket", false },
    { API_FORMAT_SEED_URI, "s3:///a", false },
    { API_FORMAT_SEED_URI, "file:///a/b", false },
    { API_FORMAT_SEED_URI, "gs://bucket/a b", false },
    { API_FORMAT_RESTORE_UNTIL, "txId:0", true },
    { API_FORMAT_RESTORE_UNTIL, "2026-01-31T12:00:00.5+01:00", true },
    { API_FORMAT_RESTORE_UNTIL, "txId:", false },
    { API_FORMAT_RESTORE_UNTIL, "txid:1", false },
    { API_FORMAT_RESTORE_UNTIL, "2026-13-31T12:00:00Z", false },
    { API_FORMAT_RESTORE_UNTIL, "2026-01-31T24:00:00Z", false },
    { API_FORMAT_CRON, "0 2 * * *", true },
    { API_FORMAT_CRON, "*/15 0-6,22-23 1,15 jan-Mar MON-FRI/2", true },
    { API_FORMAT_CRON, "@daily", true },
    { API_FORMAT_CRON, "60 2 * * *", false },
    { API_FORMAT_CRON, "0 2 * *", false },
    { API_FORMAT_CRON, "0 0 2 * * *", false },
    { API_FORMAT_CRON, "0 2 * * 7", false },
    { API_FORMAT_CRON, "*/0 * * * *", false },
    { API_FORMAT_CRON, "@reboot", false },
    { API_FORMAT_CHECKSUM, "sha256:0123456789abcdefABCDEF0123456789abcdef0123456789abcdef0123456789", true },
    { API_FORMAT_CHECKSUM, "sha256:0123", false },
    { API_FORMAT_CHECKSUM, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false },
    { API_FORMAT_CHECKSUM, "sha512:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false },
    { API_FORMAT_PLUGIN_NAME, "graph-data-science", true },
    { API_FORMAT_PLUGIN_NAME, "a", true },
    { API_FORMAT_PLUGIN_NAME, "../apoc", false },
    { API_FORMAT_PLUGIN_NAME, "apoc/core", false },
    { API_FORMAT_PLUGIN_NAME, "", false },
    { API_FORMAT_VERSION_CONSTRAINT, "5.26", true },
    { API_FORMAT_VERSION_CONSTRAINT, ">= 2.9.0, <3", true },
    { API_FORMAT_VERSION_CONSTRAINT, "~5.26.x", true },
    { API_FORMAT_VERSION_CONSTRAINT, "latest", false },
    { API_FORMAT_VERSION_CONSTRAINT, ">=", false },
    { API_FORMAT_VERSION_CONSTRAINT, "!=5", false },
    { API_FORMAT_CYPHER, "RETURN 1", true },
    { API_FORMAT_CYPHER, " \n", false },
    { API_FORMAT_PROCEDURE_PATTERN, "apoc.load.*", true },
    { API_FORMAT_PROCEDURE_PATTERN, "a,b", false },
    { API_FORMAT_PROCEDURE_PATTERN, "", false },
};

TEST("each form holds for what its row says, here and by the pattern that the API server has") {
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (format_holds(rows[i].format, text_from(rows[i].text)) != rows[i].holds)
            fail_msg("%s: %s", format_words(rows[i].format), rows[i].text);
        if (pattern_holds(rows[i].format, rows[i].text) != rows[i].holds)
            fail_msg("pattern %s: %s", patterns[rows[i].format], rows[i].text);
    }
}

TEST("each form has rows that hold and rows that do not") {
    for (size_t format = API_FORMAT_ANY + 1; format < ARRAY_LENGTH(patterns); format++) {
        bool seen[2] = { false, false };
        for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
            if (rows[i].format == format)
                seen[rows[i].holds] = true;
        }
        if (!seen[false] || !seen[true])
            fail_msg("no row for %s", patterns[format]);
    }
}

TEST("names are limited in length") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *at_limit = arena_printf(arena, "%0253d", 0);
    const char *above = arena_printf(arena, "%0254d", 0);
    const char *label_at_limit = arena_printf(arena, "a/%063d", 0);
    const char *label_above = arena_printf(arena, "a/%064d", 0);

    assert_true(format_holds(API_FORMAT_DNS_NAME, text_from(at_limit)));
    assert_true(pattern_holds(API_FORMAT_DNS_NAME, at_limit));
    assert_false(format_holds(API_FORMAT_DNS_NAME, text_from(above)));
    assert_false(pattern_holds(API_FORMAT_DNS_NAME, above));
    assert_true(format_holds(API_FORMAT_LABEL_KEY, text_from(label_at_limit)));
    assert_true(pattern_holds(API_FORMAT_LABEL_KEY, label_at_limit));
    assert_false(format_holds(API_FORMAT_LABEL_KEY, text_from(label_above)));
    assert_false(pattern_holds(API_FORMAT_LABEL_KEY, label_above));
}
