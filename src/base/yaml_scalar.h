/* What a YAML scalar means: shared by reading and writing. */
#pragma once

#include "base/json.h"

/* The value of a scalar without quotes and tag. Numbers, booleans and null are resolved, anything else is
 * false: a string. *out_value needs no arena. */
CHECKED bool yaml_resolve(struct text plain, struct json *out_value);
/* The value of any scalar, in arena. tag may be NULL; is_plain: neither tag nor quotes. NULL, or what is
 * wrong with it. */
CHECKED const char *yaml_scalar_read(struct arena *arena, struct text text, const char *tag, bool is_plain,
                                     struct json *out_value);
/* A string, in arena. */
void yaml_scalar_set(struct arena *arena, struct text text, struct json *out_value);
