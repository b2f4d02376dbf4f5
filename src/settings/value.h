/* Values of settings: whether one fits, and how the server shows it.
 *
 * Verdicts and words are those of the real server (org.neo4j.configuration, SettingValueParsers): a peer test
 * compares both for every type (tests/peers/settings-check).
 */
#pragma once

#include "settings/setting.h"

/* Whether the value fits. The error says why not in the server's words; it may hold the value. */
CHECKED bool setting_check(const struct setting *setting, const char *value, struct error *err);
/* What is allowed, without any value: "An integer that is minimum `1`." */
void setting_write_allowed(const struct setting *setting, struct buffer *out);
/* A value that fits, as the server shows it: "1.5g" as 1.50GiB, "90" as 1m30s, a secret as stars. */
void setting_write_value(const struct setting *setting, const char *value, struct buffer *out);

CHECKED bool setting_parse_bytes(struct text text, int64_t *out_bytes);
CHECKED bool setting_parse_duration(struct text text, int64_t *out_ns);
/* "a-b" */
CHECKED bool setting_parse_duration_range(struct text text, int64_t *out_low_ns, int64_t *out_high_ns);
