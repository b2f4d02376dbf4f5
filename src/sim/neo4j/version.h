/* Versions of Neo4j: 5.26.x (semantic) and the calendar releases since 2025.01. */
#pragma once

#include "base/arena.h"

struct neo4j_version {
    unsigned major; /* 5, 2025 … */
    unsigned minor; /* 26, 1 … */
    unsigned patch;
    char text[24];        /* "5.26.0", "2025.01.0" as the tag writes it */
    char kernel_text[24]; /* what dbms.components() answers: 5.27.x on 2025.01 */
    bool is_enterprise;
};

/* Of an image reference: "registry:5000/neo4j:2025.10.1-enterprise-ubi10@sha256:…". False when its tag names
 * no version: "enterprise", "latest". */
CHECKED bool neo4j_version_of_image(const char *image, struct neo4j_version *out_version);
bool neo4j_version_is_calendar(const struct neo4j_version *version);
/* Whether it is major.minor or newer: (2025, 10). */
bool neo4j_version_at_least(const struct neo4j_version *version, unsigned major, unsigned minor);
