/* Compiling: what the files compile*.c share. */
#pragma once

#include "schema/node.h"

/* What one compilation carries along. */
struct compiler {
    struct schema_bundle *bundle;
    struct schema_components *components; /* NULL for CRDs */
    const struct json *go;                /* what Go's structs do; NULL for CRDs */
    const struct schema *object_meta;
    struct arena *paths; /* where things are, for error texts; gone when all is compiled */
    size_t nodes;
    struct error *err;
};

/* The node for a part of a schema; NULL when it is wrong, with compiler->err set. path is where it is,
 * is_open whether a node above it preserves unknown fields. */
const struct schema *schema_compile_child(struct compiler *compiler, const struct json *source,
                                          const char *path, bool is_open, int depth);
/* Sets node->rules when the source asks for anything beyond a type. */
CHECKED bool schema_compile_rules(struct compiler *compiler, const struct json *source, const char *path,
                                  int depth, struct schema *node);
/* Sets the rules in CEL of a node whose children are compiled. */
CHECKED bool schema_compile_validations(struct compiler *compiler, const struct json *source,
                                        const char *path, struct schema *node);
/* The strings of an array, in arena. */
const char **schema_compile_texts(struct arena *arena, const struct json *array, size_t *out_count);
