/* URL: the path and query of a request, decoded. */
#pragma once

#include "base/arena.h"
#include "base/text.h"

enum { URL_SEGMENTS_MAX = 16, URL_PARAMETERS_MAX = 64 };

struct url {
    const char *path; /* as it came, without the query */
    const char *segments[URL_SEGMENTS_MAX];
    size_t segment_count;
    struct {
        const char *name;
        const char *value;
    } parameters[URL_PARAMETERS_MAX];
    size_t parameter_count;
};

/* Everything in arena. False for a target that is malformed or beyond the limits. */
CHECKED bool url_parse(struct arena *arena, const char *target, struct url *out_url);
/* The first parameter of that name, or NULL. */
const char *url_parameter(const struct url *url, const char *name);
/* Go's strconv.ParseBool, with "" as true, as the API server reads a parameter without value. */
bool url_flag(const struct url *url, const char *name);
