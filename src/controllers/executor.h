/* Executor: carries a plan's steps out, in their order, up to the first that fails or must wait. Objects to
 * be made that stand one behind the other and don't need each other go to the API server side by side: when
 * one of them fails, those beside it may be there, too. */
#pragma once

#include "controllers/engine.h"

struct execution {
    /* The step that failed or waits, or NULL: the plan is through. */
    const struct step *stopped_at;
    struct error error; /* ERROR_NONE when it waits or is through */
    size_t steps_done;  /* that sent something */
};

/* is_forced: apply objects even when they are in sync. */
void execute_plan(const struct pass *pass, const struct plan *plan, bool is_forced,
                  struct execution *out_execution);
