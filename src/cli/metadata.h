/* Metadata of a manifest as the API server decodes it, before anything else is judged: each member has a
 * type, and others are unknown. The judge (api/judge.h) is given objects that were decoded already. Source:
 * k8s.io/apimachinery, apis/meta/v1, ObjectMeta.
 */
#pragma once

#include "schema/field_error.h"

/* Adds what is wrong. In the object, which is changed, a name, a label and the like that is a number or a
 * boolean becomes the string that was meant, so that it can be judged further; what is of another type goes.
 */
void metadata_check(struct arena *arena, struct json *object, struct field_errors *errors);
