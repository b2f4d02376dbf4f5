/* Points. Source: Cypher Manual, spatial functions. */
#include "sim/neo4j/expression_node.h"

#include <math.h>

enum { SRID_CARTESIAN = 7203, SRID_CARTESIAN_3D = 9157, SRID_WGS84 = 4326, SRID_WGS84_3D = 4979 };

static const struct bolt_value *first_of(const struct bolt_value *map, const char *a, const char *b) {
    const struct bolt_value *value = bolt_get(map, a);

    return value ? value : bolt_get(map, b);
}

static int64_t srid_of(const struct bolt_value *map, bool has_z) {
    static const struct {
        const char *name;
        int64_t srid;
    } systems[] = { { "cartesian", SRID_CARTESIAN },
                    { "cartesian-3d", SRID_CARTESIAN_3D },
                    { "wgs-84", SRID_WGS84 },
                    { "wgs-84-3d", SRID_WGS84_3D } };
    const char *name = bolt_string(bolt_get(map, "crs"), NULL);
    bool is_geographic = bolt_get(map, "longitude") || bolt_get(map, "latitude");

    for (size_t i = 0; name && i < ARRAY_LENGTH(systems); i++)
        if (!strcasecmp(name, systems[i].name))
            return systems[i].srid;
    if (bolt_get(map, "srid"))
        return bolt_integer(bolt_get(map, "srid"), 0);
    if (is_geographic)
        return has_z ? SRID_WGS84_3D : SRID_WGS84;
    return has_z ? SRID_CARTESIAN_3D : SRID_CARTESIAN;
}

static bool call_point(const struct evaluation *evaluation, const struct bolt_value *arguments, size_t count,
                       struct bolt_value *out) {
    struct arena *arena = evaluation->cursor->arena;
    const struct bolt_value *map = &arguments[0];
    const struct bolt_value *coordinates[] = { first_of(map, "x", "longitude"),
                                               first_of(map, "y", "latitude"), first_of(map, "z", "height") };
    bool has_z = coordinates[2] != NULL;
    struct bolt_value *point = bolt_new_struct(arena, has_z ? BOLT_POINT_3D : BOLT_POINT_2D);
    int64_t srid;

    *out = (struct bolt_value){ .type = BOLT_NULL };
    if (map->type == BOLT_NULL)
        return true;
    if (map->type != BOLT_MAP)
        return evaluation_fail_type(evaluation, "point() expects a map");
    srid = srid_of(map, has_z);
    if (!coordinates[0] || !coordinates[1])
        return failure_set(evaluation->cursor->failure, arena, FAILURE_ARGUMENT,
                           "A point must contain either 'x' and 'y' or 'latitude' and 'longitude'");
    if (srid != SRID_CARTESIAN && srid != SRID_CARTESIAN_3D && srid != SRID_WGS84 && srid != SRID_WGS84_3D)
        return failure_set(evaluation->cursor->failure, arena, FAILURE_ARGUMENT,
                           "Unknown coordinate reference system: %ld", (long)srid);
    bolt_append(arena, point, bolt_new_integer(arena, srid));
    for (size_t i = 0; i < (has_z ? 3U : 2U); i++) {
        if (coordinates[i]->type == BOLT_NULL)
            return true;
        if (coordinates[i]->type != BOLT_INTEGER && coordinates[i]->type != BOLT_FLOAT)
            return evaluation_fail_type(evaluation, "coordinates are numbers");
        bolt_append(arena, point, bolt_new_float(arena, bolt_number(coordinates[i], 0)));
    }
    *out = *point;
    return true;
}

static double coordinate(const struct bolt_value *point, size_t index) {
    return bolt_number(bolt_item(point, index + 1), 0);
}

/* Over a sphere with the earth's mean radius, as Neo4j measures (haversine). */
static double geographic_distance(const struct bolt_value *a, const struct bolt_value *b) {
    const double radians = M_PI / 180, radius = 6378140.0;
    double latitudes = (coordinate(b, 1) - coordinate(a, 1)) * radians;
    double longitudes = (coordinate(b, 0) - coordinate(a, 0)) * radians;
    double h = pow(sin(latitudes / 2), 2) + cos(coordinate(a, 1) * radians) *
                                                cos(coordinate(b, 1) * radians) * pow(sin(longitudes / 2), 2);

    return 2 * radius * asin(sqrt(h > 1 ? 1 : h));
}

static bool call_distance(const struct evaluation *evaluation, const struct bolt_value *arguments,
                          size_t count, struct bolt_value *out) {
    const struct bolt_value *a = &arguments[0], *b = &arguments[1];
    double squares = 0;

    *out = (struct bolt_value){ .type = BOLT_NULL };
    if ((!bolt_is_struct(a, BOLT_POINT_2D) && !bolt_is_struct(a, BOLT_POINT_3D)) || a->tag != b->tag ||
        bolt_integer(bolt_item(a, 0), 0) != bolt_integer(bolt_item(b, 0), -1))
        return true;
    for (size_t i = 0; i + 1 < a->length; i++)
        squares += pow(coordinate(a, i) - coordinate(b, i), 2);
    bool is_geographic = bolt_integer(bolt_item(a, 0), 0) == SRID_WGS84;
    *out = (struct bolt_value){ .type = BOLT_FLOAT,
                                .number = is_geographic ? geographic_distance(a, b) : sqrt(squares) };
    return true;
}

const struct function functions_of_space[] = {
    { "point", 1, 1, call_point },
    { "point.distance", 2, 2, call_distance },
    { NULL, 0, 0, NULL },
};
