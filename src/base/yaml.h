/* YAML, as Kubernetes reads it: into JSON values, by the rules of sigs.k8s.io/yaml (YAML 1.1 scalars: yes,
 * no, on, off are booleans, 0o17 and 017 octal, plain null and ~ null; quoted scalars are strings; merge keys
 * and anchors work; a key twice in one mapping is an error). Held against it, three things differ: what "<<"
 * brings gives way to a key that is written, wherever it stands; infinity and not-a-number are refused as
 * keys, too; and every document of a stream is read, not only the first.
 */
#pragma once

#include "base/json.h"

enum { YAML_BYTES_MAX = 16 * 1024 * 1024, YAML_DOCUMENTS_MAX = 10000, YAML_ALIAS_EXPANSION_MAX = 1000000 };

/* *out_documents: array of the documents that are not empty, in arena. The error names line and column. */
CHECKED bool yaml_parse(struct arena *arena, struct text text, struct json **out_documents,
                        struct error *err);

/* ---- with places ---- */

/* Where something stands in the text: both count from 1, columns in characters. */
struct yaml_mark {
    uint32_t line;
    uint32_t column;
};

/* Where a value stands. An alias stands where it is written, what is in it where the anchor's value is; what
 * "<<" brings stands where it was written, too. */
struct yaml_place {
    struct yaml_mark key; /* of a member: its key; of anything else the same as value */
    struct yaml_mark value;
    /* Of an array or an object: one for each item or member, in their order. NULL when there is none. */
    const struct yaml_place *children;
};

struct yaml_places {
    const struct yaml_place *documents; /* one for each; NULL when there is none */
    struct yaml_mark problem; /* when it could not be read: where, as far as that is known, else 0 */
};

/* The same as yaml_parse(), with the places of all values, in arena. When it fails, only problem is set, and
 * the error's text leaves the place out. */
CHECKED bool yaml_parse_with_places(struct arena *arena, struct text text, struct json **out_documents,
                                    struct yaml_places *out_places, struct error *err);

/* ---- writing ---- */

/* Block style, keys in the order of the value, strings quoted only where they must be. */
void yaml_write(struct buffer *out, const struct json *value);
