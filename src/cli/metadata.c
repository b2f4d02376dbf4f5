#include "cli/metadata.h"

#include "api/nearest.h"

enum member_type { MEMBER_STRING, MEMBER_INTEGER, MEMBER_STRING_MAP, MEMBER_STRING_LIST, MEMBER_LIST };

static const struct {
    const char *name;
    enum member_type type;
} members[] = {
    { "annotations", MEMBER_STRING_MAP },
    { "creationTimestamp", MEMBER_STRING },
    { "deletionGracePeriodSeconds", MEMBER_INTEGER },
    { "deletionTimestamp", MEMBER_STRING },
    { "finalizers", MEMBER_STRING_LIST },
    { "generateName", MEMBER_STRING },
    { "generation", MEMBER_INTEGER },
    { "labels", MEMBER_STRING_MAP },
    { "managedFields", MEMBER_LIST },
    { "name", MEMBER_STRING },
    { "namespace", MEMBER_STRING },
    { "ownerReferences", MEMBER_LIST },
    { "resourceVersion", MEMBER_STRING },
    { "selfLink", MEMBER_STRING },
    { "uid", MEMBER_STRING },
};

struct checking {
    struct arena *arena;
    struct field_errors *errors;
};

/* ---- by type ---- */

/* YAML takes 1.0, yes and no for something else than a string; mostly a quotation mark is missing. */
static void check_string(const struct checking *checking, const char *path, struct json *value) {
    bool is_scalar = json_is_number(value) || json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE);
    const struct json *shown = is_scalar ? value : NULL;

    if (json_is(value, JSON_STRING) || json_is(value, JSON_NULL))
        return;
    field_errors_add(checking->errors, FIELD_TYPE_INVALID, path, shown, "%s",
                     is_scalar ? "must be a string: write it in quotes" : "must be a string");
    *value = is_scalar ? *json_new_string(checking->arena, json_print(checking->arena, value))
                       : *json_new_null(checking->arena);
}

static void check_strings(const struct checking *checking, const char *path, struct json *value) {
    JSON_FOR_EACH_MEMBER (member, value)
        check_string(checking, arena_printf(checking->arena, "%s[%s]", path, member->key), &member->value);
    for (uint32_t i = 0; json_is(value, JSON_ARRAY) && i < value->length; i++)
        check_string(checking, arena_printf(checking->arena, "%s[%u]", path, i), &value->items[i]);
}

static void check_container(const struct checking *checking, const char *path, struct json *value,
                            enum json_type type) {
    if (json_is(value, type) || json_is(value, JSON_NULL))
        return;
    field_errors_add(checking->errors, FIELD_TYPE_INVALID, path, NULL, "must be a %s",
                     type == JSON_OBJECT ? "map" : "list");
    *value = *json_new_null(checking->arena);
}

static void check_integer(const struct checking *checking, const char *path, struct json *value) {
    if (json_is(value, JSON_INTEGER) || json_is(value, JSON_NULL))
        return;
    field_errors_add(checking->errors, FIELD_TYPE_INVALID, path, NULL, "must be a whole number");
    *value = *json_new_null(checking->arena);
}

static void check_member(const struct checking *checking, enum member_type type, const char *path,
                         struct json *value) {
    switch (type) {
    case MEMBER_STRING:
        check_string(checking, path, value);
        return;
    case MEMBER_INTEGER:
        check_integer(checking, path, value);
        return;
    case MEMBER_STRING_MAP:
        check_container(checking, path, value, JSON_OBJECT);
        check_strings(checking, path, value);
        return;
    case MEMBER_STRING_LIST:
        check_container(checking, path, value, JSON_ARRAY);
        check_strings(checking, path, value);
        return;
    case MEMBER_LIST:
        check_container(checking, path, value, JSON_ARRAY);
        return;
    }
}

/* ---- the whole ---- */

static void refuse_unknown(const struct checking *checking, const char *path, const char *name) {
    const char *names[ARRAY_LENGTH(members)];

    for (size_t i = 0; i < ARRAY_LENGTH(members); i++)
        names[i] = members[i].name;
    const char *nearest = nearest_name(name, names, ARRAY_LENGTH(names));
    field_errors_add(checking->errors, FIELD_UNKNOWN, path, NULL, "%s",
                     nearest ? arena_printf(checking->arena, "did you mean %s?", nearest)
                             : "there is no such field");
}

void metadata_check(struct arena *arena, struct json *object, struct field_errors *errors) {
    struct checking checking = { arena, errors };
    struct json *metadata = json_get(object, "metadata");

    if (metadata)
        check_container(&checking, "metadata", metadata, JSON_OBJECT);
    JSON_FOR_EACH_MEMBER (member, metadata) {
        const char *path = arena_printf(arena, "metadata.%s", member->key);
        size_t i = 0;
        while (i < ARRAY_LENGTH(members) && !str_equal(members[i].name, member->key))
            i++;
        if (i < ARRAY_LENGTH(members))
            check_member(&checking, members[i].type, path, &member->value);
        else
            refuse_unknown(&checking, path, member->key);
    }
}
