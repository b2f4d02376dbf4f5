/* JSON patch: the operations that make one value another (RFC 6902), as few as there are differences. Pure.
 *
 * Objects are followed into, and arrays of the same length; other values are replaced whole. Applying the
 * result to `from` gives `to`, with members that were added behind those that were there. Members
 * whose names hold a NUL are taken for equal.
 */
#pragma once

#include "base/json.h"

/* An array of operations, in arena; NULL when there is no difference. */
struct json *json_patch_between(struct arena *arena, const struct json *from, const struct json *to);
