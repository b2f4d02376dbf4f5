#include "sim/patch.h"

struct json *patch_merge(struct arena *arena, const struct json *document, const struct json *patch) {
    struct json *merged = NULL;

    if (!json_is(patch, JSON_OBJECT))
        return json_copy(arena, patch);
    merged = json_is(document, JSON_OBJECT) ? json_copy(arena, document) : json_new_object(arena);
    JSON_FOR_EACH_MEMBER (member, patch) {
        if (json_is(&member->value, JSON_NULL))
            json_remove(merged, member->key);
        else
            json_set(arena, merged, member->key,
                     patch_merge(arena, json_get(merged, member->key), &member->value));
    }
    return merged;
}
