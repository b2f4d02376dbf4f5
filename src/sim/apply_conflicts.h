/* Conflicts: fields that an apply would change though others own them, and how that is told. */
#pragma once

#include "sim/apply.h"
#include "sim/apply_managers.h"

/* What managers other than self own of the changed fields, in the order of their names. Sorts managers. */
void conflicts_find(struct managers *managers, const struct manager *self, const struct field_set *changed,
                    struct apply_conflicts *out_conflicts);
/* `Apply failed with 1 conflict: …`, in arena. */
const char *conflicts_message(struct arena *arena, const struct apply_conflicts *conflicts);
