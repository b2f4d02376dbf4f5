#include "bolt/structure.h"

#include <endian.h>

/* One letter for each field: i INTEGER, f FLOAT, s STRING, b BYTES, l LIST, m MAP. */
struct shape {
    uint8_t tag;
    const char *name;
    const char *fields;
    const char *fields_4; /* before Bolt 5.0, where they differ */
    struct bolt_version since;
};

static const struct shape shapes[] = {
    { BOLT_UNSUPPORTED, "UnsupportedType", "siim", NULL, { 6, 0 } },
    { BOLT_DATE, "Date", "i", NULL, { 0 } },
    { BOLT_DURATION, "Duration", "iiii", NULL, { 0 } },
    { BOLT_LEGACY_DATE_TIME, "legacy DateTime", "iii", NULL, { 0 } },
    { BOLT_DATE_TIME, "DateTime", "iii", NULL, { 0 } },
    { BOLT_NODE, "Node", "ilms", "ilm", { 0 } },
    { BOLT_PATH, "Path", "lll", NULL, { 0 } },
    { BOLT_RELATIONSHIP, "Relationship", "iiismsss", "iiism", { 0 } },
    { BOLT_TIME, "Time", "ii", NULL, { 0 } },
    { BOLT_VECTOR, "Vector", "bb", NULL, { 6, 0 } },
    { BOLT_POINT_2D, "Point2D", "iff", NULL, { 0 } },
    { BOLT_POINT_3D, "Point3D", "ifff", NULL, { 0 } },
    { BOLT_LOCAL_DATE_TIME, "LocalDateTime", "ii", NULL, { 0 } },
    { BOLT_LEGACY_DATE_TIME_ZONE, "legacy DateTimeZoneId", "iis", NULL, { 0 } },
    { BOLT_DATE_TIME_ZONE, "DateTimeZoneId", "iis", NULL, { 0 } },
    { BOLT_UNBOUND_RELATIONSHIP, "UnboundRelationship", "isms", "ism", { 0 } },
    { BOLT_LOCAL_TIME, "LocalTime", "i", NULL, { 0 } },
};

static const struct shape *find_shape(uint8_t tag) {
    for (size_t i = 0; i < ARRAY_LENGTH(shapes); i++)
        if (shapes[i].tag == tag)
            return &shapes[i];
    return NULL;
}

const char *bolt_struct_name(uint8_t tag) {
    const struct shape *shape = find_shape(tag);

    return shape ? shape->name : NULL;
}

/* ---- what fits a version ---- */

static char letter(const struct bolt_value *field) {
    static const char letters[] = {
        [BOLT_NULL] = '-',   [BOLT_BOOL] = '-', [BOLT_INTEGER] = 'i', [BOLT_FLOAT] = 'f',  [BOLT_BYTES] = 'b',
        [BOLT_STRING] = 's', [BOLT_LIST] = 'l', [BOLT_MAP] = 'm',     [BOLT_STRUCT] = '-', [BOLT_UUID] = '-',
    };

    return letters[field->type];
}

static bool has_fields(const struct bolt_value *structure, const char *fields) {
    if (structure->length != strlen(fields))
        return false;
    for (uint32_t i = 0; i < structure->length; i++)
        if (letter(&structure->items[i]) != fields[i])
            return false;
    return true;
}

static bool knows(struct bolt_version version, struct bolt_version since, const char *name,
                  struct error *err) {
    return bolt_version_at_least(version, since.major, since.minor) ||
           error_set(err, ERROR_INVALID, "a %s needs Bolt %u.%u, and the server speaks %u.%u", name,
                     since.major, since.minor, version.major, version.minor);
}

static bool fits_shape(const struct bolt_value *structure, struct bolt_version version, struct error *err) {
    const struct shape *shape = find_shape(structure->tag);

    if (!shape)
        return error_set(err, ERROR_INVALID, "no value is a structure with tag %02X", structure->tag);
    if (!knows(version, shape->since, shape->name, err))
        return false;
    const char *fields = version.major < 5 && shape->fields_4 ? shape->fields_4 : shape->fields;
    return has_fields(structure, fields) ||
           error_set(err, ERROR_INVALID, "a %s has not the fields it must have", shape->name);
}

bool bolt_fits_version(const struct bolt_value *value, struct bolt_version version, struct error *err) {
    static const struct bolt_version uuid_since = { 6, 1 };

    if (bolt_is(value, BOLT_UUID))
        return knows(version, uuid_since, "UUID", err);
    if (bolt_is(value, BOLT_STRUCT) && !fits_shape(value, version, err))
        return false;
    if (bolt_is(value, BOLT_STRUCT) || bolt_is(value, BOLT_LIST))
        for (uint32_t i = 0; i < value->length; i++)
            if (!bolt_fits_version(&value->items[i], version, err))
                return false;
    BOLT_FOR_EACH_MEMBER(member, value) {
        if (!bolt_fits_version(&member->value, version, err))
            return false;
    }
    return true;
}

