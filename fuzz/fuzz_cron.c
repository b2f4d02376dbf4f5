/* Cron schedules: the next time is later, and is one that the schedule names. */
#include "base/cron.h"
#include "base/error.h"
#include "base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int64_t start_ns = INT64_C(1767225600123456789), second_ns = 1000000000,
                         minute_ns = 60 * second_ns;
    struct cron_schedule schedule;
    struct error err = { 0 };

    if (!cron_parse((struct text){ (const char *)data, size }, &schedule, &err)) {
        ensure(err.kind == ERROR_INVALID && *err.text);
        return 0;
    }
    int64_t next_ns = cron_next(&schedule, NULL, start_ns);
    ensure(next_ns > start_ns - second_ns);
    if (next_ns == INT64_MAX || schedule.every_ns)
        return 0;
    ensure(next_ns % minute_ns == 0);
    ensure(schedule.minutes >> next_ns / minute_ns % 60 & 1);
    ensure(schedule.hours >> next_ns / (60 * minute_ns) % 24 & 1);
    ensure(cron_next(&schedule, NULL, next_ns - minute_ns) == next_ns);
    return 0;
}
