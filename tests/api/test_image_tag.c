#include "test.h"

#include "api/image_tag.h"

TEST("reads the version that a tag names") {
    static const struct {
        const char *tag;
        bool is_version, is_supported;
        struct image_version version;
    } rows[] = {
        { "5.26.0-enterprise", true, true, { 5, 26, 0 } },
        { "v5.26.3", true, true, { 5, 26, 3 } },
        { "neo4j-5.26", true, true, { 5, 26, 0 } },
        { "2025.07.1-enterprise-ubi9", true, true, { 2025, 7, 1 } },
        { "2025.01", true, true, { 2025, 1, 0 } },
        { "5.26.x", true, true, { 5, 26, 0 } },
        { "5.27.0", true, false, { 5, 27, 0 } },
        { "4.4.40", true, false, { 4, 4, 40 } },
        { "2025.0.0", true, false, { 2025, 0, 0 } },
        { "2024.12.0", true, false, { 2024, 12, 0 } },
        { "2025.12.0", true, true, { 2025, 12, 0 } },
        { "2025.13.0", true, false, { 2025, 13, 0 } },
        { "latest", false, false, { 0 } },
        { "5", false, false, { 0 } },
        { "5.", false, false, { 0 } },
        { "5.26-", true, true, { 5, 26, 0 } },
        { "-5.26", false, false, { 0 } },
        { "99999.1", false, false, { 0 } },
        { "", false, false, { 0 } },
        { NULL, false, false, { 0 } },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct image_version version = { 0 };
        bool is_version = image_tag_parse(rows[i].tag, &version);
        if (is_version != rows[i].is_version || image_version_compare(version, rows[i].version) != 0 ||
            (is_version && image_version_is_supported(version) != rows[i].is_supported))
            fail_msg("%s: %d %u.%u.%u", rows[i].tag, is_version, version.major, version.minor, version.patch);
    }
}

TEST("orders versions by their parts") {
    static const struct image_version rows[] = {
        { 5, 26, 0 }, { 5, 26, 3 }, { 2025, 1, 0 }, { 2025, 10, 1 }, { 2026, 1, 0 }
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        for (size_t j = 0; j < ARRAY_LENGTH(rows); j++)
            assert_int_equal(image_version_compare(rows[i], rows[j]), (i > j) - (i < j));
    }
}
