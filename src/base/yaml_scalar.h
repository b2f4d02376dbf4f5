/* What a plain YAML scalar means: shared by reading and writing. */
#pragma once

#include "base/json.h"

/* The value of a scalar without quotes and tag. Numbers, booleans and null are resolved, anything else is
 * false: a string. *out_value needs no arena. */
CHECKED bool yaml_resolve(struct text plain, struct json *out_value);
