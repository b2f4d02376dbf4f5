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

/* Block style, keys in the order of the value, strings quoted only where they must be. */
void yaml_write(struct buffer *out, const struct json *value);
