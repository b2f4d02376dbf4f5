/* JSON patch. Beyond the RFC, as the API server's library: indices count from the end when negative,
 * replacing a member that is absent sets it, and testing an absent member against null succeeds. After:
 * evanphx/json-patch v4. */
#include "schema/node.h"
#include "sim/patch.h"

struct patching {
    struct arena *arena;
    struct json *document;
    size_t copied; /* bytes */
    struct error *err;
};

/* A place in the document: the container, and the member or item in it that a pointer's last part names. */
struct place {
    struct json *container;
    const char *key;
};

/* The part of a JSON pointer, ~1 and ~0 undone, in arena. */
static const char *decode_part(struct arena *arena, struct text part) {
    char *out = arena_strndup(arena, part.data ? part.data : "", part.length);
    size_t length = 0;

    for (size_t i = 0; i < part.length; i++) {
        if (out[i] == '~' && (out[i + 1] == '0' || out[i + 1] == '1'))
            out[length++] = out[++i] == '1' ? '/' : '~';
        else
            out[length++] = out[i];
    }
    out[length] = '\0';
    return out;
}

/* The item that key names, or NULL. Sets *out_index also when it is one behind the last. */
static bool index_of(struct patching *patching, const struct json *array, const char *key, size_t count,
                     size_t *out_index) {
    int64_t index = 0;

    if (!parse_int64(text_from(key), &index))
        return error_set(patching->err, ERROR_INVALID, "strconv.Atoi: parsing \"%s\": invalid syntax", key);
    if (index < -(int64_t)count || index >= (int64_t)count)
        return error_set(patching->err, ERROR_INVALID,
                         "Unable to access invalid index: %lld: invalid index referenced", (long long)index);
    *out_index = (size_t)(index < 0 ? index + (int64_t)count : index);
    (void)array;
    return true;
}

static struct json *step_into(struct json *container, const char *key) {
    int64_t index = 0;

    if (json_is(container, JSON_OBJECT))
        return json_get(container, key);
    if (!json_is(container, JSON_ARRAY) || !parse_int64(text_from(key), &index))
        return NULL;
    if (index < 0)
        index += (int64_t)container->length;
    return index < 0 ? NULL : json_item(container, (size_t)index);
}

/* False when the container does not exist. */
static bool find_place(struct patching *patching, const char *pointer, struct place *out_place) {
    struct text rest = text_from(pointer);
    struct json *container = patching->document;

    if (pointer[0] != '/')
        return false;
    (void)text_cut(&rest, '/');
    for (;;) {
        const char *key = decode_part(patching->arena, text_cut(&rest, '/'));
        if (!rest.data) {
            *out_place = (struct place){ container, key };
            return true;
        }
        container = step_into(container, key);
        if (!json_is(container, JSON_OBJECT) && !json_is(container, JSON_ARRAY))
            return false;
    }
}

/* *out_value is NULL for an absent member. */
static bool get_at(struct patching *patching, struct place place, struct json **out_value) {
    size_t index = 0;

    if (json_is(place.container, JSON_OBJECT)) {
        *out_value = json_get(place.container, place.key);
        return true;
    }
    if (!index_of(patching, place.container, place.key, place.container->length, &index))
        return false;
    *out_value = json_item(place.container, index);
    return true;
}

static bool add_at(struct patching *patching, struct place place, const struct json *value) {
    struct json *array = place.container;
    size_t index = 0;

    if (json_is(array, JSON_OBJECT)) {
        json_set(patching->arena, array, place.key, value);
        return true;
    }
    if (str_equal(place.key, "-")) {
        json_append(patching->arena, array, value);
        return true;
    }
    int64_t number = 0;
    if (!parse_int64(text_from(place.key), &number))
        return error_set(
            patching->err, ERROR_INVALID,
            "value was not a proper array index: '%s': strconv.Atoi: parsing \"%s\": invalid syntax",
            place.key, place.key);
    if (!index_of(patching, array, place.key, (size_t)array->length + 1, &index))
        return false;
    json_append(patching->arena, array, value);
    struct json added = array->items[array->length - 1];
    memmove(&array->items[index + 1], &array->items[index], (array->length - 1 - index) * sizeof(added));
    array->items[index] = added;
    return true;
}

