#include "cel/run.h"

#include "base/buffer.h"

bool cel_fail(struct cel_run *run, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    run->failure = arena_vprintf(run->arena, format, arguments);
    va_end(arguments);
    return false;
}

bool cel_fail_overload(struct cel_run *run, const char *name, const struct cel_value *arguments,
                       size_t count) {
    CLEANUP_BUFFER struct buffer kinds = { 0 };

    for (size_t i = 0; i < count; i++)
        buffer_printf(&kinds, "%s%s", i ? ", " : "", cel_kind_name(arguments[i].kind));
    return cel_fail(run, "no such overload: %s(%s)", name, buffer_string(&kinds));
}

bool cel_spend(struct cel_run *run, uint64_t steps) {
    if (!run->is_spent && steps <= run->steps_left) {
        run->steps_left -= steps;
        return true;
    }
    if (!run->is_spent)
        (void)cel_fail(run, "the expression takes more than %d steps", CEL_STEPS_MAX);
    run->is_spent = true;
    return false;
}

bool cel_spend_bytes(struct cel_run *run, uint64_t bytes) {
    return cel_spend(run, bytes / CEL_BYTES_PER_STEP);
}
