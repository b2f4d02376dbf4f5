#include "test.h"
#include "yaml.h"

#include "api/cluster_change.h"
#include "api/defaults.h"

static struct cluster_spec *spec_of(struct arena *arena, const char *yaml) {
    struct cluster_spec *spec = NULL;

    assert_true(cluster_spec_decode(arena, yaml_value(arena, yaml), &spec, NULL));
    cluster_spec_set_defaults(arena, spec);
    return spec;
}

/* "A13 spec.storage.size" for each. */
static struct json *found_of(struct arena *arena, const struct field_errors *errors) {
    struct json *list = json_new_array(arena);

    for (size_t i = 0; i < errors->count; i++)
        json_append_string(arena, list,
                           arena_printf(arena, "%s %s", errors->items[i].rule, errors->items[i].field));
    return list;
}

TEST("refuses what a running cluster cannot change to") {
    static const struct {
        const char *when, *before, *after, *running, *found;
    } rows[] = {
        { "nothing changes", "{topology: {servers: 3}}", "{topology: {servers: 3}}", "5.26.0", "[]" },
        { "more servers, a newer patch, a larger volume",
          "{topology: {servers: 3}, image: {tag: 5.26.0}, storage: {size: 10Gi}}",
          "{topology: {servers: 5}, image: {tag: 5.26.3}, storage: {size: 10240Mi}}", NULL, "[]" },
        { "a volume that shrinks", "{storage: {size: 10Gi}}", "{storage: {size: 9Gi}}", NULL,
          "[\"A13 spec.storage.size\"]" },
        { "another class", "{storage: {size: 1Gi, className: a}}", "{storage: {size: 1Gi, className: b}}",
          NULL, "[\"A13 spec.storage.className\"]" },
        { "no class is the empty class", "{storage: {size: 1Gi, className: ''}}", "{storage: {size: 1Gi}}",
          NULL, "[]" },
        { "other access modes and order", "{storage: {size: 1Gi}}",
          "{storage: {size: 1Gi, accessModes: [ReadWriteMany]}, podManagementPolicy: OrderedReady}", NULL,
          "[\"R24 spec.storage.accessModes\",\"R24 spec.podManagementPolicy\"]" },
        { "to a calendar version", "{image: {tag: 5.26.0}}", "{image: {tag: 2025.01.0}}", NULL, "[]" },
        { "back from a calendar version", "{image: {tag: 2025.01.0}}", "{image: {tag: 5.26.9}}", NULL,
          "[\"A16 spec.image.tag\"]" },
        { "to an older patch", "{image: {tag: 5.26.3}}", "{image: {tag: 5.26.2}}", NULL,
          "[\"A16 spec.image.tag\"]" },
        { "what runs counts, not what was wanted", "{image: {tag: 5.26.0}}", "{image: {tag: 5.26.1}}",
          "5.26.2", "[\"A16 spec.image.tag\"]" },
        { "another backup before the first run", "{restoreFromBackup: {backupRef: a}}",
          "{restoreFromBackup: {backupRef: b}}", NULL, "[]" },
        { "another backup afterwards", "{restoreFromBackup: {backupRef: a}}", "{restoreFrom: {backupRef: b}}",
          "5.26.0", "[\"R24 spec.restoreFromBackup\"]" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct field_errors errors = { .arena = arena };
        cluster_judge_change(spec_of(arena, rows[i].before), spec_of(arena, rows[i].after), rows[i].running,
                             &errors);
        const char *found = json_print(arena, found_of(arena, &errors));
        if (strcmp(found, rows[i].found) != 0)
            fail_msg("%s: %s", rows[i].when, found);
    }
}
