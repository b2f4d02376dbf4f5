/* Versions of Neo4j: semantic up to 5.26, calendar from 2025.01. The one reader of them.
 *
 * Two families matter for configuration: 5.26 LTS, with two generations of discovery, and calendar releases.
 * A version without a patch ("5.26", "5.26.x") stands for the newest of its line, as such a tag does.
 */
#pragma once

#include "base/text.h"

enum version_family {
    VERSION_UNKNOWN,  /* no version could be read: a digest, "latest", a tag of someone's own */
    VERSION_5,        /* 5.x */
    VERSION_CALENDAR, /* 2025.01 and later */
    VERSION_OLD,      /* before 5 */
};

struct version {
    enum version_family family;
    unsigned major; /* 5, 2025 */
    unsigned minor; /* 26, 1 */
    unsigned patch;
    bool has_patch;
};

/* Of a tag ("5.26.0-enterprise", "2025.10.1-enterprise-ubi10", "5.26-enterprise@sha256:…"), or of what
 * SHOW SERVERS and dbms.components answer ("5.26.0", "2025.01.0"). A leading v, neo4j- or neo4j: is left out,
 * as is what follows the numbers. What names no version is VERSION_UNKNOWN. */
struct version version_parse(const char *tag);
/* Of an image reference: "registry:5000/neo4j:5.26.0-enterprise@sha256:…". */
struct version version_of_image(const char *reference);
/* The tag of an image reference, without a digest; data is NULL when it has none. */
struct text version_image_tag(const char *reference);
/* -1, 0, 1; a patch that is not named counts as the newest. Both must be known. */
int version_compare(const struct version *a, const struct version *b);
bool version_at_least(const struct version *version, unsigned major, unsigned minor);
/* 5.26.x, or 2025.01 and later. An unknown version is not. */
bool version_is_supported(const struct version *version);
/* "5.26.0", "2025.01.0", "unknown"; always fits. */
enum { VERSION_TEXT_BYTES = 40, VERSION_TAG_BYTES_MAX = 128 };
void version_format(const struct version *version, char out[VERSION_TEXT_BYTES]);
/* What the kernel calls itself in dbms.components(): the version, but 5.27.x in 2025.01. */
void version_format_kernel(const struct version *version, char out[VERSION_TEXT_BYTES]);

/* Whether a cluster may go from one to the other: only upwards, only by 5.26 into calendar releases. The
 * reason, when it may not, is a sentence for people (static), else NULL. */
const char *version_upgrade_refusal(const struct version *from, const struct version *to);
