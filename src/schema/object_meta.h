/* Object metadata, judged: names, labels, annotations, finalizers, owner references, and what never changes.
 * After: k8s.io/apimachinery, api/validation/objectmeta.go and util/validation/validation.go.
 */
#pragma once

#include "schema/field_error.h"

/* What names of a kind look like. */
enum object_name_rule {
    OBJECT_NAME_SUBDOMAIN,
    OBJECT_NAME_LABEL,
    OBJECT_NAME_LABEL_1035,
    OBJECT_NAME_PATH_SEGMENT
};

struct object_meta_rules {
    enum object_name_rule name;
    bool is_namespaced;
    /* Finalizers without a domain are refused: so for kinds that are part of Kubernetes. */
    bool has_old_finalizers;
};

/* live: the object as it is stored, for an update; NULL at creation. */
void object_meta_validate(const struct json *object, const struct json *live,
                          const struct object_meta_rules *rules, struct field_errors *errors);

/* What is wrong, in the API server's words, or NULL. Of a key in arena. */
const char *object_name_problem(enum object_name_rule rule, const char *name);
const char *label_key_problem(struct arena *arena, const char *key);
const char *label_value_problem(const char *value);
