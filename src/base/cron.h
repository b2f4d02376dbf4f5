/* Cron schedules, as CronJobs have them: five fields, "@daily" and its like, "@every 1h30m".
 *
 * After: robfig/cron v3, ParseStandard, which Kubernetes uses; its words on what is wrong are in the errors.
 */
#pragma once

#include "base/text.h"

struct error;
struct time_zone;

struct cron_schedule {
    uint64_t minutes; /* a bit for each value */
    uint64_t hours, days, months, weekdays;
    bool has_all_days, has_all_weekdays; /* "*": then the other field decides alone, else either does */
    int64_t every_ns;                    /* of "@every"; 0: the fields hold */
};

CHECKED bool cron_parse(struct text text, struct cron_schedule *out_schedule, struct error *err);

/* The first time later than wall_ns, to the minute, in the zone (NULL: UTC). INT64_MAX: none in five years.
 */
int64_t cron_next(const struct cron_schedule *schedule, const struct time_zone *zone, int64_t wall_ns);
