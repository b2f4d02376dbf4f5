/* Time zones of the IANA database, as the machine has them (/usr/share/zoneinfo).
 *
 * Read from their files: TZif of RFC 8536, version 2 and later, with the transitions that it lists; after the
 * last one its time stays. Debian's files list them until 2037.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"

struct arena;
struct time_zone;

/* "Europe/Stockholm", "UTC"; in arena. ERROR_INVALID: "unknown time zone …". */
CHECKED bool time_zone_load(struct arena *arena, const char *name, const struct time_zone **out_zone,
                            struct error *err);
/* The content of such a file. */
CHECKED bool time_zone_parse(struct arena *arena, struct text content, const struct time_zone **out_zone,
                             struct error *err);
/* What has to be added to UTC, in seconds. zone NULL: UTC. */
int64_t time_zone_offset_seconds(const struct time_zone *zone, int64_t wall_ns);
/* As Go's time.RFC3339 writes it: "2026-01-31T12:00:00+01:00", "…Z". In arena. */
char *time_zone_format(struct arena *arena, const struct time_zone *zone, int64_t wall_ns);
