/* Fields: the tables that say what a kind's spec and status hold.
 *
 * tools/generate_api.py makes them, with the structs that they describe, from crds/KIND.yaml (api/cluster.h,
 * api/cluster.c in the build folder). One small function each walks them: decode, encode, defaults,
 * effects. What values a field may have is judged by its schema (judge.h). How a field looks in C follows
 * from its type:
 *
 *     string            const char *name;                     NULL: absent
 *     quantity          const char *size;                     NULL: absent; a number is kept as its digits
 *     boolean           bool enabled; bool has_enabled;       has_enabled false: absent, enabled is false
 *     int32, int64      int32_t servers; bool has_servers;
 *     object            struct image *image;          NULL: absent
 *     list              struct … *items; size_t items_count;  const char **items for strings
 *     map of objects    as a list; each element begins with const char *key
 *     anything else     const struct json *                   maps of strings, embedded Kubernetes types,
 *                                                             free form: as it was written; NULL: absent
 *
 * Names turn from camelCase to snake_case.
 */
#pragma once

#include "base/json.h"

enum api_type {
    API_STRING,
    API_BOOLEAN,
    API_INT32,
    API_INT64,
    API_QUANTITY,
    API_OBJECT,
    API_STRING_LIST,
    API_OBJECT_LIST,
    API_OBJECT_MAP,
    API_STRING_MAP,
    API_JSON,        /* any value */
    API_JSON_OBJECT, /* an embedded Kubernetes type */
    API_JSON_LIST,   /* a list of such */
};

/* What the operator does with a field that is set. */
enum api_effect {
    API_EFFECT_NOW,
    API_EFFECT_LATER, /* this version accepts it and does nothing about it yet */
    API_EFFECT_NONE,  /* accepted so that manifests of other versions apply; never does anything */
};

struct api_object;

struct api_field {
    const char *name; /* in JSON */
    enum api_type type;
    enum api_effect effect;
    /* The sibling, by its name in JSON, that this is another name of; an alias has no place in the struct. */
    const char *alias_of;
    /* JSON text of the value of an absent field, or NULL. Applied only where the parent is there. */
    const char *default_value;
    /* Of API_OBJECT, _LIST and _MAP. */
    const struct api_object *object;
    bool has_place;  /* in the struct: not so aliases, and fields that never have an effect */
    bool is_carried; /* the member is const struct json *, as it was written */
    uint32_t offset;
    uint32_t offset_has; /* of has_…, or of …_count */
};

struct api_object {
    const char *name; /* of the struct: "cluster_topology" */
    size_t size;
    const struct api_field *fields; /* sorted by name */
    size_t field_count;
    bool has_aliases;
    bool is_open; /* unknown fields are kept */
};

/* The field of this name, or NULL. */
const struct api_field *api_object_field(const struct api_object *object, const char *name,
                                         size_t name_length);

/* Sets a number or boolean of a status together with its flag. */
#define API_SET(object, field, value) ((object)->has_##field = true, (object)->field = (value))
