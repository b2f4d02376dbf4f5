#include "api/schema.h"

#include "api/format.h"
#include "api/path.h"

struct judging {
    struct arena *arena;
    struct findings *findings;
};

static void judge_object(struct judging *judging, const struct api_object *object, const struct json *value,
                         const struct field_path *path);

static void add(struct judging *judging, enum finding_kind kind, const struct field_path *path,
                const struct json *value, const char *detail) {
    findings_add(judging->findings, kind, NULL, field_path_text(judging->arena, path), value, "%s", detail);
}

/* ---- single strings and numbers ---- */

static const char *words_allowed(struct arena *arena, const char *const *words) {
    CLEANUP_BUFFER struct buffer list = { 0 };

    buffer_add_string(&list, "supported values: ");
    for (size_t i = 0; words[i]; i++)
        buffer_printf(&list, "%s\"%s\"", i > 0 ? ", " : "", words[i]);
    return arena_strndup(arena, list.data, list.length);
}

static bool is_among(const char *const *words, const char *word) {
    for (; *words; words++) {
        if (strcmp(*words, word) == 0)
            return true;
    }
    return false;
}

static size_t characters(const struct json *string) {
    size_t count = 0;
    for (uint32_t i = 0; i < string->length; i++)
        count += ((unsigned char)string->string[i] & 0xC0) != 0x80;
    return count;
}

static void judge_string(struct judging *judging, const struct api_field *field, const struct json *value,
                         const struct field_path *path) {
    if (!json_is(value, JSON_STRING)) {
        add(judging, FINDING_TYPE_INVALID, path, value, "must be a string");
        return;
    }
    if (field->words && !is_among(field->words, value->string))
        add(judging, FINDING_NOT_SUPPORTED, path, value, words_allowed(judging->arena, field->words));
    if (field->type == API_STRING && field->has_minimum && characters(value) < (size_t)field->minimum)
        add(judging, FINDING_INVALID, path, value, "must not be empty");
    if (!format_holds(field->format, (struct text){ value->string, value->length }))
        add(judging, FINDING_INVALID, path, value,
            arena_printf(judging->arena, "must be %s", format_words(field->format)));
}

static void judge_quantity(struct judging *judging, const struct api_field *field, const struct json *value,
                           const struct field_path *path) {
    if (json_is(value, JSON_STRING))
        judge_string(judging, field, value, path);
    else if (!json_is(value, JSON_INTEGER))
        add(judging, FINDING_TYPE_INVALID, path, value, "must be a whole number or a string");
}

static bool is_whole_number(const struct json *value) {
    return json_is(value, JSON_INTEGER) ||
           (json_is(value, JSON_DOUBLE) && value->number > -1e15 && value->number < 1e15 &&
            value->number == (double)(int64_t)value->number);
}

static void judge_integer(struct judging *judging, const struct api_field *field, const struct json *value,
                          const struct field_path *path) {
    if (!is_whole_number(value)) {
        add(judging, FINDING_TYPE_INVALID, path, value, "must be a whole number");
        return;
    }
    int64_t number = json_is(value, JSON_INTEGER) ? value->integer : (int64_t)value->number;
    int64_t minimum = field->has_minimum ? field->minimum : field->type == API_INT32 ? INT32_MIN : INT64_MIN;
    int64_t maximum = field->has_maximum ? field->maximum : field->type == API_INT32 ? INT32_MAX : INT64_MAX;
    if (number >= minimum && number <= maximum)
        return;
    const char *detail =
        field->has_minimum && field->has_maximum
            ? arena_printf(judging->arena, "must be %lld to %lld", (long long)minimum, (long long)maximum)
        : number < minimum ? arena_printf(judging->arena, "must be at least %lld", (long long)minimum)
                           : arena_printf(judging->arena, "must be at most %lld", (long long)maximum);
    add(judging, FINDING_INVALID, path, value, detail);
}

/* ---- lists and maps ---- */

static bool same_keys(const char *const *keys, const struct json *a, const struct json *b) {
    for (; *keys; keys++) {
        const struct json *left = json_get(a, *keys);
        if (!left || !json_equal(left, json_get(b, *keys)))
            return false;
    }
    return true;
}

static void judge_duplicates(struct judging *judging, const struct api_field *field, const struct json *list,
                             const struct field_path *path) {
    JSON_FOR_EACH_ITEM (item, list) {
        for (const struct json *earlier = list->items; earlier < item; earlier++) {
            if (!same_keys(field->list_keys, earlier, item))
                continue;
            const struct field_path *place = FIELD_PATH_ITEM(path, (size_t)(item - list->items));
            add(judging, FINDING_DUPLICATE, FIELD_PATH_MEMBER(place, field->list_keys[0]),
                json_get(item, field->list_keys[0]), "");
            break;
        }
    }
}

static void judge_list(struct judging *judging, const struct api_field *field, const struct json *value,
                       const struct field_path *path) {
    if (!json_is(value, JSON_ARRAY)) {
        add(judging, FINDING_TYPE_INVALID, path, value, "must be a list");
        return;
    }
    for (size_t i = 0; i < value->length; i++) {
        const struct field_path *place = FIELD_PATH_ITEM(path, i);
        if (field->type == API_STRING_LIST)
            judge_string(judging, field, &value->items[i], place);
        else if (field->type == API_OBJECT_LIST)
            judge_object(judging, field->object, &value->items[i], place);
        else if (!json_is(&value->items[i], JSON_OBJECT))
            add(judging, FINDING_TYPE_INVALID, place, &value->items[i], "must be an object");
    }
    if (field->list_keys)
        judge_duplicates(judging, field, value, path);
}

