#include "api/nearest.h"

#include "schema/node.h"

/* ---- distance ---- */

enum { NAME_BYTES_MAX = 64, DISTANCE_MAX = 3 };

static size_t least(size_t a, size_t b, size_t c) {
    size_t best = a < b ? a : b;
    return best < c ? best : c;
}

/* Levenshtein's distance without regard to case; names of fields are short. */
static size_t distance(const char *a, const char *b) {
    size_t row[NAME_BYTES_MAX + 1];
    size_t length = strlen(b);

    if (strlen(a) > NAME_BYTES_MAX || length > NAME_BYTES_MAX)
        return NAME_BYTES_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            size_t above = row[j + 1];
            row[j + 1] = least(above + 1, row[j] + 1, diagonal + ((a[i] | 0x20) != (b[j] | 0x20)));
            diagonal = above;
        }
    }
    return row[length];
}

/* The best so far, and how far it is away. */
struct search {
    const char *name;
    const char *nearest;
    size_t distance;
};

static void consider(struct search *search, const char *candidate) {
    size_t away = distance(search->name, candidate);

    /* A short name is near to everything. */
    if (away <= DISTANCE_MAX && away < strlen(search->name) &&
        (!search->nearest || away < search->distance)) {
        search->nearest = candidate;
        search->distance = away;
    }
}

const char *nearest_name(const char *name, const char *const *names, size_t count) {
    struct search search = { .name = name };

    for (size_t i = 0; i < count; i++)
        consider(&search, names[i]);
    return search.nearest;
}

/* ---- the object that the field is in ---- */

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
    struct search search = { .name = arena_strndup(arena, last.data, last.length) };
    for (size_t i = 0; schema && i < schema->property_count; i++)
        consider(&search, schema->properties[i].name);
    return search.nearest;
}
