/* Conversions between kinds, and size().
 * Source: ConvertToType() of each type in common/types of cel-go. */
#include "cel/decimal.h"
#include "cel/function.h"
#include "cel/instant.h"
#include "cel/utf8.h"

#include <math.h>
#include <strings.h>

static bool fail_conversion(struct cel_run *run, const struct cel_value *arguments, enum cel_kind to) {
    return cel_fail(run, "type conversion error from '%s' to '%s'", cel_kind_name(arguments[0].kind),
                    cel_kind_name(to));
}

static bool same(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = arguments[0];
    return true;
}

static bool type_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_type(arguments[0].kind);
    return true;
}

/* Go's ParseInt() knows a plus sign. */
static struct text without_plus(struct text text) {
    bool has_plus = text.length > 1 && text.data[0] == '+' && text.data[1] != '-';

    return (struct text){ text.data + has_plus, text.length - has_plus };
}

static bool int_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_value *from = &arguments[0];
    int64_t integer = from->integer;

    if (from->kind == CEL_UINT && from->natural > INT64_MAX)
        return cel_fail(run, "integer overflow");
    if (from->kind == CEL_DOUBLE) {
        if (!(from->number > (double)INT64_MIN && from->number < (double)INT64_MAX))
            return cel_fail(run, "integer overflow");
        integer = (int64_t)from->number;
    }
    if (from->kind == CEL_STRING && !parse_int64(without_plus(from->text), &integer))
        return fail_conversion(run, arguments, CEL_INT);
    *out = cel_from_int(integer);
    return true;
}

static bool uint_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_value *from = &arguments[0];
    uint64_t natural = from->natural;

    if (from->kind == CEL_INT && from->integer < 0)
        return cel_fail(run, "unsigned integer overflow");
    if (from->kind == CEL_DOUBLE) {
        if (!(from->number >= 0 && from->number < (double)UINT64_MAX))
            return cel_fail(run, "unsigned integer overflow");
        natural = (uint64_t)from->number;
    }
    if (from->kind == CEL_STRING && !parse_uint64(from->text, &natural))
        return fail_conversion(run, arguments, CEL_UINT);
    *out = cel_from_uint(natural);
    return true;
}

/* What Go's ParseFloat() reads beyond decimals: infinity and NaN by name, in any case. */
static bool special_double(struct text text, double *out_number) {
    static const struct {
        const char *name;
        double number;
    } names[] = { { "inf", INFINITY }, { "infinity", INFINITY }, { "nan", NAN } };
    bool has_sign = text.length && (text.data[0] == '-' || text.data[0] == '+');
    struct text name = { text.data + has_sign, text.length - has_sign };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (name.length == strlen(names[i].name) && strncasecmp(name.data, names[i].name, name.length) == 0) {
            *out_number = has_sign && text.data[0] == '-' ? -names[i].number : names[i].number;
            return !has_sign || !isnan(names[i].number);
        }
    return false;
}

static bool double_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_value *from = &arguments[0];
    double number = from->number;

    if (from->kind == CEL_INT)
        number = (double)from->integer;
    if (from->kind == CEL_UINT)
        number = (double)from->natural;
    if (from->kind == CEL_STRING && !special_double(from->text, &number) &&
        !parse_double(without_plus(from->text), &number))
        return fail_conversion(run, arguments, CEL_DOUBLE);
    *out = cel_from_double(number);
    return true;
}

static bool string_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_value *from = &arguments[0];
    const char *text = NULL;

    if (from->kind == CEL_BYTES) {
        if (!cel_spend_bytes(run, from->text.length))
            return false;
        if (!text_is_utf8(from->text))
            return cel_fail(run, "invalid UTF-8 in bytes, cannot convert to string");
        *out = cel_from_text(from->text);
        return true;
    }
    if (from->kind == CEL_BOOL)
        text = from->boolean ? "true" : "false";
    if (from->kind == CEL_INT)
        text = arena_printf(run->arena, "%lld", (long long)from->integer);
    if (from->kind == CEL_UINT)
        text = arena_printf(run->arena, "%llu", (unsigned long long)from->natural);
    if (from->kind == CEL_DOUBLE)
        text = cel_decimal_general(run->arena, from->number);
    if (from->kind == CEL_TIMESTAMP)
        text = cel_instant_format(run->arena, *from);
    if (from->kind == CEL_DURATION)
        text = cel_duration_format(run->arena, from->integer);
    ensure(text);
    *out = cel_from_string(text);
    return true;
}

