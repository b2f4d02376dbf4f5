/* Schedules of the simulation: one that can be read says the same when it is written and read again. */
#include "base/text.h"
#include "simulate/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP_POINTER(schedule_free) struct schedule *schedule = NULL, *again = NULL;
    CLEANUP_BUFFER struct buffer first = { 0 }, second = { 0 };
    struct error err = { 0 };

    if (!schedule_parse((struct text){ (const char *)data, size }, &schedule, &err)) {
        ensure(err.kind == ERROR_INVALID && *err.text);
        return 0;
    }
    schedule_write(schedule, &first);
    ensure(schedule_parse(buffer_text(&first), &again, &err));
    ensure(again->count == schedule->count);
    schedule_write(again, &second);
    ensure(text_equal(buffer_text(&first), buffer_text(&second)));
    return 0;
}
