/* What belongs to all kinds beside kinds.h, for who goes through all of them: tests, fuzz targets, the
 * sandbox's worlds. Apart from it, so that a program with few of them need not hold all. */
#pragma once

#include "api/crd.h"
#include "api/field.h"

struct api_kind_tables {
    const struct crd *shipped; /* the CustomResourceDefinition */
    const struct api_object *spec;
    const struct api_object *status;
};

/* In the order of api_kinds. */
extern const struct api_kind_tables api_kind_tables[];
