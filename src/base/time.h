/* Points in time and spans as Kubernetes writes them. */
#pragma once

#include "base/arena.h"
#include "base/text.h"

/* metav1.Time: "2026-01-31T12:00:00Z", whole seconds, UTC. In arena. */
char *time_format(struct arena *arena, int64_t wall_ns);
/* metav1.MicroTime: "2026-01-31T12:00:00.000000Z". In arena. */
char *time_format_micro(struct arena *arena, int64_t wall_ns);
/* RFC 3339, any offset, any fraction. */
CHECKED bool time_parse(struct text text, int64_t *out_wall_ns);

/* Go's durations ("300ms", "1h30m", "-1.5h", "0") and the units d and w (24 h, 7 d). */
CHECKED bool duration_parse(struct text text, int64_t *out_ns);
/* As Go prints it: "1h30m0s", "1.5s", "0s". In arena. */
char *duration_format(struct arena *arena, int64_t ns);
/* As kubectl prints an age: "5s", "2m3s", "3h", "2d". In arena. */
char *duration_human(struct arena *arena, int64_t ns);
