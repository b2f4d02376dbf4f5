#include "api/cluster_change.h"
#include "api/image_tag.h"
#include "base/quantity.h"

/* Adds a breach of a rule. */
static void refuse(struct field_errors *errors, enum field_error_type type, const char *rule,
                   const char *field, const struct json *value, const char *format, ...) PRINTF_LIKE(6, 7);
static void refuse(struct field_errors *errors, enum field_error_type type, const char *rule,
                   const char *field, const struct json *value, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    const char *detail = arena_vprintf(errors->arena, format, arguments);
    va_end(arguments);
    field_errors_add_rule(errors, rule, type, field, value, detail);
}

static const struct json *shown(struct field_errors *errors, const char *value) {
    return value ? json_new_string(errors->arena, value) : NULL;
}

/* A16 */
static const char *upgrade_refusal(struct image_version from, struct image_version to) {
    if (image_version_is_calendar(from) && !image_version_is_calendar(to))
        return "a database of a calendar version cannot go back to 5.26";
    if (image_version_compare(to, from) < 0)
        return "Neo4j cannot open its files with an older version; restore a backup instead";
    if (image_version_is_calendar(to) && !image_version_is_calendar(from) &&
        !image_version_is_supported(from))
        return "only 5.26 can be upgraded to a calendar version; go to 5.26 first";
    return NULL;
}

static void judge_version(const struct cluster_spec *before, const struct cluster_spec *after,
                          const char *running_version, struct field_errors *errors) {
    struct image_version from;
    struct image_version to;

    if (!image_tag_parse(running_version ? running_version : before->image->tag, &from) ||
        !image_tag_parse(after->image->tag, &to))
        return;
    const char *refusal = upgrade_refusal(from, to);
    if (refusal)
        refuse(errors, FIELD_FORBIDDEN, "A16", "spec.image.tag", NULL, "from %s to %s: %s",
               running_version ? running_version : before->image->tag, after->image->tag, refusal);
}

/* A13 */
static void judge_storage_size(const struct cluster_spec *before, const struct cluster_spec *after,
                               struct field_errors *errors) {
    struct quantity old_size;
    struct quantity new_size;

    if (before->storage->size && after->storage->size &&
        quantity_parse(text_from(before->storage->size), &old_size) &&
        quantity_parse(text_from(after->storage->size), &new_size) &&
        quantity_compare(new_size, old_size) < 0)
        refuse(errors, FIELD_FORBIDDEN, "A13", "spec.storage.size", NULL,
               "volumes cannot shrink from %s to %s", before->storage->size, after->storage->size);
}

/* A13, R24 */
static void judge_same(const char *rule, const char *before, const char *after, const char *field,
                       struct field_errors *errors) {
    /* "" is how some tools write an absent value. */
    if (str_empty(before) && str_empty(after))
        return;
    if (!str_equal(before, after))
        refuse(errors, FIELD_INVALID, rule, field, shown(errors, after), "cannot be changed; it was %s",
               str_empty(before) ? "not set" : before);
}

static void judge_same_value(const struct json *before, const struct json *after, const char *field,
                             struct field_errors *errors) {
    if ((before || after) && !(before && after && json_equal(before, after)))
        refuse(errors, FIELD_INVALID, "R24", field, after, "cannot be changed");
}

static const struct json *restore_of(struct arena *arena, const struct cluster_spec *spec) {
    return spec->restore_from_backup ? api_encode(arena, &restore_source_object, spec->restore_from_backup)
                                     : NULL;
}

void cluster_judge_change(const struct cluster_spec *before, const struct cluster_spec *after,
                          const char *running_version, struct field_errors *errors) {
    ensure(before->storage && after->storage && before->image && after->image);
    judge_version(before, after, running_version, errors);
    judge_storage_size(before, after, errors);
    judge_same("A13", before->storage->class_name, after->storage->class_name, "spec.storage.className",
               errors);
    judge_same("R24", before->storage->volume_mode, after->storage->volume_mode, "spec.storage.volumeMode",
               errors);
    judge_same_value(before->storage->access_modes, after->storage->access_modes, "spec.storage.accessModes",
                     errors);
    judge_same_value(before->storage->selector, after->storage->selector, "spec.storage.selector", errors);
    judge_same_value(before->storage->data_source, after->storage->data_source, "spec.storage.dataSource",
                     errors);
    judge_same("R24", before->pod_management_policy, after->pod_management_policy, "spec.podManagementPolicy",
               errors);
    /* Until the cluster has run once, it may begin with another backup. */
    if (running_version)
        judge_same_value(restore_of(errors->arena, before), restore_of(errors->arena, after),
                         "spec.restoreFromBackup", errors);
}