/* ---- UUIDs ---- */

const char *bolt_uuid_text(struct arena *arena, const struct bolt_value *value) {
    if (!bolt_is(value, BOLT_UUID))
        return NULL;
    const uint8_t *bytes = (const uint8_t *)value->string;
    return arena_printf(arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                        bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
                        bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]);
}

/* ---- vectors ---- */

/* Bytes of one number; 0: no such type. */
static size_t number_bytes(uint8_t type) {
    switch (type) {
    case BOLT_INTEGER_8:
        return 1;
    case BOLT_INTEGER_16:
        return 2;
    case BOLT_INTEGER_32:
    case BOLT_FLOAT_32:
        return 4;
    case BOLT_INTEGER_64:
    case BOLT_FLOAT_64:
        return 8;
    default:
        return 0;
    }
}

/* The number's bits, in the low bytes. */
static uint64_t bits_of(enum bolt_vector_type type, const struct bolt_value *number) {
    double wide = bolt_number(number, 0);
    float narrow = (float)wide;
    uint64_t bits = 0;
    uint32_t few = 0;

    if (type == BOLT_FLOAT_64) {
        memcpy(&bits, &wide, sizeof(bits));
    } else if (type == BOLT_FLOAT_32) {
        memcpy(&few, &narrow, sizeof(few));
        bits = few;
    } else {
        bits = (uint64_t)bolt_integer(number, 0);
    }
    return bits;
}

struct bolt_value *bolt_new_vector(struct arena *arena, enum bolt_vector_type type,
                                   const struct bolt_value *numbers) {
    size_t size = number_bytes((uint8_t)type);
    size_t count = bolt_length(numbers);
    char *bytes = arena_alloc_bytes(arena, size * count);
    const uint8_t marker = (uint8_t)type;
    struct bolt_value *vector = bolt_new_struct(arena, BOLT_VECTOR);

    ensure(size && (bolt_is(numbers, BOLT_LIST)));
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = htobe64(bits_of(type, &numbers->items[i]));
        memcpy(bytes + i * size, (const char *)&bits + sizeof(bits) - size, size);
    }
    bolt_append(arena, vector, bolt_new_bytes(arena, &marker, 1));
    bolt_append(arena, vector, bolt_new_bytes(arena, bytes, size * count));
    return vector;
}

/* The number whose bits are in the low `size` bytes. */
static struct bolt_value number_of(uint8_t type, size_t size, uint64_t bits) {
    unsigned shift = (unsigned)(64 - 8 * size);
    uint32_t few = (uint32_t)bits;
    double wide;
    float narrow;

    if (type == BOLT_FLOAT_64) {
        memcpy(&wide, &bits, sizeof(wide));
        return (struct bolt_value){ .type = BOLT_FLOAT, .number = wide };
    }
    if (type == BOLT_FLOAT_32) {
        memcpy(&narrow, &few, sizeof(narrow));
        return (struct bolt_value){ .type = BOLT_FLOAT, .number = (double)narrow };
    }
    return (struct bolt_value){ .type = BOLT_INTEGER, .integer = (int64_t)(bits << shift) >> shift };
}

struct bolt_value *bolt_vector_numbers(struct arena *arena, const struct bolt_value *vector) {
    struct text marker = bolt_text(bolt_item(vector, 0));
    struct text bytes = bolt_text(bolt_item(vector, 1));

    if (!bolt_is_struct(vector, BOLT_VECTOR) || !has_fields(vector, "bb") || marker.length != 1)
        return NULL;
    uint8_t type = (uint8_t)marker.data[0];
    size_t size = number_bytes(type);
    if (!size || bytes.length % size)
        return NULL;
    struct bolt_value *numbers = bolt_new_list(arena);
    for (size_t at = 0; at < bytes.length; at += size) {
        uint64_t bits = 0;
        memcpy((char *)&bits + sizeof(bits) - size, bytes.data + at, size);
        struct bolt_value number = number_of(type, size, be64toh(bits));
        bolt_append(arena, numbers, &number);
    }
    return numbers;
}

/* ---- what a version can't carry ---- */

const char *bolt_unsupported_text(struct arena *arena, const struct bolt_value *value) {
    if (!bolt_is_struct(value, BOLT_UNSUPPORTED) || !has_fields(value, "siim"))
        return NULL;
    const char *message = bolt_string(bolt_get(&value->items[3], "message"), "");
    return arena_printf(arena, "%s (needs Bolt %lld.%lld)%s%s", value->items[0].string,
                        (long long)value->items[1].integer, (long long)value->items[2].integer,
                        *message ? ": " : "", message);
}
