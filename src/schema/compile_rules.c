/* Compiling what validation checks beyond the type. */
#include "schema/compile.h"

const char **schema_compile_texts(struct arena *arena, const struct json *array, size_t *out_count) {
    const char **texts = ARENA_ARRAY(arena, const char *, json_length(array));
    size_t count = 0;

    JSON_FOR_EACH_ITEM (item, array) {
        if (json_is(item, JSON_STRING))
            texts[count++] = arena_strdup(arena, item->string);
    }
    *out_count = count;
    return texts;
}

static bool compile_list(struct compiler *compiler, const struct json *sources, const char *path, int depth,
                         struct schema_list *out) {
    size_t count = json_is(sources, JSON_ARRAY) ? json_length(sources) : 0;

    out->items = ARENA_ARRAY(compiler->bundle->arena, const struct schema *, count);
    for (size_t i = 0; i < count; i++) {
        out->items[i] = schema_compile_child(compiler, json_item(sources, i), path, true, depth + 1);
        if (!out->items[i])
            return false;
        out->count++;
    }
    return true;
}

static bool compile_pattern(struct compiler *compiler, const char *path, struct schema_rules *rules) {
    struct schema_bundle *bundle = compiler->bundle;
    int number = 0;
    PCRE2_SIZE offset = 0;
    PCRE2_UCHAR text[120] = "";
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)rules->pattern, PCRE2_ZERO_TERMINATED,
                                     PCRE2_DOLLAR_ENDONLY | PCRE2_UTF, &number, &offset, NULL);

    if (!code) {
        pcre2_get_error_message(number, text, sizeof(text));
        return error_set(
            compiler->err, ERROR_INVALID,
            "%s.pattern: Invalid value: \"%s\": must be a valid regular expression, but isn't: %s", path,
            rules->pattern, (const char *)text);
    }
    bundle->patterns = xrealloc(bundle->patterns, (bundle->pattern_count + 1) * sizeof(*bundle->patterns));
    bundle->patterns[bundle->pattern_count++] = code;
    rules->pattern_code = code;
    return true;
}

static int64_t limit_of(const struct json *source, const char *name) {
    return json_integer(json_get(source, name), -1);
}

static bool number_of(const struct json *source, const char *name, double *out_value, bool *out_is_integer) {
    const struct json *value = json_get(source, name);

    if (!json_is_number(value))
        return false;
    *out_value = json_number(value, 0);
    *out_is_integer = json_is(value, JSON_INTEGER);
    return true;
}

static bool asks_for_more(const struct json *source) {
    static const char *const names[] = {
        "required",      "enum",      "pattern",   "format",   "minimum",  "maximum",
        "multipleOf",    "minLength", "maxLength", "minItems", "maxItems", "minProperties",
        "maxProperties", "allOf",     "anyOf",     "oneOf",    "not"
    };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (json_get(source, names[i]))
            return true;
    return false;
}

bool schema_compile_rules(struct compiler *compiler, const struct json *source, const char *path, int depth,
                          struct schema *node) {
    struct arena *arena = compiler->bundle->arena;
    struct schema_rules *rules = ARENA_NEW(arena, struct schema_rules);
    const struct json *allowed = json_get(source, "enum");
    const char *format = json_string(json_get(source, "format"), NULL);
    const char *pattern = json_string(json_get(source, "pattern"), NULL);

    if (!asks_for_more(source))
        return true;
    rules->required = schema_compile_texts(arena, json_get(source, "required"), &rules->required_count);
    rules->allowed = json_is(allowed, JSON_ARRAY) ? json_copy(arena, allowed) : NULL;
    rules->format = format ? arena_strdup(arena, format) : NULL;
    rules->has_minimum = number_of(source, "minimum", &rules->minimum, &rules->minimum_is_integer);
    rules->has_maximum = number_of(source, "maximum", &rules->maximum, &rules->maximum_is_integer);
    rules->has_multiple_of =
        number_of(source, "multipleOf", &rules->multiple_of, &rules->multiple_of_is_integer);
    rules->minimum_is_exclusive = json_bool(json_get(source, "exclusiveMinimum"), false);
    rules->maximum_is_exclusive = json_bool(json_get(source, "exclusiveMaximum"), false);
    rules->length_min = limit_of(source, "minLength");
    rules->length_max = limit_of(source, "maxLength");
    rules->items_min = limit_of(source, "minItems");
    rules->items_max = limit_of(source, "maxItems");
    rules->properties_min = limit_of(source, "minProperties");
    rules->properties_max = limit_of(source, "maxProperties");
    if (pattern) {
        const char *allowed_words = json_string(json_get(source, "x-allowed"), NULL);
        rules->pattern = arena_strdup(arena, pattern);
        rules->allowed_words = allowed_words ? arena_strdup(arena, allowed_words) : NULL;
        if (!compile_pattern(compiler, path, rules))
            return false;
    }
    if (!compile_list(compiler, json_get(source, "allOf"), path, depth, &rules->all_of) ||
        !compile_list(compiler, json_get(source, "anyOf"), path, depth, &rules->any_of) ||
        !compile_list(compiler, json_get(source, "oneOf"), path, depth, &rules->one_of))
        return false;
    const struct json *not_source = json_get(source, "not");
    if (not_source) {
        rules->not_schema = schema_compile_child(compiler, not_source, path, true, depth + 1);
        if (!rules->not_schema)
            return false;
    }
    node->rules = rules;
    return true;
}