static bool remove_at(struct patching *patching, struct place place) {
    size_t index = 0;

    if (json_is(place.container, JSON_OBJECT)) {
        if (!json_get(place.container, place.key))
            return error_set(patching->err, ERROR_INVALID,
                             "Unable to remove nonexistent key: %s: missing value", place.key);
        json_remove(place.container, place.key);
        return true;
    }
    if (!index_of(patching, place.container, place.key, place.container->length, &index))
        return false;
    json_remove_item(place.container, index);
    return true;
}

/* ---- operations ---- */

struct operation {
    const char *path;
    const char *from;
    const struct json *value; /* NULL: none was given */
};

static const struct json *value_or_null(struct patching *patching, const struct operation *operation) {
    return operation->value ? json_copy(patching->arena, operation->value) : json_new_null(patching->arena);
}

static bool do_add(struct patching *patching, const struct operation *operation) {
    struct place place = { 0 };

    if (!find_place(patching, operation->path, &place))
        return error_set(patching->err, ERROR_INVALID,
                         "add operation does not apply: doc is missing path: \"%s\": missing value",
                         operation->path);
    if (!add_at(patching, place, value_or_null(patching, operation)))
        return error_wrap(patching->err, "error in add for path: '%s'", operation->path);
    return true;
}

static bool do_remove(struct patching *patching, const struct operation *operation) {
    struct place place = { 0 };

    if (!find_place(patching, operation->path, &place))
        return error_set(patching->err, ERROR_INVALID,
                         "remove operation does not apply: doc is missing path: \"%s\": missing value",
                         operation->path);
    if (!remove_at(patching, place))
        return error_wrap(patching->err, "error in remove for path: '%s'", operation->path);
    return true;
}

static bool do_replace(struct patching *patching, const struct operation *operation) {
    const struct json *value = value_or_null(patching, operation);
    struct place place = { 0 };
    size_t index = 0;

    if (!operation->path[0]) {
        if (!json_is(value, JSON_OBJECT) && !json_is(value, JSON_ARRAY))
            return error_set(patching->err, ERROR_INVALID, "replace operation value must be object or array");
        *patching->document = *value;
        return true;
    }
    if (!find_place(patching, operation->path, &place))
        return error_set(patching->err, ERROR_INVALID,
                         "replace operation does not apply: doc is missing path: %s: missing value",
                         operation->path);
    if (json_is(place.container, JSON_OBJECT)) {
        json_set(patching->arena, place.container, place.key, value);
        return true;
    }
    if (!index_of(patching, place.container, place.key, place.container->length, &index))
        return error_set(patching->err, ERROR_INVALID,
                         "replace operation does not apply: doc is missing key: %s: missing value",
                         operation->path);
    place.container->items[index] = *value;
    return true;
}

static bool add_moved(struct patching *patching, const struct operation *operation, const char *name,
                      const struct json *value) {
    struct place place = { 0 };

    if (!find_place(patching, operation->path, &place))
        return error_set(patching->err, ERROR_INVALID,
                         "%s operation does not apply: doc is missing destination path: %s: missing value",
                         name, operation->path);
    return add_at(patching, place, value);
}

static bool is_within_depth(const struct json *value, int depth) {
    if (!json_is(value, JSON_OBJECT) && !json_is(value, JSON_ARRAY))
        return true;
    if (depth == 0)
        return false;
    JSON_FOR_EACH_ITEM (item, value)
        if (!is_within_depth(item, depth - 1))
            return false;
    JSON_FOR_EACH_MEMBER (member, value)
        if (!is_within_depth(&member->value, depth - 1))
            return false;
    return true;
}

/* Copying the document into itself nests it deeper than any text that is parsed: stop before the stack ends.
 */
static bool check_depth(struct patching *patching, const struct json *value) {
    return is_within_depth(value, JSON_DEPTH_MAX) ||
           error_set(patching->err, ERROR_INVALID, "the patched document is nested deeper than %d",
                     JSON_DEPTH_MAX);
}

static bool do_move(struct patching *patching, const struct operation *operation) {
    struct place place = { 0 };
    struct json *found = NULL;

    if (!operation->from || !find_place(patching, operation->from, &place))
        return error_set(patching->err, ERROR_INVALID,
                         "move operation does not apply: doc is missing from path: %s: missing value",
                         operation->from ? operation->from : "");
    if (!get_at(patching, place, &found))
        return error_wrap(patching->err, "error in move for path: '%s'", place.key);
    if (found && !check_depth(patching, found))
        return false;
    const struct json *value = found ? json_copy(patching->arena, found) : NULL;
    if (!remove_at(patching, place))
        return error_wrap(patching->err, "error in move for path: '%s'", place.key);
    return add_moved(patching, operation, "move", value);
}

