/* The tables of manifests, see tests/api/manifests/README.md. Both functions fail the test on an error. */
#pragma once

#include "api/kinds.h"

/* The cases of a kind: an array. out_notes, if not NULL: the document with unjudged and unjudged_parts, or
 * NULL when the table has none. */
struct json *manifest_table_read(struct arena *arena, const struct api_kind *kind,
                                 const struct json **out_notes);
/* The object of a case, or as it was before: `part` is the case or its member `before`. */
struct json *manifest_table_object(struct arena *arena, const struct api_kind *kind,
                                   const struct json *test_case, const struct json *part);
