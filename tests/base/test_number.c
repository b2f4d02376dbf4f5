#include "test.h"

#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

/* Expected texts are what strconv.AppendFloat() and encoding/json of Go print. */
TEST("doubles are printed as Go's encoding/json prints them") {
    static const struct {
        double number;
        const char *text;
    } rows[] = {
        { 0, "0" },
        { -0.0, "-0" },
        { 1, "1" },
        { -1.5, "-1.5" },
        { 0.1, "0.1" },
        { 0.30000000000000004, "0.30000000000000004" },
        { 1.0 / 3, "0.3333333333333333" },
        { 100, "100" },
        { 1e20, "100000000000000000000" },
        { 123456789012345680000.0, "123456789012345680000" },
        { 999999999999999900000.0, "999999999999999900000" },
        { 1e21, "1e+21" },
        { 1.5e300, "1.5e+300" },
        { 1e-6, "0.000001" },
        { 1.234e-6, "0.000001234" },
        { 9.999999e-7, "9.999999e-7" },
        { 1e-7, "1e-7" },
        { 1e-10, "1e-10" },
        { 9007199254740991.0, "9007199254740991" },
        { 9007199254740992.0, "9007199254740992" },
        { 18446744073709551615.0, "18446744073709552000" },
        { 9223372036854775807.0, "9223372036854776000" },
        { DBL_MAX, "1.7976931348623157e+308" },
        { DBL_MIN, "2.2250738585072014e-308" },
        { 0x1p-1074, "5e-324" },
        { 0x1.8p-1073, "1.5e-323" },
        { 0x1p-1023, "1.1125369292536007e-308" },
        /* Powers of two, where the nearest decimal of 16 digits is not read back, but the next one is. */
        { 0x1p122, "5.316911983139664e+36" },
        { 0x1p-44, "5.684341886080802e-14" },
        { 0x1p89, "6.189700196426902e+26" },
        { (double)INFINITY, "null" },
        { (double)NAN, "null" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        char text[NUMBER_BYTES_MAX];
        size_t length = number_format_double(text, rows[i].number);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(length, strlen(text));
    }
}

/* The digits of a printed number that say something: without zeros before the first and after the last. */
static size_t significant_digits(const char *text) {
    size_t count = 0, zeros = 0;

    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (*text == '0' && count == 0))
            continue;
        zeros = *text == '0' ? zeros + 1 : 0;
        count++;
    }
    return count - zeros;
}

static size_t fewest_digits(double number) {
    size_t count = 1;

    for (; count < 17; count++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "%.*e", (int)count - 1, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return count;
}

TEST("any double reads back as itself, and no shorter decimal would") {
    uint64_t state = 88172645463325252u;

    for (int i = 0; i < 20000; i++) {
        char text[NUMBER_BYTES_MAX];
        double number;
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        memcpy(&number, &state, sizeof(number));
        if (!isfinite(number) || number == 0)
            continue;
        assert_true(number_format_double(text, number) < sizeof(text));
        if (strtod(text, NULL) != number || significant_digits(text) > fewest_digits(number))
            fail_msg("%a was printed as %s", number, text);
    }
}

TEST("integers are printed up to both ends") {
    char text[NUMBER_BYTES_MAX];

    assert_int_equal(number_format_integer(text, 0), 1);
    assert_string_equal(text, "0");
    assert_int_equal(number_format_integer(text, INT64_MAX), 19);
    assert_string_equal(text, "9223372036854775807");
    assert_int_equal(number_format_integer(text, INT64_MIN), 20);
    assert_string_equal(text, "-9223372036854775808");
}
