/* Semantic versions.
 * Source: semver.org, 2.0.0; github.com/blang/semver/v4, which the API server uses. */
#pragma once

#include "base/arena.h"
#include "base/text.h"

struct cel_semver {
    uint64_t major, minor, patch;
    struct text pre_release; /* without '-'; empty for none */
    struct text source;
};

/* Borrows text. */
CHECKED bool cel_semver_parse(struct text text, struct cel_semver *out_version);
/* Also "v1.2", "1" and "01.02.03": made into a full version first. In arena. */
CHECKED bool cel_semver_parse_leniently(struct arena *arena, struct text text,
                                        struct cel_semver *out_version);
/* By precedence: what is behind '+' does not count. */
int cel_semver_compare(const struct cel_semver *a, const struct cel_semver *b);
