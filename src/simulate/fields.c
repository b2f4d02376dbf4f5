#include "simulate/fields.h"

#include "base/text.h"

enum { FIELDS_MAX = 4096, STEPS_MAX = 32 };

struct walk {
    struct arena *arena;
    struct fields fields;
    struct field_step steps[STEPS_MAX];
    size_t depth;
};

/* What is known of the place that is walked. object: NULL where the table does not reach. */
struct place {
    const char *path;
    const char *meant;
    const struct json *schema;
    const struct api_object *object;
    enum api_effect effect;
    bool is_embedded;
};

static void walk(struct walk *all, struct place place);

static void go_down(struct walk *all, enum field_step_type type, const char *name, const struct json *within,
                    struct place place) {
    ensure(all->depth < STEPS_MAX);
    all->steps[all->depth++] = (struct field_step){ type, name, within };
    walk(all, place);
    all->depth--;
}

static void walk_member(struct walk *all, const struct place *place, const char *name,
                        const struct json *schema) {
    const struct api_field *field =
        place->object ? api_object_field(place->object, name, strlen(name)) : NULL;
    struct place below = { .path = arena_printf(all->arena, "%s.%s", place->path, name),
                           .meant = arena_printf(all->arena, "%s.%s", place->meant, name),
                           .schema = schema,
                           .effect = place->effect,
                           .is_embedded = place->is_embedded };

    if (field && field->alias_of)
        below.meant = arena_printf(all->arena, "%s.%s", place->meant, field->alias_of);
    if (field && field->alias_of)
        field = api_object_field(place->object, field->alias_of, strlen(field->alias_of));
    if (field) {
        below.object = field->object;
        if (place->effect == API_EFFECT_NOW)
            below.effect = field->effect;
        below.is_embedded |= field->type == API_JSON_OBJECT || field->type == API_JSON_LIST;
    }
    go_down(all, FIELD_STEP_MEMBER, name, place->schema, below);
}

static void add(struct walk *all, const struct place *place) {
    struct field_step *steps = ARENA_ARRAY(all->arena, struct field_step, all->depth);

    ensure(all->fields.count < FIELDS_MAX);
    memcpy(steps, all->steps, all->depth * sizeof(*steps));
    all->fields.items[all->fields.count++] = (struct field){ .path = place->path,
                                                             .meant = place->meant,
                                                             .steps = steps,
                                                             .step_count = all->depth,
                                                             .schema = place->schema,
                                                             .effect = place->effect,
                                                             .is_embedded = place->is_embedded };
}

static void walk(struct walk *all, struct place place) {
    const struct json *properties = json_get(place.schema, "properties");
    const struct json *items = json_get(place.schema, "items");
    const struct json *values = json_get(place.schema, "additionalProperties");
    const struct json *within = place.schema;

    JSON_FOR_EACH_MEMBER (member, properties)
        walk_member(all, &place, member->key, &member->value);
    if (json_length(properties))
        return;
    if (json_is(items, JSON_OBJECT)) {
        place.path = arena_printf(all->arena, "%s[0]", place.path);
        place.meant = arena_printf(all->arena, "%s[0]", place.meant);
        place.schema = items;
        go_down(all, FIELD_STEP_ITEM, NULL, within, place);
    } else if (json_get(values, "properties")) {
        place.path = arena_printf(all->arena, "%s[" FIELD_ENTRY "]", place.path);
        place.meant = arena_printf(all->arena, "%s[" FIELD_ENTRY "]", place.meant);
        place.schema = values;
        go_down(all, FIELD_STEP_ENTRY, NULL, within, place);
    } else {
        add(all, &place);
    }
}

struct fields fields_of_kind(struct arena *arena, const struct api_kind *kind) {
    const struct api_kind_tables *tables = &api_kind_tables[kind - api_kinds];
    struct walk all = { .arena = arena, .fields.items = ARENA_ARRAY(arena, struct field, FIELDS_MAX) };
    struct json *definition = NULL;

    ensure(json_parse(arena, (struct text){ tables->shipped->json, tables->shipped->length }, NULL,
                      &definition, NULL));
    const struct json *spec = json_at(definition, "spec.versions.0.schema.openAPIV3Schema.properties.spec");
    ensure(spec);
    go_down(&all, FIELD_STEP_MEMBER, "spec", json_at(definition, "spec.versions.0.schema.openAPIV3Schema"),
            (struct place){ .path = "spec", .meant = "spec", .schema = spec, .object = tables->spec });
    return all.fields;
}
