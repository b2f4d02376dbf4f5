#include "cli/meant_kind.h"

#include "api/nearest.h"

#define OUR_API_VERSION API_GROUP "/" API_VERSION

static const char **kind_names(struct arena *arena) {
    const char **names = ARENA_ARRAY(arena, const char *, api_kind_count);

    for (size_t i = 0; i < api_kind_count; i++)
        names[i] = api_kinds[i].name;
    return names;
}

static const char *all_kinds(struct arena *arena) {
    const char *all = api_kinds[0].name;

    for (size_t i = 1; i < api_kind_count; i++)
        all = arena_printf(arena, "%s, %s", all, api_kinds[i].name);
    return all;
}

/* The kind is one of ours; the apiVersion may be another's. */
static struct meant_kind judge_version(const struct api_kind *kind, const struct json *object,
                                       struct text group, struct text version, struct field_errors *errors) {
    const struct json *value = json_get(object, "apiVersion");

    if (str_empty(json_string(value, ""))) {
        field_errors_add(errors, FIELD_REQUIRED, "apiVersion", NULL, "write " OUR_API_VERSION);
        return (struct meant_kind){ true, kind };
    }
    if (text_is(group, API_GROUP) && text_is(version, API_VERSION))
        return (struct meant_kind){ true, kind };
    if (text_is(group, API_GROUP))
        field_errors_add(errors, FIELD_NOT_SUPPORTED, "apiVersion", value,
                         "this operator serves " OUR_API_VERSION);
    else
        field_errors_add(errors, FIELD_NOT_SUPPORTED, "apiVersion", value,
                         "write " OUR_API_VERSION ", the API of %s", kind->name);
    /* Another version may have other fields. */
    return (struct meant_kind){ true, text_is(version, API_VERSION) ? kind : NULL };
}

/* The kind is none of ours. Beside our group it must be; of a group that is nearly ours it may be misspelt,
 * too. */
static struct meant_kind judge_kind(const struct json *object, struct text group,
                                    struct field_errors *errors) {
    struct arena *arena = errors->arena;
    const struct json *value = json_get(object, "kind");
    const char *nearest = nearest_name(json_string(value, ""), kind_names(arena), api_kind_count);
    bool is_our_group = text_is(group, API_GROUP);

    if (!is_our_group && !(nearest && (text_is(group, "neo4j.com") || text_ends_with(group, ".neo4j.com"))))
        return (struct meant_kind){ 0 };
    if (str_empty(json_string(value, "")))
        field_errors_add(errors, FIELD_REQUIRED, "kind", NULL, "one of %s", all_kinds(arena));
    else if (nearest)
        field_errors_add(errors, FIELD_NOT_SUPPORTED, "kind", value, "did you mean %s?%s", nearest,
                         is_our_group ? "" : " Its apiVersion is " OUR_API_VERSION);
    else
        field_errors_add(errors, FIELD_NOT_SUPPORTED, "kind", value, "the kinds of " API_GROUP " are %s",
                         all_kinds(arena));
    return (struct meant_kind){ .is_ours = true };
}

struct meant_kind meant_kind_of(const struct json *object, struct field_errors *errors) {
    const struct api_kind *kind = api_kind_find(json_string_at(object, "kind", ""));
    struct text version = text_from(json_string_at(object, "apiVersion", ""));
    struct text group = text_cut(&version, '/');

    return kind ? judge_version(kind, object, group, version, errors) : judge_kind(object, group, errors);
}
