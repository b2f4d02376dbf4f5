/* Bodies of writes: an object as a client sent it becomes one that the server can work with. */
#pragma once

#include "sim/api_internal.h"

/* A copy of the call's body: its kind, name and namespace are those of the call, unknown fields are gone (and
 * refused or told as warnings), types are right. */
CHECKED bool api_body_read(struct api_context *context, struct json **out_object);
/* The same for an object that a patch has made. */
CHECKED bool api_body_check(struct api_context *context, struct json *object, bool is_patched);
/* 400: an object that is written by its URL must name itself all the same. */
bool api_refuse_nameless(struct api_context *context);
/* Who writes: the field manager of the call, or what the user agent begins with. */
const char *api_body_manager(const struct api_context *context);
