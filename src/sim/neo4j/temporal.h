/* Points in time, taken apart and put together: the structures of Bolt as days, time of day and offset. */
#pragma once

#include "bolt/value.h"
#include "sim/neo4j/expression_node.h"

#define DAY_NS      INT64_C(86400000000000)
#define TIME_SEC_NS INT64_C(1000000000)

struct temporal {
    bool has_date, has_time, has_offset;
    int64_t days;    /* since 1970, of the local date */
    int64_t time_ns; /* of the local day */
    int32_t offset_s;
    const char *zone; /* name, or NULL */
};

/* False: the value is no point in time. */
bool temporal_read(const struct bolt_value *value, struct temporal *out_temporal);
/* The structure with this tag; what it does not hold is left out. In arena. */
struct bolt_value temporal_write(struct arena *arena, uint8_t tag, const struct temporal *temporal);
int64_t temporal_days(int64_t year, int64_t month, int64_t day);
void temporal_civil(int64_t days, int64_t *out_year, int64_t *out_month, int64_t *out_day);
int64_t temporal_month_length(int64_t year, int64_t month);
/* ISO 8601: a date, a time, or both with T between; then an offset and [Zone]. */
bool temporal_parse(struct arena *arena, struct text text, struct temporal *out_temporal);
/* "P1Y2M3DT4H5M6.5S". */
bool temporal_parse_duration(struct text text, int64_t out_parts[4]);
struct bolt_value temporal_duration(struct arena *arena, const int64_t parts[4]);
