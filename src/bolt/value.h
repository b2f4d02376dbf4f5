/* Bolt values: what goes over Bolt, as PackStream knows it.
 *
 * A value is 16 bytes and lives in an arena, with its children in one contiguous block, in the order in which
 * they were read or added. Nodes, relationships, points and points in time are structures: a tag and fields.
 *
 * Reading functions accept NULL and values of another type (and answer NULL, false, or the fallback), so that
 * a result can be followed without a check at each step: bolt_string(bolt_get(row, "state"), "").
 * Source: Neo4j Bolt documentation, PackStream; structure semantics.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

enum __attribute__((packed)) bolt_type {
    BOLT_NULL,
    BOLT_BOOL,
    BOLT_INTEGER,
    BOLT_FLOAT,
    BOLT_BYTES,
    BOLT_STRING,
    BOLT_LIST,
    BOLT_MAP,
    BOLT_STRUCT,
    BOLT_UUID /* since Bolt 6.1 */
};

/* Tags of the structures that are values (messages have tags of their own, see message.h). Fields in order,
 * since Bolt 5.0. */
enum bolt_struct_tag {
    BOLT_NODE = 0x4E,                 /* id, labels, properties, elementId */
    BOLT_RELATIONSHIP = 0x52,         /* id, startId, endId, type, properties, and three elementIds */
    BOLT_UNBOUND_RELATIONSHIP = 0x72, /* id, type, properties, elementId */
    BOLT_PATH = 0x50,                 /* nodes, relationships, indices */
    BOLT_DATE = 0x44,                 /* days since 1970 */
    BOLT_TIME = 0x54,                 /* nanoseconds of the day, offset in seconds */
    BOLT_LOCAL_TIME = 0x74,           /* nanoseconds of the day */
    BOLT_DATE_TIME = 0x49,            /* UTC seconds, nanoseconds, offset in seconds */
    BOLT_DATE_TIME_ZONE = 0x69,       /* UTC seconds, nanoseconds, name of the zone */
    BOLT_LEGACY_DATE_TIME = 0x46,     /* 4.4 without the utc patch: local seconds, nanoseconds, offset */
    BOLT_LEGACY_DATE_TIME_ZONE = 0x66,
    BOLT_LOCAL_DATE_TIME = 0x64, /* local seconds, nanoseconds */
    BOLT_DURATION = 0x45,        /* months, days, seconds, nanoseconds */
    BOLT_POINT_2D = 0x58,        /* srid, x, y */
    BOLT_POINT_3D = 0x59,        /* srid, x, y, z */
    BOLT_VECTOR = 0x56,          /* Bolt 6.0: marker of the type of its numbers, bytes of the numbers */
    BOLT_UNSUPPORTED = 0x3F,     /* Bolt 6.0: name of a type, major and minor version that know it, map */
};

struct bolt_member;

struct bolt_value {
    union {
        bool boolean;
        int64_t integer;
        double number;
        char *string; /* BYTES, STRING, UUID: NUL-terminated; may hold NULs inside: length counts */
        struct bolt_value *items;    /* LIST: values; STRUCT: fields */
        struct bolt_member *members; /* MAP */
    };
    uint32_t length; /* bytes, items, fields or members */
    enum bolt_type type;
    uint8_t tag; /* STRUCT */
    uint8_t
        room_log2; /* of the building functions: children that fit into the block; 0: as many as there are */
};

struct bolt_member {
    const char *key; /* NUL-terminated */
    uint32_t key_length;
    struct bolt_value value;
};

/* ---- looking ---- */

