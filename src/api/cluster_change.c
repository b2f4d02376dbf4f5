#include "api/cluster_change.h"
#include "base/quantity.h"
#include "settings/version.h"

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
static void judge_version(const struct cluster_spec *before, const struct cluster_spec *after,
                          const char *running_version, struct field_errors *errors) {
    struct version from = version_parse(running_version ? running_version : before->image->tag);
    struct version to = version_parse(after->image->tag);
    /* What is wrong with a tag by itself, the rule of tags says. */
    const char *refusal = version_is_supported(&to) ? version_upgrade_refusal(&from, &to) : NULL;

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
