/* Patch: the three ways to change an object by a description of the change.
 *
 * JSON patch (RFC 6902), merge patch (RFC 7386), and strategic merge patch, which merges lists of built-in
 * kinds item by item as their schema says (x-kubernetes-patch-strategy, -merge-key) and knows the directives
 * $patch, $deleteFromPrimitiveList, $setElementOrder and $retainKeys.
 *
 * Pure: document and patch are not changed; the result is in arena and may share values with both. It is not
 * decoded yet: go on with schema_decode().
 * After: evanphx/json-patch as kube-apiserver uses it; k8s.io/apimachinery, util/strategicpatch and
 * util/jsonmergepatch.
 */
#pragma once

#include "base/json.h"
#include "schema/schema.h"

enum {
    PATCH_OPERATIONS_MAX = 10000,           /* as the real server */
    PATCH_COPY_BYTES_MAX = 3 * 1024 * 1024, /* what copy operations may add, together */
};

/* ERROR_PROTOCOL: the patch itself makes no sense (answer 400 with the text). ERROR_INVALID: it does not fit
 * the document, or a test failed (answer 422; the real server keeps the reason to itself and says "the server
 * rejected our request due to an error in our request"). Numbers are compared by value, as the RFC says. */
CHECKED bool patch_json(struct arena *arena, const struct json *document, const struct json *operations,
                        struct json **out_document, struct error *err);

/* Never fails. A patch that is no object replaces the document. */
struct json *patch_merge(struct arena *arena, const struct json *document, const struct json *patch);

/* schema must be of a built-in kind: custom ones have no strategies (the real server answers 415).
 * ERROR_PROTOCOL: the patch is malformed (answer 400). ERROR_INVALID: it does not fit the lists that it
 * changes (an item without its merge key; the real server answers 500 with the text). */
CHECKED bool patch_strategic(struct arena *arena, const struct schema *schema, const struct json *document,
                             const struct json *patch, struct json **out_document, struct error *err);
