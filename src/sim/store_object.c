#include "sim/store_object.h"

static struct store_object *mutable(const struct store_object *object) {
    return (struct store_object *)(uintptr_t)object;
}

void store_object_unref(const struct store_object *object) {
    if (!object || --mutable(object)->references > 0)
        return;
    arena_free(object->arena);
    free(mutable(object));
}

static const struct store_object *parse(const struct store_value *value) {
    struct store_object *object = XNEW(struct store_object);

    object->references = 1;
    object->arena = arena_new();
    object->json = store_value_parse(object->arena, value);
    return object;
}

void store_objects_clear(struct store_objects *objects) {
    for (size_t i = 0; i < STORE_OBJECTS_MAX; i++) {
        store_value_unref(objects->items[i].value);
        store_object_unref(objects->items[i].object);
    }
    *objects = (struct store_objects){ 0 };
}

const struct store_object *store_objects_get(struct store_objects *objects, const struct store_value *value) {
    size_t place = objects->newest;

    for (size_t i = 0; i < STORE_OBJECTS_MAX; i++) {
        place = (objects->newest - i) % STORE_OBJECTS_MAX;
        if (objects->items[place].value == value)
            break;
    }
    if (objects->items[place].value != value) {
        place = objects->newest = (objects->newest + 1) % STORE_OBJECTS_MAX;
        store_value_unref(objects->items[place].value);
        store_object_unref(objects->items[place].object);
        objects->items[place].value = store_value_ref(value);
        objects->items[place].object = parse(value);
    }
    mutable(objects->items[place].object)->references++;
    return objects->items[place].object;
}
