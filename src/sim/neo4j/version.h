/* The version and the edition of a simulated server, as its image says them. */
#pragma once

#include "settings/version.h"

struct neo4j_version {
    struct version number;                /* with its patch: a tag without one has 0 here */
    char text[VERSION_TEXT_BYTES];        /* "5.26.0", "2025.01.0" */
    char kernel_text[VERSION_TEXT_BYTES]; /* what dbms.components() answers */
    bool is_enterprise;
};

enum setting_family {
    SETTING_IN_5 = 1,
    SETTING_IN_CALENDAR = 2,
    SETTING_IN_ALL = 3,
};

/* Of an image reference: "registry:5000/neo4j:2025.10.1-enterprise-ubi10@sha256:…". False when its tag names
 * no version: "enterprise", "latest". */
CHECKED bool neo4j_version_of_image(const char *image, struct neo4j_version *out_version);
bool neo4j_version_is_calendar(const struct neo4j_version *version);
/* Whether it is major.minor or newer: (2025, 10). */
bool neo4j_version_at_least(const struct neo4j_version *version, unsigned major, unsigned minor);
/* Whether it is of the calendar releases from since on, and before until: year * 100 + month, 0 for no limit.
 */
bool neo4j_version_is_within(const struct neo4j_version *version, unsigned since, unsigned until);