static bool do_copy(struct patching *patching, const struct operation *operation) {
    struct place place = { 0 };
    struct json *found = NULL;

    if (!operation->from || !find_place(patching, operation->from, &place))
        return error_set(patching->err, ERROR_INVALID,
                         "copy operation does not apply: doc is missing from path: %s: missing value",
                         operation->from ? operation->from : "");
    if (!get_at(patching, place, &found))
        return error_wrap(patching->err, "error in copy for from: '%s'", operation->from);
    if (found && !check_depth(patching, found))
        return false;
    patching->copied += found ? strlen(json_print(patching->arena, found)) : 4;
    if (patching->copied > PATCH_COPY_BYTES_MAX)
        return error_set(
            patching->err, ERROR_INVALID,
            "Unable to complete the copy, the accumulated size increase of copy is %zu, exceeding the "
            "limit %d",
            patching->copied, PATCH_COPY_BYTES_MAX);
    const struct json *value = found ? json_copy(patching->arena, found) : json_new_null(patching->arena);
    return add_moved(patching, operation, "copy", value);
}

static bool do_test(struct patching *patching, const struct operation *operation) {
    struct place place = { 0 };
    struct json *found = patching->document;
    bool is_null = !operation->value || json_is(operation->value, JSON_NULL);

    if (operation->path[0]) {
        if (!find_place(patching, operation->path, &place))
            return error_set(patching->err, ERROR_INVALID,
                             "test operation does not apply: is missing path: %s: missing value",
                             operation->path);
        if (!get_at(patching, place, &found))
            return error_wrap(patching->err, "error in test for path: '%s'", operation->path);
    }
    bool is_equal = !found || json_is(found, JSON_NULL) ? is_null : json_equal(found, operation->value);
    if (is_equal)
        return true;
    return error_set(patching->err, ERROR_INVALID, "testing value %s failed: test failed", operation->path);
}

static const struct {
    const char *name;
    bool (*run)(struct patching *patching, const struct operation *operation);
} operations_known[] = {
    { "add", do_add },       { "copy", do_copy },       { "move", do_move },
    { "remove", do_remove }, { "replace", do_replace }, { "test", do_test },
};

static bool run(struct patching *patching, const struct json *source) {
    const char *name = json_string(json_get(source, "op"), "unknown");
    struct operation operation = {
        .path = json_string(json_get(source, "path"), NULL),
        .from = json_string(json_get(source, "from"), NULL),
        .value = json_get(source, "value"),
    };

    for (size_t i = 0; i < ARRAY_LENGTH(operations_known); i++) {
        if (!str_equal(operations_known[i].name, name))
            continue;
        if (!operation.path)
            return error_set(patching->err, ERROR_INVALID,
                             "%s operation failed to decode path: missing value", name);
        return operations_known[i].run(patching, &operation);
    }
    return error_set(patching->err, ERROR_INVALID, "Unexpected kind: %s", name);
}

bool patch_json(struct arena *arena, const struct json *document, const struct json *operations,
                struct json **out_document, struct error *err) {
    struct patching patching = { .arena = arena, .document = json_copy(arena, document), .err = err };

    if (!json_is(operations, JSON_ARRAY))
        return error_set(err, ERROR_PROTOCOL,
                         "error decoding patch: json: cannot unmarshal %s into Go value of type "
                         "[]handlers.jsonPatchOp",
                         schema_go_kind(operations));
    if (operations->length > PATCH_OPERATIONS_MAX)
        return error_set(err, ERROR_PROTOCOL, "The allowed maximum operations in a JSON patch is %d, got %u",
                         PATCH_OPERATIONS_MAX, operations->length);
    JSON_FOR_EACH_ITEM (operation, operations) {
        if (!json_is(operation, JSON_OBJECT))
            return error_set(err, ERROR_PROTOCOL,
                             "error decoding patch: json: cannot unmarshal %s into Go value of type "
                             "handlers.jsonPatchOp",
                             schema_go_kind(operation));
        if (!run(&patching, operation))
            return false;
    }
    if (!check_depth(&patching, patching.document))
        return false;
    *out_document = patching.document;
    return true;
}
