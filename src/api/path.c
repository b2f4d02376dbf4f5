#include "api/path.h"

const char *field_path_text(struct arena *arena, const struct field_path *path) {
    const char *parent = path->parent ? field_path_text(arena, path->parent) : NULL;

    if (!parent)
        return path->name;
    switch (path->type) {
    case FIELD_PATH_NAME:
        return arena_printf(arena, "%s.%s", parent, path->name);
    case FIELD_PATH_INDEX:
        return arena_printf(arena, "%s[%zu]", parent, path->index);
    case FIELD_PATH_KEY:
        return arena_printf(arena, "%s[%s]", parent, path->name);
    }
    return parent;
}
