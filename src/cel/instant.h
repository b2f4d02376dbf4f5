/* Timestamps and durations.
 *
 * Timestamps are of the years 1 to 9999, with nanoseconds; durations fit in 64 bits of nanoseconds (292
 * years).
 */
#pragma once

#include "cel/run.h"

enum { CEL_NANOSECONDS = 1000 * 1000 * 1000 };

/* RFC 3339. False when it is none, or out of range. */
CHECKED bool cel_instant_parse(struct text text, struct cel_value *out_instant);
/* From seconds since 1970; false when out of range. */
CHECKED bool cel_instant_from_seconds(int64_t seconds, struct cel_value *out_instant);
/* With as many digits of a second as it needs. In arena. */
char *cel_instant_format(struct arena *arena, struct cel_value instant);
/* Go's units only: "1h30m", not "1d". */
CHECKED bool cel_duration_parse(struct text text, struct cel_value *out_duration);
/* In seconds: "5400s", "0.001s". In arena. */
char *cel_duration_format(struct arena *arena, int64_t nanoseconds);

/* The sum or difference if these are kinds that have one: *out_known says so. Fails when out of range. */
CHECKED bool cel_instant_add(struct cel_run *run, struct cel_value a, struct cel_value b, bool *out_known,
                             struct cel_value *out);
CHECKED bool cel_instant_subtract(struct cel_run *run, struct cel_value a, struct cel_value b,
                                  bool *out_known, struct cel_value *out);