static bool bytes_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    *out = cel_from_bytes(arguments[0].text);
    return true;
}

/* The words of Go's ParseBool(). */
static bool bool_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
    static const char *const no[] = { "0", "f", "F", "FALSE", "false", "False" };

    for (size_t i = 0; i < ARRAY_LENGTH(yes); i++)
        if (text_is(arguments[0].text, yes[i]) || text_is(arguments[0].text, no[i])) {
            *out = cel_from_bool(text_is(arguments[0].text, yes[i]));
            return true;
        }
    return fail_conversion(run, arguments, CEL_BOOL);
}

static bool timestamp_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    if (arguments[0].kind == CEL_INT)
        return cel_instant_from_seconds(arguments[0].integer, out) || cel_fail(run, "timestamp overflow");
    return cel_instant_parse(arguments[0].text, out) || fail_conversion(run, arguments, CEL_TIMESTAMP);
}

static bool duration_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    return cel_duration_parse(arguments[0].text, out) || fail_conversion(run, arguments, CEL_DURATION);
}

static bool size_of(struct cel_run *run, const struct cel_value *arguments, struct cel_value *out) {
    const struct cel_value *from = &arguments[0];
    size_t size = 0;

    if (from->kind == CEL_STRING && !cel_spend_bytes(run, from->text.length))
        return false;
    if (from->kind == CEL_STRING)
        size = cel_utf8_count(from->text);
    if (from->kind == CEL_BYTES)
        size = from->text.length;
    if (from->kind == CEL_LIST)
        size = from->list->length;
    if (from->kind == CEL_MAP)
        size = from->map->length;
    *out = cel_from_int((int64_t)size);
    return true;
}

const struct cel_overload cel_conversion_functions[] = {
    { .name = "int", .signature = "i", .call = same },
    { .name = "int", .signature = "u", .call = int_of },
    { .name = "int", .signature = "d", .call = int_of },
    { .name = "int", .signature = "s", .call = int_of },
    { .name = "int", .signature = "t", .call = int_of },
    { .name = "int", .signature = "D", .call = int_of },
    { .name = "uint", .signature = "u", .call = same },
    { .name = "uint", .signature = "i", .call = uint_of },
    { .name = "uint", .signature = "d", .call = uint_of },
    { .name = "uint", .signature = "s", .call = uint_of },
    { .name = "double", .signature = "d", .call = same },
    { .name = "double", .signature = "i", .call = double_of },
    { .name = "double", .signature = "u", .call = double_of },
    { .name = "double", .signature = "s", .call = double_of },
    { .name = "string", .signature = "s", .call = same },
    { .name = "string", .signature = "B", .call = string_of },
    { .name = "string", .signature = "i", .call = string_of },
    { .name = "string", .signature = "u", .call = string_of },
    { .name = "string", .signature = "d", .call = string_of },
    { .name = "string", .signature = "b", .call = string_of },
    { .name = "string", .signature = "t", .call = string_of },
    { .name = "string", .signature = "D", .call = string_of },
    { .name = "bytes", .signature = "b", .call = same },
    { .name = "bytes", .signature = "s", .call = bytes_of },
    { .name = "bool", .signature = "B", .call = same },
    { .name = "bool", .signature = "s", .call = bool_of },
    { .name = "dyn", .signature = "*", .call = same },
    { .name = "type", .signature = "*", .call = type_of },
    { .name = "timestamp", .signature = "t", .call = same },
    { .name = "timestamp", .signature = "s", .call = timestamp_of },
    { .name = "timestamp", .signature = "i", .call = timestamp_of },
    { .name = "duration", .signature = "D", .call = same },
    { .name = "duration", .signature = "s", .call = duration_of },
    { .name = "size", .signature = "s", .call = size_of },
    { .name = "size", .signature = "b", .call = size_of },
    { .name = "size", .signature = "l", .call = size_of },
    { .name = "size", .signature = "m", .call = size_of },
    { .name = "size", .signature = "s", .is_member = true, .call = size_of },
    { .name = "size", .signature = "b", .is_member = true, .call = size_of },
    { .name = "size", .signature = "l", .is_member = true, .call = size_of },
    { .name = "size", .signature = "m", .is_member = true, .call = size_of },
    { 0 },
};
