/* Image tags: which Neo4j a tag stands for.
 *
 * A leading v, neo4j- or neo4j: and all from the first "-" on is left out; then at least two numbers:
 * "5.26.0", "2025.07.1-enterprise". A third part that is no number counts as 0.
 */
#pragma once

#include "base/text.h"

struct image_version {
    unsigned major;
    unsigned minor;
    unsigned patch;
};

/* False when the tag names no version, such as "latest". */
CHECKED bool image_tag_parse(const char *tag, struct image_version *out_version);
/* -1, 0, 1 */
int image_version_compare(struct image_version a, struct image_version b);
/* Versions by the calendar, from 2025.01 on. */
bool image_version_is_calendar(struct image_version version);
/* 5.26.x, or by the calendar. */
bool image_version_is_supported(struct image_version version);
