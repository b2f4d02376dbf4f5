/* Location: where in a manifest the field of a finding stands.
 *
 * Fields are named as findings name them: spec.topology.serverRoles[2].modeConstraint, spec.config[a.b],
 * metadata.name, "<nil>" for the object itself. Names may hold dots and brackets: the members that are there
 * decide what is meant.
 */
#pragma once

#include "base/yaml.h"

/* object as it was read, with its place. The place of the field's value when it begins on the line of its
 * key, else of the key, which names it better than what is in it; of something absent that of the nearest
 * parent that is there. */
struct yaml_mark location_of_value(const struct json *object, const struct yaml_place *place,
                                   const char *field);
/* The same, but always the key: for fields that should not be there. */
struct yaml_mark location_of_key(const struct json *object, const struct yaml_place *place,
                                 const char *field);
