/* Regular expressions as Go's regexp has them (RE2), run by PCRE2.
 *
 * Both find the leftmost match and prefer the first alternative; a pattern that only PCRE2 knows (lookaround,
 * backreferences, possessive repetition, verbs) is refused. Matching ends with an error after
 * CEL_PATTERN_STEPS_MAX steps, where RE2 would go on in linear time.
 * Source: the syntax of RE2 as the package regexp/syntax of Go documents it.
 */
#pragma once

#include "cel/run.h"

enum { CEL_PATTERN_BYTES_MAX = 4096, CEL_REPEAT_MAX = 1000 };

struct cel_pattern;

/* Immutable; may be used by many threads at once. */
CHECKED bool cel_pattern_new(struct text source, struct cel_pattern **out_pattern, struct error *err);
void cel_pattern_free(struct cel_pattern *pattern);
DEFINE_CLEANUP(struct cel_pattern, cel_pattern_free);

/* The first match at start or behind it; *out_found is false when there is none. subject is UTF-8, start at
 * the beginning of a character. */
CHECKED bool cel_pattern_find(struct cel_run *run, const struct cel_pattern *pattern, struct text subject,
                              size_t start, bool *out_found, size_t *out_begin, size_t *out_end);

/* The pattern in PCRE2's words. For cel_pattern_new(). */
CHECKED bool cel_pattern_translate(struct text source, struct buffer *out, struct error *err);
