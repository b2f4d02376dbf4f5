/* Values of CEL.
 *
 * A value is 24 bytes, passed by value, and owns nothing: text, lists and maps lie in the arena of the run,
 * in the program or in the caller's JSON. Lists and maps that come from JSON stay as they are; a child
 * becomes a value when it is asked for.
 */
#pragma once

#include "base/arena.h"
#include "base/json.h"

/* The kinds: enum, the letter that stands for it in the signatures of functions, the name that type() shows.
 */
#define CEL_KINDS(X)                                                                                         \
    X(NULL, 'n', "null_type")                                                                                \
    X(BOOL, 'B', "bool")                                                                                     \
    X(INT, 'i', "int")                                                                                       \
    X(UINT, 'u', "uint")                                                                                     \
    X(DOUBLE, 'd', "double")                                                                                 \
    X(STRING, 's', "string")                                                                                 \
    X(BYTES, 'b', "bytes")                                                                                   \
    X(LIST, 'l', "list")                                                                                     \
    X(MAP, 'm', "map")                                                                                       \
    X(TYPE, 'y', "type")                                                                                     \
    X(TIMESTAMP, 't', "google.protobuf.Timestamp")                                                           \
    X(DURATION, 'D', "google.protobuf.Duration")                                                             \
    X(OPTIONAL, 'o', "optional_type")                                                                        \
    X(QUANTITY, 'q', "kubernetes.Quantity")                                                                  \
    X(IP, 'I', "net.IP")                                                                                     \
    X(CIDR, 'C', "net.CIDR")                                                                                 \
    X(URL, 'U', "kubernetes.URL")                                                                            \
    X(SEMVER, 'v', "kubernetes.Semver")                                                                      \
    X(FORMAT, 'F', "kubernetes.NamedFormat")

enum cel_kind {
#define X(kind, letter, name) CEL_##kind,
    CEL_KINDS(X)
#undef X
};

struct cel_list;
struct cel_map;
struct cel_amount;
struct cel_ip;
struct cel_cidr;
struct cel_url;
struct cel_semver;
struct cel_format;

struct cel_value {
    enum cel_kind kind;
    /* Timestamps: 0 to 999,999,999, counted upwards also before 1970. */
    uint32_t nanoseconds;
    union {
        bool boolean;
        int64_t integer; /* also a duration, in nanoseconds, and a timestamp, in seconds since 1970 */
        struct {
            int64_t seconds; /* the same as integer */
            int32_t offset;  /* seconds east of UTC in which it was written: it is printed so again */
        } instant;
        uint64_t natural; /* uint */
        double number;
        struct text text; /* strings, well-formed UTF-8, and bytes */
        const struct cel_list *list;
        const struct cel_map *map;
        enum cel_kind type;
        const struct cel_value *inside; /* optional: NULL for none */
        const struct cel_amount *quantity;
        const struct cel_ip *ip;
        const struct cel_cidr *cidr;
        const struct cel_url *url;
        const struct cel_semver *semver;
        const struct cel_format *format;
    };
};

/* One of json, an array, or items. */
struct cel_list {
    const struct json *json;
    const struct cel_value *items;
    size_t length;
};

struct cel_entry {
    struct cel_value key; /* int, uint, bool, double or string; unique */
    struct cel_value value;
};

/* One of json, an object, or entries, in the order in which they were written. */
struct cel_map {
    const struct json *json;
    const struct cel_entry *entries;
    size_t length;
};

static inline struct cel_value cel_from_bool(bool boolean) {
    return (struct cel_value){ .kind = CEL_BOOL, .boolean = boolean };
}
static inline struct cel_value cel_from_int(int64_t integer) {
    return (struct cel_value){ .kind = CEL_INT, .integer = integer };
}
static inline struct cel_value cel_from_uint(uint64_t natural) {
    return (struct cel_value){ .kind = CEL_UINT, .natural = natural };
}
static inline struct cel_value cel_from_double(double number) {
    return (struct cel_value){ .kind = CEL_DOUBLE, .number = number };
}
static inline struct cel_value cel_from_text(struct text text) {
    return (struct cel_value){ .kind = CEL_STRING, .text = text };
}
static inline struct cel_value cel_from_bytes(struct text text) {
    return (struct cel_value){ .kind = CEL_BYTES, .text = text };
}
static inline struct cel_value cel_from_duration(int64_t nanoseconds) {
    return (struct cel_value){ .kind = CEL_DURATION, .integer = nanoseconds };
}
static inline struct cel_value cel_from_type(enum cel_kind type) {
    return (struct cel_value){ .kind = CEL_TYPE, .type = type };
}
/* A copy in arena. */
struct cel_value cel_from_buffer(struct arena *arena, const struct buffer *buffer);
/* Borrows string. */
struct cel_value cel_from_string(const char *string);
/* Borrows json; NULL is null. */
struct cel_value cel_from_json(struct arena *arena, const struct json *json);
/* Borrows items. */
struct cel_value cel_from_items(struct arena *arena, const struct cel_value *items, size_t length);
/* Borrows entries. */
struct cel_value cel_from_entries(struct arena *arena, const struct cel_entry *entries, size_t length);
/* An optional of a copy of *inside; NULL: none. */
struct cel_value cel_from_optional(struct arena *arena, const struct cel_value *inside);

/* index below the length. */
struct cel_value cel_list_item(struct arena *arena, const struct cel_list *list, size_t index);
/* index below the length. */
struct cel_entry cel_map_entry(struct arena *arena, const struct cel_map *map, size_t index);

const char *cel_kind_name(enum cel_kind kind);
char cel_kind_letter(enum cel_kind kind);

/* Of a named format: "dns1123Label". */
const char *cel_format_name(const struct cel_format *format);