static void judge_map(struct judging *judging, const struct api_field *field, const struct json *value,
                      const struct field_path *path) {
    if (!json_is(value, JSON_OBJECT)) {
        add(judging, FINDING_TYPE_INVALID, path, value, "must be an object");
        return;
    }
    JSON_FOR_EACH_MEMBER (member, value) {
        const struct field_path *place = FIELD_PATH_ENTRY(path, member->key);
        if (field->type == API_OBJECT_MAP)
            judge_object(judging, field->object, &member->value, place);
        else if (!json_is(&member->value, JSON_STRING))
            add(judging, FINDING_TYPE_INVALID, place, &member->value, "must be a string; put it in quotes");
        if (field->type == API_OBJECT_MAP &&
            !format_holds(field->format, (struct text){ member->key, member->key_length }))
            add(judging, FINDING_INVALID, path, json_new_string(judging->arena, member->key),
                arena_printf(judging->arena, "names must be %s", format_words(field->format)));
    }
}

/* ---- objects ---- */

static size_t distance_after(size_t above, size_t left, size_t diagonal, bool is_same) {
    size_t best = diagonal + !is_same;
    if (above + 1 < best)
        best = above + 1;
    return left + 1 < best ? left + 1 : best;
}

/* Levenshtein's distance without regard to case; names of fields are short. */
enum { NAME_BYTES_MAX = 64, DISTANCE_MAX = 3 };
static size_t distance(const char *a, const char *b) {
    size_t row[NAME_BYTES_MAX + 1];
    size_t length = strlen(b);

    if (strlen(a) > NAME_BYTES_MAX || length > NAME_BYTES_MAX)
        return NAME_BYTES_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            size_t above = row[j + 1];
            row[j + 1] = distance_after(above, row[j], diagonal, (a[i] | 0x20) == (b[j] | 0x20));
            diagonal = above;
        }
    }
    return row[length];
}

static void add_unknown(struct judging *judging, const struct api_object *object, const char *name,
                        const struct field_path *path) {
    const char *nearest = NULL;
    size_t nearest_distance = DISTANCE_MAX + 1;

    for (size_t i = 0; i < object->field_count; i++) {
        size_t away = distance(name, object->fields[i].name);
        if (away < nearest_distance) {
            nearest_distance = away;
            nearest = object->fields[i].name;
        }
    }
    add(judging, FINDING_UNKNOWN, FIELD_PATH_MEMBER(path, name), NULL,
        nearest ? arena_printf(judging->arena, "did you mean %s?", nearest) : "there is no such field");
}

static void judge_field(struct judging *judging, const struct api_field *field, const struct json *value,
                        const struct field_path *path) {
    switch (field->type) {
    case API_STRING:
        judge_string(judging, field, value, path);
        break;
    case API_QUANTITY:
        judge_quantity(judging, field, value, path);
        break;
    case API_BOOLEAN:
        if (!json_is(value, JSON_TRUE) && !json_is(value, JSON_FALSE))
            add(judging, FINDING_TYPE_INVALID, path, value, "must be true or false");
        break;
    case API_INT32:
    case API_INT64:
        judge_integer(judging, field, value, path);
        break;
    case API_OBJECT:
        judge_object(judging, field->object, value, path);
        break;
    case API_STRING_LIST:
    case API_OBJECT_LIST:
    case API_JSON_LIST:
        judge_list(judging, field, value, path);
        break;
    case API_OBJECT_MAP:
    case API_STRING_MAP:
        judge_map(judging, field, value, path);
        break;
    case API_JSON_OBJECT:
        if (!json_is(value, JSON_OBJECT))
            add(judging, FINDING_TYPE_INVALID, path, value, "must be an object");
        break;
    case API_JSON:
        break;
    }
}

static bool is_given(const struct api_object *object, const struct api_field *field,
                     const struct json *value) {
    if (json_get(value, field->name))
        return true;
    for (size_t i = 0; i < object->field_count; i++) {
        const struct api_field *alias = &object->fields[i];
        if (str_equal(alias->alias_of, field->name) && json_get(value, alias->name))
            return true;
    }
    return false;
}

static void judge_object(struct judging *judging, const struct api_object *object, const struct json *value,
                         const struct field_path *path) {
    if (!json_is(value, JSON_OBJECT)) {
        add(judging, FINDING_TYPE_INVALID, path, value, "must be an object");
        return;
    }
    JSON_FOR_EACH_MEMBER (member, value) {
        const struct api_field *field = api_object_field(object, member->key, member->key_length);
        const struct field_path *place = FIELD_PATH_MEMBER(path, member->key);
        if (field && !json_is(&member->value, JSON_NULL))
            judge_field(judging, field, &member->value, place);
        else if (!field && !object->is_open)
            add_unknown(judging, object, member->key, path);
    }
    for (size_t i = 0; i < object->field_count; i++) {
        const struct api_field *field = &object->fields[i];
        if (field->is_required && !is_given(object, field, value))
            add(judging, FINDING_REQUIRED, FIELD_PATH_MEMBER(path, field->name), NULL, "");
    }
}

void schema_judge(const struct api_object *object, const struct json *value, const char *path,
                  struct findings *findings) {
    struct judging judging = { findings->arena, findings };
    judge_object(&judging, object, value, FIELD_PATH_ROOT(path));
}
