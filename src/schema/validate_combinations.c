/* Schemas of schemas: anyOf, oneOf, allOf and not. */
#include "schema/validator.h"

/* What the schema says against the value, at the place where the validator is. */
static struct field_errors try_schema(const struct validator *validator, const struct schema *schema,
                                      const struct json *value) {
    struct field_errors errors = { .arena = validator->errors->arena };
    struct validator inner = { .errors = &errors, .is_builtin = validator->is_builtin };

    buffer_add_text(&inner.path, buffer_text(&validator->path));
    validator_check(&inner, schema, value);
    buffer_clear(&inner.path);
    return errors;
}

static void take_over(struct validator *validator, const struct field_errors *errors) {
    for (size_t i = 0; i < errors->count; i++)
        field_errors_add_error(validator->errors, &errors->items[i]);
}

static void refuse_combination(struct validator *validator, const char *text) {
    struct arena *arena = validator->errors->arena;

    field_errors_add(validator->errors, FIELD_INVALID, "<nil>", json_new_string(arena, ""), "\"%s\" %s",
                     buffer_string(&validator->path), text);
}

/* How many schemas of the list accept the value; *out_failure: the errors of the first that does not. */
static size_t count_matches(const struct validator *validator, const struct schema_list *list,
                            const struct json *value, struct field_errors *out_failure) {
    size_t matches = 0;

    for (size_t i = list->count; i-- > 0;) {
        struct field_errors errors = try_schema(validator, list->items[i], value);
        if (errors.count == 0)
            matches++;
        else
            *out_failure = errors;
    }
    return matches;
}

static void check_any_of(struct validator *validator, const struct schema_list *list,
                         const struct json *value) {
    struct field_errors failure = { 0 };

    if (list->count == 0 || count_matches(validator, list, value, &failure) > 0)
        return;
    refuse_combination(validator, "must validate at least one schema (anyOf)");
    take_over(validator, &failure);
}

static void check_one_of(struct validator *validator, const struct schema_list *list,
                         const struct json *value) {
    struct field_errors failure = { 0 };
    struct arena *arena = validator->errors->arena;
    size_t matches = list->count > 0 ? count_matches(validator, list, value, &failure) : 1;

    if (matches == 1)
        return;
    if (matches > 1) {
        refuse_combination(validator,
                           arena_printf(arena,
                                        "must validate one and only one schema (oneOf). Found %zu valid "
                                        "alternatives",
                                        matches));
        return;
    }
    refuse_combination(validator, "must validate one and only one schema (oneOf). Found none valid");
    take_over(validator, &failure);
}

static void check_all_of(struct validator *validator, const struct schema_list *list,
                         const struct json *value) {
    size_t matches = 0;

    for (size_t i = 0; i < list->count; i++) {
        struct field_errors errors = try_schema(validator, list->items[i], value);
        matches += errors.count == 0;
        take_over(validator, &errors);
    }
    if (matches < list->count)
        refuse_combination(validator, matches > 0 ? "must validate all the schemas (allOf)"
                                                  : "must validate all the schemas (allOf). None validated");
}

void validator_check_combinations(struct validator *validator, const struct schema_rules *rules,
                                  const struct json *value) {
    check_any_of(validator, &rules->any_of, value);
    check_one_of(validator, &rules->one_of, value);
    check_all_of(validator, &rules->all_of, value);
    if (rules->not_schema && try_schema(validator, rules->not_schema, value).count == 0)
        refuse_combination(validator, "must not validate the schema (not)");
}
