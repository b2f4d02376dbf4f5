#include "api/nearest.h"

#include "schema/node.h"

/* The schema below `schema` that one step of a path leads to: a name, then any number of [index]. */
static const struct schema *step(const struct schema *schema, struct arena *arena, struct text name) {
    struct text rest = name;
    struct text plain = text_cut(&rest, '[');

    if (plain.length)
        schema = schema_member(schema, arena_strndup(arena, plain.data, plain.length));
    while (schema && rest.data) {
        schema = schema->items ? schema->items : schema->additional;
        (void)text_cut(&rest, '[');
    }
    return schema;
}

const char *nearest_field(struct arena *arena, const struct schema *schema, const char *path) {
    struct text rest = text_from(path);
    struct text last = text_cut(&rest, '.');

    while (schema && rest.data) {
        schema = step(schema, arena, last);
        last = text_cut(&rest, '.');
    }
    struct nearest_search search = { .name = arena_strndup(arena, last.data, last.length) };
    for (size_t i = 0; schema && i < schema->property_count; i++)
        nearest_consider(&search, schema->properties[i].name);
    return search.nearest;
}