bool bolt_is(const struct bolt_value *value, enum bolt_type type);
/* Also true for NULL. */
bool bolt_is_null(const struct bolt_value *value);
/* A structure with this tag. */
bool bolt_is_struct(const struct bolt_value *value, uint8_t tag);
/* The member of a map, or NULL. Of a key that comes twice the last counts. */
struct bolt_value *bolt_get(const struct bolt_value *map, const char *key);
/* The item of a list or the field of a structure, or NULL. */
struct bolt_value *bolt_item(const struct bolt_value *list, size_t index);
/* Items, fields, members or bytes; 0 for everything else. */
size_t bolt_length(const struct bolt_value *value);
const char *bolt_string(const struct bolt_value *value, const char *fallback);
/* STRING, BYTES or UUID; { NULL, 0 } for everything else. */
struct text bolt_text(const struct bolt_value *value);
int64_t bolt_integer(const struct bolt_value *value, int64_t fallback);
/* FLOAT or INTEGER. */
double bolt_number(const struct bolt_value *value, double fallback);
bool bolt_bool(const struct bolt_value *value, bool fallback);
/* Nanoseconds since 1970 of the structures that name an instant: DateTime, DateTimeZoneId and the old
 * DateTime with an offset. False for everything else, also for the old DateTimeZoneId, which needs a table of
 * zones, and for instants beyond the years 1678 to 2262. */
CHECKED bool bolt_wall(const struct bolt_value *value, int64_t *out_wall_ns);
/* Deep; maps without regard to order; 1 and 1.0 differ; NaN equals itself. */
bool bolt_equal(const struct bolt_value *a, const struct bolt_value *b);

/* ---- building: all in arena; strings are copied; children are moved in by value ---- */

struct bolt_value *bolt_new_null(struct arena *arena);
struct bolt_value *bolt_new_bool(struct arena *arena, bool value);
struct bolt_value *bolt_new_integer(struct arena *arena, int64_t integer);
struct bolt_value *bolt_new_float(struct arena *arena, double number);
struct bolt_value *bolt_new_bytes(struct arena *arena, const void *data, size_t length);
/* NULL becomes BOLT_NULL. */
struct bolt_value *bolt_new_string(struct arena *arena, const char *string);
struct bolt_value *bolt_new_text(struct arena *arena, struct text text);
enum { BOLT_UUID_BYTES = 16 };
struct bolt_value *bolt_new_uuid(struct arena *arena, const void *bytes);
struct bolt_value *bolt_new_list(struct arena *arena);
struct bolt_value *bolt_new_map(struct arena *arena);
/* A structure without fields yet: add them with bolt_append(). */
struct bolt_value *bolt_new_struct(struct arena *arena, uint8_t tag);
/* DateTime with offset 0. */
struct bolt_value *bolt_new_date_time(struct arena *arena, int64_t wall_ns);
struct bolt_value *bolt_new_duration(struct arena *arena, int64_t months, int64_t days, int64_t seconds,
                                     int64_t nanoseconds);

/* With all that is in it; NULL becomes BOLT_NULL. */
struct bolt_value *bolt_copy(struct arena *arena, const struct bolt_value *value);

/* Sets or replaces a member and returns its place inside the map: a pointer that holds until a member is
 * added to the same map. The children of value are shared, not copied. */
struct bolt_value *bolt_set(struct arena *arena, struct bolt_value *map, const char *key,
                            const struct bolt_value *value);
struct bolt_value *bolt_set_string(struct arena *arena, struct bolt_value *map, const char *key,
                                   const char *string);
struct bolt_value *bolt_set_integer(struct arena *arena, struct bolt_value *map, const char *key,
                                    int64_t integer);
struct bolt_value *bolt_set_bool(struct arena *arena, struct bolt_value *map, const char *key, bool value);
/* At the end of a list or of a structure's fields; at most 15 fields. The place holds until the next append.
 */
struct bolt_value *bolt_append(struct arena *arena, struct bolt_value *list, const struct bolt_value *value);
struct bolt_value *bolt_append_string(struct arena *arena, struct bolt_value *list, const char *string);

static inline struct bolt_value *bolt_items(const struct bolt_value *list) {
    return list && list->type == BOLT_LIST ? list->items : NULL;
}

static inline struct bolt_member *bolt_members(const struct bolt_value *map) {
    return map && map->type == BOLT_MAP ? map->members : NULL;
}

#define BOLT_FOR_EACH_ITEM(item, list)                                                                       \
    for (struct bolt_value *item = bolt_items(list), *item##_end = item ? item + (list)->length : NULL;      \
         item < item##_end; item++)
#define BOLT_FOR_EACH_MEMBER(member, map)                                                                    \
    for (struct bolt_member *member = bolt_members(map),                                                     \
                            *member##_end = member ? member + (map)->length : NULL;                          \
         member < member##_end; member++)
