#include "test.h"

#include "settings/version.h"

TEST("reads versions out of tags") {
    static const struct {
        const char *tag;
        enum version_family family;
        const char *text;
    } rows[] = {
        { "5.26.0-enterprise", VERSION_5, "5.26.0" },
        { "5.26-enterprise", VERSION_5, "5.26" },
        { "5.26.30", VERSION_5, "5.26.30" },
        { "5.27.0", VERSION_5, "5.27.0" },
        { "2025.01.0-enterprise", VERSION_CALENDAR, "2025.01.0" },
        { "2025.1.0", VERSION_CALENDAR, "2025.01.0" },
        { "2025.10.1-enterprise-ubi10", VERSION_CALENDAR, "2025.10.1" },
        { "2026.08-enterprise", VERSION_CALENDAR, "2026.08" },
        { "5.26.1+build.7", VERSION_5, "5.26.1" },
        { "4.4.40-enterprise", VERSION_OLD, "4.4.40" },
        { "5-enterprise", VERSION_UNKNOWN, "unknown" },
        { "5", VERSION_UNKNOWN, "unknown" },
        { "2025.13.0", VERSION_UNKNOWN, "unknown" },
        { "2025.00.0", VERSION_UNKNOWN, "unknown" },
        { "6.0.0", VERSION_UNKNOWN, "unknown" },
        { "5.26.0.1", VERSION_5, "5.26.0" },
        { "5.26.", VERSION_5, "5.26" },
        { ".26.0", VERSION_UNKNOWN, "unknown" },
        { "v5.26.3", VERSION_5, "5.26.3" },
        { "neo4j-5.26", VERSION_5, "5.26" },
        { "neo4j:2025.07.1-enterprise-ubi9", VERSION_CALENDAR, "2025.07.1" },
        { "5.26.x", VERSION_5, "5.26" },
        { "5.26.4-enterprise@sha256:0123", VERSION_5, "5.26.4" },
        { "2024.12.0", VERSION_UNKNOWN, "unknown" },
        { "-5.26", VERSION_UNKNOWN, "unknown" },
        { "sha256:0123", VERSION_UNKNOWN, "unknown" },
        { "latest", VERSION_UNKNOWN, "unknown" },
        { "enterprise", VERSION_UNKNOWN, "unknown" },
        { "99999999999.1.1", VERSION_UNKNOWN, "unknown" },
        { "", VERSION_UNKNOWN, "unknown" },
        { NULL, VERSION_UNKNOWN, "unknown" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct version version = version_parse(rows[i].tag);
        char text[VERSION_TEXT_BYTES];
        version_format(&version, text);
        if (version.family != rows[i].family || !str_equal(text, rows[i].text))
            fail_msg("%s: family %d, %s", rows[i].tag, version.family, text);
    }
}

TEST("finds the tag of an image reference") {
    static const struct {
        const char *reference;
        const char *text;
    } rows[] = {
        { "neo4j:5.26.0-enterprise", "5.26.0" },
        { "docker.io/library/neo4j:2025.10.1-enterprise", "2025.10.1" },
        { "registry:5000/neo4j:5.26.0-enterprise", "5.26.0" },
        { "registry:5000/neo4j", "unknown" },
        { "registry:5000/neo4j:5.26.0@sha256:0123", "5.26.0" },
        { "neo4j@sha256:0123", "unknown" },
        { "neo4j", "unknown" },
        { "neo4j:", "unknown" },
        { "", "unknown" },
        { NULL, "unknown" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct version version = version_of_image(rows[i].reference);
        char text[VERSION_TEXT_BYTES];
        version_format(&version, text);
        if (!str_equal(text, rows[i].text))
            fail_msg("%s: %s", rows[i].reference, text);
    }
}

TEST("orders versions; one without a patch is the newest of its line") {
    static const char *const ascending[] = { "4.4.0", "5.25.0",    "5.26.0",    "5.26.9",  "5.26.10",
                                             "5.26",  "2025.01.0", "2025.10.0", "2025.10", "2026.02.0" };

    for (size_t i = 0; i < ARRAY_LENGTH(ascending); i++)
        for (size_t j = 0; j < ARRAY_LENGTH(ascending); j++) {
            struct version a = version_parse(ascending[i]);
            struct version b = version_parse(ascending[j]);
            if (version_compare(&a, &b) != (i > j) - (i < j))
                fail_msg("%s and %s", ascending[i], ascending[j]);
        }
    struct version version = version_parse("2025.06.0");
    assert_true(version_at_least(&version, 2025, 6));
    assert_true(version_at_least(&version, 5, 26));
    assert_false(version_at_least(&version, 2025, 7));
}

TEST("supports 5.26 and calendar releases") {
    static const struct {
        const char *tag;
        bool is_supported;
    } rows[] = {
        { "5.26.0", true },  { "5.26", true },    { "2025.01.0", true }, { "2026.08.1", true },
        { "5.25.0", false }, { "5.27.0", false }, { "4.4.0", false },    { "latest", false },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct version version = version_parse(rows[i].tag);
        if (version_is_supported(&version) != rows[i].is_supported)
            fail_msg("%s", rows[i].tag);
    }
}

TEST("lets a cluster move upwards only, and into calendar releases only from 5.26") {
    static const struct {
        const char *from;
        const char *to;
        const char *refusal; /* part of it; NULL: allowed */
    } rows[] = {
        { "5.26.0", "5.26.1", NULL },
        { "5.26.0", "2025.01.0", NULL },
        { "2025.01.0", "2026.08.1", NULL },
        { "5.26.0", "5.26.0", NULL },
        { "5.20.0", "5.26.0", NULL },
        { "latest", "5.26.0", NULL },
        { "5.26.1", "5.26.0", "older version" },
        { "5.26.1", "5.26", NULL },
        { "5.26", "5.26.1", NULL },
        { "2025.10.0", "2025.09.0", "older version" },
        { "2025.01.0", "5.26.0", "cannot go back" },
        { "5.25.0", "2025.01.0", "go to 5.26 first" },
        { "4.4.0", "2025.01.0", "dump, migrate and load" },
        { "4.4.0", "5.26.0", "dump, migrate and load" },
        { "5.26.0", "latest", "must be 5.26.x" },
        { "5.26.0", "5.27.0", "must be 5.26.x" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct version from = version_parse(rows[i].from);
        struct version to = version_parse(rows[i].to);
        const char *refusal = version_upgrade_refusal(&from, &to);
        if ((refusal != NULL) != (rows[i].refusal != NULL) || (refusal && !strstr(refusal, rows[i].refusal)))
            fail_msg("%s to %s: %s", rows[i].from, rows[i].to, refusal ? refusal : "allowed");
    }
}

TEST("knows what the kernel of a version calls itself") {
    static const char *const rows[][2] = { { "5.26.3", "5.26.3" },
                                           { "2025.01.1", "5.27.1" },
                                           { "2025.02.0", "2025.02.0" } };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct version version = version_parse(rows[i][0]);
        char text[VERSION_TEXT_BYTES];
        version_format_kernel(&version, text);
        assert_string_equal(text, rows[i][1]);
    }
}
