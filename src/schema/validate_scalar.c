/* Scalars: strings, numbers and enums against the rules of their schema. */
#include "schema/validator.h"

#include <math.h>

static size_t characters(const struct json *string) {
    size_t count = 0;

    for (uint32_t i = 0; i < string->length; i++)
        count += ((unsigned char)string->string[i] & 0xC0) != 0x80;
    return count;
}

static bool matches_pattern(const struct schema_rules *rules, const struct json *string) {
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(rules->pattern_code, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);

    pcre2_set_match_limit(context, SCHEMA_PATTERN_STEPS_MAX);
    int found =
        pcre2_match(rules->pattern_code, (PCRE2_SPTR)string->string, string->length, 0, 0, data, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    return found >= 0;
}

/* Of length and pattern, the first breach is told. */
static void check_text(struct validator *validator, const struct schema_rules *rules,
                       const struct json *value) {
    int64_t length = (int64_t)characters(value);

    if (rules->length_max >= 0 && length > rules->length_max)
        field_errors_add(validator->errors, FIELD_TOO_LONG, validator_field(validator), NULL,
                         "may not be more than %lld %s", (long long)rules->length_max,
                         rules->length_max == 1 ? "byte" : "bytes");
    else if (rules->length_min >= 0 && length < rules->length_min)
        validator_refuse(validator, value, "should be at least %lld chars long",
                         (long long)rules->length_min);
    else if (rules->pattern_code && !matches_pattern(rules, value)) {
        validator_refuse(validator, value, "should match '%s'", rules->pattern);
        struct field_error *error = field_errors_last(validator->errors);
        if (error)
            error->allowed = rules->allowed_words;
    }
}

void validator_check_string(struct validator *validator, const struct schema_rules *rules,
                            const struct json *value) {
    check_text(validator, rules, value);
    if (rules->format && !schema_format_matches(rules->format, value->string))
        field_errors_add(validator->errors, FIELD_TYPE_INVALID, validator_field(validator), value,
                         "%s in body must be of type %s: %s", buffer_string(&validator->path), rules->format,
                         json_print(validator->errors->arena, value));
}

static const char *print_number(struct arena *arena, double number, bool is_integer) {
    return is_integer ? arena_printf(arena, "%lld", (long long)number)
                      : json_print(arena, json_new_number(arena, number));
}

/* Integers are divided by the whole part of the factor, as in the real server. */
static void check_multiple(struct validator *validator, const struct schema_rules *rules,
                           const struct json *value) {
    struct arena *arena = validator->errors->arena;
    double factor = json_is(value, JSON_INTEGER) ? trunc(rules->multiple_of) : rules->multiple_of;
    double quotient = json_number(value, 0) / factor;

    if (factor <= 0)
        field_errors_add(validator->errors, FIELD_INVALID, validator_field(validator), value,
                         "factor MultipleOf declared for %s must be positive: %s", validator_field(validator),
                         print_number(arena, factor, true));
    else if (fabs(quotient - round(quotient)) > 1e-9)
        validator_refuse(validator, value, "should be a multiple of %s",
                         print_number(arena, rules->multiple_of, rules->multiple_of_is_integer));
}

void validator_check_number(struct validator *validator, const struct schema_rules *rules,
                            const struct json *value) {
    struct arena *arena = validator->errors->arena;
    double number = json_number(value, 0);
    bool is_above = rules->maximum_is_exclusive ? number >= rules->maximum : number > rules->maximum;
    bool is_below = rules->minimum_is_exclusive ? number <= rules->minimum : number < rules->minimum;

    if (rules->has_multiple_of)
        check_multiple(validator, rules, value);
    if (rules->has_maximum && is_above)
        validator_refuse(validator, value, "should be less than %s%s",
                         rules->maximum_is_exclusive ? "" : "or equal to ",
                         print_number(arena, rules->maximum, rules->maximum_is_integer));
    if (rules->has_minimum && is_below)
        validator_refuse(validator, value, "should be greater than %s%s",
                         rules->minimum_is_exclusive ? "" : "or equal to ",
                         print_number(arena, rules->minimum, rules->minimum_is_integer));
}

static bool is_allowed(const struct json *allowed, const struct json *value) {
    JSON_FOR_EACH_ITEM (item, allowed)
        if (json_equal(item, value))
            return true;
    return false;
}

void validator_check_enum(struct validator *validator, const struct schema_rules *rules,
                          const struct json *value) {
    struct arena *arena = validator->errors->arena;
    size_t count = 0;

    if (is_allowed(rules->allowed, value) || field_errors_skip(validator->errors))
        return;
    const char **words = ARENA_ARRAY(arena, const char *, json_length(rules->allowed));
    JSON_FOR_EACH_ITEM (item, rules->allowed)
        words[count++] = json_is(item, JSON_STRING) ? item->string : json_print(arena, item);
    field_errors_add_unsupported(validator->errors, validator_field(validator), value, words, count);
}
