/* Difference: what two essences (essence.h) do not have in common, so that a person can read it. */
#pragma once

#include "base/json.h"

struct difference {
    const char *object; /* "StatefulSet graph-server" */
    const char *path;   /* "spec.template.spec.nodeSelector"; "" when one of the worlds lacks the object */
    const char *here;   /* JSON; NULL: absent */
    const char *there;
};

struct differences {
    struct difference *items;
    size_t count;
};

/* In arena, up to DIFFERENCES_MAX. */
enum { DIFFERENCES_MAX = 16 };
struct differences differences_of(struct arena *arena, const char *here, const char *there);
