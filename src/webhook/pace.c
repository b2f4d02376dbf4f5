#include "webhook/pace.h"

int64_t pace_rest_ms(struct pace *pace, int64_t now_ms) {
    const int64_t owed_ms_max = (int64_t)PACE_WRITES_MAX * PACE_CALM_MS;
    int64_t beyond_ms;

    if (pace->repaid_ms < now_ms)
        pace->repaid_ms = now_ms;
    pace->repaid_ms += PACE_CALM_MS;
    beyond_ms = pace->repaid_ms - now_ms - owed_ms_max;
    return beyond_ms > PACE_REST_MS_MIN ? beyond_ms : PACE_REST_MS_MIN;
}
