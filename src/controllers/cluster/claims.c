#include "controllers/cluster/claims.h"

static const struct json *find_class(const struct json *classes, const char *name) {
    JSON_FOR_EACH_ITEM (class, classes)
        if (str_equal(json_string_at(class, "metadata.name", ""), name))
            return class;
    return NULL;
}

static bool has_default_class(const struct json *classes) {
    JSON_FOR_EACH_ITEM (class, classes)
        if (str_equal(json_string(json_get(json_at(class, "metadata.annotations"),
                                           "storageclass.kubernetes.io/is-default-class"),
                                  ""),
                      "true"))
            return true;
    return false;
}

static const char *phase_of(const struct json *claim) {
    return json_string_at(claim, "status.phase", "Pending");
}

bool claims_wait(const struct json *claims) {
    JSON_FOR_EACH_ITEM (claim, claims)
        if (str_equal(phase_of(claim), "Pending"))
            return true;
    return false;
}

struct trouble claims_trouble(struct arena *arena, const struct json *claims, const struct json *classes) {
    JSON_FOR_EACH_ITEM (claim, claims) {
        const char *name = json_string_at(claim, "metadata.name", "");
        const char *class = json_string_at(claim, "spec.storageClassName", "");
        const char *phase = phase_of(claim);

        if (str_equal(phase, "Lost"))
            return (struct trouble){
                "VolumeLost",
                arena_printf(
                    arena, "claim %s has lost its volume; restore the volume, or the database from a backup",
                    name)
            };
        if (!str_equal(phase, "Pending"))
            continue;
        if (*class && !find_class(classes, class))
            return (struct trouble){
                "StorageClassMissing",
                arena_printf(arena,
                             "claim %s waits for StorageClass %s, which does not exist; make it, or make "
                             "the cluster anew with another spec.storage.className",
                             name, class)
            };
        if (!*class && !has_default_class(classes))
            return (struct trouble){
                "StorageClassMissing",
                arena_printf(arena,
                             "claim %s names no StorageClass and none is the default; mark one as the "
                             "default, or make the cluster anew with spec.storage.className",
                             name)
            };
    }
    return (struct trouble){ 0 };
}
