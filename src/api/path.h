/* Paths of fields within an object, built on the stack while a table is walked and written out only when
 * there is something to say: spec.topology.serverRoles[2].modeConstraint, spec.auth.oidc[okta].audience. */
#pragma once

#include "base/arena.h"

enum field_path_type { FIELD_PATH_NAME, FIELD_PATH_INDEX, FIELD_PATH_KEY };

struct field_path {
    const struct field_path *parent; /* NULL: the root */
    enum field_path_type type;
    const char *name; /* of a member, or the key in a map */
    size_t index;
};

#define FIELD_PATH_ROOT(root)           (&(struct field_path){ NULL, FIELD_PATH_NAME, (root), 0 })
#define FIELD_PATH_MEMBER(parent, name) (&(struct field_path){ (parent), FIELD_PATH_NAME, (name), 0 })
#define FIELD_PATH_ITEM(parent, index)  (&(struct field_path){ (parent), FIELD_PATH_INDEX, NULL, (index) })
#define FIELD_PATH_ENTRY(parent, key)   (&(struct field_path){ (parent), FIELD_PATH_KEY, (key), 0 })

/* In arena. */
const char *field_path_text(struct arena *arena, const struct field_path *path);
